"""The audit trail: one row for each change of status, in the transaction that makes it."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from api.store.records import AuditRow
from api.store.tables import audit


class AuditTrail:
    """Appends and reads; nothing here changes a row."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def record(
        self,
        *,
        at: datetime,
        actor: str,
        object_kind: str,
        object_id: str,
        before: str | None,
        after: str,
        reason: str | None = None,
    ) -> None:
        """Append one row."""
        self._connection.execute(
            insert(audit).values(
                at=at,
                actor=actor,
                object_kind=object_kind,
                object_id=object_id,
                before=before,
                after=after,
                reason=reason,
            )
        )

    def of(self, object_kind: str, object_id: str) -> tuple[AuditRow, ...]:
        """Return the history of one object, oldest first."""
        query = (
            select(audit)
            .where(audit.c.object_kind == object_kind, audit.c.object_id == object_id)
            .order_by(audit.c.id)
        )
        return tuple(
            AuditRow(
                at=row.at,
                actor=row.actor,
                object_kind=row.object_kind,
                object_id=row.object_id,
                before=row.before,
                after=row.after,
                reason=row.reason,
            )
            for row in self._connection.execute(query)
        )
