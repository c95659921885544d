"""The embedded paper venue: trades at the value shown, one yuan a unit, and refuses nothing real.

It keeps its own books in its own SQLite file, as a core system would, so that the worker meets the
same uncertainty: a call can succeed and its answer be lost. An order is accepted when it arrives
and filled whole on its confirmation day at 09:00 in Shanghai, or in the same call if instant.
"""

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import Column, Index, MetaData, String, Table, Text, insert, select

from allocator.money import ZERO, Money
from api.clock import SHANGHAI, as_utc
from api.settings import Settings
from api.store.columns import Instant
from api.store.engine import make_engine
from api.store.mapping import dump_event, load_event
from api.venue import EventKind, VenueEvent, VenueOrder, VenueRefusedError

NAME = "paper"
CONFIRMATION_TIME = time(9)

_metadata = MetaData()
_order = Table(
    "venue_order",
    _metadata,
    Column("client_order_id", String(64), primary_key=True),
)
_event = Table(
    "venue_event",
    _metadata,
    Column("event_id", String(80), primary_key=True),
    Column("happened_at", Instant, nullable=False),
    Column("payload", Text, nullable=False),
    Index("ix_venue_event_happened_at", "happened_at"),
)


class PaperVenue:
    """A venue in a file."""

    def __init__(self, settings: Settings) -> None:
        self._engine = make_engine(settings.venue_url)
        with self._engine.begin() as connection:
            _metadata.create_all(connection)

    def submit(self, order: VenueOrder) -> None:
        """Take an order; the same id again is the same order.

        Raises:
            VenueRefusedError: nothing to trade.
        """
        if order.amount <= ZERO:
            raise VenueRefusedError(f"{order.client_order_id} has no amount")
        with self._engine.begin() as connection:
            known = select(_order.c.client_order_id).where(
                _order.c.client_order_id == order.client_order_id
            )
            if connection.scalar(known) is not None:
                return
            connection.execute(insert(_order).values(client_order_id=order.client_order_id))
            for event in _events_of(order):
                connection.execute(
                    insert(_event).values(
                        event_id=event.event_id,
                        happened_at=event.happened_at,
                        payload=dump_event(event),
                    )
                )

    def lookup(self, client_order_id: str) -> bool:
        """Return whether it has the order."""
        query = select(_order.c.client_order_id).where(_order.c.client_order_id == client_order_id)
        with self._engine.connect() as connection:
            return connection.scalar(query) is not None

    def events(self, *, since: datetime | None, until: datetime) -> Sequence[VenueEvent]:
        """Return what happened after `since` (or ever) and up to `until`, oldest first."""
        query = select(_event.c.payload).where(_event.c.happened_at <= until)
        if since is not None:
            query = query.where(_event.c.happened_at > since)
        query = query.order_by(_event.c.happened_at, _event.c.event_id)
        with self._engine.connect() as connection:
            return tuple(map(load_event, connection.scalars(query)))

    def order_count(self) -> int:
        """Return how many orders it ever took: what a reconciliation compares."""
        with self._engine.connect() as connection:
            return len(connection.scalars(select(_order.c.client_order_id)).all())

    def dispose(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _events_of(order: VenueOrder) -> tuple[VenueEvent, VenueEvent]:
    opening = datetime.combine(order.confirm_date, CONFIRMATION_TIME, tzinfo=SHANGHAI)
    filled_at = order.sent_at if order.is_instant else max(as_utc(opening), order.sent_at)
    return (
        _event_of(order, EventKind.ACCEPTED, happened_at=order.sent_at, amount=ZERO, fee=ZERO),
        _event_of(
            order,
            EventKind.EXECUTION,
            happened_at=filled_at,
            amount=order.amount,
            fee=order.fee,
        ),
    )


def _event_of(
    order: VenueOrder, kind: EventKind, *, happened_at: datetime, amount: Money, fee: Money
) -> VenueEvent:
    identity = f"{order.client_order_id}.{kind}"
    is_execution = kind is EventKind.EXECUTION
    return VenueEvent(
        venue=NAME,
        event_id=identity,
        client_order_id=order.client_order_id,
        kind=kind,
        happened_at=happened_at,
        business_date=order.confirm_date if is_execution else order.trade_date,
        amount=amount,
        fee=fee,
        exec_id=identity if is_execution else None,
    )
