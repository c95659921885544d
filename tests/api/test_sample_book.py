"""The sample book reads, answers its questionnaire and covers the cases it is there for."""

from collections.abc import Callable

import pytest

from allocator.balance_sheet import DebtKind, HeldAt
from allocator.money import ZERO, Money
from allocator.shelf import load_default_shelf
from api.client_file import ClientRecord
from api.sample_book import load_sample_book
from api.schemas.client_file import dump_client_file, load_client_file
from risk_profiles.answers import check_answers
from risk_profiles.levels import ProfileLevel
from risk_profiles.life_cycle_parameters import load_default_life_cycle_parameters
from risk_profiles.person import IncomeKind
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire_file import load_default_questionnaire

SHELF = load_default_shelf()
PARAMETERS = load_default_life_cycle_parameters()
BOOK = {record.client_id: record for record in load_sample_book(SHELF)}


def age(record: ClientRecord) -> int:
    return record.facts.age_on(record.balance_sheet.as_of)


def test_the_book_is_sorted_and_large_enough_to_show_variety() -> None:
    assert list(BOOK) == sorted(BOOK)
    assert len(BOOK) >= 14


@pytest.mark.parametrize("client_id", BOOK)
def test_every_file_survives_a_round_trip(client_id: str) -> None:
    record = BOOK[client_id]
    assert load_client_file(dump_client_file(record), shelf=SHELF, parameters=PARAMETERS) == record


@pytest.mark.parametrize("client_id", BOOK)
def test_every_client_has_answered_the_whole_questionnaire(client_id: str) -> None:
    answers = BOOK[client_id].answers
    assert answers is not None
    check_answers(load_default_questionnaire(), answers)


@pytest.mark.parametrize("client_id", BOOK)
def test_every_client_has_one_cash_account_and_sellable_products_are_on_the_shelf(
    client_id: str,
) -> None:
    sheet = BOOK[client_id].balance_sheet
    assert [h.id for h in sheet.holdings if h.product_id == "demand-deposit"] == ["cash"]
    assert all(h.product_id in SHELF for h in sheet.holdings if h.held_at is HeldAt.HERE)


def test_every_profile_level_occurs() -> None:
    questionnaire = load_default_questionnaire()
    levels = {
        make_profile(questionnaire, record.answers, age=age(record)).level
        for record in BOOK.values()
        if record.answers is not None
    }
    assert levels == set(ProfileLevel)


CASES: dict[str, Callable[[ClientRecord], bool]] = {
    "young-renter": lambda r: age(r) < 30 and not r.balance_sheet.debts,
    "civil-servant-family": lambda r: (
        r.facts.income_kind is IncomeKind.PUBLIC and len(r.facts.dependants) == 2
    ),
    "entrepreneur": lambda r: r.facts.income_kind is IncomeKind.ENTREPRENEUR,
    "retiree-68": lambda r: age(r) == 68,
    "widow-76": lambda r: age(r) == 76 and len(r.balance_sheet.holdings) == 3,
    "high-net-worth": lambda r: (
        r.facts.is_qualified_investor
        and r.balance_sheet.investable_wealth >= Money.parse("12000000")
    ),
    "negative-savings": lambda r: r.facts.annual_income < Money(12 * r.facts.spending.amount),
    "locked-deposit": lambda r: r.balance_sheet.liquid_assets < Money.parse("20000"),
    "securities-broker": lambda r: r.facts.income_kind is IncomeKind.COMMISSION,
    "couple-saving-for-a-house": lambda r: r.facts.earners == 2 and len(r.facts.goals) == 1,
    "card-debt-idle-cash": lambda r: any(
        d.kind is DebtKind.CREDIT_CARD for d in r.balance_sheet.debts
    ),
    "one-year-before-retirement": lambda r: age(r) == 62 and r.facts.retirement_age == 63,
    "money-elsewhere": lambda r: (
        sum(
            (h.amount.amount for h in r.balance_sheet.holdings if h.held_at is HeldAt.ELSEWHERE),
            start=ZERO.amount,
        )
        > r.balance_sheet.investable_wealth.amount / 2
    ),
}


@pytest.mark.parametrize("client_id", CASES)
def test_each_client_is_the_case_the_file_is_named_after(client_id: str) -> None:
    assert CASES[client_id](BOOK[client_id])
