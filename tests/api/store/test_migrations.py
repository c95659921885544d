"""The migrated database and the tables in the code are the same thing."""

import re
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from api.settings import Settings
from api.store.engine import make_engine
from api.store.migrate import upgrade
from api.store.tables import metadata


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
