"""Domain to rows and back: nothing is lost, not even a digit."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select

from allocator.balance_sheet import (
    BalanceSheet,
    Debt,
    DebtKind,
    HeldAt,
    Holding,
    Policy,
    PolicyKind,
)
from allocator.life_cycle.needs import Goal, GoalKind
from allocator.money import LARGEST_AMOUNT, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from allocator.trading.transitions import OrderStatus
from api.callers import BANK
from api.client_file import ClientRecord
from api.settings import Settings
from api.store.mapping import (
    dump_event,
    dump_facts,
    load_event,
    load_facts,
    order_from,
    order_row,
)
from api.store.migrate import upgrade
from api.store.records import Advice, AdviceKind, Assessment, Order
from api.store.tables import order as order_table
from api.store.unit_of_work import Store, make_store
from api.venue import EventKind, VenueEvent
from risk_profiles.person import ClientFacts, Dependant, IncomeKind, WorkCategory

DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 2, 30, 0, 123456, tzinfo=UTC)

amounts = st.integers(0, int(LARGEST_AMOUNT) * 100).map(Money.from_minor)
days = st.dates(date(1900, 1, 1), date(2200, 1, 1))
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)
ids = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True)

facts = st.builds(
    ClientFacts,
    name=names,
    birth_date=days,
    work_category=st.sampled_from(WorkCategory),
    income_kind=st.sampled_from(IncomeKind),
    annual_income=amounts,
    monthly_pension=amounts,
    essential_spending=amounts,
    spending=amounts,
    earners=st.integers(0, 10),
    dependants=st.lists(st.builds(Dependant, days, days, amounts), max_size=3).map(tuple),
    goals=st.lists(
        st.builds(Goal, names, amounts, days, st.sampled_from(GoalKind)), max_size=3
    ).map(tuple),
    is_qualified_investor=st.booleans(),
    retirement_age=st.none() | st.integers(40, 80),
    retirement_spending=st.none() | amounts,
)
debts = st.builds(
    Debt,
    id=ids,
    kind=st.sampled_from(DebtKind),
    balance=amounts,
    annual_rate=st.decimals("0", "1", places=6),
    monthly_payment=amounts,
)
policies = st.builds(
    Policy, id=ids, kind=st.sampled_from(PolicyKind), cover=amounts, annual_premium=amounts
)
holdings = st.builds(
    Holding,
    id=ids.filter(lambda name: name != "cash"),
    product_class=st.sampled_from(ProductClass),
    amount=amounts,
    risk_level=st.sampled_from(RiskLevel),
    product_id=st.none() | ids,
    held_at=st.sampled_from(HeldAt),
    locked_until=st.none() | days,
    acquired_on=st.none() | days,
)


def new_store(folder: Path) -> Store:
    settings = Settings(database_url=f"sqlite:///{folder}/robo.sqlite")
    upgrade(settings)
    return make_store(settings)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = new_store(tmp_path)
    yield made
    made.dispose()


@given(
    person=facts,
    owed=st.lists(debts, max_size=3).map(tuple),
    covered=st.lists(policies, max_size=3).map(tuple),
)
def test_facts_debts_and_policies_come_back_as_they_went(
    person: ClientFacts, owed: tuple[Debt, ...], covered: tuple[Policy, ...]
) -> None:
    text = dump_facts(person, owed, covered)
    assert load_facts(text) == (person, owed, covered)
    assert dump_facts(*load_facts(text)) == text


def test_facts_stored_before_goals_had_kinds_are_read_as_they_were_meant() -> None:
    goal = Goal("校", Money.parse("1"), DAY, GoalKind.HOUSE)
    budget = Money.parse("0.00")
    person = ClientFacts(
        name="x",
        birth_date=date(1990, 1, 1),
        work_category=WorkCategory.MAN,
        income_kind=IncomeKind.SALARIED,
        annual_income=Money.parse("1"),
        monthly_pension=Money.parse("2"),
        essential_spending=Money.parse("3"),
        spending=Money.parse("4"),
        earners=1,
        dependants=(),
        goals=(goal,),
        is_qualified_investor=False,
        retirement_spending=budget,
    )
    document = json.loads(dump_facts(person))
    assert document["retirement_spending"] == "0.00"
    del document["retirement_spending"]
    del document["goals"][0]["kind"]
    (read, *_) = load_facts(json.dumps(document))
    older = replace(goal, kind=GoalKind.OTHER)
    assert read == replace(person, goals=(older,), retirement_spending=None)


@settings(max_examples=30, deadline=None)
@given(
    person=facts,
    held=st.lists(holdings, max_size=5, unique_by=lambda one: one.id),
    answers=st.none() | st.dictionaries(ids, ids, max_size=5),
)
def test_a_client_comes_back_with_the_holdings_and_an_empty_cash_account(
    person: ClientFacts, held: list[Holding], answers: dict[str, str] | None
) -> None:
    with TemporaryDirectory() as folder:
        store = new_store(Path(folder))
        in_order = tuple(sorted(held, key=lambda one: one.id))
        record = ClientRecord("c", person, BalanceSheet(DAY, in_order), answers)
        with store.begin() as uow:
            uow.clients.add(record, created_at=NOW)
            uow.commit()
        with store.read() as uow:
            found = uow.clients.get(BANK, "c", as_of=DAY)
        store.dispose()
    assert (found.facts, found.answers) == (person, answers)
    cash, *rest = found.balance_sheet.holdings
    assert tuple(rest) == in_order
    assert (cash.id, cash.product_id, cash.amount) == ("cash", "demand-deposit", Money(Decimal(0)))


def test_advice_and_assessments_come_back_with_their_instants_in_utc(store: Store) -> None:
    shanghai = timezone(timedelta(hours=8))
    record = ClientRecord("c", facts_of_anyone(), BalanceSheet(DAY, ()), None)
    with store.begin() as uow:
        uow.clients.add(record, created_at=NOW)
        text_hash = uow.artifacts.put(kind="shelf", text="架", at=NOW)
        assert uow.artifacts.put(kind="shelf", text="架", at=NOW) == text_hash
        assert uow.artifacts.get(text_hash) == "架"
        assessment = Assessment(
            id="a",
            client_id="c",
            assessed_at=NOW.astimezone(shanghai),
            assessed_on=DAY,
            of_day=1,
            effective_at=NOW.astimezone(shanghai),
            valid_until=DAY,
            level="C3",
            questionnaire_hash=text_hash,
            answers={"q1": "b"},
            document='{"level":"C3"}',
            follow_up={"q1": "a"},
            needs_review=True,
        )
        uow.assessments.add(assessment)
        advice = Advice(
            id="d",
            kind=AdviceKind.DIAGNOSIS,
            client_id="c",
            assessment_id="a",
            status=None,
            hash="h",
            created_at=NOW,
            expires_at=None,
            document="{}",
            inputs="[]",
            model_hash=text_hash,
            shelf_hash=text_hash,
            questionnaire_hash=text_hash,
        )
        uow.advice.add(advice)
        uow.commit()
    with store.read() as uow:
        assert uow.assessments.current(BANK, "c", at=NOW) == assessment
        assert uow.assessments.current(BANK, "c", at=NOW).assessed_at.tzinfo is UTC
        assert uow.assessments.current(BANK, "c", at=NOW).effective_at.tzinfo is UTC
        assert uow.assessments.times(BANK, "c", since=NOW) == (NOW,)
        assert uow.advice.get(BANK, AdviceKind.DIAGNOSIS, "d") == advice
        assert uow.advice.list(BANK, AdviceKind.DIAGNOSIS, "c") == (advice,)


@given(
    kind=st.sampled_from(EventKind),
    amount=amounts,
    fee=amounts,
    exec_id=st.none() | ids,
    happened_at=st.datetimes(timezones=st.just(UTC)),
    day=days,
)
def test_an_event_comes_back_as_it_went(
    kind: EventKind,
    amount: Money,
    fee: Money,
    exec_id: str | None,
    happened_at: datetime,
    day: date,
) -> None:
    event = VenueEvent("v", "e", "o", kind, happened_at, day, amount, fee, exec_id)
    assert load_event(dump_event(event)) == event


def test_an_order_row_has_a_value_for_every_column_and_comes_back(store: Store) -> None:
    order = Order(
        client_order_id="b-01",
        bundle_id="b",
        line=1,
        side=Side.SELL,
        product_id="p",
        product_class=ProductClass.GOLD,
        risk_level=RiskLevel.R3,
        name_zh="金",
        name_en="gold",
        holding_id="h",
        amount=Money.parse("10000000000000.00"),
        fee=Money.parse("0.01"),
        settlement=SettlementCycle.NAV_T2,
        redemption_days=7,
        lock_up_days=3,
        status=OrderStatus.EXPIRED,
        reserved=Money.parse("0.00"),
        confirmed=Money.parse("0.02"),
        reason="venue_expired",
        trade_date=DAY,
        confirm_date=DAY,
        ended_as=OrderStatus.EXPIRED,
        ended=Money.parse("0.02"),
    )
    assert set(order_row(order)) == {column.name for column in order_table.columns}
    with store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        connection.execute(insert(order_table), order_row(order))
        assert order_from(connection.execute(select(order_table)).one()) == order
        connection.rollback()


def facts_of_anyone() -> ClientFacts:
    zero = Money.parse("0")
    return ClientFacts(
        name="x",
        birth_date=date(1990, 1, 1),
        work_category=WorkCategory.MAN,
        income_kind=IncomeKind.NONE,
        annual_income=zero,
        monthly_pension=zero,
        essential_spending=zero,
        spending=zero,
        earners=0,
        dependants=(),
        goals=(),
        is_qualified_investor=False,
    )
