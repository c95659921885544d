"""Cash flows: what a household earns, spends and owes month by month, in today's money.

    wages        income/12, growing once a year by g(age), until retirement
    pension      from the later of retirement and the earliest day on which it is paid
    own spending spending less support and debt service; it grows with the wage while there is
                 one; from retirement on it is what the client states, or a share of the last;
                 the retired spend on as they do, and so do others who do not earn, until
                 retirement if they have stated what they will spend then
    support      what dependants need, to the end of the month in which they are independent
    debt service contracted payments until the debt is repaid, or the interest where they do not
                 cover it; inflation makes both lighter
    net          wages + pension - own spending - support - debt service

Month m ends m months after the balance sheet's date. The month in which work ends has no wage, and
the one in which the pension begins has all of it. The flows reach to the planning age, or to the
last goal if that is later, in whole years. Both adults of a household stop earning when the client
does: the facts know one retirement. What is stated as spending contains support and debt service;
where it is less than the two, nothing is left for the household itself, and `unexplained` says how
much is missing.
"""

import math
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

import numpy as np

from allocator.balance_sheet import BalanceSheet, Debt
from allocator.life_cycle.amortization import months_to_repay
from allocator.market.model import Vector
from allocator.money import ZERO, Money
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import MONTHS_A_YEAR, month_of, months_later, months_until
from risk_profiles.person import ClientFacts, is_earning
from risk_profiles.working_life import pension_date_of, retirement_date_of

# A client who has reached the planning age still plans for this long.
SHORTEST_PLAN_YEARS = 5


class LifeEventKind(StrEnum):
    """What changes the course of a household's money."""

    RETIREMENT = "retirement"
    PENSION = "pension"
    INDEPENDENCE = "independence"
    DEBT_REPAID = "debt_repaid"
    GOAL = "goal"


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One change; debts that outlast the flows are none.

    Attributes:
        month: Months after the balance sheet's date by whose end it has happened; for a goal the
            whole months until it is due, since only what is saved by then can pay for it.
        amount: Per month, or for a goal the whole of it; today's money.
        name: Of the goal or the debt.
    """

    kind: LifeEventKind
    day: date
    month: int
    amount: Money
    name: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CashFlows:
    """Flows per month in today's yuan, each of shape (12 * years,).

    Attributes:
        unexplained: By how much support and debt service exceed the stated spending, per month.
    """

    start: date
    wages: Vector
    pension: Vector
    own_spending: Vector
    support: Vector
    debt_service: Vector
    unexplained: Money
    events: tuple[LifeEvent, ...]

    @property
    def months(self) -> int:
        """How far the flows reach."""
        return len(self.wages)

    @property
    def years(self) -> int:
        """The same in years."""
        return self.months // MONTHS_A_YEAR

    @property
    def income(self) -> Vector:
        """What comes in."""
        return self.wages + self.pension

    @property
    def spending(self) -> Vector:
        """What goes out, goals aside."""
        return self.own_spending + self.support + self.debt_service

    @property
    def net(self) -> Vector:
        """What is saved, or drawn where negative."""
        return self.income - self.spending


def cash_flows_of(
    facts: ClientFacts, balance_sheet: BalanceSheet, *, parameters: LifeCycleParameters
) -> CashFlows:
    """Return the flows of a household from its balance sheet's date on."""
    start = balance_sheet.as_of
    months = MONTHS_A_YEAR * _years(facts, start, parameters)
    number = np.arange(months)
    retirement, pension_from = _retirement_months(facts, start, parameters)
    wages = _wages(facts, start, months, parameters) * (number < retirement)
    support = _support(facts, start, months)
    debt_service = _debt_service(balance_sheet, months, inflation=parameters.inflation)
    repaid = sum(float(d.monthly_payment) for d in balance_sheet.debts if _lasting(d) > 0)
    own = float(facts.spending) - float(support[0]) - repaid
    return CashFlows(
        start=start,
        wages=wages,
        pension=np.where(number >= pension_from, float(facts.monthly_pension), 0.0),
        own_spending=_own_spending(
            facts, wages, max(own, 0.0), start=start, retirement=retirement, parameters=parameters
        ),
        support=support,
        debt_service=debt_service,
        unexplained=Money.rounded(max(-own, 0.0)),
        events=_events(facts, balance_sheet, months, parameters=parameters),
    )


