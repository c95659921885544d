"""The worker: crashes, lost answers, and events in any order and number."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import permutations
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from purchase_world import WEDNESDAY, World, at, buy, cash, holding, money, sell
from sqlalchemy.exc import OperationalError

from allocator.trading.transitions import BundleStatus, OrderStatus
from api.services import settlement
from api.services.settlement import run_worker, run_worker_once
from api.store.records import Bundle, Cash
from api.venue import EventKind, Venue, VenueEvent, VenueOrder, VenueRefusedError


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


class KilledError(BaseException):
    """The process died here; no handler of ours may see it."""


class TroubledVenue:
    """The paper venue behind a bad line."""

    def __init__(
        self,
        venue: Venue,
        *,
        dies_before: bool = False,
        dies_after: bool = False,
        unreachable: Sequence[str] = (),
        refused: Sequence[str] = (),
    ) -> None:
        self.venue = venue
        self.dies_before = dies_before
        self.dies_after = dies_after
        self.unreachable = unreachable
        self.refused = refused
        self.submitted: list[str] = []
        self.looked_up: list[str] = []

    def submit(self, order: VenueOrder) -> None:
        if self.dies_before:
            raise KilledError
        if order.product_id in self.unreachable:
            raise TimeoutError
        if order.product_id in self.refused:
            raise VenueRefusedError
        self.submitted.append(order.client_order_id)
        self.venue.submit(order)
        if self.dies_after:
            raise KilledError

    def lookup(self, client_order_id: str) -> bool:
        self.looked_up.append(client_order_id)
        return self.venue.lookup(client_order_id)

    def events(self, *, since: datetime | None, until: datetime) -> Sequence[VenueEvent]:
        return self.venue.events(since=since, until=until)


class ScriptedVenue:
    """Takes every order and tells exactly the events it was given, one call at a time."""

    def __init__(self) -> None:
        self.orders: dict[str, VenueOrder] = {}
        self.script: list[VenueEvent] = []

    def submit(self, order: VenueOrder) -> None:
        self.orders[order.client_order_id] = order

    def lookup(self, client_order_id: str) -> bool:
        return client_order_id in self.orders

    def events(self, *, since: datetime | None, until: datetime) -> Sequence[VenueEvent]:
        return [self.script.pop(0)] if self.script else []

    def tell(self, world: World, *events: VenueEvent) -> None:
        self.script = list(events)
        for _ in events:
            run_worker_once(world.store, world.clock, self)
            world.check()
        run_worker_once(world.store, world.clock, self)
        world.check()


def event(
    bundle: Bundle, line: int, kind: EventKind, amount: str = "0.00", fee: str = "0.00"
) -> VenueEvent:
    order_id = bundle.orders[line - 1].client_order_id
    identity = f"{order_id} {kind} {amount}"
    return VenueEvent(
        venue="scripted",
        event_id=identity,
        client_order_id=order_id,
        kind=kind,
        happened_at=WEDNESDAY,
        business_date=date(2026, 10, 8),
        amount=money(amount),
        fee=money(fee),
        exec_id=identity if kind is EventKind.EXECUTION else None,
    )


def fill(bundle: Bundle, line: int, amount: str, fee: str = "0.00") -> VenueEvent:
    return event(bundle, line, EventKind.EXECUTION, amount, fee)


# ---- crashes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("dies_before", "dies_after"), [(True, False), (False, True)])
def test_a_worker_killed_around_the_call_leaves_one_order_at_the_venue(
    world: World, dies_before: bool, dies_after: bool
) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    with pytest.raises(KilledError):
        world.work(venue=TroubledVenue(world.venue, dies_before=dies_before, dies_after=dies_after))
    assert world.bundles()[0].orders[0].status is OrderStatus.SENDING

    healthy = TroubledVenue(world.venue)
    world.clock.advance(timedelta(seconds=30))
    run_worker_once(world.store, world.clock, healthy)
    assert healthy.submitted == []  # the lease of the dead worker still holds

    world.clock.advance(timedelta(seconds=31))
    world.work(venue=healthy)
    order_id = world.bundles()[0].orders[0].client_order_id
    assert healthy.looked_up == [order_id]
    assert healthy.submitted == ([order_id] if dies_before else [])
    assert world.venue.order_count() == 1
    world.work(on=at("2026-10-08"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED
    assert world.cash("ada") == Cash(money("400.00"), money("0.00"))


def test_an_unreachable_order_does_not_hold_up_the_others_and_goes_later(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "bond", "600.00"), buy(2, "money", "400.00")))
    report = world.work(venue=TroubledVenue(world.venue, unreachable=["bond"]))
    assert (report.sent, report.retrying) == (1, 1)
    statuses = [order.status for order in world.bundles()[0].orders]
    assert statuses == [OrderStatus.SENDING, OrderStatus.ACCEPTED]
    world.clock.advance(timedelta(minutes=1))
    assert world.work().sent == 1
    world.work(on=at("2026-10-08"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED


def test_a_refused_order_is_rejected_and_its_cash_is_free_again(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "bond", "600.00"), buy(2, "money", "400.00")))
    world.work(venue=TroubledVenue(world.venue, refused=["bond"]))
    rejected = world.bundles()[0].orders[0]
    assert (rejected.status, rejected.reason) == (OrderStatus.REJECTED, "venue_rejected")
    assert world.cash("ada") == Cash(money("600.00"), money("400.00"))
    world.work(on=at("2026-10-08"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED_WITH_CHANGES


def test_a_bundle_of_which_nothing_was_taken_has_failed(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "bond", "600.00")))
    world.work(venue=TroubledVenue(world.venue, refused=["bond"]))
    assert world.bundles()[0].status is BundleStatus.FAILED
    assert world.cash("ada") == Cash(money("1000.00"), money("0.00"))


def test_two_workers_at_once_send_each_order_once(world: World) -> None:
    callers = [world.add_client(f"client-{n}", cash("100.00")) for n in range(5)]
    for caller in callers:
        world.press(caller, world.propose(caller, buy(1, "money", "1.00"), buy(2, "bond", "2.00")))
    venue = TroubledVenue(world.venue)
    workers = [
        threading.Thread(
            target=run_worker_once,
            args=[world.store, world.clock, venue],
            kwargs={"owner": f"worker-{number}"},
        )
        for number in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(venue.submitted) == sorted(set(venue.submitted))
    assert len(venue.submitted) == 10


def test_a_worker_in_a_loop_stops_when_told(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "term-1y", "600.00")))
    stop = threading.Event()
    worker = threading.Thread(
        target=run_worker,
        args=[world.store, world.clock, world.venue],
        kwargs={"stop": stop, "poll_seconds": 0.01},
    )
    worker.start()
    deadline = threading.Event()
    for _ in range(500):
        if world.bundles()[0].status is BundleStatus.COMPLETED:
            break
        deadline.wait(0.01)
    stop.set()
    worker.join(timeout=10)
    assert not worker.is_alive()
    assert world.bundles()[0].status is BundleStatus.COMPLETED


class FailingVenue(TroubledVenue):
    """Cannot be asked what happened, as often as it was told."""

    def __init__(self, venue: Venue, *failures: Exception) -> None:
        super().__init__(venue)
        self.failures = list(failures)

    def events(self, *, since: datetime | None, until: datetime) -> Sequence[VenueEvent]:
        if self.failures:
            raise self.failures.pop(0)
        return super().events(since=since, until=until)


def test_a_worker_waits_out_a_locked_store_and_a_missing_file_and_then_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(settlement, "SHORTEST_PAUSE_SECONDS", 0.01)
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "term-1y", "600.00")))
    locked = OperationalError("UPDATE secret", {"name": "secret"}, Exception("secret"))
    venue = FailingVenue(world.venue, locked, FileNotFoundError("secret"))
    stop = threading.Event()
    worker = threading.Thread(
        target=run_worker,
        args=[world.store, world.clock, venue],
        kwargs={"stop": stop, "poll_seconds": 0.01},
    )
    worker.start()
    for _ in range(500):
        if world.bundles()[0].status is BundleStatus.COMPLETED:
            break
        stop.wait(0.01)
    stop.set()
    worker.join(timeout=10)
    assert world.bundles()[0].status is BundleStatus.COMPLETED
    assert "OperationalError; next in 0.01 s" in caplog.text
    assert "FileNotFoundError; next in 0.02 s" in caplog.text
    assert "secret" not in caplog.text


def test_a_clock_that_ran_ahead_loses_no_confirmation_when_it_is_back(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    ben = world.add_client("ben", cash("1000.00"))
    world.clock.set(at("2026-11-30"))
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")), key="ahead")
    world.work()
    world.work(on=at("2026-12-01"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED
    world.clock.set(WEDNESDAY)
    world.press(ben, world.propose(ben, buy(1, "money", "600.00")), key="back")
    world.work()
    # Days go by before the worker looks again.
    world.work(on=at("2026-10-20"))
    assert [one.status for one in world.bundles()] == [BundleStatus.COMPLETED] * 2


def test_an_order_of_long_ago_is_asked_about_from_when_it_was_sent(world: World) -> None:
    ada, ben = (world.add_client(name, cash("1000.00")) for name in ("ada", "ben"))
    world.press(ada, world.propose(ada, buy(1, "qdii", "600.00")), key="old")
    world.work()
    world.clock.set(at("2026-10-20"))
    world.press(ben, world.propose(ben, buy(1, "term-1y", "600.00")), key="new")
    with world.store.read() as uow:
        assert uow.bundles.oldest_sent() == WEDNESDAY
    world.work()
    with world.store.read() as uow:
        assert uow.bundles.oldest_sent() is None


# ---- sales that bring less than planned --------------------------------------------------------


def sale_funded(world: World, venue: ScriptedVenue) -> Bundle:
    ada = world.add_client(
        "ada", cash("100.00"), holding("one", "bond", "500.00"), holding("two", "bond", "500.00")
    )
    proposal = world.propose(
        ada,
        sell(1, "bond", "500.00", holding_id="one"),
        sell(2, "bond", "500.00", holding_id="two"),
        buy(3, "money", "700.00"),
        buy(4, "qdii", "350.00"),
    )
    world.press(ada, proposal)
    run_worker_once(world.store, world.clock, venue)
    return world.bundles()[0]


def test_a_purchase_whose_sale_failed_is_skipped_and_its_part_pays_the_next_line(
    world: World,
) -> None:
    venue = ScriptedVenue()
    bundle = sale_funded(world, venue)
    venue.tell(world, fill(bundle, 1, "500.00"), event(bundle, 2, EventKind.REJECTED))
    after = world.bundles()[0]
    # 100 in cash and 500 of proceeds do not pay 700, but they pay 350.
    assert [order.status for order in after.orders] == [
        OrderStatus.CONFIRMED,
        OrderStatus.REJECTED,
        OrderStatus.SKIPPED,
        OrderStatus.ACCEPTED,
    ]
    assert after.orders[2].reason == "not_enough_proceeds"
    assert world.cash("ada") == Cash(money("250.00"), money("350.00"))
    venue.tell(world, fill(bundle, 4, "350.00"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED_WITH_CHANGES
    assert world.holdings("ada")["two"].amount == money("500.00")


# ---- events in any order -----------------------------------------------------------------------


def outcome(world: World) -> object:
    bundle = world.bundles()[0]
    return bundle, world.cash("ada"), world.holdings("ada")


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_duplicated_and_shuffled_events_give_the_same_state(data: st.DataObject) -> None:
    with TemporaryDirectory() as folder:
        world, venue = World(Path(folder)), ScriptedVenue()
        bundle = sale_funded(world, venue)
        sales = [
            event(bundle, 1, EventKind.ACCEPTED),
            fill(bundle, 1, "200.00", "1.00"),
            fill(bundle, 1, "300.00", "1.00"),
            event(bundle, 2, EventKind.ACCEPTED),
            fill(bundle, 2, "450.00"),
            event(bundle, 2, EventKind.EXPIRED, "450.00"),
        ]
        purchases = [
            event(bundle, 3, EventKind.ACCEPTED),
            fill(bundle, 3, "700.00", "7.00"),
        ]
        for batch in (sales, purchases):
            often = batch + data.draw(st.lists(st.sampled_from(batch), max_size=4))
            venue.tell(world, *data.draw(st.permutations(often)))
        found = world.bundles()[0]
        assert [order.status for order in found.orders] == [
            OrderStatus.CONFIRMED,
            OrderStatus.EXPIRED,
            OrderStatus.CONFIRMED,
            OrderStatus.SKIPPED,
        ]
        assert found.status is BundleStatus.COMPLETED_WITH_CHANGES
        # 100 + 498 + 450 brought, 700 spent: 348 do not pay 350.
        assert world.cash("ada") == Cash(money("348.00"), money("0.00"))
        held = world.holdings("ada")
        assert held["two"].amount == money("50.00")
        assert held[found.orders[2].holding_id].amount == money("693.00")
        assert "one" not in held
        world.close()


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_end_that_overtakes_its_fills_waits_for_them(
    world: World, order: tuple[int, ...]
) -> None:
    ada, venue = world.add_client("ada", cash("1000.00")), ScriptedVenue()
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    run_worker_once(world.store, world.clock, venue)
    bundle = world.bundles()[0]
    events = [
        fill(bundle, 1, "100.00"),
        fill(bundle, 1, "150.00"),
        event(bundle, 1, EventKind.EXPIRED, "250.00"),
    ]
    venue.tell(world, *[events[position] for position in order])
    after = world.bundles()[0]
    assert after.orders[0].status is OrderStatus.EXPIRED
    assert after.orders[0].confirmed == money("250.00")
    assert after.status is BundleStatus.COMPLETED_WITH_CHANGES
    assert world.cash("ada") == Cash(money("750.00"), money("0.00"))


def test_events_that_contradict_the_books_are_put_aside_and_change_nothing(world: World) -> None:
    ada, venue = world.add_client("ada", cash("1000.00")), ScriptedVenue()
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    run_worker_once(world.store, world.clock, venue)
    bundle = world.bundles()[0]
    before = outcome(world)
    stranger = replace(fill(bundle, 1, "1.00"), client_order_id="nobody", event_id="stranger")
    bad = [
        stranger,
        fill(bundle, 1, "600.01"),
        replace(fill(bundle, 1, "5.00"), exec_id=None),
        fill(bundle, 1, "0.00"),
        replace(fill(bundle, 1, "2.00", "3.00"), event_id="fee above amount"),
    ]
    venue.tell(world, *bad)
    with world.store.read() as uow:
        assert set(uow.inbox.problems()) == {one.event_id for one in bad}
        assert uow.inbox.pending() == ()
    settled = world.bundles()[0]
    assert (settled.orders[0].confirmed, world.cash("ada")) == (
        money("0.00"),
        Cash(money("400.00"), money("600.00")),
    )
    assert before == outcome(world)
    venue.tell(world, fill(bundle, 1, "600.00"))
    assert world.bundles()[0].status is BundleStatus.COMPLETED


def test_a_fill_after_a_rejection_is_put_aside(world: World) -> None:
    ada, venue = world.add_client("ada", cash("1000.00")), ScriptedVenue()
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    run_worker_once(world.store, world.clock, venue)
    bundle = world.bundles()[0]
    venue.tell(world, event(bundle, 1, EventKind.REJECTED), fill(bundle, 1, "600.00"))
    assert world.bundles()[0].status is BundleStatus.FAILED
    assert world.cash("ada") == Cash(money("1000.00"), money("0.00"))
    with world.store.read() as uow:
        assert len(uow.inbox.problems()) == 1


def test_the_same_fill_under_two_event_ids_is_counted_once(world: World) -> None:
    ada, venue = world.add_client("ada", cash("1000.00")), ScriptedVenue()
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    run_worker_once(world.store, world.clock, venue)
    bundle = world.bundles()[0]
    first = fill(bundle, 1, "100.00")
    venue.tell(world, first, replace(first, event_id="again"))
    assert world.bundles()[0].orders[0].confirmed == money("100.00")
