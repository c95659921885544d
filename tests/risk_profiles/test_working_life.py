"""When work ends and the pension begins."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from life_world import FACTS, PARAMETERS

from allocator.errors import InputError
from risk_profiles.fact_checks import check_facts
from risk_profiles.months import months_later
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory
from risk_profiles.working_life import (
    earliest_pension_date_of,
    pension_date_of,
    retirement_date_of,
    statutory_retirement_date_of,
)

AS_OF = date(2026, 11, 20)
# Statutory age 61 years and 5 months: 15 November 2031. Three years earlier would be 58 and 5
# months, but nobody may draw a pension before the age that applied before the reform, 60 for men.
BORN = date(1970, 6, 15)


def worker(age: int | None, kind: IncomeKind = IncomeKind.SALARIED) -> ClientFacts:
    return replace(FACTS, birth_date=BORN, retirement_age=age, income_kind=kind)


def days(facts: ClientFacts, as_of: date = AS_OF) -> tuple[date, date]:
    return (
        retirement_date_of(facts, as_of, parameters=PARAMETERS),
        pension_date_of(facts, as_of, parameters=PARAMETERS),
    )


@pytest.mark.parametrize(
    ("planned", "retirement", "pension"),
    [
        # The income ends with the month of the statutory age, the range counts days.
        (None, date(2031, 11, 1), date(2031, 11, 1)),
        (58, date(2028, 6, 15), date(2030, 6, 15)),
        (59, date(2029, 6, 15), date(2030, 6, 15)),
        (60, date(2030, 6, 15), date(2030, 6, 15)),
        (57, date(2027, 6, 15), date(2030, 6, 15)),
        (65, date(2035, 6, 15), date(2035, 6, 15)),
    ],
)
def test_work_ends_as_planned_and_the_pension_waits_for_the_flexible_range(
    planned: int | None, retirement: date, pension: date
) -> None:
    assert statutory_retirement_date_of(worker(None), parameters=PARAMETERS) == date(2031, 11, 15)
    assert days(worker(planned)) == (retirement, pension)


def test_who_does_not_earn_has_the_same_days_and_the_retired_have_today() -> None:
    assert days(worker(57, IncomeKind.NONE)) == days(worker(57))
    for planned in (None, 50, 70):
        assert days(worker(planned, IncomeKind.RETIRED)) == (AS_OF, AS_OF)


def test_a_day_that_has_passed_is_today() -> None:
    late = date(2032, 1, 10)
    assert days(worker(None), late) == (late, late)
    assert days(worker(50, IncomeKind.NONE)) == (AS_OF, date(2030, 6, 15))


@pytest.mark.parametrize(
    ("category", "born", "earliest"),
    [
        # Once the reform is complete, three years before its age are the age before it, or later.
        (WorkCategory.MAN, date(1980, 3, 5), date(2040, 3, 5)),
        (WorkCategory.WOMAN_55, date(1990, 3, 5), date(2045, 3, 5)),
        (WorkCategory.WOMAN_50, date(1990, 3, 5), date(2042, 3, 5)),
        # On the way it is the age before it.
        (WorkCategory.WOMAN_55, date(1972, 3, 5), date(2027, 3, 5)),
        (WorkCategory.WOMAN_50, date(1978, 3, 5), date(2028, 3, 5)),
    ],
)
def test_no_pension_is_paid_before_the_age_that_applied_before_the_reform(
    category: WorkCategory, born: date, earliest: date
) -> None:
    facts = replace(worker(45), work_category=category, birth_date=born)
    assert earliest_pension_date_of(facts, parameters=PARAMETERS) == earliest


def test_without_a_flexible_range_the_pension_waits_for_the_statutory_day() -> None:
    rigid = replace(PARAMETERS, flexible_months=0)
    assert pension_date_of(worker(55), AS_OF, parameters=rigid) == date(2031, 11, 15)


@given(
    st.dates(date(1961, 1, 1), date(2007, 1, 1)),
    st.sampled_from(WorkCategory),
    st.integers(0, 100),
)
def test_an_income_without_a_plan_ends_on_the_day_from_which_the_facts_ask_for_one(
    birth: date, category: WorkCategory, months: int
) -> None:
    facts = replace(
        FACTS, birth_date=birth, work_category=category, retirement_age=None, dependants=()
    )
    end = retirement_date_of(facts, date(2000, 1, 1), parameters=PARAMETERS)
    before = months_later(end, -1 - months)
    if facts.age_on(before) >= 18:
        check_facts(facts, before, parameters=PARAMETERS)
    with pytest.raises(InputError, match="income without end"):
        check_facts(facts, end, parameters=PARAMETERS)
