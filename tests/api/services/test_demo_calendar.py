"""The demonstration's calendar: it moves by trading days and stops before it would break buying."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from purchase_world import World, buy, cash

from api.clock import SHANGHAI, shanghai_date
from api.errors import ConflictError
from api.pages.demo import SESSIONS_KEPT, move_to_next_session
from api.sample_data import restart_demo_clock
from api.trading_calendar import session_after


class MovedClock:
    """A fixed morning moved by the offset that the store keeps."""

    def __init__(self, world: World, morning: datetime) -> None:
        self.world, self.morning = world, morning

    def now(self) -> datetime:
        with self.world.store.read() as uow:
            days = uow.demo_clock.offset_days()
        return self.morning + timedelta(days=days)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


def test_the_calendar_stops_while_every_order_can_still_be_settled(world: World) -> None:
    clock = MovedClock(world, datetime(2026, 11, 20, 2, tzinfo=UTC))
    days = [shanghai_date(clock.now())]
    # There are 29 trading days from here to the end of the year.
    for _ in range(29 - SESSIONS_KEPT):
        move_to_next_session(world.store, clock, world.venue)
        days.append(shanghai_date(clock.now()))
    assert all(later == session_after(day, 1) for day, later in pairwise(days))
    assert session_after(days[-1], SESSIONS_KEPT) == date(2026, 12, 31)
    with pytest.raises(ConflictError, match="cannot move on") as caught:
        move_to_next_session(world.store, clock, world.venue)
    assert caught.value.code == "demo_ended"
    assert shanghai_date(clock.now()) == days[-1]


def test_the_calendar_begins_at_today_again_once_no_order_is_open(world: World) -> None:
    ada = world.add_client("ada", cash("1000.00"))
    world.press(ada, world.propose(ada, buy(1, "money", "600.00")))
    with world.store.begin() as uow:
        uow.demo_clock.set_offset_days(8)
        uow.commit()
    restart_demo_clock(world.store)
    with world.store.read() as uow:
        assert uow.demo_clock.offset_days() == 8
    world.work()
    world.work(on=datetime(2026, 10, 8, 10, tzinfo=SHANGHAI))
    restart_demo_clock(world.store)
    with world.store.read() as uow:
        assert uow.demo_clock.offset_days() == 0
