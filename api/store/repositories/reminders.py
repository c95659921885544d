"""Reminders: at most one a client, day and kind, however often the book is scanned."""

from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from api.callers import Caller
from api.errors import ConflictError
from api.store.records import Reminder, ReminderStatus
from api.store.repositories.visibility import not_found, visible
from api.store.tables import reminder


class ReminderRepository:
    """Reminders by client and by book."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: Reminder) -> bool:
        """Store a reminder unless the client has one of that day and kind; say if it is new."""
        known = select(reminder.c.id).where(
            reminder.c.client_id == new.client_id,
            reminder.c.day == new.day,
            reminder.c.kind == new.kind,
        )
        if self._connection.scalar(known) is not None:
            return False
        self._connection.execute(
            insert(reminder).values(
                id=new.id,
                client_id=new.client_id,
                day=new.day,
                kind=new.kind,
                status=new.status.value,
                document=new.document,
                created_at=new.created_at,
            )
        )
        return True

    def get(self, caller: Caller, reminder_id: str) -> Reminder:
        """Return one reminder.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = select(reminder).where(
            reminder.c.id == reminder_id, visible(caller, reminder.c.client_id)
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found("reminder")
        return _reminder(row)

    def list(self, caller: Caller, *, client_id: str | None = None) -> tuple[Reminder, ...]:
        """Return what this caller may see, newest first: of one client, or of the whole book."""
        query = select(reminder).where(visible(caller, reminder.c.client_id))
        if client_id is not None:
            query = query.where(reminder.c.client_id == client_id)
        query = query.order_by(reminder.c.day.desc(), reminder.c.number.desc())
        return tuple(map(_reminder, self._connection.execute(query)))

    def dismiss(self, caller: Caller, reminder_id: str) -> Reminder:
        """Dismiss an open reminder and return it.

        Raises:
            NotFoundError: missing, or not for this caller.
            ConflictError: dismissed already (code reminder_dismissed).
        """
        self.get(caller, reminder_id)
        changed = self._connection.execute(
            update(reminder)
            .where(reminder.c.id == reminder_id, reminder.c.status == ReminderStatus.OPEN.value)
            .values(status=ReminderStatus.DISMISSED.value)
        )
        if changed.rowcount != 1:
            raise ConflictError("the reminder is dismissed already", code="reminder_dismissed")
        return self.get(caller, reminder_id)


def _reminder(row: Row[Any]) -> Reminder:
    return Reminder(
        id=row.id,
        client_id=row.client_id,
        day=row.day,
        kind=row.kind,
        status=ReminderStatus(row.status),
        document=row.document,
        created_at=row.created_at,
    )
