"""Alembic's entry: runs on the connection that `api.store.migrate` opened."""

from alembic import context
from alembic.runtime.migration import MigrationContext

from api.store.tables import metadata


def check_references(ctx: MigrationContext, *_step: object, **_run: object) -> None:
    """Refuse a revision of an SQLite database that left a reference to nothing."""
    connection = ctx.connection
    if connection is None or connection.dialect.name != "sqlite":
        return
    orphan = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
    if orphan is not None:
        raise RuntimeError(f"row {orphan[1]} of {orphan[0]} refers to nothing in {orphan[2]}")


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter a column; batch mode copies the table instead.
    render_as_batch=True,
    on_version_apply=check_references,
)
with context.begin_transaction():
    context.run_migrations()
