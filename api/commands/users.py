"""`robo user`: who may ask."""

import click

from api.callers import Role
from api.commands.options import clock_of, open_store
from api.services.users import add_user
from api.settings import Settings


@click.group()
def user() -> None:
    """Look after users."""


@user.command()
@click.argument("name")
@click.option("--role", type=click.Choice([r.value for r in Role]), required=True)
@click.option("--client-id", help="The client this user is; for the role client.")
@click.option("--book", multiple=True, help="A client of this advisor's book; repeat for more.")
def add(name: str, role: str, client_id: str | None, book: tuple[str, ...]) -> None:
    """Add a user and print the token, once: only its hash is kept."""
    settings = Settings.from_environment()
    store = open_store(settings)
    clock = clock_of(settings, store)
    click.echo(add_user(store, clock, name=name, role=Role(role), client_id=client_id, book=book))
