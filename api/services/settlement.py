"""The worker: sends what the outbox holds and applies what the venue says.

Sending: lease a row, call the venue with no transaction open, note the answer. An order that was
leased before may be at the venue already, so the worker looks it up before it sends it again, and
its `client_order_id` never changes.

Applying: an event is kept raw, then applied in one transaction that posts the money, moves the
holding and the status. One order that fails is put aside and does not hold up the others.
"""

import logging
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count

from allocator.trading.transitions import ORDER, OrderStatus, is_terminal
from api.callers import BANK
from api.clock import Clock
from api.services.bundle_progress import refresh_bundle
from api.services.executions import ContradictionError, apply_event, end_order, find_order
from api.services.invariants import overdue
from api.store.failures import StoreFailure
from api.store.records import Dispatch, Order
from api.store.unit_of_work import Store, UnitOfWork
from api.venue import Venue, VenueEvent, VenueOrder, VenueRefusedError

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60
LONGEST_WAIT_SECONDS = 3600
# Events are asked for again over this span: two workers may note them out of order.
OVERLAP = timedelta(days=1)
MOST_ROUNDS = 20
# A round that fails is followed by a pause that doubles up to the longest.
SHORTEST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
ROUNDS_BETWEEN_CHECKS = 600


@dataclass(frozen=True, slots=True)
class WorkReport:
    """What one run did.

    Attributes:
        sent: Orders the venue took or already had.
        refused: Orders the venue will not take.
        retrying: Orders and events that met trouble; they are tried again later.
        applied: Events applied.
        put_aside: Events that contradict what is known; a person must look.
    """

    sent: int = 0
    refused: int = 0
    retrying: int = 0
    applied: int = 0
    put_aside: int = 0

    def __add__(self, other: "WorkReport") -> "WorkReport":
        return WorkReport(
            self.sent + other.sent,
            self.refused + other.refused,
            self.retrying + other.retrying,
            self.applied + other.applied,
            self.put_aside + other.put_aside,
        )

    @property
    def is_idle(self) -> bool:
        """True if nothing moved: the rest waits for the venue or for another day."""
        return not (self.sent or self.refused or self.applied)


def run_worker_once(
    store: Store, clock: Clock, venue: Venue, *, owner: str = "worker"
) -> WorkReport:
    """Send what may go, then apply what has happened."""
    return send_outbox(store, clock, venue, owner=owner) + apply_events(store, clock, venue)


def run_until_idle(
    store: Store, clock: Clock, venue: Venue, *, owner: str = "worker"
) -> WorkReport:
    """Run until nothing moves any more: sales that pay at once let their purchases go."""
    whole = WorkReport()
    for _ in range(MOST_ROUNDS):
        one = run_worker_once(store, clock, venue, owner=owner)
        whole += one
        if one.is_idle:
            break
    return whole


def run_worker(
    store: Store,
    clock: Clock,
    venue: Venue,
    *,
    stop: threading.Event,
    poll_seconds: float,
    owner: str = "worker",
) -> None:
    """Run again and again until `stop` is set; trouble with a store or a file is waited out."""
    pause = SHORTEST_PAUSE_SECONDS
    for number in count():
        if stop.is_set():
            return
        try:
            if number % ROUNDS_BETWEEN_CHECKS == 0:
                warn_of_overdue(store, clock)
            is_idle = run_worker_once(store, clock, venue, owner=owner).is_idle
        except (StoreFailure, OSError) as error:
            # The name alone: a message may quote what belongs to a client.
            logger.error("a round failed: %s; next in %g s", type(error).__name__, pause)
            stop.wait(pause)
            pause = min(LONGEST_PAUSE_SECONDS, 2 * pause)
            continue
        pause = SHORTEST_PAUSE_SECONDS
        if is_idle:
            stop.wait(poll_seconds)


def warn_of_overdue(store: Store, clock: Clock) -> None:
    """Log every order that should have moved by now and has not."""
    with store.read() as uow:
        for late in overdue(uow, clock.now()):
            logger.warning("%s %s", late.invariant, late.detail)


def send_outbox(store: Store, clock: Clock, venue: Venue, *, owner: str) -> WorkReport:
    """Send every order that may go now."""
    now = clock.now()
    report = WorkReport()
    while True:
        with store.begin() as uow:
            leased = _lease(uow, owner=owner, now=now)
            if leased is None:
                return report
            uow.commit()
        report += _send(store, venue, leased[0], leased[1], owner=owner, now=now)


