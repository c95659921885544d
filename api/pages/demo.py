"""The demonstration: its calendar moves on demand, so nobody waits a day for a confirmation."""

from api.clock import Clock, shanghai_date
from api.services.settlement import run_until_idle
from api.store.unit_of_work import Store
from api.trading_calendar import session_after
from api.venue import Venue


def move_to_next_session(store: Store, clock: Clock, venue: Venue) -> None:
    """Move the demonstration to the next trading day, and let the worker catch up.

    Raises:
        ConflictError: the trading calendar ends before that day (code calendar_ended).
    """
    today = shanghai_date(clock.now())
    days = (session_after(today, 1) - today).days
    with store.begin() as uow:
        uow.demo_clock.set_offset_days(uow.demo_clock.offset_days() + days)
        uow.commit()
    run_until_idle(store, clock, venue)
