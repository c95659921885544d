"""What an event of the venue does to an order: a join, not a sequence.

Fills add up and an end carries the sum of all fills, so it waits until they are all here.
Whatever the order and however often events arrive, the same state comes out; an event that
contradicts what is known changes nothing and is put aside.
"""

from datetime import datetime, timedelta

from allocator.balance_sheet import Holding
from allocator.errors import AllocatorError
from allocator.money import ZERO, Money
from allocator.trading.orders import Side
from allocator.trading.transitions import ORDER, OrderStatus, is_terminal
from api.callers import BANK
from api.errors import ConflictError, NotFoundError
from api.services.bundle_progress import (
    refresh_bundle,
    release_funded,
    share_proceeds,
    void_reserve,
)
from api.store.records import AccountKind, Bundle, Execution, Order, Posting
from api.store.repositories.ledger import BANK_ID, EntryKind
from api.store.unit_of_work import UnitOfWork
from api.venue import EventKind, VenueEvent


class ContradictionError(AllocatorError):
    """The venue and our books disagree; a person must look."""

    code = "venue_contradiction"


def find_order(bundle: Bundle, client_order_id: str) -> Order:
    """Return an order of its bundle."""
    return next(one for one in bundle.orders if one.client_order_id == client_order_id)


def apply_event(uow: UnitOfWork, event: VenueEvent, *, at: datetime) -> None:
    """Apply one event to its order.

    Raises:
        ContradictionError: an order we do not know or never sent, more than was ordered, a fill
            after the end.
    """
    try:
        bundle = uow.bundles.of_order(BANK, event.client_order_id)
    except NotFoundError:
        raise ContradictionError(f"{event.client_order_id} is not an order of ours") from None
    order = find_order(bundle, event.client_order_id)
    if order.status in {OrderStatus.PLANNED, OrderStatus.SKIPPED, OrderStatus.DEFERRED}:
        raise ContradictionError(f"{event.client_order_id} was never sent")
    match event.kind:
        case EventKind.ACCEPTED:
            if order.status is OrderStatus.SENDING:
                uow.bundles.move_order(order, OrderStatus.ACCEPTED, actor=event.venue, at=at)
        case EventKind.EXECUTION:
            _apply_fill(uow, bundle, order, event, at=at)
        case EventKind.REJECTED:
            _note_end(uow, bundle, order, OrderStatus.REJECTED, filled=ZERO, at=at)
        case EventKind.EXPIRED:
            _note_end(uow, bundle, order, OrderStatus.EXPIRED, filled=event.amount, at=at)
    release_funded(uow, bundle.id, at=at)
    refresh_bundle(uow, bundle.id, actor=event.venue, at=at)


def end_order(
    uow: UnitOfWork,
    bundle: Bundle,
    order: Order,
    after: OrderStatus,
    *,
    at: datetime,
) -> None:
    """End an order without (more) fills: its reserve is available again, the bundle moves on."""
    reason = f"venue_{after.value}"
    uow.bundles.move_order(order, after, actor=BANK.user_id, at=at, reason=reason)
    void_reserve(uow, bundle, order, at=at)
    release_funded(uow, bundle.id, at=at)
    refresh_bundle(uow, bundle.id, actor=BANK.user_id, at=at)


def _apply_fill(
    uow: UnitOfWork, bundle: Bundle, order: Order, event: VenueEvent, *, at: datetime
) -> None:
    fill = _execution(event)
    if not uow.bundles.add_execution(fill):
        return
    confirmed = order.confirmed + fill.amount
    limit = order.amount if order.ended is None else order.ended
    if is_terminal(ORDER, order.status) or confirmed > limit:
        raise ContradictionError(
            f"{order.client_order_id} is {order.status} with {order.confirmed} of {limit} and "
            f"cannot be filled with {fill.amount} more"
        )
    if order.side is Side.BUY:
        reserved = order.reserved - fill.amount
        _post_purchase(uow, bundle, fill, at=at)
        uow.clients.buy(bundle.client_id, _bought(order, fill))
    else:
        reserved = ZERO
        _post_sale(uow, bundle, order, fill, at=at)
    uow.bundles.set_money(order.client_order_id, reserved=reserved, confirmed=confirmed)
    full = confirmed == order.amount
    after = OrderStatus.CONFIRMED if full else OrderStatus.PARTIALLY_CONFIRMED
    if after is not order.status:
        uow.bundles.move_order(order, after, actor=fill.venue, at=at)
    if not full:
        _end_if_complete(uow, bundle.id, order.client_order_id, at=at)


