"""How a bundle moves on: paying for the purchases that waited, releasing cash, its own status.

Proceeds of sales fill the waiting purchases in line order. A purchase goes to the venue when its
own reserve is whole. Once no sale is open any more, what cannot be paid in full is skipped, its
part goes to the next line, and the remainder is available again. Amounts only add up, so the
order in which confirmations arrive does not matter.
"""

from datetime import datetime

from allocator.money import ZERO, Money
from allocator.trading.orders import Side
from allocator.trading.transitions import (
    ORDER,
    OrderStatus,
    Progress,
    bundle_status,
    is_terminal,
)
from api.callers import BANK
from api.clock import shanghai_date
from api.store.records import AccountKind, Bundle, Order, Posting
from api.store.repositories.ledger import EntryKind
from api.store.unit_of_work import UnitOfWork
from api.trading_calendar import confirmation_date, trade_date


def waiting_purchases(bundle: Bundle) -> tuple[Order, ...]:
    """Return the purchases that wait for the proceeds of sales, by line."""
    return tuple(
        order
        for order in bundle.orders
        if order.side is Side.BUY
        and order.status is OrderStatus.PLANNED
        and order.trade_date is None
    )


def share_proceeds(uow: UnitOfWork, bundle: Bundle, proceeds: Money) -> Money:
    """Give proceeds to the waiting purchases in line order and return how much they took."""
    left = proceeds
    for order in waiting_purchases(bundle):
        share = min(left, order.amount - order.reserved)
        left -= share
        uow.bundles.set_money(
            order.client_order_id, reserved=order.reserved + share, confirmed=order.confirmed
        )
    return proceeds - left


def release_funded(uow: UnitOfWork, bundle_id: str, *, at: datetime) -> None:
    """Let paid purchases go; when no sale is open, skip what cannot be paid."""
    bundle = uow.bundles.get(BANK, bundle_id)
    waiting = waiting_purchases(bundle)
    for order in waiting:
        if order.reserved == order.amount:
            _release(uow, order, at=at)
    short = [order for order in waiting if order.reserved < order.amount]
    if short and not _has_open_sale(bundle):
        _skip_unpaid(uow, bundle, short, at=at)


def void_reserve(uow: UnitOfWork, bundle: Bundle, order: Order, *, at: datetime) -> None:
    """Make what an ended order still holds available again."""
    _void(uow, bundle, order.client_order_id, order.reserved, at=at)
    uow.bundles.set_money(order.client_order_id, reserved=ZERO, confirmed=order.confirmed)


def refresh_bundle(uow: UnitOfWork, bundle_id: str, *, actor: str, at: datetime) -> Bundle:
    """Move the bundle to where its orders stand, if it is not there, and return it."""
    bundle = uow.bundles.get(BANK, bundle_id)
    after = bundle_status(
        [Progress(order.status, order.confirmed > ZERO) for order in bundle.orders]
    )
    if after is bundle.status:
        return bundle
    uow.bundles.move_bundle(bundle, after, actor=actor, at=at)
    return uow.bundles.get(BANK, bundle_id)


def _has_open_sale(bundle: Bundle) -> bool:
    return any(
        order.side is Side.SELL and not is_terminal(ORDER, order.status) for order in bundle.orders
    )


def _release(uow: UnitOfWork, order: Order, *, at: datetime) -> None:
    traded_on = trade_date(at)
    uow.bundles.set_dates(
        order.client_order_id,
        trade_date=traded_on,
        confirm_date=confirmation_date(
            traded_on,
            side=order.side,
            settlement=order.settlement,
            redemption_days=order.redemption_days,
        ),
    )
    uow.outbox.release(order.client_order_id, at=at)


def _skip_unpaid(uow: UnitOfWork, bundle: Bundle, short: list[Order], *, at: datetime) -> None:
    left = sum((order.reserved for order in short), start=ZERO)
    for order in short:
        share = order.amount if order.amount <= left else ZERO
        left -= share
        uow.bundles.set_money(order.client_order_id, reserved=share, confirmed=order.confirmed)
        if share:
            _release(uow, order, at=at)
            continue
        uow.outbox.finish(order.client_order_id, at=at)
        uow.bundles.move_order(
            order, OrderStatus.SKIPPED, actor=BANK.user_id, at=at, reason="not_enough_proceeds"
        )
    _void(uow, bundle, f"{bundle.id} unpaid", left, at=at)


def _void(uow: UnitOfWork, bundle: Bundle, reference: str, amount: Money, *, at: datetime) -> None:
    uow.ledger.post(
        kind=EntryKind.VOID,
        reference=reference,
        postings=[
            Posting(bundle.client_id, AccountKind.RESERVED, -amount),
            Posting(bundle.client_id, AccountKind.AVAILABLE, amount),
        ],
        posted_at=at,
        business_date=shanghai_date(at),
    )
