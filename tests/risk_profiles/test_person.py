from datetime import date

from allocator.life_cycle.needs import Goal
from allocator.money import Money
from risk_profiles.person import (
    ClientFacts,
    Dependant,
    IncomeKind,
    WorkCategory,
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


def test_age_counts_completed_years() -> None:
    assert good_facts().age_on(AS_OF) == 39
    assert good_facts().age_on(date(2026, 11, 21)) == 40


def test_pensions_and_nothing_are_not_earned_income() -> None:
    earned = [kind for kind in IncomeKind if is_earning(kind)]
    assert earned == [
        IncomeKind.PUBLIC,
        IncomeKind.SALARIED,
        IncomeKind.COMMISSION,
        IncomeKind.ENTREPRENEUR,
    ]
