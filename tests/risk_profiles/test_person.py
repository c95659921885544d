from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from allocator.errors import InputError
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from risk_profiles.person import (
    ClientFacts,
    Dependant,
    IncomeKind,
    WorkCategory,
    check_facts,
    is_earning,
)

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


def test_age_counts_completed_years() -> None:
    assert good_facts().age_on(AS_OF) == 39
    assert good_facts().age_on(date(2026, 11, 21)) == 40


def test_facts_that_can_be_true_are_accepted() -> None:
    check_facts(good_facts(), AS_OF)
    check_facts(replace(good_facts(), retirement_age=60), AS_OF)
    retired = replace(good_facts(), income_kind=IncomeKind.RETIRED, retirement_age=39)
    check_facts(retired, AS_OF)


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
            lambda f: replace(f, goals=(*f.goals, Goal("g", ZERO, date(2030, 1, 1)))),
            "/facts/goals/1/amount",
        ),
    ],
)
def test_a_fact_that_cannot_be_true_is_named_with_a_remedy(
    spoil: Callable[[ClientFacts], ClientFacts], field: str
) -> None:
    with pytest.raises(InputError) as caught:
        check_facts(spoil(good_facts()), AS_OF)
    assert caught.value.code == "invalid_facts"
    problems = {problem.field: problem for problem in caught.value.problems}
    assert field in problems
    assert problems[field].remedy


def test_all_problems_are_reported_at_once() -> None:
    facts = replace(good_facts(), earners=-1, annual_income=yuan("-5"), name="")
    with pytest.raises(InputError) as caught:
        check_facts(facts, AS_OF)
    assert len(caught.value.problems) == 3


def test_pensions_and_nothing_are_not_earned_income() -> None:
    earned = [kind for kind in IncomeKind if is_earning(kind)]
    assert earned == [
        IncomeKind.PUBLIC,
        IncomeKind.SALARIED,
        IncomeKind.COMMISSION,
        IncomeKind.ENTREPRENEUR,
    ]
