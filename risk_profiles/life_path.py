"""The life path: flows, glide path and simulated wealth of one household, and what they mean.

    goals        probability that each is paid in full when due, and how well it is funded
    retirement   probability that the money lasts to the planning age, and as long as the client
    wealth       percentiles year by year

    P(money lasts as long as the client) = 1 - sum_y P(alive at start of y) P(first gap in y)

Simulated with the returns of the glide path actually advised, in today's money. What is locked pays
for nothing until its day, and counts with what it is worth today. Death and markets are taken as
independent. Stated probabilities carry the error of finitely many paths; the errors of the
assumptions are larger and are not in it. One seed serves everybody: two plans meet the same
weather, so that a difference between them is a difference of plans.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import pairwise

import numpy as np

from allocator.balance_sheet import BalanceSheet
from allocator.life_cycle.funding import Funding, payment_funding, withdrawal_funding
from allocator.life_cycle.mortality import Sex
from allocator.life_cycle.needs import Goal
from allocator.life_cycle.path_simulation import PathSimulation, Payment, simulate_paths
from allocator.life_cycle.simulated_figures import Probability
from allocator.market.model import Vector
from allocator.money import Money
from risk_profiles.cash_flows import SHORTEST_PLAN_YEARS, CashFlows, cash_flows_of
from risk_profiles.glide_path import GlidePath, glide_path
from risk_profiles.months import MONTHS_A_YEAR, months_later, months_until
from risk_profiles.person import ClientFacts, WorkCategory, is_earning
from risk_profiles.profile import Profile
from risk_profiles.rulebook import Rulebook
from risk_profiles.working_life import pension_date_of, retirement_date_of

SEED = 20_250_101
STATED_PATHS = 20_000


@dataclass(frozen=True, slots=True)
class GoalOutlook:
    """How a goal stands, and by the end of which month it has to be paid.

    Attributes:
        met_if_free: The same if no money were locked.
    """

    goal: Goal
    payment: Payment
    met: Probability
    met_if_free: Probability
    funding: Funding


@dataclass(frozen=True, slots=True)
class RetirementOutlook:
    """How retirement stands, from the day work ends; from today for those who no longer earn.

    Attributes:
        spending, pension: Per month, when the pension begins.
        own_spending: The part of spending that is the client's own.
        funding: Of all withdrawals from then to the end of the plan.
        lasts: Until the planning age.
        outlasts_life: Probability that the money lasts as long as the client does.
        last_age: Age until which `lasts` looks.
    """

    begins: date
    pension_begins: date
    spending: Money
    own_spending: Money
    pension: Money
    funding: Funding
    lasts: Probability
    outlasts_life: float
    last_age: int


@dataclass(frozen=True, slots=True, eq=False)
class LifePath:
    """The whole of it.

    Attributes:
        locked: What cannot be spent at each month's end, in today's yuan.
    """

    flows: CashFlows
    locked: Vector
    glide: GlidePath
    simulation: PathSimulation
    goals: tuple[GoalOutlook, ...]
    retirement: RetirementOutlook


def life_path(
    facts: ClientFacts,
    balance_sheet: BalanceSheet,
    *,
    answers: Mapping[str, str],
    profile: Profile,
    assessed_on: date,
    rulebook: Rulebook,
    paths: int = STATED_PATHS,
) -> LifePath:
    """Return the life path of a client.

    Args:
        facts: Checked for the balance sheet's date.
        balance_sheet: With or without wealth.
        answers: Of the questionnaire of `rulebook`.
        profile: Today's.
        assessed_on: The day whose age it was made with.
        rulebook: What is asked, believed, sold and assumed.
        paths: Simulated.

    Raises:
        InputError: an answer cannot be used.
        SolverError: a year without a verified optimum.
    """
    flows = cash_flows_of(facts, balance_sheet, parameters=rulebook.life_cycle)
    glide = glide_path(
        facts,
        balance_sheet,
        flows,
        answers=answers,
        profile=profile,
        assessed_on=assessed_on,
        rulebook=rulebook,
    )
    wealth = float(balance_sheet.investable_wealth)
    payments = goal_payments(facts, balance_sheet)
    locked = _locked(balance_sheet, flows.months)
    simulate = partial(
        simulate_paths,
        wealth=wealth,
        expected_returns=glide.real_returns,
        volatilities=glide.real_volatilities,
        flows=flows.net,
        paths=paths,
        seed=SEED,
    )
    simulation = simulate(payments=payments, locked=locked)
    free = simulation
    if any(payment.locked for payment in payments):
        free = simulate(payments=tuple(replace(payment, locked=0.0) for payment in payments))
    funded = payment_funding(
        wealth=wealth,
        flows=flows.net,
        payments=payments,
        safe_rate=rulebook.life_cycle.real_riskless_rate,
    )
    goals = tuple(
        GoalOutlook(goal, outcome.payment, outcome.met, unlocked.met, funding)
        for goal, outcome, unlocked, funding in zip(
            facts.goals, simulation.payments, free.payments, funded, strict=True
        )
    )
    retirement = _retirement(facts, flows, payments, simulation, wealth=wealth, rulebook=rulebook)
    return LifePath(flows, locked, glide, simulation, goals, retirement)


def goal_payments(facts: ClientFacts, balance_sheet: BalanceSheet) -> tuple[Payment, ...]:
    """Return what each goal costs, when, and what is locked that day, in the order of the facts.

    Only whole months count: what is saved in the month in which a goal is due comes too late.
    """
    start = balance_sheet.as_of
    return tuple(
        Payment(
            month=months_until(start, goal.due),
            amount=float(goal.amount),
            locked=float(balance_sheet.locked_beyond(goal.due)),
        )
        for goal in facts.goals
    )


def _locked(balance_sheet: BalanceSheet, months: int) -> Vector:
    """Return what is locked at each month's end.

    Holdings elsewhere, or that we do not sell, are the client's own to sell: only a date locks.
    """
    days = (months_later(balance_sheet.as_of, month) for month in range(1, months + 1))
    return np.array([float(balance_sheet.locked_beyond(day)) for day in days])


def _retirement(
    facts: ClientFacts,
    flows: CashFlows,
    payments: tuple[Payment, ...],
    simulation: PathSimulation,
    *,
    wealth: float,
    rulebook: Rulebook,
) -> RetirementOutlook:
    parameters, start = rulebook.life_cycle, flows.start
    begins = start
    if is_earning(facts.income_kind):
        begins = retirement_date_of(facts, start, parameters=parameters)
    pension_begins = pension_date_of(facts, start, parameters=parameters)
    first = min(months_until(start, begins), flows.months - 1)
    shown = min(months_until(start, pension_begins), flows.months - 1)
    # Flows may go on to a later goal; money is asked to last to the planning age.
    planned = max(parameters.planning_age - facts.age_on(start), SHORTEST_PLAN_YEARS)
    last_month = MONTHS_A_YEAR * planned
    funding = withdrawal_funding(
        wealth=wealth,
        flows=flows.net,
        payments=payments,
        safe_rate=parameters.real_riskless_rate,
        first_month=min(first + 1, last_month),
        last_month=last_month,
    )
    return RetirementOutlook(
        begins=begins,
        pension_begins=pension_begins,
        spending=Money.rounded(float(flows.spending[shown])),
        own_spending=Money.rounded(float(flows.own_spending[shown])),
        pension=Money.rounded(float(flows.pension[shown])),
        funding=funding,
        lasts=simulation.lasted_through(last_month),
        outlasts_life=_outlasts_life(facts, flows, simulation, rulebook),
        last_age=facts.age_on(start) + planned,
    )


def _outlasts_life(
    facts: ClientFacts, flows: CashFlows, simulation: PathSimulation, rulebook: Rulebook
) -> float:
    age, table = facts.age_on(flows.start), rulebook.mortality
    sex = Sex.MEN if facts.work_category is WorkCategory.MAN else Sex.WOMEN
    alive = table.survival_probabilities(sex, age=min(age, table.last_age))
    lasting = [1.0] + [
        simulation.lasting_paths[MONTHS_A_YEAR * year - 1] / simulation.paths
        for year in range(1, flows.years + 1)
    ]
    gaps = [before - after for before, after in pairwise(lasting)]
    # Whoever dies before the gap never meets it: it counts if the client begins that year alive.
    return 1.0 - sum(gap * chance for gap, chance in zip(gaps, alive, strict=False))
