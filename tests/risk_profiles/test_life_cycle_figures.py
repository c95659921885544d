"""Every figure of the life-cycle parameters moves some output for some client of the sample book.

Contribution years are published with the parameters and move nothing: what pension they lead to is
what the client states.
"""

import re
from dataclasses import fields, replace
from datetime import date

import pytest
from life_outcomes import moved, outcome, plain
from life_world import BOOK, REFERENCE, yuan

from allocator.errors import InputError
from allocator.life_cycle.needs import Goal, GoalKind
from api.reference_data import ReferenceData
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import IncomeKind, WorkCategory

PUBLISHED_ALONE = {
    "lowest_contribution_months",
    "highest_contribution_months",
    "contribution_rise_from",
    "contribution_step_months",
}
NO_FIGURES = {"version", "as_of", "content_hash", "bases"}


def figure(name: str, value: str) -> ReferenceData:
    """Return the reference data with one figure of the life-cycle parameters changed."""
    text = REFERENCE.life_cycle_text or ""
    found = re.compile(rf"(\[figure\.{name}\]\nvalue = )[^\n]+")
    changed, count = found.subn(rf"\g<1>{value}", text)
    assert count == 1
    return replace(REFERENCE, life_cycle_text=changed)


def row(table: str, name: str, value: str) -> ReferenceData:
    text = REFERENCE.life_cycle_text or ""
    found = re.compile(rf"(\[{re.escape(table)}\][^\[]*?\n{name} = )[^\n]+")
    changed, count = found.subn(rf"\g<1>{value}", text)
    assert count == 1
    return replace(REFERENCE, life_cycle_text=changed)


FIGURES: list[tuple[str, str, str, set[str]]] = [
    ("inflation", "0.03", "civil-servant-family", {"flows", "wealth"}),
    ("real_riskless_rate", "0.02", "equity-fan", {"human_capital", "weights", "growth"}),
    ("yearly_fade_of_growth", "0.004", "equity-fan", {"human_capital", "flows", "wealth"}),
    ("lowest_growth", "0.01", "equity-fan", {"human_capital", "flows", "wealth"}),
    ("growth_age", "35", "equity-fan", {"human_capital", "flows", "wealth"}),
    ("single_income_uncertainty", "0.1", "young-renter", {"needs", "floors", "weights"}),
    ("shock_price", "1.5", "equity-fan", {"human_capital", "weights", "growth"}),
    ("pension_spread", "0.1", "equity-fan", {"human_capital", "weights", "growth"}),
    ("retirement_spending", "1.2", "young-renter", {"flows", "wealth", "retirement"}),
    ("last_age", "110", "equity-fan", {"human_capital", "weights", "growth"}),
    ("planning_age", "85", "young-renter", {"flows", "wealth", "retirement"}),
]


@pytest.mark.parametrize(("name", "value", "client_id", "moves"), FIGURES)
def test_every_figure_of_the_parameters_moves_what_it_should(
    name: str, value: str, client_id: str, moves: set[str]
) -> None:
    after = outcome(BOOK[client_id], figure(name, value))
    assert moves <= moved(after, plain(client_id))


def test_the_flexible_range_moves_the_pension_of_who_stops_early() -> None:
    record = BOOK["equity-fan"]
    early = replace(record, facts=replace(record.facts, retirement_age=52))
    # A wider range is cut by the age before the reform, a narrower one is not.
    after = outcome(early, figure("flexible_months", "12"))
    assert {"human_capital", "flows", "retirement"} <= moved(after, outcome(early))


def test_which_goals_outlive_the_client_moves_the_cover_needed() -> None:
    record = BOOK["civil-servant-family"]
    school = Goal("school", yuan("900000"), date(2033, 9, 1), GoalKind.EDUCATION)
    client = replace(record, facts=replace(record.facts, goals=(school,)))
    after = outcome(client, figure("goals_that_outlive", "[]"))
    assert moved(after, outcome(client)) == {"needs"}


def test_whether_an_income_needs_an_end_decides_if_there_is_an_outcome() -> None:
    record = BOOK["one-year-before-retirement"]
    facts = replace(record.facts, birth_date=date(1960, 1, 1), retirement_age=None)
    endless = replace(record, facts=facts)
    with pytest.raises(InputError, match="income without end"):
        outcome(endless)
    assert outcome(endless, figure("income_needs_an_end", "false"))["flows"]


KIND_CLIENTS = {
    "public": "teacher-with-annuity",
    "salaried": "equity-fan",
    "commission": "securities-broker",
    "entrepreneur": "entrepreneur",
}


@pytest.mark.parametrize(("kind", "client_id"), KIND_CLIENTS.items())
@pytest.mark.parametrize(
    ("name", "value", "moves"),
    [
        ("shock_variance", "0.09", {"human_capital"}),
        ("correlation", "0.9", {"human_capital"}),
        ("early_growth", "0.01", {"human_capital", "flows", "wealth"}),
        ("uncertainty", "0.40", {"needs", "floors"}),
        ("extra_months", "2", {"needs", "floors"}),
    ],
)
def test_every_figure_of_an_income_moves_those_who_live_on_it(
    kind: str, client_id: str, name: str, value: str, moves: set[str]
) -> None:
    after = outcome(BOOK[client_id], row(f"income.{kind}", name, value))
    assert moves <= moved(after, plain(client_id))


@pytest.mark.parametrize(("name", "value"), [("uncertainty", "0.30"), ("extra_months", "1")])
def test_the_retired_and_those_without_income_have_emergencies_of_their_own(
    name: str, value: str
) -> None:
    assert "needs" in moved(
        outcome(BOOK["retiree-68"], row("income.retired", name, value)), plain("retiree-68")
    )
    record = BOOK["equity-fan"]
    idle = replace(record, facts=replace(record.facts, income_kind=IncomeKind.NONE, earners=2))
    assert "needs" in moved(outcome(idle, row("income.none", name, value)), outcome(idle))


@pytest.mark.parametrize(
    ("category", "name", "value"),
    [(c, n, v) for c in WorkCategory for n, v in (("base_age", "62"), ("cap_months", "6"))]
    + [(WorkCategory.MAN, "step_months", "12")],
)
def test_every_figure_of_the_reform_moves_the_day_of_retirement(
    category: WorkCategory, name: str, value: str
) -> None:
    record = BOOK["equity-fan"]
    # Born so that the delay is under way, not yet at its cap.
    born = {WorkCategory.MAN: 1970, WorkCategory.WOMAN_55: 1976, WorkCategory.WOMAN_50: 1982}
    facts = replace(record.facts, work_category=category, birth_date=date(born[category], 9, 1))
    client = replace(record, facts=facts)
    after = outcome(client, row(f"retirement.{category.value}", name, value))
    assert {"flows", "retirement"} <= moved(after, outcome(client))


def test_the_cases_name_every_parameter() -> None:
    named = {name for name, *_ in FIGURES} | PUBLISHED_ALONE | NO_FIGURES
    named |= {"flexible_months", "goals_that_outlive", "income_needs_an_end"}
    assert {field.name for field in fields(LifeCycleParameters)} - named == {
        "incomes",
        "retirement",
    }
