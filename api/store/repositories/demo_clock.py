"""The demo clock's offset: one row that every process reads."""

from sqlalchemy import Connection, insert, select, update

from api.store.tables import demo_clock


class DemoClockRepository:
    """Whole days added to the machine's clock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def offset_days(self) -> int:
        """Return the offset; none was ever set means zero."""
        return self._connection.scalar(select(demo_clock.c.offset_days)) or 0

    def set_offset_days(self, days: int) -> None:
        """Set the offset."""
        changed = self._connection.execute(update(demo_clock).values(offset_days=days))
        if changed.rowcount == 0:
            self._connection.execute(insert(demo_clock).values(id=1, offset_days=days))
