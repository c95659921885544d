"""The check of the books finds what is broken in them: each test breaks one thing by hand."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from purchase_world import WEDNESDAY, World, at, buy, cash
from sqlalchemy import text

from api.services.invariants import check_invariants, overdue
from api.services.settlement import run_worker_once, warn_of_overdue


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    ada = made.add_client("ada", cash("1000.00"))
    made.press(ada, made.propose(ada, buy(1, "money", "600.00")))
    made.check()
    yield made
    made.store.dispose()
    made.venue.dispose()


@pytest.mark.parametrize(
    ("damage", "found"),
    [
        # A yuan that came from nowhere.
        (
            "UPDATE posting SET amount_minor = amount_minor + 100 WHERE kind = 'reserved'",
            {"I1", "I10"},
        ),
        (
            "UPDATE account SET balance_minor = balance_minor + 100 WHERE kind = 'available'",
            {"I1", "I10"},
        ),
        # Overdrawn, as only a database without its constraint could be.
        (
            "UPDATE account SET balance_minor = -1 WHERE kind = 'available'",
            {"I1", "I2", "I10"},
        ),
        # An order that holds less than the client's reserve.
        ('UPDATE "order" SET reserved_minor = 59999', {"I3"}),
        ('UPDATE "order" SET confirmed_minor = 1', {"I10"}),
        # A status that changed behind the trail's back.
        ("UPDATE \"order\" SET status = 'confirmed'", {"I12"}),
        ("UPDATE bundle SET status = 'completed'", {"I12"}),
        ("DELETE FROM audit", {"I12"}),
    ],
)
def test_damage_is_found_and_named(world: World, damage: str, found: set[str]) -> None:
    with world.store.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
        connection.execute(text(damage))
        connection.commit()
        connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
        connection.commit()
    with world.store.read() as uow:
        assert {violation.invariant for violation in check_invariants(uow)} == found


def late(world: World) -> list[str]:
    with world.store.read() as uow:
        return [one.detail.split(" ", 1)[1] for one in overdue(uow, world.clock.now())]


def test_an_order_that_nobody_sends_is_overdue_after_an_hour(world: World) -> None:
    world.clock.advance(timedelta(hours=1))
    assert late(world) == []
    world.clock.advance(timedelta(seconds=1))
    assert late(world) == ["waits to be sent"]
    run_worker_once(world.store, world.clock, world.venue)
    assert late(world) == []


def test_an_order_is_overdue_from_the_second_trading_day_after_its_confirmation(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    run_worker_once(world.store, world.clock, world.venue)
    # T is 30 September; the holiday ends on 8 October, a Thursday.
    assert late(world) == []
    world.clock.set(at("2026-10-09"))
    assert late(world) == []
    world.clock.set(at("2026-10-12"))
    assert late(world) == ["was to be confirmed on 2026-10-08"]
    with caplog.at_level(logging.WARNING):
        warn_of_overdue(world.store, world.clock)
    assert "I14" in caplog.text
    run_worker_once(world.store, world.clock, world.venue)
    assert late(world) == []
    world.clock.set(WEDNESDAY)


def test_where_the_calendar_ends_nothing_is_overdue_by_guess(world: World) -> None:
    run_worker_once(world.store, world.clock, world.venue)
    with world.store.engine.begin() as connection:
        connection.execute(text("UPDATE \"order\" SET confirm_date = '2026-12-31'"))
    world.clock.set(at("2027-01-20"))
    assert late(world) == []
