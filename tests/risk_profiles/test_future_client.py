"""The client of a later year: facts the rules accept, wealth to the cent, debts as repaid."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from life_world import (
    AS_OF,
    BOOK,
    FACTS,
    LOAN,
    PARAMETERS,
    REFERENCE,
    SHEET,
    flows_of,
    holding,
    steady,
    yuan,
)

from allocator.balance_sheet import BalanceSheet, HeldAt
from allocator.errors import InputError
from allocator.life_cycle.needs import Goal
from allocator.money import LARGEST_AMOUNT, ZERO, Money, total
from allocator.product_classes import CLASSES, ProductClass
from allocator.weights import Weights
from risk_profiles.fact_checks import check_facts
from risk_profiles.future_client import future_balance_sheet, future_facts
from risk_profiles.income import human_capital_of
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import months_later
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory, is_earning
from risk_profiles.working_life import retirement_date_of

CASH = {c: float(c is ProductClass.DEMAND_DEPOSIT) for c in CLASSES}
SPREAD = {c: 1 / len(CLASSES) for c in CLASSES}
money = st.integers(0, 3_000_000).map(lambda fen: Money.from_minor(100 * fen))


def then(
    facts: ClientFacts, years: int, sheet: BalanceSheet = SHEET, p: LifeCycleParameters = PARAMETERS
) -> ClientFacts:
    return future_facts(facts, flows_of(facts, sheet, p), years=years, parameters=p)


def sheet_then(
    sheet: BalanceSheet,
    years: int,
    wealth: str,
    shares: dict[ProductClass, float] = CASH,
    p: LifeCycleParameters = PARAMETERS,
) -> BalanceSheet:
    return future_balance_sheet(
        sheet,
        Weights.from_mapping(shares),
        years=years,
        wealth=yuan(wealth),
        shelf=REFERENCE.shelf,
        parameters=p,
    )


@st.composite
def changed(draw: st.DrawFn) -> tuple[ClientFacts, BalanceSheet]:
    """Return a sample client with other facts that the rules accept."""
    record = BOOK[draw(st.sampled_from(sorted(BOOK)))]
    spending = draw(money)
    facts = replace(
        record.facts,
        birth_date=draw(st.dates(date(1925, 1, 1), date(2008, 11, 1))),
        work_category=draw(st.sampled_from(WorkCategory)),
        income_kind=draw(st.sampled_from(IncomeKind)),
        annual_income=draw(money),
        spending=spending,
        essential_spending=min(spending, draw(money)),
        retirement_age=draw(st.none() | st.integers(30, 85)),
        retirement_spending=draw(st.none() | money),
        goals=tuple(
            Goal("g", yuan("1000"), due)
            for due in draw(st.lists(st.dates(date(2026, 11, 21), date(2090, 1, 1)), max_size=2))
        ),
    )
    try:
        check_facts(facts, record.balance_sheet.as_of, parameters=PARAMETERS)
    except InputError:
        assume(False)
    return facts, record.balance_sheet


@settings(max_examples=150)
@given(changed())
def test_the_client_of_every_year_is_one_the_rules_accept(
    case: tuple[ClientFacts, BalanceSheet],
) -> None:
    facts, sheet = case
    flows = flows_of(facts, sheet)
    for year in range(flows.years):
        # A late goal may carry the plan beyond the oldest age that facts may state.
        if facts.age_on(months_later(sheet.as_of, 12 * year)) > 110:
            break
        later = future_facts(facts, flows, years=year, parameters=PARAMETERS)
        check_facts(later, months_later(sheet.as_of, 12 * year), parameters=PARAMETERS)


@given(changed())
def test_today_is_the_client_of_year_zero(case: tuple[ClientFacts, BalanceSheet]) -> None:
    facts, sheet = case
    flows = flows_of(facts, sheet)
    retires = retirement_date_of(facts, flows.start, parameters=PARAMETERS)
    if flows.start < retires < months_later(flows.start, 1):
        return  # Retirement within the month: the spending of the retired begins at once.
    same = future_facts(facts, flows, years=0, parameters=PARAMETERS)
    stated = float(facts.spending + flows.unexplained)
    assert float(same.spending) == pytest.approx(stated, abs=0.011)
    # Where debts and dependants take more than is stated, the essential part of it keeps its share.
    essential = float(facts.essential_spending)
    assert float(same.essential_spending) == pytest.approx(essential, abs=0.011)
    assert same.goals == facts.goals
    if flows.wages[:12].all():
        assert float(same.annual_income) == pytest.approx(float(facts.annual_income), abs=0.011)


def test_wages_and_spending_are_those_of_the_flows_of_that_year() -> None:
    flows = flows_of(FACTS)
    later = then(FACTS, 7)
    assert float(later.annual_income) == pytest.approx(flows.wages[84:96].sum(), abs=0.01)
    assert float(later.spending) == pytest.approx(flows.spending[84], abs=0.01)


def test_essential_spending_keeps_its_shares_of_what_is_bound_and_of_ones_own() -> None:
    # 9 000 of 14 000: all of the 5 200 for loan and child, and 3 800 of 8 800 of their own.
    still = steady()
    assert then(FACTS, 1, p=still).essential_spending == yuan("9000")
    assert then(FACTS, 5, p=still).essential_spending == yuan("5800")
    assert then(FACTS, 18, p=still).essential_spending == yuan("3800")
    assert then(FACTS, 25, p=still).essential_spending == yuan("3040")
    below = replace(FACTS, essential_spending=yuan("2600"))
    assert then(below, 1, p=still).essential_spending == yuan("2600")
    assert then(below, 5, p=still).essential_spending == yuan("1000")


def test_goals_and_dependants_drop_out_on_their_day() -> None:
    goals = (
        Goal("on", yuan("1"), date(2030, 11, 20)),
        Goal("within the month", yuan("1"), date(2030, 12, 19)),
        Goal("after", yuan("1"), date(2030, 12, 20)),
    )
    child = FACTS.dependants[0]
    on = replace(child, independent_on=date(2030, 11, 20))
    after = replace(child, independent_on=date(2030, 11, 21))
    facts = replace(FACTS, goals=goals, dependants=(on, after))
    assert then(facts, 3).goals == goals
    later = then(facts, 4)
    assert [goal.name for goal in later.goals] == ["after"]
    assert later.dependants == (after,)
    assert then(facts, 5).dependants == ()


@pytest.mark.parametrize(
    ("kind", "age", "years", "expected"),
    [
        (IncomeKind.SALARIED, 60, 19, IncomeKind.SALARIED),
        (IncomeKind.SALARIED, 60, 20, IncomeKind.RETIRED),
        # From 55 to 60, where the flexible range begins, there is neither wage nor pension.
        (IncomeKind.COMMISSION, 55, 14, IncomeKind.COMMISSION),
        (IncomeKind.COMMISSION, 55, 15, IncomeKind.NONE),
        (IncomeKind.COMMISSION, 55, 19, IncomeKind.NONE),
        (IncomeKind.COMMISSION, 55, 20, IncomeKind.RETIRED),
        (IncomeKind.NONE, 60, 19, IncomeKind.NONE),
        (IncomeKind.NONE, 60, 20, IncomeKind.RETIRED),
        (IncomeKind.RETIRED, None, 1, IncomeKind.RETIRED),
    ],
)
def test_the_income_kind_follows_work_and_pension(
    kind: IncomeKind, age: int | None, years: int, expected: IncomeKind
) -> None:
    later = then(replace(FACTS, income_kind=kind, retirement_age=age), years)
    assert later.income_kind is expected
    assert is_earning(expected) or later.annual_income == ZERO


def test_human_capital_of_a_gap_year_waits_for_the_pension() -> None:
    def capital(facts: ClientFacts, years: int) -> float:
        return human_capital_of(
            then(facts, years),
            months_later(AS_OF, 12 * years),
            risk_aversion=5.0,
            equity_premium=0.04,
            equity_volatility=0.2,
            parameters=PARAMETERS,
        ).total

    early = replace(FACTS, retirement_age=55)
    # At 56 the first pension is four years away, at 60 it flows: the promise gains in worth.
    assert 0 < capital(early, 16) < capital(early, 20)


@given(
    st.integers(1, 10**10),
    st.lists(st.integers(0, 10**6), min_size=13, max_size=13).filter(any),
    st.sampled_from(sorted(BOOK)),
    st.integers(1, 60),
)
def test_holdings_sum_to_the_wealth_to_the_cent(
    fen: int, parts: list[int], client_id: str, years: int
) -> None:
    shares = {c: part / sum(parts) for c, part in zip(CLASSES, parts, strict=True)}
    wealth = Money.from_minor(fen)
    found = sheet_then(BOOK[client_id].balance_sheet, years, str(wealth.amount), shares)
    assert found.investable_wealth == wealth
    assert all(h.amount > ZERO for h in found.holdings)
    assert found.as_of == months_later(BOOK[client_id].balance_sheet.as_of, 12 * years)
    assert found.policies == BOOK[client_id].balance_sheet.policies


def test_free_wealth_lies_as_the_weights_say_and_can_be_sold() -> None:
    found = sheet_then(SHEET, 3, "1300000", SPREAD)
    assert found.weights(CLASSES).values == pytest.approx([1 / 13] * 13)
    for one in found.holdings:
        on_sale = any(REFERENCE.shelf.of_class(one.product_class))
        assert one.is_sellable(found.as_of) == on_sale


def test_what_is_locked_or_elsewhere_stays_and_the_free_part_fills_up_the_rest() -> None:
    locked = replace(holding("100000", "money_fund"), id="l", locked_until=date(2029, 11, 20))
    away = replace(holding("50000", "bond_fund"), id="a", held_at=HeldAt.ELSEWHERE)
    sheet = replace(SHEET, holdings=(locked, away, holding("300000")))
    shares = CASH | {
        ProductClass.DEMAND_DEPOSIT: 0.5,
        ProductClass.MONEY_FUND: 0.4,
        ProductClass.BOND_FUND: 0.1,
    }
    found = sheet_then(sheet, 2, "500000", shares)
    assert locked in found.holdings
    assert away in found.holdings
    assert found.weights(CLASSES).values == pytest.approx([shares[c] for c in CLASSES])
    # On its day the lock opens, and money elsewhere still lies there.
    opened = sheet_then(sheet, 3, "500000", CASH)
    assert opened.amount_in(ProductClass.MONEY_FUND) == ZERO
    assert opened.amount_in(ProductClass.BOND_FUND) == yuan("50000")
    assert opened.amount_in(ProductClass.DEMAND_DEPOSIT) == yuan("450000")


def test_holdings_elsewhere_are_drawn_on_in_proportion_when_wealth_falls_below_them() -> None:
    a = replace(holding("100000", "money_fund"), id="a", held_at=HeldAt.ELSEWHERE)
    b = replace(holding("300000", "bond_fund"), id="b", held_at=HeldAt.ELSEWHERE)
    found = sheet_then(replace(SHEET, holdings=(a, b)), 2, "200000.01", SPREAD)
    assert [(h.id, h.amount) for h in found.holdings] == [
        ("a", yuan("50000.00")),
        ("b", yuan("150000.01")),
    ]


def test_debts_are_repaid_as_month_by_month_and_made_lighter_by_inflation() -> None:
    loan = replace(LOAN, annual_rate=Decimal("0.06"))
    owed = 120_000.0
    for _ in range(24):
        owed = owed * 1.005 - 3_200
    (debt,) = sheet_then(replace(SHEET, debts=(loan,)), 2, "100", p=steady(inflation=0.02)).debts
    assert float(debt.balance) == pytest.approx(owed / 1.02**2, abs=0.01)
    assert float(debt.monthly_payment) == pytest.approx(3_200 / 1.02**2, abs=0.01)
    flows = flows_of(FACTS, replace(SHEET, debts=(loan,)), steady(inflation=0.02))
    assert float(debt.monthly_payment) == pytest.approx(flows.debt_service[24], abs=0.01)
    (repaid,) = sheet_then(replace(SHEET, debts=(loan,)), 6, "100").debts
    assert (repaid.balance, repaid.monthly_payment) == (ZERO, ZERO)


def test_a_debt_that_never_ends_grows_no_further_than_money_can_be_written() -> None:
    usury = replace(LOAN, annual_rate=Decimal(1), monthly_payment=ZERO)
    sheet = replace(SHEET, debts=(usury,))
    (young,) = sheet_then(sheet, 5, "100", p=steady()).debts
    assert float(young.balance) == pytest.approx(120_000 * (1 + 1 / 12) ** 60, rel=1e-9)
    (old,) = sheet_then(sheet, 70, "100", p=steady()).debts
    assert old.balance.amount == LARGEST_AMOUNT


def test_all_debts_of_the_book_end_when_their_events_say() -> None:
    for record in BOOK.values():
        flows = flows_of(record.facts, record.balance_sheet)
        ends = {e.name: e.month for e in flows.events if e.name}
        last = max(ends.values(), default=0)
        years = -(-last // 12)
        found = sheet_then(record.balance_sheet, years, "100")
        assert total(debt.balance for debt in found.debts) <= yuan("0.01")
