"""Consents, bundles, orders and executions.

Every change of status is one UPDATE that names the status it starts from; the row count must be
one, and the audit row is written beside it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from allocator.money import Money
from allocator.trading.transitions import (
    BUNDLE,
    ORDER,
    BundleStatus,
    IllegalTransitionError,
    OrderStatus,
    is_terminal,
    require_transition,
)
from api.callers import Caller
from api.store.mapping import bundle_from, order_from, order_row
from api.store.records import Bundle, Consent, Execution, Order
from api.store.repositories.audit import AuditTrail
from api.store.repositories.visibility import not_found, visible
from api.store.tables import audit, bundle, consent, execution, order

OPEN_STATUSES = tuple(s.value for s in BundleStatus if not is_terminal(BUNDLE, s))
# What the venue may have and has not ended.
SENT_STATUSES = tuple(
    s.value for s in OrderStatus if not is_terminal(ORDER, s) and s is not OrderStatus.PLANNED
)


class BundleRepository:
    """Bundles with their orders."""

    def __init__(self, connection: Connection, trail: AuditTrail) -> None:
        self._connection = connection
        self._trail = trail

    def add(self, given: Consent, new: Bundle, *, actor: str) -> None:
        """Store a consent, the bundle it created and the bundle's orders."""
        self._connection.execute(
            insert(consent).values(
                id=given.id,
                proposal_id=given.proposal_id,
                client_id=given.client_id,
                user_id=given.user_id,
                assessment_id=given.assessment_id,
                proposal_hash=given.proposal_hash,
                given_at=given.given_at,
            )
        )
        self._connection.execute(
            insert(bundle).values(
                id=new.id,
                consent_id=new.consent_id,
                proposal_id=new.proposal_id,
                client_id=new.client_id,
                status=new.status.value,
                created_at=new.created_at,
            )
        )
        self._connection.execute(insert(order), [order_row(one) for one in new.orders])
        history = [("bundle", new.id, new.status.value)]
        history += [("order", one.client_order_id, one.status.value) for one in new.orders]
        for kind, identity, status in history:
            self._trail.record(
                at=new.created_at,
                actor=actor,
                object_kind=kind,
                object_id=identity,
                before=None,
                after=status,
            )

    def get(self, caller: Caller, bundle_id: str) -> Bundle:
        """Return one bundle.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = select(bundle).where(bundle.c.id == bundle_id, visible(caller, bundle.c.client_id))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found("bundle")
        return self._with_orders(row)

    def of_order(self, caller: Caller, client_order_id: str) -> Bundle:
        """Return the bundle that an order belongs to.

        Raises:
            NotFoundError: no such order, or not for this caller.
        """
        query = select(order.c.bundle_id).where(order.c.client_order_id == client_order_id)
        bundle_id = self._connection.scalar(query)
        if bundle_id is None:
            raise not_found("order")
        return self.get(caller, bundle_id)

    def list(
        self, caller: Caller, *, client_id: str | None = None, only_open: bool = False
    ) -> tuple[Bundle, ...]:
        """Return bundles this caller may see, newest first."""
        query = select(bundle).where(visible(caller, bundle.c.client_id))
        if client_id is not None:
            query = query.where(bundle.c.client_id == client_id)
        if only_open:
            query = query.where(bundle.c.status.in_(OPEN_STATUSES))
        rows = self._connection.execute(query.order_by(bundle.c.number.desc())).all()
        return tuple(self._with_orders(row) for row in rows)

    def oldest_sent(self) -> datetime | None:
        """Return the earliest instant at which an order that is still at the venue was sent.

        Every sending and every acceptance counts, because an order may be sent again.
        """
        moves = (OrderStatus.SENDING.value, OrderStatus.ACCEPTED.value)
        query = (
            select(func.min(audit.c.at))
            .join(order, order.c.client_order_id == audit.c.object_id)
            .join(bundle, bundle.c.id == order.c.bundle_id)
            .where(
                bundle.c.status.in_(OPEN_STATUSES),
                order.c.status.in_(SENT_STATUSES),
                audit.c.object_kind == "order",
                audit.c.after.in_(moves),
            )
        )
        oldest: datetime | None = self._connection.scalar(query)
        return oldest

    def move_bundle(self, moved: Bundle, after: BundleStatus, *, actor: str, at: datetime) -> None:
        """Take one edge of the bundle's table.

        Raises:
            IllegalTransitionError: not an edge, or it is no longer where it was read.
        """
        require_transition(BUNDLE, moved.status, after)
        changed = self._connection.execute(
            update(bundle)
            .where(bundle.c.id == moved.id, bundle.c.status == moved.status.value)
            .values(status=after.value)
        )
        if changed.rowcount != 1:
            raise IllegalTransitionError(f"bundle {moved.id} is no longer {moved.status}")
        self._trail.record(
            at=at,
            actor=actor,
            object_kind="bundle",
            object_id=moved.id,
            before=moved.status.value,
            after=after.value,
        )

    def move_order(
        self,
        moved: Order,
        after: OrderStatus,
        *,
        actor: str,
        at: datetime,
        reason: str | None = None,
    ) -> None:
        """Take one edge of the order's table; `reason` is a code kept with the order.

        Raises:
            IllegalTransitionError: not an edge, or it is no longer where it was read.
        """
        require_transition(ORDER, moved.status, after)
        changed = self._connection.execute(
            update(order)
            .where(
                order.c.client_order_id == moved.client_order_id,
                order.c.status == moved.status.value,
            )
            .values(status=after.value, reason=reason)
        )
        if changed.rowcount != 1:
            raise IllegalTransitionError(
                f"order {moved.client_order_id} is no longer {moved.status}"
            )
        self._trail.record(
            at=at,
            actor=actor,
            object_kind="order",
            object_id=moved.client_order_id,
            before=moved.status.value,
            after=after.value,
            reason=reason,
        )

    def set_money(self, client_order_id: str, *, reserved: Money, confirmed: Money) -> None:
        """Keep how much is set aside for an order and how much of it is executed."""
        self._connection.execute(
            update(order)
            .where(order.c.client_order_id == client_order_id)
            .values(reserved_minor=reserved.minor, confirmed_minor=confirmed.minor)
        )

    def set_dates(self, client_order_id: str, *, trade_date: date, confirm_date: date) -> None:
        """Fix the trade date, once and for ever.

        Raises:
            IllegalTransitionError: it was fixed before.
        """
        changed = self._connection.execute(
            update(order)
            .where(order.c.client_order_id == client_order_id, order.c.trade_date.is_(None))
            .values(trade_date=trade_date, confirm_date=confirm_date)
        )
        if changed.rowcount != 1:
            raise IllegalTransitionError(f"order {client_order_id} has its trade date already")

    def set_end(self, client_order_id: str, *, ended_as: OrderStatus, ended: Money) -> None:
        """Keep what the venue said last and how much it had filled by then."""
        self._connection.execute(
            update(order)
            .where(order.c.client_order_id == client_order_id)
            .values(ended_as=ended_as.value, ended_minor=ended.minor)
        )

    def add_execution(self, new: Execution) -> bool:
        """Store a fill unless the venue's id is known; say if it is new."""
        known = select(execution.c.exec_id).where(
            execution.c.venue == new.venue, execution.c.exec_id == new.exec_id
        )
        if self._connection.scalar(known) is not None:
            return False
        self._connection.execute(
            insert(execution).values(
                venue=new.venue,
                exec_id=new.exec_id,
                client_order_id=new.client_order_id,
                amount_minor=new.amount.minor,
                fee_minor=new.fee.minor,
                business_date=new.business_date,
            )
        )
        return True

    def executions(self, caller: Caller, bundle_id: str) -> tuple[Execution, ...]:
        """Return the fills of a bundle this caller may see, by order and id."""
        query = (
            select(execution)
            .join(order, order.c.client_order_id == execution.c.client_order_id)
            .join(bundle, bundle.c.id == order.c.bundle_id)
            .where(bundle.c.id == bundle_id, visible(caller, bundle.c.client_id))
            .order_by(order.c.line, execution.c.exec_id)
        )
        return tuple(
            Execution(
                venue=row.venue,
                exec_id=row.exec_id,
                client_order_id=row.client_order_id,
                amount=Money.from_minor(row.amount_minor),
                fee=Money.from_minor(row.fee_minor),
                business_date=row.business_date,
            )
            for row in self._connection.execute(query)
        )

    def _with_orders(self, row: Row[Any]) -> Bundle:
        query = select(order).where(order.c.bundle_id == row.id).order_by(order.c.line)
        return bundle_from(row, tuple(map(order_from, self._connection.execute(query))))
