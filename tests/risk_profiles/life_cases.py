"""Cases for the findings of the life path: sample clients, and plans with the odds one wants."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cache

from life_world import LOAN, path_of, with_facts, yuan

from allocator.life_cycle.needs import Goal
from allocator.life_cycle.simulated_figures import Probability, counted_probability
from allocator.statements import Statement
from api.client_file import ClientRecord
from risk_profiles.goal_saving import SavingWanted
from risk_profiles.life_path import LifePath
from risk_profiles.life_path_findings import LifeCase, find_of_life
from risk_profiles.person import ClientFacts

HOME = Goal("home", yuan("400000"), date(2033, 5, 1))


@cache
def plain() -> LifePath:
    return path_of(with_facts("equity-fan", lambda f: replace(f, goals=(HOME,))), paths=200)


def case_of(record: ClientRecord, wanted: SavingWanted | None = None) -> LifeCase:
    found = path_of(record, paths=200)
    return LifeCase(record.facts, record.balance_sheet, found, (wanted,) * len(found.goals))


def odds(count: int, paths: int = 1000) -> Probability:
    return counted_probability(count=count, paths=paths)


def goal_case(count: int, wanted: SavingWanted | None = None) -> LifeCase:
    """Return a case whose only goal is met on so many of a thousand paths."""
    found = plain()
    goal = replace(found.goals[0], met=odds(count))
    record = with_facts("equity-fan", lambda f: replace(f, goals=(HOME,)))
    return LifeCase(record.facts, record.balance_sheet, replace(found, goals=(goal,)), (wanted,))


def locked_case(met: int, free: int) -> LifeCase:
    """Return that case with 600 000 yuan locked, and the odds if they were free."""
    case = goal_case(met)
    goal = case.path.goals[0]
    held = replace(goal, met_if_free=odds(free), payment=replace(goal.payment, locked=600_000.0))
    return replace(case, path=replace(case.path, goals=(held,)))


def lasting_case(count: int) -> LifeCase:
    """Return a case whose money lasts on so many of a thousand paths, and ends in month 30."""
    found = replace(plain(), goals=())
    lasting = (1000,) * 29 + (count,) * (found.flows.months - 29)
    simulation = replace(found.simulation, lasting_paths=lasting, paths=1000)
    retirement = replace(found.retirement, lasts=odds(count))
    record = with_facts("equity-fan", lambda f: replace(f, goals=()))
    changed = replace(found, simulation=simulation, retirement=retirement)
    return LifeCase(record.facts, record.balance_sheet, changed, ())


def said(case: LifeCase, code: str) -> list[Statement]:
    return [s for s in find_of_life(case) if s.code == f"life.{code}"]


def one(case: LifeCase, code: str) -> Statement:
    (found,) = said(case, code)
    return found


def fan(change: Callable[[ClientFacts], ClientFacts]) -> ClientRecord:
    return with_facts("equity-fan", change)


def with_debt(record: ClientRecord, **changes: object) -> ClientRecord:
    debt = replace(LOAN, **changes)  # type: ignore[arg-type]
    return replace(record, balance_sheet=replace(record.balance_sheet, debts=(debt,)))
