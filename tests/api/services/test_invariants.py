"""The check of the books finds what is broken in them: each test breaks one thing by hand."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from purchase_world import World, buy, cash
from sqlalchemy import text

from api.services.invariants import check_invariants


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
