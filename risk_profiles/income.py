"""Income: how safe it is, how long it lasts, and the needs that follow from it.

Every figure comes from the life-cycle parameters (`risk_profiles.life_cycle_parameters`): risk and
growth by the kind of income, the rates they are discounted with, and the statutory ages. A
household with fewer than two incomes adds to its uncertainty, up to 1; emergency months are then
3 + 3 * uncertainty + extra months, at most twelve.
"""

from datetime import date
from decimal import Decimal
from functools import partial

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
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import ClientFacts, IncomeKind, is_earning

_MONTHS_A_YEAR = Decimal(12)


def monthly_income(facts: ClientFacts) -> Money:
    """Return what comes in now: what is earned, and the pension of those who no longer earn."""
    return facts.annual_income.scaled(1 / _MONTHS_A_YEAR) + paid_pension(facts)


def paid_pension(facts: ClientFacts) -> Money:
    """Return the monthly pension that is paid already: none while the client earns."""
    return ZERO if is_earning(facts.income_kind) else facts.monthly_pension


def statutory_retirement_age(facts: ClientFacts, *, parameters: LifeCycleParameters) -> int:
    """Return the statutory retirement age as the nearest whole age."""
    reform = parameters.retirement[facts.work_category]
    return whole_years(
        statutory_retirement_months(
            birth_date=facts.birth_date,
            base_age=reform.base_age,
            cap_months=reform.cap_months,
            step_months=reform.step_months,
        )
    )


def retirement_age_of(facts: ClientFacts, as_of: date, *, parameters: LifeCycleParameters) -> int:
    """Return the age of retirement in years: planned, else statutory; never ahead if retired."""
    planned = facts.retirement_age or statutory_retirement_age(facts, parameters=parameters)
    if facts.income_kind is IncomeKind.RETIRED:
        return min(planned, facts.age_on(as_of))
    return planned


def pension_age_of(facts: ClientFacts, as_of: date, *, parameters: LifeCycleParameters) -> int:
    """Return the age in years from which the pension is paid.

    Whoever stops working long before the statutory age waits until the earliest day allowed.
    """
    retirement = retirement_age_of(facts, as_of, parameters=parameters)
    if facts.income_kind is IncomeKind.RETIRED:
        return retirement
    flexible = parameters.flexible_months // 12
    earliest = statutory_retirement_age(facts, parameters=parameters) - flexible
    before_reform = parameters.retirement[facts.work_category].base_age
    return max(retirement, earliest, before_reform)


def human_capital_of(
    facts: ClientFacts,
    as_of: date,
    *,
    risk_aversion: float,
    equity_premium: float,
    equity_volatility: float,
    parameters: LifeCycleParameters,
) -> HumanCapital:
    """Return the present value of a client's wages and pension at `as_of`, in yuan.

    Without earned income there are no wages, whatever `annual_income` says; the pension is then
    discounted from the retirement age, or from now if that has passed, and paid from the age at
    which it may be drawn.

    Args:
        risk_aversion: CRRA of the client's profile.
        equity_premium: Expected return of A-share equities above riskless, per year.
        equity_volatility: Of A-share equities, per year.
        parameters: For the risk, growth and length of the income and how it is discounted.
    """
    risk = parameters.incomes[facts.income_kind]
    riskless_rate = parameters.real_riskless_rate
    beta = income_beta(
        shock_variance=risk.shock_variance,
        correlation=risk.correlation,
        equity_volatility=equity_volatility,
    )
    return human_capital(
        age=facts.age_on(as_of),
        retirement_age=retirement_age_of(facts, as_of, parameters=parameters),
        annual_wage=float(facts.annual_income) if is_earning(facts.income_kind) else 0.0,
        annual_pension=12 * float(facts.monthly_pension),
        wage_growth=partial(parameters.growth_at, kind=facts.income_kind),
        wage_rate=wage_discount_rate(
            riskless_rate=riskless_rate,
            equity_premium=equity_premium,
            risk_aversion=risk_aversion,
            shock_variance=risk.shock_variance,
            beta=beta,
            shock_price=parameters.shock_price,
        ),
        pension_rate=pension_discount_rate(riskless_rate, spread=parameters.pension_spread),
        beta=beta,
        last_age=parameters.last_age,
        pension_age=pension_age_of(facts, as_of, parameters=parameters),
    )


def emergency_months_of(facts: ClientFacts, *, parameters: LifeCycleParameters) -> float:
    """Return the months of essential spending this household should keep liquid."""
    risk = parameters.incomes[facts.income_kind]
    single = parameters.single_income_uncertainty if facts.earners < 2 else 0.0
    return emergency_months(
        income_uncertainty=min(1.0, risk.uncertainty + single), extra_months=risk.extra_months
    )


def needs_of(
    facts: ClientFacts, balance_sheet: BalanceSheet, *, parameters: LifeCycleParameters
) -> Needs:
    """Return all needs at the balance sheet's date.

    Survivors can use every holding beyond the emergency fund, whatever class it lies in, so that
    moving money between products never changes the cover a household needs. Goals that outlive
    the client, a child's education for one, count as a need of the survivors while somebody
    depends on the client; income to replace during an illness is earned income only, because a
    pension goes on.

    Args:
        parameters: For the risk of the income, and which goals count for the survivors.
    """
    as_of = balance_sheet.as_of
    months = emergency_months_of(facts, parameters=parameters)
    fund = emergency_fund(months=months, monthly_essential=facts.essential_spending)
    support = [
        Support(one.annual_need, years_between(as_of, one.independent_on))
        for one in facts.dependants
    ]
    outlive = any(one.years > 0 for one in support)
    life = life_cover_need(
        support=support,
        debts=total(debt.balance for debt in balance_sheet.debts),
        education=total(
            goal.amount for goal in facts.goals if goal.kind in parameters.goals_that_outlive
        )
        if outlive
        else ZERO,
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
