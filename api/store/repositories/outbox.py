"""The outbox: orders to send, leased by a worker for a while.

A lease that runs out is taken over; whoever takes it over asks the venue before sending again.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, or_, select, update

from api.store.records import Dispatch
from api.store.tables import outbox


class Outbox:
    """One row an order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, client_order_id: str, *, available_at: datetime | None) -> None:
        """Queue an order; without an instant it waits to be released."""
        self._connection.execute(
            insert(outbox).values(
                client_order_id=client_order_id, available_at=available_at, attempts=0
            )
        )

    def release(self, client_order_id: str, *, at: datetime) -> None:
        """Let a waiting order go."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.client_order_id == client_order_id, outbox.c.available_at.is_(None))
            .values(available_at=at)
        )

    def lease(self, *, owner: str, now: datetime, seconds: int) -> Dispatch | None:
        """Take the oldest order that may go and nobody holds, or None when there is none."""
        free = or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)
        waiting = (outbox.c.done_at.is_(None), outbox.c.available_at <= now, free)
        row = self._connection.execute(
            select(outbox).where(*waiting).order_by(outbox.c.id).limit(1)
        ).one_or_none()
        if row is None:
            return None
        taken = self._connection.execute(
            update(outbox)
            .where(outbox.c.id == row.id, *waiting)
            .values(
                lease_owner=owner,
                lease_until=now + timedelta(seconds=seconds),
                attempts=row.attempts + 1,
            )
        )
        if taken.rowcount != 1:
            return None
        return Dispatch(client_order_id=row.client_order_id, attempts=row.attempts + 1)

    def due_before(self, instant: datetime) -> tuple[str, ...]:
        """Return the orders that could go before `instant` and have not gone, oldest first."""
        query = (
            select(outbox.c.client_order_id)
            .where(outbox.c.done_at.is_(None), outbox.c.available_at < instant)
            .order_by(outbox.c.id)
        )
        return tuple(self._connection.scalars(query))

    def finish(self, client_order_id: str, *, at: datetime) -> None:
        """Note that nothing more is to be sent for an order; saying it twice is no error."""
        self._connection.execute(
            update(outbox)
            .where(outbox.c.client_order_id == client_order_id, outbox.c.done_at.is_(None))
            .values(done_at=at, lease_until=None)
        )

    def retry(self, client_order_id: str, *, owner: str, at: datetime) -> None:
        """Give a lease back, to be tried again at an instant."""
        self._connection.execute(
            update(outbox)
            .where(
                outbox.c.client_order_id == client_order_id,
                outbox.c.lease_owner == owner,
                outbox.c.done_at.is_(None),
            )
            .values(available_at=at, lease_owner=None, lease_until=None)
        )
