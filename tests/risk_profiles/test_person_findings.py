"""What income, spending and premiums say, and when they say nothing."""

from dataclasses import replace
from datetime import date

import pytest

from allocator.balance_sheet import BalanceSheet, Policy, PolicyKind
from allocator.money import ZERO, Money
from allocator.statements import Severity
from risk_profiles.findings import find_of_person
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

money = Money.parse
FACTS = ClientFacts(
    name="Test",
    birth_date=date(1980, 1, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=money("120000"),
    monthly_pension=money("4000"),
    essential_spending=money("6000"),
    spending=money("10000"),
    earners=1,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


def sheet(premium: str = "0") -> BalanceSheet:
    policy = Policy("p", PolicyKind.LIFE, money("100000"), money(premium))
    return BalanceSheet(date(2026, 11, 20), (), policies=(policy,))


def codes(facts: ClientFacts, balance_sheet: BalanceSheet) -> set[str]:
    return {statement.code for statement in find_of_person(facts, balance_sheet)}


def test_spending_all_of_an_income_is_no_finding_and_a_fen_more_is() -> None:
    assert codes(FACTS, sheet()) == set()
    found = find_of_person(replace(FACTS, spending=money("10000.01")), sheet())
    assert [s.code for s in found] == ["finding.negative_savings"]
    assert found[0].severity is Severity.WARNING
    assert found[0].evidence["shortfall"] == money("0.01")
    assert found[0].evidence["income"] == money("10000")


@pytest.mark.parametrize(
    ("kind", "is_short"),
    [
        (IncomeKind.SALARIED, True),  # the pension is still to come
        (IncomeKind.RETIRED, False),
        (IncomeKind.NONE, False),
    ],
)
def test_a_pension_counts_once_nobody_earns_any_more(kind: IncomeKind, is_short: bool) -> None:
    facts = replace(FACTS, income_kind=kind, spending=money("13999"))
    assert ("finding.negative_savings" in codes(facts, sheet())) is is_short


def test_premiums_of_fifteen_per_cent_are_bearable_and_a_fen_more_is_heavy() -> None:
    assert codes(FACTS, sheet("18000")) == set()
    found = find_of_person(FACTS, sheet("18000.01"))
    assert [s.code for s in found] == ["finding.premium_heavy"]
    assert found[0].evidence == {
        "premiums": money("18000.01"),
        "income": money("120000"),
        "limit": 0.15,
    }


def test_without_income_any_premium_is_heavy_and_none_is_silent() -> None:
    broke = replace(FACTS, annual_income=ZERO, spending=ZERO)
    assert codes(broke, sheet("0.01")) == {"finding.premium_heavy"}
    assert codes(broke, sheet("0")) == set()
