"""What income, spending and premiums say, and when they say nothing."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding, Policy, PolicyKind
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.statements import Severity, Statement
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


def living_on(savings: str, facts: ClientFacts, **more: object) -> Statement:
    """Return what is said of a gap of a thousand yuan a month."""
    base = Holding("a", ProductClass.MONEY_FUND, money(savings), RiskLevel.R1, "money-fund-a")
    held = replace(base, **more)  # type: ignore[arg-type]
    spending = replace(facts, spending=money("11000"))
    (said,) = find_of_person(spending, replace(sheet(), holdings=(held,)))
    return said


def test_savings_of_five_years_of_the_gap_make_it_a_note_with_the_years() -> None:
    short = living_on("59999.99", FACTS)
    assert (short.code, short.severity) == ("finding.negative_savings", Severity.WARNING)
    assert set(short.evidence) == {"spending", "income", "shortfall"}
    lasting = living_on("60000", FACTS)
    assert (lasting.code, lasting.severity) == ("finding.spending_from_savings", Severity.NOTICE)
    assert lasting.evidence["years"] == 5
    assert living_on("800000", FACTS).evidence["years"] == 50
    assert lasting.evidence["shortfall"] == money("1000")


def test_savings_locked_or_promised_for_five_years_pay_no_gap() -> None:
    day, lasting = sheet().as_of, "finding.spending_from_savings"
    assert living_on("60000", FACTS, locked_until=day + timedelta(days=1826)).code == lasting
    assert living_on("60000", FACTS, locked_until=day + timedelta(days=1827)).code != lasting
    for days, is_lasting in ((1826, False), (1827, True)):
        goal = Goal("flat", money("0.01"), day + timedelta(days=days))
        said = living_on("60000", replace(FACTS, goals=(goal,)))
        assert (said.code == lasting) is is_lasting


def test_debts_but_a_mortgage_pay_no_gap() -> None:
    held = Holding("a", ProductClass.MONEY_FUND, money("60000"), RiskLevel.R1, "money-fund-a")
    facts = replace(FACTS, spending=money("11000"))
    for kind in DebtKind:
        debt = Debt("d", kind, money("0.01"), Decimal("0.03"), ZERO)
        said = find_of_person(facts, replace(sheet(), holdings=(held,), debts=(debt,)))
        is_lasting = said[0].code == "finding.spending_from_savings"
        assert is_lasting is (kind is DebtKind.MORTGAGE)


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
