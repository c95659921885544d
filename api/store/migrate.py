"""Bring a database to the newest revision."""

from alembic import command
from alembic.config import Config

from api.settings import Settings
from api.store.engine import make_engine


def upgrade(settings: Settings, *, revision: str = "head") -> None:
    """Upgrade the store's database; an up-to-date one is left alone.

    The whole upgrade is one transaction: it happens or it does not.
    """
    engine = make_engine(settings.database_url)
    config = Config()
    config.set_main_option("script_location", "api.store:migrations")
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    finally:
        engine.dispose()
