"""`robo serve` and `robo worker`."""

import os
import signal
import sys
import threading
from dataclasses import replace
from types import FrameType

import click

from api.application import create_app
from api.commands.options import clock_of, open_store
from api.paper_venue import PaperVenue
from api.reference_data import ReferenceData, reference_data_of
from api.sample_data import Login, load_sample_data, restart_demo_clock
from api.server import HOST, PORT
from api.server import serve as serve_application
from api.services.settlement import run_worker
from api.settings import Settings
from api.store.engine import REQUEST_BUSY_SECONDS
from api.store.migrate import upgrade
from api.store.unit_of_work import make_store

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
    settings = replace(Settings.from_environment(), host=host)
    if sample_book and settings.questionnaire is not None:
        raise click.UsageError("--sample-book answers our own form: unset ROBO_QUESTIONNAIRE")
    if sample_book:
        settings = replace(settings, demo=True)
    reference = reference_data_of(settings)
    upgrade(settings)
    store = make_store(settings, busy_seconds=REQUEST_BUSY_SECONDS)
    clock = clock_of(settings, store)

    def announce() -> None:
        # Only the holder of the port may draw new sign-ins: the old ones stop working.
        logins = _open_sample_book(settings, reference) if sample_book else ()
        click.echo(f"pages      http://{host}:{port}/")
        click.echo(f"API        http://{host}:{port}/v1/docs")
        for login in logins:
            click.echo(f"{login.role:<10} {login.token}  {login.name}")
        if logins:
            click.echo("Open the pages and paste a token to sign in. All clients are fictional.")

    app = create_app(settings, store=store, clock=clock, reference=reference)
    serve_application(settings, host=host, port=port, app=app, once_bound=announce)


@click.command()
@click.option("--until-stdin-closes", is_flag=True, hidden=True, help="End with the parent.")
def worker(until_stdin_closes: bool) -> None:
    """Send orders to the venue and apply what it confirms, until stopped."""
    settings = Settings.from_environment()
    store = open_store(settings)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    if until_stdin_closes:
        threading.Thread(target=_follow_stdin, args=(stop,), daemon=True).start()
    run_worker(
        store,
        clock_of(settings, store),
        PaperVenue(settings),
        stop=stop,
        poll_seconds=POLL_SECONDS,
    )


def _follow_stdin(stop: threading.Event) -> None:
    # The parent holds the other end of the pipe; it closes even when the parent is killed.
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


def _open_sample_book(settings: Settings, reference: ReferenceData) -> tuple[Login, ...]:
    store = make_store(settings)
    try:
        restart_demo_clock(store)
        return load_sample_data(store, clock_of(settings, store), reference, settings)
    finally:
        store.dispose()
