"""Bring a database to the newest revision."""

from alembic import command
from alembic.config import Config

from api.settings import Settings
from api.store.engine import let_references_rest, make_engine


def upgrade(settings: Settings, *, revision: str = "head") -> None:
    """Upgrade the store's database; an up-to-date one is left alone.

    The whole upgrade is one transaction: it happens or it does not. SQLite alters a table by
    copying it, which its references would not survive; they rest meanwhile and are checked after
    each revision.
    """
    engine = make_engine(settings.database_url)
    config = Config()
    config.set_main_option("script_location", "api.store:migrations")
    try:
        with engine.connect() as connection:
            let_references_rest(connection)
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, revision)
    finally:
        engine.dispose()
