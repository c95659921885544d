"""The whole purchase, across a weekend and a long holiday."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from purchase_world import WEDNESDAY, World, at, buy, cash, holding, money, sell

from allocator.trading.transitions import BundleStatus, OrderStatus
from api.clock import SHANGHAI
from api.store.records import Cash


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_cash_is_reserved_at_once_and_becomes_a_holding_after_the_holiday(world: World) -> None:
    ada = world.add_client("ada", cash("100000.00"))
    proposal = world.propose(ada, buy(1, "money", "30000.00"), buy(2, "qdii", "10150.00", "150.00"))
    accepted = world.press(ada, proposal)
    assert accepted.document["status"] == "created"
    assert world.cash("ada") == Cash(money("59850.00"), money("40150.00"))

    world.work()
    assert world.bundles()[0].status is BundleStatus.SUBMITTED
    world.work(on=at("2026-10-07"))
    assert world.bundles()[0].status is BundleStatus.SUBMITTED
    world.work(on=at("2026-10-08"))
    assert world.bundles()[0].status is BundleStatus.PARTIALLY_CONFIRMED
    world.work(on=at("2026-10-09"))

    bundle = world.bundles()[0]
    assert bundle.status is BundleStatus.COMPLETED
    assert [order.trade_date for order in bundle.orders] == [date(2026, 9, 30)] * 2
    assert [o.confirm_date for o in bundle.orders] == [date(2026, 10, 8), date(2026, 10, 9)]
    assert world.cash("ada") == Cash(money("59850.00"), money("0.00"))
    held = world.holdings("ada")
    assert held["cash"].amount == money("59850.00")
    assert held[bundle.orders[0].holding_id].amount == money("30000.00")
    qdii = held[bundle.orders[1].holding_id]
    assert (qdii.amount, qdii.acquired_on) == (money("10000.00"), date(2026, 10, 9))


@pytest.mark.parametrize(
    ("received_at", "traded_on"),
    [
        (datetime(2026, 9, 30, 14, 59, 59, 999000, tzinfo=SHANGHAI), date(2026, 9, 30)),
        (datetime(2026, 9, 30, 15, 0, 0, 0, tzinfo=SHANGHAI), date(2026, 10, 8)),
        (datetime(2026, 10, 3, 10, tzinfo=SHANGHAI), date(2026, 10, 8)),
        # The Saturday after the holiday is a working day in offices, not at the exchange.
        (datetime(2026, 10, 10, 10, tzinfo=SHANGHAI), date(2026, 10, 12)),
        (datetime(2026, 9, 5, 23, 59, tzinfo=SHANGHAI), date(2026, 9, 7)),
    ],
)
def test_the_trade_date_follows_the_cut_off_and_a_late_worker_does_not_move_it(
    world: World, received_at: datetime, traded_on: date
) -> None:
    world.clock.set(received_at)
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "money", "1000.00")))
    world.work(on=received_at + timedelta(days=40))
    assert world.bundles()[0].orders[0].trade_date == traded_on


def test_an_instant_product_is_confirmed_by_the_first_run_and_locked_from_then(
    world: World,
) -> None:
    ada = world.add_client("ada", cash("50000.00"))
    world.press(ada, world.propose(ada, buy(1, "term-1y", "50000.00")))
    world.work()
    bundle = world.bundles()[0]
    assert bundle.status is BundleStatus.COMPLETED
    deposit = world.holdings("ada")[bundle.orders[0].holding_id]
    assert deposit.locked_until == date(2026, 9, 30) + timedelta(days=365)


def test_a_purchase_waits_for_the_sale_that_pays_for_it(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"), holding("old", "bond", "20000.00"))
    proposal = world.propose(
        ada,
        sell(1, "bond", "10000.00", holding_id="old", fee="50.00"),
        buy(2, "money", "800.00"),
        buy(3, "qdii", "10000.00"),
    )
    world.press(ada, proposal)
    assert world.cash("ada") == Cash(money("0.00"), money("1000.00"))
    world.work()
    sale, first, second = world.bundles()[0].orders
    assert first.status is OrderStatus.ACCEPTED
    assert (second.status, second.trade_date) == (OrderStatus.PLANNED, None)
    assert sale.confirm_date == date(2026, 10, 12)  # three trading days until the cash arrives
    assert world.venue.order_count() == 2

    world.work(on=at("2026-10-12"))
    _, _, second = world.bundles()[0].orders
    assert (second.status, second.trade_date) == (OrderStatus.ACCEPTED, date(2026, 10, 12))
    # 1000 + 9950 - 800 bought, 10000 of the rest reserved.
    assert world.cash("ada") == Cash(money("150.00"), money("10000.00"))

    world.work(on=at("2026-10-14"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED
    held = world.holdings("ada")
    assert held["old"].amount == money("10000.00")
    assert held["cash"].amount == money("150.00")


def test_more_of_a_fund_without_dates_joins_the_holding_and_a_whole_sale_removes_it(
    world: World,
) -> None:
    ada = world.add_client(
        "ada",
        cash("500.00"),
        holding("mine", "money", "100.00"),
        holding("other", "bond", "70.00"),
    )
    proposal = world.propose(
        ada, sell(1, "bond", "70.00", holding_id="other"), buy(2, "money", "500.00")
    )
    world.press(ada, proposal)
    world.work(on=at("2026-10-20"))
    held = world.holdings("ada")
    assert set(held) == {"cash", "mine"}
    assert held["mine"].amount == money("600.00")


def test_a_policy_is_a_lead_its_cash_stays_free_and_the_bundle_does_not_wait(
    world: World,
) -> None:
    ada = world.add_client("ada", cash("5000.00"))
    proposal = world.propose(ada, buy(1, "term-1y", "1000.00"), buy(2, "annuity", "4000.00"))
    world.press(ada, proposal)
    assert world.cash("ada") == Cash(money("4000.00"), money("1000.00"))
    world.work()
    bundle = world.bundles()[0]
    assert bundle.status is BundleStatus.COMPLETED
    assert bundle.orders[1].status is OrderStatus.DEFERRED
    assert world.venue.order_count() == 1


def test_a_bundle_of_leads_alone_is_complete_at_once(world: World) -> None:
    ada = world.add_client("ada", cash("5000.00"))
    accepted = world.press(ada, world.propose(ada, buy(1, "annuity", "4000.00")))
    assert accepted.document["status"] == "completed"
    assert world.cash("ada") == Cash(money("5000.00"), money("0.00"))


def test_a_second_purchase_is_possible_once_the_first_is_complete(world: World) -> None:
    ada = world.add_client("ada", cash("5000.00"))
    world.press(ada, world.propose(ada, buy(1, "term-1y", "1000.00")))
    world.work()
    world.press(ada, world.propose(ada, buy(1, "term-1y", "1000.00")), key="press-2")
    world.work()
    assert [bundle.status for bundle in world.bundles()] == [BundleStatus.COMPLETED] * 2
    assert world.cash("ada").available == money("3000.00")
    assert len(world.holdings("ada")) == 3  # each deposit runs from its own day


def test_the_trail_of_an_order_names_every_status_it_was_in(world: World) -> None:
    ada = world.add_client("ada", cash("5000.00"))
    world.press(ada, world.propose(ada, buy(1, "money", "1000.00")))
    world.work()
    world.work(on=at("2026-10-08"))
    order = world.bundles()[0].orders[0]
    with world.store.read() as uow:
        trail = uow.audit.of("order", order.client_order_id)
    assert [row.after for row in trail] == ["planned", "sending", "accepted", "confirmed"]
    assert trail[0].at == WEDNESDAY
    assert trail[0].actor == "user-ada"