def _note_end(
    uow: UnitOfWork,
    bundle: Bundle,
    order: Order,
    ended_as: OrderStatus,
    *,
    filled: Money,
    at: datetime,
) -> None:
    if order.status in {ended_as, OrderStatus.CONFIRMED} and order.confirmed == filled:
        return
    if is_terminal(ORDER, order.status) or order.confirmed > filled:
        raise ContradictionError(
            f"{order.client_order_id} is {order.status} with {order.confirmed} filled and cannot "
            f"be {ended_as} with {filled}"
        )
    uow.bundles.set_end(order.client_order_id, ended_as=ended_as, ended=filled)
    _end_if_complete(uow, bundle.id, order.client_order_id, at=at)


def _end_if_complete(
    uow: UnitOfWork, bundle_id: str, client_order_id: str, *, at: datetime
) -> None:
    bundle = uow.bundles.get(BANK, bundle_id)
    order = find_order(bundle, client_order_id)
    if order.ended_as is not None and order.confirmed == order.ended:
        end_order(uow, bundle, order, order.ended_as, at=at)


def _execution(event: VenueEvent) -> Execution:
    if event.exec_id is None or event.amount <= ZERO or not ZERO <= event.fee <= event.amount:
        raise ContradictionError(f"{event.event_id} is a fill without an id or an amount")
    return Execution(
        venue=event.venue,
        exec_id=event.exec_id,
        client_order_id=event.client_order_id,
        amount=event.amount,
        fee=event.fee,
        business_date=event.business_date,
    )


def _bought(order: Order, fill: Execution) -> Holding:
    locked_until = None
    if order.lock_up_days:
        locked_until = fill.business_date + timedelta(days=order.lock_up_days)
    return Holding(
        id=order.holding_id,
        product_class=order.product_class,
        amount=fill.amount - fill.fee,
        risk_level=order.risk_level,
        product_id=order.product_id,
        locked_until=locked_until,
        acquired_on=fill.business_date,
    )


def _post_purchase(uow: UnitOfWork, bundle: Bundle, fill: Execution, *, at: datetime) -> None:
    uow.ledger.post(
        kind=EntryKind.POST,
        reference=f"{fill.venue} {fill.exec_id}",
        postings=[
            Posting(bundle.client_id, AccountKind.RESERVED, -fill.amount),
            Posting(BANK_ID, AccountKind.SETTLEMENT, fill.amount - fill.fee),
            Posting(BANK_ID, AccountKind.FEE, fill.fee),
        ],
        posted_at=at,
        business_date=fill.business_date,
    )


def _post_sale(
    uow: UnitOfWork, bundle: Bundle, order: Order, fill: Execution, *, at: datetime
) -> None:
    proceeds = fill.amount - fill.fee
    reserved = share_proceeds(uow, bundle, proceeds)
    uow.ledger.post(
        kind=EntryKind.POST,
        reference=f"{fill.venue} {fill.exec_id}",
        postings=[
            Posting(BANK_ID, AccountKind.EXTERNAL, -fill.amount),
            Posting(BANK_ID, AccountKind.FEE, fill.fee),
            Posting(bundle.client_id, AccountKind.RESERVED, reserved),
            Posting(bundle.client_id, AccountKind.AVAILABLE, proceeds - reserved),
        ],
        posted_at=at,
        business_date=fill.business_date,
    )
    try:
        uow.clients.sell(bundle.client_id, holding_id=order.holding_id, amount=fill.amount)
    except ConflictError as conflict:
        raise ContradictionError(f"{order.client_order_id}: {conflict.message}") from None
