"""The basis of an assessment: how far facts may move before it is worth answering again."""

from dataclasses import replace
from datetime import date

import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.statements import Statement
from risk_profiles.assessment_basis import AssessmentBasis, basis_of, changes_since
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import load_default_questionnaire

money = Money.parse
FORM = load_default_questionnaire()
VALID_UNTIL = date(2027, 11, 20)
BASIS = AssessmentBasis(
    age=44,
    annual_income=money("120000"),
    monthly_pension=ZERO,
    investable_wealth=money("500000"),
    dependants=1,
    earners=2,
    monthly_payments=money("2000"),
)


def changes(
    before: AssessmentBasis, now: AssessmentBasis, form: Questionnaire = FORM
) -> tuple[Statement, ...]:
    return changes_since(before, now, form, valid_until=VALID_UNTIL)


def changed(**facts: object) -> list[str]:
    now = replace(BASIS, **facts)  # type: ignore[arg-type]
    return [one.code.removeprefix("reminder.reassess_") for one in changes(BASIS, now)]


def test_facts_that_did_not_change_call_for_nothing() -> None:
    assert changed() == []


@pytest.mark.parametrize(
    ("income", "is_changed"),
    [("156000", False), ("156000.01", True), ("84000", False), ("83999.99", True)],
)
def test_income_has_changed_beyond_thirty_percent(income: str, is_changed: bool) -> None:
    # Without payments, so that their share of income stays put.
    before = replace(BASIS, monthly_payments=ZERO)
    now = replace(before, annual_income=money(income))
    assert bool(changes(before, now)) is is_changed


@pytest.mark.parametrize(
    ("wealth", "is_changed"),
    [("750000", False), ("750000.01", True), ("250000", False), ("249999.99", True)],
)
def test_wealth_has_changed_beyond_fifty_percent(wealth: str, is_changed: bool) -> None:
    assert changed(investable_wealth=money(wealth)) == (["wealth"] if is_changed else [])


# Payments of 2,000 of 10,000 a month are a fifth.
@pytest.mark.parametrize(
    ("payments", "is_changed"),
    [("3000", False), ("3000.01", True), ("1000", False), ("999.99", True)],
)
def test_debts_have_changed_beyond_ten_points_of_income(payments: str, is_changed: bool) -> None:
    assert changed(monthly_payments=money(payments)) == (["debts"] if is_changed else [])


@pytest.mark.parametrize("fact", [{"dependants": 2}, {"dependants": 0}, {"earners": 1}])
def test_a_household_has_changed_by_one_person(fact: dict[str, int]) -> None:
    assert changed(**fact) == ["household"]


@pytest.mark.parametrize(
    ("age", "is_changed"), [(30, False), (29, True), (45, True), (54, True), (44, False)]
)
def test_age_matters_where_the_form_says_so(age: int, is_changed: bool) -> None:
    assert changed(age=age) == (["age"] if is_changed else [])


def test_an_age_at_which_only_the_cap_differs_matters_and_a_mere_border_does_not() -> None:
    late = replace(BASIS, age=59)
    assert [one.code for one in changes(late, replace(late, age=60))] == ["reminder.reassess_age"]
    halves = tuple(replace(band, points=50.0, cap=None, lifted_cap=None) for band in FORM.age_bands)
    same = replace(FORM, age_bands=halves)
    assert changes(late, replace(late, age=60), same) == ()


def test_both_figures_are_named_and_the_weightiest_change_comes_first() -> None:
    now = replace(
        BASIS,
        age=45,
        annual_income=money("60000"),
        investable_wealth=ZERO,
        earners=1,
    )
    found = changes(BASIS, now)
    assert [one.code.removeprefix("reminder.reassess_") for one in found] == [
        "income", "household", "debts", "wealth", "age",
    ]  # fmt: skip
    assert all(one.evidence["valid_until"] == VALID_UNTIL for one in found)
    figures = [{k: v for k, v in one.evidence.items() if k != "valid_until"} for one in found]
    assert figures == [
        {"before": money("120000.00"), "after": money("60000.00")},
        {
            "dependants_before": 1,
            "dependants_after": 1,
            "earners_before": 2,
            "earners_after": 1,
        },
        {"before": 0.2, "after": 0.4},
        {"before": money("500000"), "after": ZERO},
        {"before": 44, "after": 45},
    ]


def test_what_was_nothing_has_changed_as_soon_as_there_is_something() -> None:
    nothing = replace(
        BASIS, annual_income=ZERO, investable_wealth=ZERO, monthly_payments=ZERO, dependants=0
    )
    assert changes(nothing, nothing) == ()
    now = replace(nothing, annual_income=money("1"), investable_wealth=money("1"))
    assert len(changes(nothing, now)) == 2


@pytest.mark.parametrize(
    ("income", "payments", "share"),
    [("0", "0", 0), ("0", "1", 1), ("12", "2", 1), ("120", "5", 0.5)],
)
def test_payments_never_count_as_more_than_all_of_an_income(
    income: str, payments: str, share: float
) -> None:
    basis = replace(BASIS, annual_income=money(income), monthly_payments=money(payments))
    assert float(basis.debt_share) == share


def test_the_basis_counts_what_holds_on_the_day() -> None:
    day = date(2026, 11, 20)
    facts = ClientFacts(
        name="Test",
        birth_date=date(1980, 11, 21),
        work_category=WorkCategory.MAN,
        income_kind=IncomeKind.SALARIED,
        annual_income=money("120000"),
        monthly_pension=money("4000"),
        essential_spending=money("6000"),
        spending=money("8000"),
        earners=2,
        dependants=(
            Dependant(date(2010, 1, 1), date(2032, 1, 1), money("20000")),
            # Independent from this very day on.
            Dependant(date(2004, 1, 1), day, money("20000")),
        ),
        goals=(),
        is_qualified_investor=False,
    )
    holding = Holding("cash", ProductClass.DEMAND_DEPOSIT, money("7"), RiskLevel.R1)
    debts = tuple(
        Debt(name, DebtKind.MORTGAGE, money("9"), money("0.03").amount, money("1500"))
        for name in "ab"
    )
    basis = basis_of(facts, BalanceSheet(day, (holding,), debts))
    assert basis == AssessmentBasis(45, money("120000"), ZERO, money("7"), 1, 2, money("3000"))
    # A pension still to come is no income; once earning ends it is.
    retired = replace(facts, income_kind=IncomeKind.RETIRED, annual_income=ZERO)
    at_rest = basis_of(retired, BalanceSheet(day, (holding,), debts))
    assert at_rest.yearly_income == money("48000")
    assert "reminder.reassess_income" in [one.code for one in changes(basis, at_rest)]