def apply_events(store: Store, clock: Clock, venue: Venue) -> WorkReport:
    """Keep the venue's new events, then apply everything not yet applied."""
    now = clock.now()
    with store.read() as uow:
        since = _since(uow, now)
        known = uow.inbox.known(since=since)
    told = venue.events(since=since, until=now)
    news = [event for event in told if (event.venue, event.event_id) not in known]
    # Most polls bring nothing new and must not make the writers wait.
    if news:
        with store.begin() as uow:
            for event in news:
                uow.inbox.put(event, received_at=now)
            uow.commit()
    with store.read() as uow:
        pending = uow.inbox.pending()
    report = WorkReport()
    for event in pending:
        report += _apply(store, event, now=now)
    return report


def _since(uow: UnitOfWork, now: datetime) -> datetime | None:
    latest = uow.inbox.latest()
    if latest is None:
        return None
    # A clock that ran ahead left events dated ahead; orders sent since must not be lost to them.
    sent = uow.bundles.oldest_sent()
    return min(latest, now, sent or now) - OVERLAP


def _lease(uow: UnitOfWork, *, owner: str, now: datetime) -> tuple[Dispatch, Order] | None:
    dispatch = uow.outbox.lease(owner=owner, now=now, seconds=LEASE_SECONDS)
    if dispatch is None:
        return None
    bundle = uow.bundles.of_order(BANK, dispatch.client_order_id)
    order = find_order(bundle, dispatch.client_order_id)
    if order.status is OrderStatus.PLANNED:
        uow.bundles.move_order(order, OrderStatus.SENDING, actor=owner, at=now)
        refresh_bundle(uow, bundle.id, actor=owner, at=now)
    return dispatch, order


def _send(
    store: Store, venue: Venue, dispatch: Dispatch, order: Order, *, owner: str, now: datetime
) -> WorkReport:
    try:
        was_leased_before = dispatch.attempts > 1
        if not (was_leased_before and venue.lookup(order.client_order_id)):
            venue.submit(_venue_order(order, now))
    except VenueRefusedError:
        _note_refusal(store, order, now=now)
        return WorkReport(refused=1)
    except Exception as error:  # noqa: BLE001 # one order's trouble must not stop the others
        logger.warning("send %s failed: %s", order.client_order_id, type(error).__name__)
        wait = min(LONGEST_WAIT_SECONDS, 2**dispatch.attempts)
        with store.begin() as uow:
            again = now + timedelta(seconds=wait)
            uow.outbox.retry(order.client_order_id, owner=owner, at=again)
            uow.commit()
        return WorkReport(retrying=1)
    with store.begin() as uow:
        bundle = uow.bundles.of_order(BANK, order.client_order_id)
        present = find_order(bundle, order.client_order_id)
        # An event may have told us already; then only the outbox is left to close.
        if present.status is OrderStatus.SENDING:
            uow.bundles.move_order(present, OrderStatus.ACCEPTED, actor=owner, at=now)
        uow.outbox.finish(order.client_order_id, at=now)
        refresh_bundle(uow, bundle.id, actor=owner, at=now)
        uow.commit()
    return WorkReport(sent=1)


def _note_refusal(store: Store, order: Order, *, now: datetime) -> None:
    with store.begin() as uow:
        bundle = uow.bundles.of_order(BANK, order.client_order_id)
        present = find_order(bundle, order.client_order_id)
        if not is_terminal(ORDER, present.status):
            end_order(uow, bundle, present, OrderStatus.REJECTED, at=now)
        uow.outbox.finish(order.client_order_id, at=now)
        uow.commit()


def _apply(store: Store, event: VenueEvent, *, now: datetime) -> WorkReport:
    try:
        with store.begin() as uow:
            if not uow.inbox.claim(event, at=now):
                return WorkReport()
            apply_event(uow, event, at=now)
            uow.commit()
    except ContradictionError as contradiction:
        with store.begin() as uow:
            uow.inbox.set_problem(event, str(contradiction))
            uow.commit()
        logger.error("event %s put aside", event.event_id)
        return WorkReport(put_aside=1)
    except Exception as error:  # noqa: BLE001 # one event's trouble must not stop the others
        logger.warning("event %s failed: %s", event.event_id, type(error).__name__)
        return WorkReport(retrying=1)
    return WorkReport(applied=1)


def _venue_order(order: Order, now: datetime) -> VenueOrder:
    if order.trade_date is None or order.confirm_date is None:
        raise ContradictionError(f"{order.client_order_id} is to be sent without a trade date")
    return VenueOrder(
        client_order_id=order.client_order_id,
        side=order.side,
        product_id=order.product_id,
        amount=order.amount,
        fee=order.fee,
        trade_date=order.trade_date,
        confirm_date=order.confirm_date,
        is_instant=order.confirm_date == order.trade_date,
        sent_at=now,
    )
