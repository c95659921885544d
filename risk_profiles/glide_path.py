"""The glide path: what the rules of today would advise in every year to come.

    wealth(0)   = investable wealth
    weights(y)  = the optimum under the mandate of the client of year y   (`future_client`)
    wealth(y+1) = wealth(y) grown month by month at the median rate of weights(y),
                  plus saving or less withdrawals, less the goals of that year

Everything is in today's money. The client of year y has the age, income, debts, goals and needs of
then, and today's answers: age lowers the level where the form caps it, human capital shrinks as
wages are earned, and what is locked becomes free. A lift of a cap of age ends with its
band. Targets are those of the continuous problem without trading costs; the first is the
optimum that today's diagnosis measures against. The path is open-loop: wealth off the median would
be advised anew, on its own figures.

Where the median path runs out of money there is nothing to allocate, and the points say so. Such a
year keeps the returns of the last advice, for paths that still have money; before the first advice
they are those of the account.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from allocator.balance_sheet import BalanceSheet
from allocator.errors import InputError
from allocator.life_cycle.return_shocks import match_growth
from allocator.market.model import Vector
from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import Allocation, optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.weights import Weights
from risk_profiles.cash_flows import CashFlows, LifeEventKind
from risk_profiles.future_client import future_balance_sheet, future_facts
from risk_profiles.leaned_limits import leaned_limits
from risk_profiles.levels import ProfileLevel
from risk_profiles.months import MONTHS_A_YEAR, months_later
from risk_profiles.person import ClientFacts
from risk_profiles.profile import Profile, make_profile
from risk_profiles.rulebook import Rulebook
from risk_profiles.situation import Situation, situation_of

# Wealth below this many yuan is spent by the time it could be invested.
LEAST_WEALTH = Money.parse("100.00")


@dataclass(frozen=True, slots=True, eq=False)
class GlideYear:
    """What is advised at one anniversary.

    Attributes:
        years: From now.
        wealth: On the median path, in today's money.
        allocation: None where there is nothing left to allocate.
        human_capital_ratio: Human capital over that wealth; 0 without wealth.
        real_return: Expected, net of fees and of inflation, simple, per year.
        real_volatility: Of that return, per year.
    """

    years: int
    day: date
    age: int
    level: ProfileLevel
    wealth: Money
    allocation: Allocation | None
    human_capital_ratio: float
    real_return: float
    real_volatility: float

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The limits that this year's advice leans on, in the order of `Limit`."""
        if self.allocation is None:
            return ()
        return leaned_limits(self.allocation)

    @property
    def growth_share(self) -> float:
        """Weight of the risky classes; 0 without wealth."""
        weights = self.weights
        if weights is None:
            return 0.0
        return sum(w for c, w in weights.as_dict().items() if TRAITS[c].risky)

    @property
    def weights(self) -> Weights | None:
        """The advised weights."""
        return None if self.allocation is None else self.allocation.weights


@dataclass(frozen=True, slots=True, eq=False)
class GlidePath:
    """One point a year, from today to the last full year of the flows."""

    points: tuple[GlideYear, ...]

    @property
    def real_returns(self) -> Vector:
        """By year, shape (years,)."""
        return np.array([point.real_return for point in self.points])

    @property
    def real_volatilities(self) -> Vector:
        """By year, shape (years,)."""
        return np.array([point.real_volatility for point in self.points])


