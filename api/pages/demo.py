"""The demonstration: its calendar moves on demand, so nobody waits a day for a confirmation."""

from datetime import date

from api.clock import Clock, shanghai_date
from api.errors import ConflictError
from api.services.settlement import run_until_idle
from api.store.unit_of_work import Store
from api.trading_calendar import session_after
from api.venue import Venue

SESSIONS_KEPT = 10


def move_to_next_session(store: Store, clock: Clock, venue: Venue) -> None:
    """Move the demonstration to the next trading day, and let the worker catch up.

    Raises:
        ConflictError: too few announced trading days would be left to settle an order (code
            demo_ended).
    """
    # Two who press at once take turns, and the second starts from where the first arrived.
    with store.begin() as uow:
        today = shanghai_date(clock.now())
        days = (_next_session(today) - today).days
        uow.demo_clock.set_offset_days(uow.demo_clock.offset_days() + days)
        uow.commit()
    run_until_idle(store, clock, venue)


def _next_session(today: date) -> date:
    try:
        found = session_after(today, 1)
        session_after(found, SESSIONS_KEPT)
    except ConflictError:
        raise ConflictError(
            f"the demonstration's calendar must leave {SESSIONS_KEPT} announced trading days and "
            "cannot move on; start `robo serve --sample-book` again when no order is open",
            code="demo_ended",
        ) from None
    return found