def _years(facts: ClientFacts, start: date, parameters: LifeCycleParameters) -> int:
    to_age = parameters.planning_age - facts.age_on(start)
    to_goals = max((-(-month_of(start, g.due) // MONTHS_A_YEAR) for g in facts.goals), default=0)
    return max(to_age, to_goals, SHORTEST_PLAN_YEARS)


def _retirement_months(
    facts: ClientFacts, start: date, parameters: LifeCycleParameters
) -> tuple[int, int]:
    """Return the number of months with wages, and of months without a pension."""
    pension = months_until(start, pension_date_of(facts, start, parameters=parameters))
    if not is_earning(facts.income_kind):
        return 0, pension
    return months_until(start, retirement_date_of(facts, start, parameters=parameters)), pension


def _wages(facts: ClientFacts, start: date, months: int, parameters: LifeCycleParameters) -> Vector:
    age = facts.age_on(start)
    growth = [
        parameters.growth_at(age + y, kind=facts.income_kind)
        for y in range(months // MONTHS_A_YEAR)
    ]
    yearly = np.cumprod([1.0, *(1 + g for g in growth[:-1])])
    return np.repeat(float(facts.annual_income) / MONTHS_A_YEAR * yearly, MONTHS_A_YEAR)


def _support(facts: ClientFacts, start: date, months: int) -> Vector:
    due, number = np.zeros(months), np.arange(months)
    for one in facts.dependants:
        lasts = month_of(start, one.independent_on) if one.independent_on > start else 0
        due += float(one.annual_need) / MONTHS_A_YEAR * (number < lasts)
    return due


def _own_spending(
    facts: ClientFacts,
    wages: Vector,
    own: float,
    *,
    start: date,
    retirement: int,
    parameters: LifeCycleParameters,
) -> Vector:
    spending, stated = np.full(len(wages), own), facts.retirement_spending
    if not is_earning(facts.income_kind):
        day = retirement_date_of(facts, start, parameters=parameters)
        if stated is not None and day > start:
            spending[months_until(start, day) :] = float(stated)
        return spending
    if wages[0] > 0:
        spending[:retirement] *= wages[:retirement] / wages[0]
    last = float(spending[:retirement][-1]) if retirement else own
    spending[retirement:] = (
        parameters.retirement_spending * last if stated is None else float(stated)
    )
    return spending


def _debt_service(sheet: BalanceSheet, months: int, *, inflation: float) -> Vector:
    due = np.zeros(months)
    number = np.arange(months)
    for debt in sheet.debts:
        # The last payment is the fraction of one that is left. What never ends costs its interest
        # at least, or somebody's patience would pay for the plan.
        lasts, payment = _lasting(debt), float(debt.monthly_payment)
        interest = float(debt.balance) * float(debt.annual_rate) / MONTHS_A_YEAR
        share = np.clip(lasts - number, 0.0, 1.0)
        due += share * (max(payment, interest) if math.isinf(lasts) else payment)
    return np.asarray(due / (1 + inflation) ** (number / MONTHS_A_YEAR))


def _events(
    facts: ClientFacts,
    sheet: BalanceSheet,
    months: int,
    *,
    parameters: LifeCycleParameters,
) -> tuple[LifeEvent, ...]:
    start, kinds, found = sheet.as_of, LifeEventKind, []
    if is_earning(facts.income_kind):
        day = retirement_date_of(facts, start, parameters=parameters)
        wage = facts.annual_income.scaled(1 / Decimal(MONTHS_A_YEAR))
        found.append(LifeEvent(kinds.RETIREMENT, day, month_of(start, day), wage))
    day = pension_date_of(facts, start, parameters=parameters)
    if day > start and facts.monthly_pension > ZERO:
        month = month_of(start, day)
        found.append(LifeEvent(kinds.PENSION, day, month, facts.monthly_pension))
    for one in facts.dependants:
        if one.independent_on > start:
            monthly = one.annual_need.scaled(1 / Decimal(MONTHS_A_YEAR))
            month = month_of(start, one.independent_on)
            found.append(LifeEvent(kinds.INDEPENDENCE, one.independent_on, month, monthly))
    for debt in sheet.debts:
        lasts = _lasting(debt)
        # What outlasts the plan is no event of it, and may end in a year no calendar has.
        if debt.balance > ZERO and lasts <= months:
            month = math.ceil(lasts)
            day = months_later(start, month)
            found.append(LifeEvent(kinds.DEBT_REPAID, day, month, debt.monthly_payment, debt.id))
    for goal in facts.goals:
        month = months_until(start, goal.due)
        found.append(LifeEvent(kinds.GOAL, goal.due, month, goal.amount, goal.name))
    return tuple(sorted(found, key=lambda event: (event.day, event.kind)))


def _lasting(debt: Debt) -> float:
    return months_to_repay(
        balance=float(debt.balance),
        annual_rate=float(debt.annual_rate),
        monthly_payment=float(debt.monthly_payment),
    )
