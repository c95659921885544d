"""The only place that reads the clock.

Instants are aware UTC. A business day is the date on a wall in Shanghai, whatever the server's own
time zone says.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Clock(Protocol):
    """What every use case is given instead of the time."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands where it is put."""

    def __init__(self, instant: datetime) -> None:
        self.set(instant)

    def now(self) -> datetime:
        """Return the instant it was put at."""
        return self._instant

    def set(self, instant: datetime) -> None:
        """Put the clock at an aware instant."""
        self._instant = as_utc(instant)

    def advance(self, step: timedelta) -> None:
        """Move the clock by `step`."""
        self._instant += step


class DemoClock:
    """The machine's clock moved by whole days, so a visitor need not wait for settlement.

    Args:
        read_offset_days: Returns the days to add; it reads the store, which all processes share.
    """

    def __init__(self, read_offset_days: Callable[[], int]) -> None:
        self._read_offset_days = read_offset_days
        self._system = SystemClock()

    def now(self) -> datetime:
        """Return the present instant moved by the stored offset."""
        return self._system.now() + timedelta(days=self._read_offset_days())


def as_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC.

    Raises:
        ValueError: the instant carries no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} carries no time zone")
    return instant.astimezone(UTC)


def shanghai_date(instant: datetime) -> date:
    """Return the calendar day in Shanghai at an aware instant.

    >>> shanghai_date(datetime(2026, 11, 20, 16, 30, tzinfo=UTC))
    datetime.date(2026, 11, 21)
    """
    return as_utc(instant).astimezone(SHANGHAI).date()
