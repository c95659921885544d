"""The venue: where orders are traded, behind one protocol.

A venue is idempotent on `client_order_id`: submitting the same id again is the same order. It
tells what happened as events, each with its own id; they may arrive twice, late and in any order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from allocator.money import Money
from allocator.trading.orders import Side


@dataclass(frozen=True, slots=True)
class VenueOrder:
    """What the venue is told.

    Attributes:
        amount: Cash paid for a purchase, value given up for a sale; includes `fee`.
        trade_date: T, fixed by us when the client's word was received.
        confirm_date: When the product's cycle confirms it.
        is_instant: Confirmed in the same call, whatever the day.
    """

    client_order_id: str
    side: Side
    product_id: str
    amount: Money
    fee: Money
    trade_date: date
    confirm_date: date
    is_instant: bool
    sent_at: datetime


class EventKind(StrEnum):
    """What can happen to an order at the venue."""

    ACCEPTED = "accepted"
    EXECUTION = "execution"  # a fill, whole or in part
    REJECTED = "rejected"  # nothing was or will be filled
    EXPIRED = "expired"  # no more will be filled


@dataclass(frozen=True, slots=True)
class VenueEvent:
    """One thing that happened.

    Attributes:
        event_id: Unique at the venue.
        exec_id: Unique at the venue; of an execution only.
        amount: Of an execution: this fill, fee included. Of an end: all fills together, so that
            an end that overtakes a fill waits for it.
    """

    venue: str
    event_id: str
    client_order_id: str
    kind: EventKind
    happened_at: datetime
    business_date: date
    amount: Money
    fee: Money
    exec_id: str | None = None


class VenueRefusedError(Exception):
    """The venue answered no: the order is rejected and must not be sent again."""


class Venue(Protocol):
    """A place to trade. Any error but a refusal means that the outcome is unknown."""

    def submit(self, order: VenueOrder) -> None:
        """Hand over an order.

        Raises:
            VenueRefusedError: the venue will not take it.
        """

    def lookup(self, client_order_id: str) -> bool:
        """Return whether the venue has the order."""

    def events(self, *, since: datetime | None, until: datetime) -> Sequence[VenueEvent]:
        """Return what happened after `since` (or ever) and up to `until`."""