def glide_path(
    facts: ClientFacts,
    balance_sheet: BalanceSheet,
    flows: CashFlows,
    *,
    answers: Mapping[str, str],
    profile: Profile,
    assessed_on: date,
    rulebook: Rulebook,
) -> GlidePath:
    """Return the glide path of a client, with or without wealth today.

    Args:
        facts: Checked for the balance sheet's date.
        balance_sheet: Where the path begins.
        flows: Of the same household.
        answers: Of the rulebook's questionnaire.
        profile: Today's; it goes on for as long as the client stays in the same band of age.
        assessed_on: The day whose age it was made with.
        rulebook: What is asked, believed, sold and assumed.

    Raises:
        InputError: an answer cannot be used.
        SolverError: a year without a verified optimum.
    """
    questionnaire, market, parameters = rulebook.questionnaire, rulebook.market, rulebook.life_cycle
    profiles = {questionnaire.age_band(facts.age_on(assessed_on)): profile}
    wealth = balance_sheet.investable_wealth
    cash = market.index(ProductClass.DEMAND_DEPOSIT)
    expected, volatility = float(market.net_returns[cash]), float(market.volatilities[cash])
    lying = Weights.from_mapping({c: float(c is ProductClass.DEMAND_DEPOSIT) for c in CLASSES})
    points: list[GlideYear] = []
    for year in range(flows.years):
        then = future_facts(facts, flows, years=year, parameters=parameters) if year else facts
        day = months_later(balance_sheet.as_of, MONTHS_A_YEAR * year)
        age = facts.age_on(day)
        band = questionnaire.age_band(age)
        if year and band not in profiles:
            profiles[band] = make_profile(questionnaire, answers, age=age)
        if year:
            profile = profiles[band]
        allocation, ratio = None, 0.0
        if wealth > LEAST_WEALTH:
            sheet = balance_sheet
            if year:
                sheet = future_balance_sheet(
                    balance_sheet,
                    lying,
                    years=year,
                    wealth=wealth,
                    shelf=rulebook.shelf,
                    parameters=parameters,
                )
            situation = situation_of(then, sheet, profile=profile, rulebook=rulebook)
            allocation = _optimum(situation)
            lying = allocation.weights
            ratio = situation.human_capital.total / float(wealth)
            expected, volatility = allocation.expected_return, allocation.volatility
        real_return = (1 + expected) / (1 + parameters.inflation) - 1
        real_volatility = volatility / (1 + parameters.inflation)
        points.append(
            GlideYear(
                years=year,
                day=day,
                age=age,
                level=profile.level,
                wealth=wealth,
                allocation=allocation,
                human_capital_ratio=ratio,
                real_return=real_return,
                real_volatility=real_volatility,
            )
        )
        grown, wealth = _a_year_later(
            wealth, flows, balance_sheet, year, real_return, real_volatility
        )
        lying = _with_savings(lying, grown=grown, wealth=wealth)
    return GlidePath(tuple(points))


def _optimum(situation: Situation) -> Allocation:
    if situation.mandate is None:
        raise InputError("a situation without wealth has nothing to allocate", code="no_wealth")
    return optimize(situation.mandate, situation.market, with_costs=False)


def _a_year_later(
    wealth: Money,
    flows: CashFlows,
    sheet: BalanceSheet,
    year: int,
    real_return: float,
    real_volatility: float,
) -> tuple[Money, Money]:
    """Return what wealth has grown to by itself, and what there is after flows and goals.

    As in the simulated paths, neither withdrawals nor goals are met from what is locked.
    """
    drift = match_growth(
        expected_returns=np.array([real_return]), volatilities=np.array([real_volatility])
    ).drift[0]
    goals = [e for e in flows.events if e.kind is LifeEventKind.GOAL]
    first = MONTHS_A_YEAR * year

    def left(there: float, wanted: float, day: date) -> float:
        held = min(there, float(sheet.locked_beyond(day)))
        return max(there - wanted, held)

    amount = float(wealth)
    for goal in goals:
        if goal.month == year == 0:
            amount = left(amount, float(goal.amount), goal.day)
    grown, monthly = amount * float(np.exp(MONTHS_A_YEAR * drift)), float(np.exp(drift))
    for month, flow in enumerate(flows.net[first : first + MONTHS_A_YEAR], start=first + 1):
        amount = left(amount * monthly, -float(flow), months_later(flows.start, month))
        for goal in goals:
            if goal.month == month:
                amount = left(amount, float(goal.amount), goal.day)
    return Money.rounded(grown), Money.rounded(amount)


def _with_savings(lying: Weights, *, grown: Money, wealth: Money) -> Weights:
    """Return how wealth lies once savings have come in as cash; withdrawals take from all alike."""
    if wealth <= grown:
        return lying
    old = float(grown.amount / wealth.amount)
    return Weights.from_mapping(
        {
            c: w * old + (1 - old) * (c is ProductClass.DEMAND_DEPOSIT)
            for c, w in lying.as_dict().items()
        }
    )
