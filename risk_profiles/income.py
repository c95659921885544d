"""Income: how safe it is, how long it lasts, and the needs that follow from it.

Each kind of income has parameters, versioned as one table. All of them are assumptions: studies
of Chinese households agree on the direction (public employees safest, own businesses least safe;
shocks larger than in the United States), not on the levels.

    kind          shock      correlation    growth   income        extra
                  variance   with equities  at 25    uncertainty   months
    public        0.010      0.00           4 %      0.00          0
    salaried      0.020      0.10           5 %      0.25          0
    commission    0.030      0.30           4 %      0.50          0
    entrepreneur  0.040      0.30           3 %      0.75          3
    retired       -          -              -        0.00          3
    none          -          -              -        1.00          6

Real growth of wages falls by 0.2 points with every year of age and stops at -2 %. A household
with fewer than two incomes adds 0.5 to its uncertainty, up to 1; emergency months are then
3 + 3 * uncertainty + extra months, at most twelve.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from allocator.balance_sheet import BalanceSheet
from allocator.life_cycle.human_capital import (
    HumanCapital,
    human_capital,
    income_beta,
    pension_discount_rate,
    wage_discount_rate,
)
from allocator.life_cycle.needs import (
    Needs,
    Support,
    critical_illness_need,
    emergency_fund,
    emergency_months,
    goal_reserves,
    goals_reserve,
    life_cover_need,
    years_between,
)
from allocator.life_cycle.retirement import statutory_retirement_months, whole_years
from allocator.money import ZERO, Money, total
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory, is_earning

INCOME_TABLE_VERSION = "cn-2026-1"
# Real and per year; an assumption between the 0.5 % and 1 % of recent Chinese bill yields.
REAL_RISKLESS_RATE = 0.01
SINGLE_INCOME_UNCERTAINTY = 0.5
YEARLY_FADE_OF_GROWTH = 0.002
LOWEST_GROWTH = -0.02
_GROWTH_AGE = 25
_MONTHS_A_YEAR = Decimal(12)


@dataclass(frozen=True, slots=True)
class IncomeRisk:
    """Parameters of one kind of income.

    Attributes:
        shock_variance: Of permanent log-income shocks, per year.
        correlation: Of those shocks with A-share equities.
        early_growth: Real growth of the wage at age 25, per year.
        uncertainty: 0 (safe) to 1, for the emergency fund of a household with two incomes.
        extra_months: Emergency months added to that.
    """

    shock_variance: float
    correlation: float
    early_growth: float
    uncertainty: float
    extra_months: float

    def growth_at(self, age: int) -> float:
        """Return the real growth of the wage in the year that starts at `age`."""
        return max(LOWEST_GROWTH, self.early_growth - YEARLY_FADE_OF_GROWTH * (age - _GROWTH_AGE))


INCOME_RISKS: dict[IncomeKind, IncomeRisk] = {
    IncomeKind.PUBLIC: IncomeRisk(0.010, 0.00, 0.04, 0.00, 0.0),
    IncomeKind.SALARIED: IncomeRisk(0.020, 0.10, 0.05, 0.25, 0.0),
    IncomeKind.COMMISSION: IncomeRisk(0.030, 0.30, 0.04, 0.50, 0.0),
    IncomeKind.ENTREPRENEUR: IncomeRisk(0.040, 0.30, 0.03, 0.75, 3.0),
    IncomeKind.RETIRED: IncomeRisk(0.0, 0.0, 0.0, 0.00, 3.0),
    IncomeKind.NONE: IncomeRisk(0.0, 0.0, 0.0, 1.00, 6.0),
}


def monthly_income(facts: ClientFacts) -> Money:
    """Return what comes in now: what is earned, and the pension of those who no longer earn."""
    return facts.annual_income.scaled(1 / _MONTHS_A_YEAR) + paid_pension(facts)


def paid_pension(facts: ClientFacts) -> Money:
    """Return the monthly pension that is paid already: none while the client earns."""
    return ZERO if is_earning(facts.income_kind) else facts.monthly_pension


def statutory_retirement_age(facts: ClientFacts) -> int:
    """Return the statutory retirement age as the nearest whole age."""
    base_age, cap_months, step_months = {
        WorkCategory.MAN: (60, 36, 4),
        WorkCategory.WOMAN_55: (55, 36, 4),
        WorkCategory.WOMAN_50: (50, 60, 2),
    }[facts.work_category]
    return whole_years(
        statutory_retirement_months(
            birth_date=facts.birth_date,
            base_age=base_age,
            cap_months=cap_months,
            step_months=step_months,
        )
    )


def retirement_age_of(facts: ClientFacts, as_of: date) -> int:
    """Return the age of retirement in years: planned, else statutory; never ahead if retired."""
    planned = facts.retirement_age or statutory_retirement_age(facts)
    if facts.income_kind is IncomeKind.RETIRED:
        return min(planned, facts.age_on(as_of))
    return planned


def human_capital_of(
    facts: ClientFacts,
    as_of: date,
    *,
    risk_aversion: float,
    equity_premium: float,
    equity_volatility: float,
    riskless_rate: float = REAL_RISKLESS_RATE,
) -> HumanCapital:
    """Return the present value of a client's wages and pension at `as_of`, in yuan.

    Without earned income there are no wages, whatever `annual_income` says; the pension is then
    discounted from the retirement age, or from now if that has passed.

    Args:
        risk_aversion: CRRA of the client's profile.
        equity_premium: Expected return of A-share equities above riskless, per year.
        equity_volatility: Of A-share equities, per year.
        riskless_rate: Real, per year.
    """
    risk = INCOME_RISKS[facts.income_kind]
    beta = income_beta(
        shock_variance=risk.shock_variance,
        correlation=risk.correlation,
        equity_volatility=equity_volatility,
    )
    return human_capital(
        age=facts.age_on(as_of),
        retirement_age=retirement_age_of(facts, as_of),
        annual_wage=float(facts.annual_income) if is_earning(facts.income_kind) else 0.0,
        annual_pension=12 * float(facts.monthly_pension),
        wage_growth=risk.growth_at,
        wage_rate=wage_discount_rate(
            riskless_rate=riskless_rate,
            equity_premium=equity_premium,
            risk_aversion=risk_aversion,
            shock_variance=risk.shock_variance,
            beta=beta,
        ),
        pension_rate=pension_discount_rate(riskless_rate),
        beta=beta,
    )


def emergency_months_of(facts: ClientFacts) -> float:
    """Return the months of essential spending this household should keep liquid."""
    risk = INCOME_RISKS[facts.income_kind]
    single = SINGLE_INCOME_UNCERTAINTY if facts.earners < 2 else 0.0
    return emergency_months(
        income_uncertainty=min(1.0, risk.uncertainty + single), extra_months=risk.extra_months
    )


def needs_of(facts: ClientFacts, balance_sheet: BalanceSheet) -> Needs:
    """Return all needs at the balance sheet's date.

    Survivors can use every holding beyond the emergency fund, whatever class it lies in, so that
    moving money between products never changes the cover a household needs. Dated goals count as
    a need of the survivors while somebody depends on the client; income to replace during an
    illness is earned income only, because a pension goes on.
    """
    as_of = balance_sheet.as_of
    months = emergency_months_of(facts)
    fund = emergency_fund(months=months, monthly_essential=facts.essential_spending)
    support = [
        Support(one.annual_need, years_between(as_of, one.independent_on))
        for one in facts.dependants
    ]
    outlive = any(one.years > 0 for one in support)
    life = life_cover_need(
        support=support,
        debts=total(debt.balance for debt in balance_sheet.debts),
        education=total(goal.amount for goal in facts.goals) if outlive else ZERO,
        earmarked=max(ZERO, balance_sheet.investable_wealth - fund),
    )
    return Needs(
        emergency_months=months,
        monthly_essential=facts.essential_spending,
        emergency_fund=fund,
        life_cover=life,
        critical_illness_cover=critical_illness_need(
            facts.annual_income if is_earning(facts.income_kind) else ZERO
        ),
        accident_cover=life,
        goals_reserve=goals_reserve(facts.goals, as_of=as_of),
        goal_reserves=goal_reserves(facts.goals, as_of=as_of),
    )
