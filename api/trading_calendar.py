"""Trading days of the Shanghai exchange (XSHG) and the 15:00 cut-off.

An order received at 14:59:59.999 in Shanghai belongs to that trading day, one received at
15:00:00.000 to the next. The exchange announces its holidays a year at a time, in December, so
the calendar ends with the last announced year; beyond it there is an error and never a guess.
"""

import warnings
from bisect import bisect_left
from datetime import date, datetime, time
from functools import cache

import exchange_calendars

from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from api.clock import SHANGHAI, as_utc
from api.errors import ConflictError

FIRST_DAY = "2015-01-01"
CUT_OFF = time(15)


def trade_date(received_at: datetime) -> date:
    """Return the trading day an order received at that instant belongs to.

    Raises:
        ConflictError: the calendar does not reach that far (code calendar_ended).
    """
    local = as_utc(received_at).astimezone(SHANGHAI)
    day = local.date()
    if is_session(day) and local.time() < CUT_OFF:
        return day
    return session_after(day, 1)


def session_after(day: date, sessions: int) -> date:
    """Return the trading day that is `sessions` trading days after `day`.

    Zero asks for `day` itself if it is a trading day, or else the next one.

    Raises:
        ConflictError: the calendar does not reach that far (code calendar_ended).
    """
    days = _sessions()
    _check_range(day, days)
    position = bisect_left(days, day)
    # From a closed day the next trading day is already one step ahead.
    is_open = position < len(days) and days[position] == day
    target = position + sessions - (0 if is_open or sessions == 0 else 1)
    if target >= len(days):
        raise _ended(day, days)
    return days[target]


def confirmation_date(
    traded_on: date, *, side: Side, settlement: SettlementCycle, redemption_days: int
) -> date:
    """Return when an order of trade date `traded_on` is confirmed.

    A purchase waits for the product's cycle; a sale also for its cash, `redemption_days` trading
    days after T.

    Raises:
        ConflictError: the calendar does not reach that far (code calendar_ended).
    """
    days = settlement.trading_days
    return session_after(traded_on, max(days, redemption_days) if side is Side.SELL else days)


def is_session(day: date) -> bool:
    """Return whether the exchange is open on `day`.

    Raises:
        ConflictError: the calendar does not reach that far (code calendar_ended).
    """
    days = _sessions()
    _check_range(day, days)
    position = bisect_left(days, day)
    return position < len(days) and days[position] == day


def _check_range(day: date, days: tuple[date, ...]) -> None:
    if not days[0] <= day <= days[-1]:
        raise _ended(day, days)


def _ended(day: date, days: tuple[date, ...]) -> ConflictError:
    return ConflictError(
        f"the trading calendar covers {days[0]} to {days[-1]} and cannot place {day}; "
        "install the release of exchange_calendars that knows the newly announced year",
        code="calendar_ended",
    )


@cache
def _sessions() -> tuple[date, ...]:
    with warnings.catch_warnings():
        # exchange_calendars still reads time zones from pandas in a way pandas will drop.
        warnings.simplefilter("ignore", DeprecationWarning)
        calendar = exchange_calendars.get_calendar("XSHG", start=FIRST_DAY)
        return tuple(session.date() for session in calendar.sessions)
