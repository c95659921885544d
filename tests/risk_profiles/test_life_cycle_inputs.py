"""Every fact of a life moves some output for some client of the sample book."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from life_outcomes import Outcome, moved, outcome, plain
from life_world import BOOK, LOAN, yuan

from allocator.life_cycle.needs import Goal, GoalKind
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

Change = Callable[[ClientFacts], ClientFacts]


def dependant(facts: ClientFacts, **changes: object) -> ClientFacts:
    first, *rest = facts.dependants
    changed = replace(first, **changes)  # type: ignore[arg-type]
    return replace(facts, dependants=(changed, *rest))


def goal(facts: ClientFacts, **changes: object) -> ClientFacts:
    (only,) = facts.goals
    return replace(facts, goals=(replace(only, **changes),))  # type: ignore[arg-type]


FACTS: list[tuple[str, str, Change, set[str]]] = [
    (
        "birth date",
        "young-renter",
        lambda f: replace(f, birth_date=date(1989, 5, 14)),
        {"human_capital", "flows", "levels", "retirement"},
    ),
    (
        "work category",
        "young-renter",
        lambda f: replace(f, work_category=WorkCategory.MAN),
        {"human_capital", "flows", "wealth", "retirement"},
    ),
    (
        "income kind",
        "young-renter",
        lambda f: replace(f, income_kind=IncomeKind.ENTREPRENEUR),
        {"needs", "human_capital", "weights", "growth", "flows"},
    ),
    (
        "annual income",
        "equity-fan",
        lambda f: replace(f, annual_income=yuan("200000")),
        {"human_capital", "weights", "flows", "reserve", "growth"},
    ),
    (
        "monthly pension",
        "equity-fan",
        lambda f: replace(f, monthly_pension=yuan("1000")),
        {"human_capital", "weights", "flows", "growth"},
    ),
    (
        "spending",
        "young-renter",
        lambda f: replace(f, spending=yuan("9800")),
        {"flows", "wealth", "growth", "goals", "retirement"},
    ),
    (
        "essential spending",
        "young-renter",
        lambda f: replace(f, essential_spending=yuan("7500")),
        {"needs", "floors", "weights", "growth"},
    ),
    (
        "retirement age",
        "equity-fan",
        lambda f: replace(f, retirement_age=52),
        {"human_capital", "flows", "retirement", "weights"},
    ),
    (
        "retirement spending",
        "young-renter",
        lambda f: replace(f, retirement_spending=yuan("9000")),
        {"flows", "wealth", "retirement"},
    ),
    (
        "earners",
        "young-renter",
        lambda f: replace(f, earners=2),
        {"needs", "floors", "weights"},
    ),
    (
        "dependants' need",
        "civil-servant-family",
        lambda f: dependant(f, annual_need=yuan("3000")),
        {"needs", "flows", "wealth"},
    ),
    (
        "dependants' date",
        "civil-servant-family",
        lambda f: dependant(f, independent_on=date(2050, 1, 1)),
        {"needs", "flows", "wealth"},
    ),
    (
        "goal's amount",
        "young-renter",
        lambda f: goal(f, amount=yuan("400000")),
        {"wealth", "growth", "goals"},
    ),
    (
        "goal's date",
        "young-renter",
        lambda f: goal(f, due=date(2029, 6, 30)),
        {"reserve", "floors", "weights", "wealth", "growth", "goals"},
    ),
]


@pytest.mark.parametrize(("_name", "client_id", "change", "moves"), FACTS)
def test_every_fact_of_a_life_moves_what_it_should(
    _name: str, client_id: str, change: Change, moves: set[str]
) -> None:
    record = BOOK[client_id]
    after = outcome(replace(record, facts=change(record.facts)))
    assert moves <= moved(after, plain(client_id))


def test_the_kind_of_a_goal_decides_whether_survivors_pay_it() -> None:
    record = BOOK["civil-servant-family"]
    school = Goal("school", yuan("900000"), date(2033, 9, 1), GoalKind.EDUCATION)
    with_goal = replace(record, facts=replace(record.facts, goals=(school,)))
    other = replace(record, facts=goal(with_goal.facts, kind=GoalKind.OTHER))
    assert moved(outcome(with_goal), outcome(other)) == {"needs"}


@pytest.mark.parametrize(
    "changes",
    [
        {"balance": yuan("200000")},
        {"annual_rate": Decimal("0.06")},
        {"monthly_payment": yuan("2000")},
    ],
)
def test_every_term_of_a_debt_moves_the_years_to_come(changes: dict[str, object]) -> None:
    record = BOOK["equity-fan"]

    def owing(**terms: object) -> Outcome:
        debts = (replace(LOAN, **terms),)  # type: ignore[arg-type]
        return outcome(replace(record, balance_sheet=replace(record.balance_sheet, debts=debts)))

    assert {"flows", "wealth"} <= moved(owing(**changes), owing())
