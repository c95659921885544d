"""The migrated database and the tables in the code are the same thing."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from api.callers import BANK
from api.settings import Settings
from api.store.engine import let_references_rest, make_engine
from api.store.migrate import upgrade
from api.store.tables import metadata
from api.store.unit_of_work import make_store

# As revision 0001 stored them: instants in UTC without a zone.
FIRST_BOOK = """
INSERT INTO artifact VALUES ('form', 'questionnaire', 'text', '2026-11-19 00:00:00.000000');
INSERT INTO client VALUES ('mei', '{}', NULL, '2026-11-19 00:00:00.000000');
INSERT INTO client VALUES ('bo', '{}', NULL, '2026-11-19 00:00:00.000000');
INSERT INTO assessment VALUES (1, 'a1', 'mei', '2026-11-19 15:59:59.999999', '2027-11-19', 'C2',
    'form', '{"q1": "a"}', '{"needs_review": true}');
INSERT INTO assessment VALUES (2, 'a2', 'mei', '2026-11-19 16:00:00.000000', '2027-11-20', 'C3',
    'form', '{"q1": "b"}', '{"needs_review": false}');
INSERT INTO assessment VALUES (3, 'b1', 'bo', '2026-11-20 04:00:00.000000', '2027-11-20', 'C1',
    'form', '{"q1": "c"}', '{}');
INSERT INTO assessment VALUES (7, 'a3', 'mei', '2026-11-20 04:00:00.000000', '2027-11-20', 'C4',
    'form', '{"q1": "c"}', '{"needs_review": true}');
INSERT INTO advice VALUES (1, 'd', 'diagnosis', 'mei', 'a2', NULL, 'h',
    '2026-11-20 04:00:00.000000', NULL, '{}', '{}', 'form', 'form', 'form')
"""


def schema(engine: Engine) -> dict[str, list[str]]:
    """Return every statement that made the database, its clauses in a fixed order.

    Names are taken without quotes: SQLite quotes that of a table that was renamed.
    """
    query = text("SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'")
    with engine.begin() as connection:
        rows = connection.execute(query).all()
    return {
        name: sorted(
            re.sub(r"\s+", " ", line).strip(" ,") for line in sql.replace('"', "").splitlines()
        )
        for name, sql in rows
        if name != "alembic_version"
    }


def test_migrating_an_empty_database_makes_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/deep/folder/migrated.sqlite")
    upgrade(settings)
    migrated = make_engine(settings.database_url)
    made = make_engine(f"sqlite:///{tmp_path}/made.sqlite")
    with made.begin() as connection:
        metadata.create_all(connection)
    assert schema(migrated) == schema(made)
    with migrated.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    migrated.dispose()
    made.dispose()


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path}/robo.sqlite")
    upgrade(settings)
    engine = make_engine(settings.database_url)
    before = schema(engine)
    upgrade(settings)
    assert schema(engine) == before
    engine.dispose()


def first_book(folder: Path) -> Settings:
    """Return the settings of a database as revision 0001 left it."""
    settings = Settings(database_url=f"sqlite:///{folder}/robo.sqlite")
    upgrade(settings, revision="0001")
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        for statement in FIRST_BOOK.split(";"):
            connection.exec_driver_sql(statement)
    engine.dispose()
    return settings


def test_assessments_made_before_are_dated_numbered_and_in_effect(tmp_path: Path) -> None:
    settings = first_book(tmp_path)
    upgrade(settings)
    store = make_store(settings)
    with store.read() as uow:
        kept = {one.id: one for c in ("mei", "bo") for one in uow.assessments.list(BANK, c)}
        newest = uow.assessments.newest(BANK, "mei").id
    store.dispose()
    # 16:00 in London is midnight in Shanghai.
    thursday, friday = date(2026, 11, 19), date(2026, 11, 20)
    assert {name: (a.assessed_on, a.of_day, a.needs_review) for name, a in kept.items()} == {
        "a1": (thursday, 1, True),
        "a2": (friday, 1, False),
        "a3": (friday, 2, True),
        "b1": (friday, 1, False),
    }
    assert newest == "a3"
    for one in kept.values():
        assert one.effective_at == one.assessed_at
        assert (one.follow_up, one.lift_of) == ({}, None)
    two = kept["a2"]
    assert two.assessed_at == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert (two.valid_until, two.level, two.answers) == (date(2027, 11, 20), "C3", {"q1": "b"})


def test_what_refers_to_an_assessment_still_does_after_migrating(tmp_path: Path) -> None:
    settings = first_book(tmp_path)
    upgrade(settings)
    engine = make_engine(settings.database_url)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT assessment_id FROM advice")).scalars().all() == [
            "a2"
        ]
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with pytest.raises(IntegrityError, match="FOREIGN KEY"), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE advice SET assessment_id = 'nothing'")
    engine.dispose()


def test_a_migrated_assessment_can_be_neither_changed_nor_deleted(tmp_path: Path) -> None:
    settings = first_book(tmp_path)
    upgrade(settings)
    engine = make_engine(settings.database_url)
    for change in ("UPDATE assessment SET level = 'C5'", "DELETE FROM assessment WHERE id = 'b1'"):
        with pytest.raises(IntegrityError, match="immutable"), engine.begin() as connection:
            connection.exec_driver_sql(change)
    engine.dispose()


def test_a_revision_that_leaves_a_reference_to_nothing_changes_nothing(tmp_path: Path) -> None:
    settings = first_book(tmp_path)
    engine = make_engine(settings.database_url)
    raw = engine.raw_connection()
    raw.cursor().execute("PRAGMA foreign_keys = OFF")
    raw.cursor().execute("UPDATE advice SET assessment_id = 'nothing'")
    raw.close()
    engine.dispose()
    engine = make_engine(settings.database_url)
    before = schema(engine)
    with pytest.raises(RuntimeError, match="of advice refers to nothing in assessment"):
        upgrade(settings)
    assert schema(engine) == before
    engine.dispose()


def test_going_back_to_the_first_revision_restores_its_tables(tmp_path: Path) -> None:
    settings = first_book(tmp_path)
    engine = make_engine(settings.database_url)
    before = schema(engine)
    upgrade(settings)
    assert schema(engine) != before
    config = Config()
    config.set_main_option("script_location", "api.store:migrations")
    with engine.connect() as connection:
        let_references_rest(connection)
        with connection.begin():
            config.attributes["connection"] = connection
            command.downgrade(config, "0001")
    assert schema(engine) == before
    engine.dispose()
