"""`robo db`: the store's tables."""

import click

from api.settings import Settings
from api.store.migrate import upgrade as upgrade_tables


@click.group()
def db() -> None:
    """Look after the store."""


@db.command()
def upgrade() -> None:
    """Bring the tables up to date; twice changes nothing."""
    settings = Settings.from_environment()
    upgrade_tables(settings)
    click.echo("the tables are up to date")
