"""Findings of the person: what income, spending and premiums say.

Spending above income is a warning where savings would not pay the gap for five years, and a note
where they would: who is retired, or has put enough by, lives on savings on purpose.

    savings = wealth - locked beyond five years - debts but mortgages - goals due within five years
    years   = savings / (12 * monthly gap), as if savings earned nothing
"""

from datetime import timedelta
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet, DebtKind
from allocator.life_cycle.needs import DAYS_PER_YEAR
from allocator.money import Money, total
from allocator.product_classes import Dimension
from allocator.statements import Evidence, Severity, Statement
from risk_profiles.income import monthly_income
from risk_profiles.person import ClientFacts

# Premiums above this share of income crowd out saving; named, never scored.
HEAVY_PREMIUM = Decimal("0.15")
# Savings that pay a gap for this long leave time to act, and money to invest meanwhile.
LASTING_YEARS = 5
# Longer than this need not be told: returns, prices and plans change before.
_LONGEST_TOLD_YEARS = 50
_MONTHS = Decimal(12)


def find_of_person(facts: ClientFacts, balance_sheet: BalanceSheet) -> tuple[Statement, ...]:
    """Return what is to be said about the flow of money, apart from the holdings."""
    income = monthly_income(facts)
    found = []
    if facts.spending > income:
        found.append(_of_the_gap(facts, balance_sheet, income=income))
    premiums = total(policy.annual_premium for policy in balance_sheet.policies)
    yearly = income.scaled(_MONTHS)
    if premiums > yearly.scaled(HEAVY_PREMIUM):
        found.append(
            Statement(
                "finding.premium_heavy",
                Severity.WARNING,
                Dimension.PROTECTION,
                {"premiums": premiums, "income": yearly, "limit": float(HEAVY_PREMIUM)},
            )
        )
    return tuple(found)


def _of_the_gap(facts: ClientFacts, balance_sheet: BalanceSheet, *, income: Money) -> Statement:
    """Say that spending is above income, as a warning unless savings pay for it for years."""
    gap = facts.spending - income
    until = balance_sheet.as_of + timedelta(days=round(LASTING_YEARS * DAYS_PER_YEAR))
    savings = (
        balance_sheet.investable_wealth
        - balance_sheet.locked_beyond(until)
        - total(d.balance for d in balance_sheet.debts if d.kind is not DebtKind.MORTGAGE)
        - total(goal.amount for goal in facts.goals if goal.due <= until)
    )
    years = int(savings.amount / (_MONTHS * gap.amount))
    evidence: dict[str, Evidence] = {
        "spending": facts.spending,
        "income": income,
        "shortfall": gap,
    }
    if savings < gap.scaled(_MONTHS * LASTING_YEARS):
        return Statement(
            "finding.negative_savings", Severity.WARNING, Dimension.LIQUIDITY, evidence
        )
    evidence["years"] = min(years, _LONGEST_TOLD_YEARS)
    return Statement(
        "finding.spending_from_savings", Severity.NOTICE, Dimension.LIQUIDITY, evidence
    )
