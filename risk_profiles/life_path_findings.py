"""Findings of the life path: what time does to this household, with the numbers behind it.

A probability of four in five is called well on the way, one below a half unlikely; both lines are
ours. What goes well is told as "at least", with the lower end of the simulated interval, never
above `HIGHEST_TOLD`: beyond it, failures happen about twice as often as simulated when
volatility lasts (docs/model.md). What almost never goes well is told as "below", with the upper
end, never under `LOWEST_TOLD`. Chances are told in whole per cent: finer figures would promise what
assumptions cannot keep. Each function returns statements and never a sentence.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from allocator.balance_sheet import BalanceSheet
from allocator.life_cycle.simulated_figures import Probability
from allocator.money import ZERO, Money
from allocator.product_classes import Dimension
from allocator.statements import Evidence, Severity, Statement
from risk_profiles.cash_flows import LifeEventKind
from risk_profiles.goal_saving import LIKELY, SavingWanted
from risk_profiles.life_path import LifePath
from risk_profiles.months import MONTHS_A_YEAR, months_later
from risk_profiles.person import ClientFacts, is_earning

WARNING, NOTICE, STRENGTH = Severity.WARNING, Severity.NOTICE, Severity.STRENGTH
UNLIKELY = 0.5
LOWEST_TOLD, HIGHEST_TOLD = 0.02, 0.98


@dataclass(frozen=True, slots=True)
class LifeCase:
    """Everything a finding may look at; `wanted` by the place of the goal in the facts."""

    facts: ClientFacts
    balance_sheet: BalanceSheet
    path: LifePath
    wanted: tuple[SavingWanted | None, ...]


def find_of_life(case: LifeCase) -> tuple[Statement, ...]:
    """Return all findings, warnings first, in a fixed order."""
    found = [statement for maker in _MAKERS for statement in maker(case)]
    order = [WARNING, NOTICE, STRENGTH]
    return tuple(sorted(found, key=lambda s: order.index(s.severity)))


def _means(case: LifeCase) -> Iterator[Statement]:
    """Say for how long wealth covers what is spent above income, if it does not grow.

    Nothing is said where that is longer than the plan.
    """
    gap, flows = Money.rounded(-float(case.path.flows.net[0])), case.path.flows
    if gap <= ZERO or not is_earning(case.facts.income_kind):
        return
    wealth = case.balance_sheet.investable_wealth
    months = int(wealth.amount / gap.amount)
    if months >= flows.months:
        return
    evidence: dict[str, Evidence] = {"gap": gap, "wealth": wealth, "months": months}
    yield Statement("life.spending_above_income", WARNING, Dimension.LIQUIDITY, evidence)


def _unexplained(case: LifeCase) -> Iterator[Statement]:
    flows = case.path.flows
    if flows.unexplained > ZERO:
        evidence: dict[str, Evidence] = {
            "stated": case.facts.spending,
            "bound": case.facts.spending + flows.unexplained,
        }
        yield Statement("life.spending_too_low", WARNING, None, evidence)


def _uncounted_income(case: LifeCase) -> Iterator[Statement]:
    facts = case.facts
    if not is_earning(facts.income_kind) and facts.annual_income > ZERO:
        evidence: dict[str, Evidence] = {"income": facts.annual_income}
        yield Statement("life.income_not_counted", WARNING, None, evidence)


def _goals(case: LifeCase) -> Iterator[Statement]:
    for outlook, wanted in zip(case.path.goals, case.wanted, strict=True):
        probability = outlook.met.estimate
        evidence: dict[str, Evidence] = {
            "goal": outlook.goal.name,
            "amount": outlook.goal.amount,
            "due": outlook.goal.due,
            "probability": round(probability, 2),
            "error": outlook.met.standard_error,
        }
        if probability >= LIKELY:
            evidence = {name: evidence[name] for name in ("goal", "amount", "due")}
            evidence["probability"] = _at_least(outlook.met)
            yield Statement("life.goal_on_the_way", STRENGTH, Dimension.SAFETY, evidence)
            continue
        if probability < LOWEST_TOLD:
            evidence = {name: evidence[name] for name in ("goal", "amount", "due")}
            evidence["probability"] = _below(outlook.met)
            yield Statement("life.goal_out_of_reach", WARNING, Dimension.SAFETY, evidence)
        else:
            severity = WARNING if probability < UNLIKELY else NOTICE
            yield Statement("life.goal_at_risk", severity, Dimension.SAFETY, evidence)
        if wanted is not None:
            more: dict[str, Evidence] = {
                "goal": outlook.goal.name,
                "saving": wanted.monthly,
                "probability": wanted.probability,
            }
            yield Statement("life.goal_saving", NOTICE, Dimension.SAFETY, more)


def _locked_goal(case: LifeCase) -> Iterator[Statement]:
    """Name the first goal that is less likely than a line only because money is locked."""
    for outlook in sorted(case.path.goals, key=lambda one: one.goal.due):
        met, free = outlook.met.estimate, outlook.met_if_free.estimate
        is_held_up = any(met < line <= free for line in (UNLIKELY, LIKELY))
        if outlook.payment.locked and is_held_up:
            evidence: dict[str, Evidence] = {
                "goal": outlook.goal.name,
                "amount": outlook.goal.amount,
                "due": outlook.goal.due,
                "locked": Money.rounded(outlook.payment.locked),
            }
            yield Statement("life.goal_locked", WARNING, Dimension.LIQUIDITY, evidence)
            return


def _retirement(case: LifeCase) -> Iterator[Statement]:
    outlook = case.path.retirement
    evidence: dict[str, Evidence] = {
        "age": outlook.last_age,
        "probability": round(outlook.lasts.estimate, 2),
        "error": outlook.lasts.standard_error,
        "spending": outlook.spending,
        "pension": outlook.pension,
    }
    if outlook.lasts.estimate >= LIKELY:
        del evidence["error"]
        evidence["probability"] = _at_least(outlook.lasts)
        yield Statement("life.money_lasts", STRENGTH, Dimension.SAFETY, evidence)
        return
    if outlook.lasts.estimate < LOWEST_TOLD:
        del evidence["error"]
        evidence["probability"] = _below(outlook.lasts)
        yield Statement("life.money_will_end", WARNING, Dimension.SAFETY, evidence)
    else:
        severity = WARNING if outlook.lasts.estimate < UNLIKELY else NOTICE
        yield Statement("life.money_may_end", severity, Dimension.SAFETY, evidence)
    first_gap = next((m for m, left in enumerate(_lasting(case), start=1) if left < UNLIKELY), None)
    if first_gap is not None:
        age = case.facts.age_on(months_later(case.path.flows.start, first_gap))
        yield Statement("life.money_ends", WARNING, Dimension.SAFETY, {"age": age})


def _lasting(case: LifeCase) -> Iterator[float]:
    simulation, age = case.path.simulation, case.facts.age_on(case.path.flows.start)
    months = MONTHS_A_YEAR * (case.path.retirement.last_age - age)
    return (count / simulation.paths for count in simulation.lasting_paths[:months])


def _at_least(chance: Probability) -> float:
    return min(math.floor(100 * chance.low) / 100, HIGHEST_TOLD)


def _below(chance: Probability) -> float:
    return max(math.ceil(100 * chance.high) / 100, LOWEST_TOLD)


def _pension_gap(case: LifeCase) -> Iterator[Statement]:
    outlook = case.path.retirement
    if outlook.begins >= outlook.pension_begins or case.facts.monthly_pension <= ZERO:
        return
    evidence: dict[str, Evidence] = {"pension_begins": outlook.pension_begins}
    if not is_earning(case.facts.income_kind):
        yield Statement("life.no_income_yet", NOTICE, Dimension.LIQUIDITY, evidence)
    else:
        evidence["begins"] = outlook.begins
        yield Statement("life.no_pension_yet", NOTICE, Dimension.LIQUIDITY, evidence)


def _debts(case: LifeCase) -> Iterator[Statement]:
    events = case.path.flows.events
    ends = {e.name: e.day for e in events if e.kind is LifeEventKind.DEBT_REPAID}
    retires = is_earning(case.facts.income_kind)
    for debt in sorted(case.balance_sheet.debts, key=lambda d: d.id):
        if debt.balance <= ZERO:
            continue
        interest = Money.rounded(debt.balance.amount * debt.annual_rate / MONTHS_A_YEAR)
        evidence: dict[str, Evidence] = {"kind": debt.kind, "payment": debt.monthly_payment}
        if debt.id not in ends and debt.monthly_payment < interest:
            evidence |= {"interest": interest}
            yield Statement("life.debt_never_ends", WARNING, Dimension.LIQUIDITY, evidence)
        elif debt.id not in ends:
            evidence |= {"balance": debt.balance, "age": case.path.retirement.last_age}
            yield Statement("life.debt_outlasts_plan", WARNING, Dimension.LIQUIDITY, evidence)
        elif retires and ends[debt.id] > case.path.retirement.begins:
            evidence |= {"day": ends[debt.id], "begins": case.path.retirement.begins}
            yield Statement("life.debt_in_retirement", NOTICE, Dimension.LIQUIDITY, evidence)


def _age_limits(case: LifeCase) -> Iterator[Statement]:
    points = case.path.glide.points
    for before, after in pairwise(points):
        if after.level.rank < before.level.rank:
            evidence: dict[str, Evidence] = {"age": after.age, "level": after.level}
            yield Statement("life.age_lowers_level", NOTICE, Dimension.GROWTH, evidence)


_MAKERS: tuple[Callable[[LifeCase], Iterator[Statement]], ...] = (
    _means,
    _unexplained,
    _uncounted_income,
    _retirement,
    _goals,
    _locked_goal,
    _pension_gap,
    _debts,
    _age_limits,
)
