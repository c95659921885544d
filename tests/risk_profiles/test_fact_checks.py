"""Facts that cannot be true on a day are named, with what to send instead."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from risk_profiles.fact_checks import check_facts
from risk_profiles.life_cycle_parameters import (
    FIRST_LIFE_CYCLE,
    load_default_life_cycle_parameters,
    parse_life_cycle_parameters,
    read_life_cycle,
)
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory

PARAMETERS = load_default_life_cycle_parameters()
AS_OF = date(2026, 11, 20)
yuan = Money.parse


def good_facts() -> ClientFacts:
    return ClientFacts(
        name="A client",
        birth_date=date(1986, 11, 21),
        work_category=WorkCategory.MAN,
        income_kind=IncomeKind.SALARIED,
        annual_income=yuan("240000"),
        monthly_pension=yuan("4000"),
        essential_spending=yuan("9000"),
        spending=yuan("13000"),
        earners=2,
        dependants=(Dependant(date(2018, 5, 1), date(2040, 7, 1), yuan("40000")),),
        goals=(Goal("school", yuan("300000"), date(2036, 9, 1)),),
        is_qualified_investor=False,
    )


def with_dependant(
    facts: ClientFacts,
    *,
    birth_date: date = date(2018, 5, 1),
    independent_on: date = date(2040, 7, 1),
    annual_need: Money = ZERO,
) -> ClientFacts:
    return replace(facts, dependants=(Dependant(birth_date, independent_on, annual_need),))


def test_a_goal_may_be_due_for_as_long_as_a_client_lives() -> None:
    last_day = replace(good_facts(), goals=(Goal("g", yuan("1"), date(2097, 11, 20)),))
    check_facts(last_day, AS_OF, parameters=PARAMETERS)


def test_facts_that_can_be_true_are_accepted() -> None:
    check_facts(good_facts(), AS_OF, parameters=PARAMETERS)
    check_facts(replace(good_facts(), retirement_age=60), AS_OF, parameters=PARAMETERS)
    retired = replace(good_facts(), income_kind=IncomeKind.RETIRED, retirement_age=39)
    check_facts(retired, AS_OF, parameters=PARAMETERS)


@pytest.mark.parametrize(
    ("spoil", "field"),
    [
        (lambda f: replace(f, birth_date=date(2027, 1, 1)), "/facts/birth_date"),
        (lambda f: replace(f, birth_date=date(1900, 1, 1)), "/facts/birth_date"),
        (lambda f: replace(f, birth_date=date(2012, 1, 1)), "/facts/birth_date"),
        (lambda f: replace(f, name=" "), "/facts/name"),
        (lambda f: replace(f, retirement_age=39), "/facts/retirement_age"),
        (lambda f: replace(f, retirement_age=0), "/facts/retirement_age"),
        (lambda f: replace(f, retirement_age=99), "/facts/retirement_age"),
        (lambda f: replace(f, essential_spending=yuan("13000.01")), "/facts/essential_spending"),
        (lambda f: replace(f, annual_income=yuan("-1")), "/facts/annual_income"),
        (lambda f: replace(f, monthly_pension=yuan("-1")), "/facts/monthly_pension"),
        (lambda f: replace(f, essential_spending=yuan("-1")), "/facts/essential_spending"),
        (lambda f: replace(f, essential_spending=ZERO, spending=yuan("-1")), "/facts/spending"),
        (lambda f: replace(f, retirement_spending=yuan("-1")), "/facts/retirement_spending"),
        (lambda f: replace(f, earners=-1), "/facts/earners"),
        (
            lambda f: with_dependant(f, birth_date=date(2027, 1, 1)),
            "/facts/dependants/0/birth_date",
        ),
        (
            lambda f: with_dependant(f, independent_on=date(2018, 5, 1)),
            "/facts/dependants/0/independent_on",
        ),
        (
            lambda f: with_dependant(f, annual_need=yuan("-1")),
            "/facts/dependants/0/annual_need",
        ),
        (lambda f: replace(f, goals=(Goal("g", yuan("1"), AS_OF),)), "/facts/goals/0/due"),
        (
            lambda f: replace(f, goals=(Goal("g", yuan("1"), date(2097, 11, 21)),)),
            "/facts/goals/0/due",
        ),
        (
            lambda f: replace(f, goals=(*f.goals, Goal("g", ZERO, date(2030, 1, 1)))),
            "/facts/goals/1/amount",
        ),
    ],
)
def test_a_fact_that_cannot_be_true_is_named_with_a_remedy(
    spoil: Callable[[ClientFacts], ClientFacts], field: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_facts(spoil(good_facts()), AS_OF, parameters=PARAMETERS)
    assert caught.value.code == "invalid_facts"
    problems = {problem.field: problem for problem in caught.value.problems}
    assert field in problems
    assert problems[field].remedy


def test_all_problems_are_reported_at_once() -> None:
    facts = replace(good_facts(), earners=-1, annual_income=yuan("-5"), name="")
    with pytest.raises(InputError) as caught:
        check_facts(facts, AS_OF, parameters=PARAMETERS)
    assert len(caught.value.problems) == 3


def problems_of(facts: ClientFacts, as_of: date) -> list[Problem]:
    """Return what is wrong with the facts on a day."""
    try:
        check_facts(facts, as_of, parameters=PARAMETERS)
    except InputError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize(
    ("category", "birth", "statutory"),
    [
        (WorkCategory.MAN, date(1964, 12, 31), date(2024, 12, 1)),
        (WorkCategory.MAN, date(1970, 6, 15), date(2031, 11, 1)),
        (WorkCategory.WOMAN_55, date(1981, 9, 30), date(2039, 9, 1)),
        (WorkCategory.WOMAN_50, date(1984, 11, 2), date(2039, 11, 1)),
    ],
)
@pytest.mark.parametrize("kind", [IncomeKind.PUBLIC, IncomeKind.SALARIED, IncomeKind.ENTREPRENEUR])
def test_an_income_that_outlasts_the_statutory_age_needs_a_planned_end(
    category: WorkCategory, birth: date, statutory: date, kind: IncomeKind
) -> None:
    facts = replace(
        good_facts(), work_category=category, birth_date=birth, income_kind=kind, dependants=(),
        goals=(),
    )  # fmt: skip
    assert problems_of(facts, statutory - timedelta(days=1)) == []
    (problem,) = problems_of(facts, statutory)
    assert (problem.field, problem.value) == ("/facts/retirement_age", None)
    assert str(statutory) in problem.detail
    assert "age at which this income ends" in problem.remedy
    planned = replace(facts, retirement_age=facts.age_on(statutory) + 2)
    assert problems_of(planned, statutory) == []
    for ended in (IncomeKind.RETIRED, IncomeKind.NONE):
        assert problems_of(replace(facts, income_kind=ended), statutory) == []


def test_a_planned_age_that_has_come_is_one_problem_not_two() -> None:
    facts = replace(good_facts(), birth_date=date(1960, 1, 1), retirement_age=66)
    (problem,) = problems_of(facts, AS_OF)
    assert problem.value == 66


def test_the_first_edition_of_the_parameters_asked_for_no_end() -> None:
    first = parse_life_cycle_parameters(read_life_cycle(FIRST_LIFE_CYCLE))
    facts = replace(good_facts(), birth_date=date(1960, 1, 1))
    assert problems_of(facts, AS_OF)
    check_facts(facts, AS_OF, parameters=first)
