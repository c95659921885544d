"""Findings of the person: what income, spending and premiums say."""

from decimal import Decimal

from allocator.balance_sheet import BalanceSheet
from allocator.money import total
from allocator.product_classes import Dimension
from allocator.statements import Severity, Statement
from risk_profiles.income import monthly_income
from risk_profiles.person import ClientFacts

# Premiums above this share of income crowd out saving; named, never scored.
HEAVY_PREMIUM = Decimal("0.15")
_MONTHS = Decimal(12)


def find_of_person(facts: ClientFacts, balance_sheet: BalanceSheet) -> tuple[Statement, ...]:
    """Return what is to be said about the flow of money, apart from the holdings."""
    income = monthly_income(facts)
    found = []
    if facts.spending > income:
        found.append(
            Statement(
                "finding.negative_savings",
                Severity.WARNING,
                Dimension.LIQUIDITY,
                {
                    "spending": facts.spending,
                    "income": income,
                    "shortfall": facts.spending - income,
                },
            )
        )
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
