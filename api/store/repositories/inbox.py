"""The inbox: what the venue said, kept raw before it is understood."""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from api.store.mapping import dump_event, load_event
from api.store.tables import inbox
from api.venue import VenueEvent


class Inbox:
    """Events by the venue's own id; each is applied once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, event: VenueEvent, *, received_at: datetime) -> bool:
        """Keep an event unless its id is known; say if it is new."""
        known = select(inbox.c.event_id).where(
            inbox.c.venue == event.venue, inbox.c.event_id == event.event_id
        )
        if self._connection.scalar(known) is not None:
            return False
        self._connection.execute(
            insert(inbox).values(
                venue=event.venue,
                event_id=event.event_id,
                happened_at=event.happened_at,
                payload=dump_event(event),
                received_at=received_at,
            )
        )
        return True

    def pending(self) -> tuple[VenueEvent, ...]:
        """Return the events still to be applied, oldest first, without those with a problem."""
        query = (
            select(inbox.c.payload)
            .where(inbox.c.applied_at.is_(None), inbox.c.problem.is_(None))
            .order_by(inbox.c.happened_at, inbox.c.venue, inbox.c.event_id)
        )
        return tuple(map(load_event, self._connection.scalars(query)))

    def claim(self, event: VenueEvent, *, at: datetime) -> bool:
        """Mark an event applied; False when it was before."""
        claimed = self._connection.execute(
            update(inbox)
            .where(
                inbox.c.venue == event.venue,
                inbox.c.event_id == event.event_id,
                inbox.c.applied_at.is_(None),
            )
            .values(applied_at=at)
        )
        return claimed.rowcount == 1

    def set_problem(self, event: VenueEvent, problem: str) -> None:
        """Put an event aside for a person, with the reason."""
        self._connection.execute(
            update(inbox)
            .where(inbox.c.venue == event.venue, inbox.c.event_id == event.event_id)
            .values(problem=problem)
        )

    def problems(self) -> dict[str, str]:
        """Return the events put aside, by id, with their reasons."""
        query = select(inbox.c.event_id, inbox.c.problem).where(inbox.c.problem.is_not(None))
        return {row.event_id: row.problem for row in self._connection.execute(query)}

    def known(self, *, since: datetime | None) -> set[tuple[str, str]]:
        """Return (venue, event id) of the events that happened after `since`, or of all."""
        query = select(inbox.c.venue, inbox.c.event_id)
        if since is not None:
            query = query.where(inbox.c.happened_at > since)
        return {(row.venue, row.event_id) for row in self._connection.execute(query)}

    def latest(self) -> datetime | None:
        """Return when the newest known event happened, or None when none is known."""
        newest: datetime | None = self._connection.scalar(select(func.max(inbox.c.happened_at)))
        return newest
