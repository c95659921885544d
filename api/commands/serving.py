"""`robo serve` and `robo worker`."""

import signal
import threading
from dataclasses import replace
from types import FrameType

import click

from api.application import create_app
from api.commands.options import clock_of, open_store
from api.paper_venue import PaperVenue
from api.reference_data import load_reference_data
from api.sample_data import load_sample_data
from api.server import HOST, PORT
from api.server import serve as serve_application
from api.services.settlement import run_worker
from api.settings import Settings

POLL_SECONDS = 1.0


@click.command()
@click.option("--host", default=HOST, show_default=True)
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--sample-book", is_flag=True,
    help="Fill an empty store with fictional clients and print a sign-in for each role.",
)  # fmt: skip
def serve(host: str, port: int, sample_book: bool) -> None:
    """Serve the API and the pages, with the worker beside them."""
    settings = Settings.from_environment()
    if sample_book:
        settings = replace(settings, demo=True)
    store = open_store(settings)
    clock, reference = clock_of(settings, store), load_reference_data()
    click.echo(f"pages      http://{host}:{port}/")
    click.echo(f"API        http://{host}:{port}/v1/docs")
    if sample_book:
        for login in load_sample_data(store, clock, reference, settings):
            click.echo(f"{login.role:<10} {login.token}  {login.name}")
        click.echo("Open the pages and paste a token to sign in. All clients are fictional.")
    app = create_app(settings, store=store, clock=clock, reference=reference)
    serve_application(settings, host=host, port=port, app=app)


@click.command()
def worker() -> None:
    """Send orders to the venue and apply what it confirms, until stopped."""
    settings = Settings.from_environment()
    store = open_store(settings)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    run_worker(
        store,
        clock_of(settings, store),
        PaperVenue(settings),
        stop=stop,
        poll_seconds=POLL_SECONDS,
    )
