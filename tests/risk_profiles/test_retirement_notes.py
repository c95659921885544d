"""A planned age outside the flexible range is named, and never refused."""

from dataclasses import replace
from datetime import date

import pytest

from allocator.money import Money
from allocator.statements import Severity
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory
from risk_profiles.retirement_notes import find_of_planned_age

PARAMETERS = load_default_life_cycle_parameters()
yuan = Money.parse
WORKER = ClientFacts(
    name="A client",
    birth_date=date(1986, 3, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=yuan("240000"),
    monthly_pension=yuan("4000"),
    essential_spending=yuan("8000"),
    spending=yuan("12000"),
    earners=2,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


@pytest.mark.parametrize(
    ("category", "birth", "inside", "outside"),
    [
        # 63, and three years on either side, both ends included
        (WorkCategory.MAN, date(1986, 3, 1), (60, 63, 66), (59, 67)),
        (WorkCategory.WOMAN_50, date(1990, 2, 28), (52, 58), (51, 59)),
        # 61 years and five months: from 60, the age before the reform, to 64 and five months
        (WorkCategory.MAN, date(1970, 6, 30), (60, 64), (59, 65)),
    ],
)
def test_a_planned_age_outside_the_flexible_range_is_named(
    category: WorkCategory, birth: date, inside: tuple[int, ...], outside: tuple[int, ...]
) -> None:
    facts = replace(WORKER, work_category=category, birth_date=birth)
    for age in inside:
        planned = replace(facts, retirement_age=age)
        assert find_of_planned_age(planned, parameters=PARAMETERS) == ()
    for age in outside:
        planned = replace(facts, retirement_age=age)
        (note,) = find_of_planned_age(planned, parameters=PARAMETERS)
        assert (note.code, note.severity) == ("life.outside_flexible_range", Severity.NOTICE)
        assert note.evidence["planned"] == age


def test_the_range_is_stated_in_days() -> None:
    planned = replace(WORKER, birth_date=date(1970, 6, 30), retirement_age=70)
    (note,) = find_of_planned_age(planned, parameters=PARAMETERS)
    assert note.evidence["earliest"] == date(2030, 6, 30)
    assert note.evidence["latest"] == date(2034, 11, 30)


def test_the_width_of_the_range_is_a_parameter() -> None:
    planned = replace(WORKER, retirement_age=61)
    assert find_of_planned_age(planned, parameters=PARAMETERS) == ()
    narrower = replace(PARAMETERS, flexible_months=12)
    assert find_of_planned_age(planned, parameters=narrower)


def test_without_a_plan_or_without_work_there_is_nothing_to_say() -> None:
    assert find_of_planned_age(WORKER, parameters=PARAMETERS) == ()
    for kind in (IncomeKind.RETIRED, IncomeKind.NONE):
        idle = replace(WORKER, income_kind=kind, retirement_age=45)
        assert find_of_planned_age(idle, parameters=PARAMETERS) == ()
