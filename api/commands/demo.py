"""`robo demo`: the whole journey for every client of the sample book, with a clock that moves."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.progress import track
from rich.table import Table

from allocator.errors import AllocatorError
from api.callers import BANK, Caller, Role
from api.clock import FixedClock, shanghai_date
from api.commands.options import console, open_store, texts_of, with_language
from api.commands.scan import scan_table
from api.paper_venue import PaperVenue
from api.reference_data import reference_data_of
from api.sample_book import load_sample_book
from api.sample_data import load_sample_data
from api.services.advice import diagnose, propose, recheck_suitability
from api.services.invariants import check_invariants
from api.services.purchase import accept_proposal, get_bundle
from api.services.replay import replay
from api.services.scan import scan
from api.services.settlement import run_until_idle
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.unit_of_work import Store
from api.texts import Texts
from api.trading_calendar import session_after

# A Friday morning: T is that day, T+1 the Monday after.
START = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
MOST_SESSIONS = 12


@dataclass(frozen=True, slots=True)
class _Journey:
    """What became of one client."""

    diagnosis: Mapping[str, Any]
    proposal: Mapping[str, Any]
    bundle_id: str | None
    caller: Caller


@click.command()
@with_language
def demo(lang: str) -> None:
    """Run questionnaire, diagnosis, proposal, purchase, holdings, reminders for the sample book.

    Everything happens in a temporary store that is thrown away; the calendar moves by itself.
    """
    texts, screen = texts_of(lang), console()
    with tempfile.TemporaryDirectory(prefix="robo-demo-") as folder:
        settings = Settings(
            database_url=f"sqlite:///{Path(folder) / 'robo.sqlite'}",
            venue_url=f"sqlite:///{Path(folder) / 'venue.sqlite'}",
            assumptions=Settings.from_environment().assumptions,
        )
        store = open_store(settings)
        try:
            _run(store, settings, texts)
        finally:
            store.dispose()
    screen.print(texts.say("terminal.demo_done"))


def _run(store: Store, settings: Settings, texts: Texts) -> None:
    screen, reference, clock = console(), reference_data_of(settings), FixedClock(START)
    venue = PaperVenue(settings)
    load_sample_data(store, clock, reference, settings)
    first_day = shanghai_date(START)
    screen.print(scan_table(scan(store, clock, reference, as_of=first_day), texts))
    journeys = {}
    records = load_sample_book(reference.shelf)
    for record in track(records, description=texts.say("terminal.demo_clients"), console=screen):
        client_id = record.client_id
        token = add_user(
            store, clock, name=f"demo {client_id}", role=Role.CLIENT, client_id=client_id
        )
        caller = authenticate(store, token)
        made = (store, clock, reference, settings, caller)
        diagnosis = diagnose(store, clock, reference, caller, client_id=client_id)
        proposal = propose(*made, client_id=client_id)
        bundle_id = None
        if proposal["orders"]:
            accepted = accept_proposal(
                store,
                clock,
                caller,
                proposal_id=proposal["id"],
                proposal_hash=proposal["hash"],
                consent=True,
                idempotency_key=f"demo-{client_id}",
                recheck=recheck_suitability,
            )
            bundle_id = accepted.document["bundle_id"]
        journeys[client_id] = _Journey(diagnosis, proposal, bundle_id, caller)
    day = shanghai_date(clock.now())
    run_until_idle(store, clock, venue)
    for _ in range(MOST_SESSIONS):
        later = session_after(day, 1)
        clock.advance(later - day)
        day = later
        run_until_idle(store, clock, venue)
    screen.print(_table(store, journeys, texts))
    replays = [
        replay(store, BANK, advice_id=advice["id"]).is_equal
        for journey in journeys.values()
        for advice in (journey.diagnosis, journey.proposal)
    ]
    screen.print(texts.say("terminal.demo_replays", equal=sum(replays), total=len(replays)))
    quiet = scan(store, clock, reference, as_of=day)
    screen.print(scan_table(quiet, texts))
    with store.read() as uow:
        violations = check_invariants(uow)
    if violations or not all(replays) or quiet.failed:
        raise AllocatorError(f"the demonstration failed: {violations}, replays {replays}")


def _table(store: Store, journeys: Mapping[str, _Journey], texts: Texts) -> Table:
    table = Table(box=None)
    table.add_column(texts.say("terminal.client"))
    table.add_column(texts.say("terminal.profile"))
    for column in ("wealth", "index", "after", "orders", "fee"):
        table.add_column(texts.say(f"terminal.{column}"), justify="right")
    table.add_column(texts.say("terminal.status"))
    for client_id, one in journeys.items():
        status = "-"
        if one.bundle_id is not None:
            found = get_bundle(store, one.caller, bundle_id=one.bundle_id)
            status = texts.say(f"bundle_status.{found['status']}")
        table.add_row(
            client_id,
            one.diagnosis["profile"]["level"],
            texts.money(one.diagnosis["wealth"]),
            texts.number(one.proposal["before"]["index"]),
            texts.number(one.proposal["after"]["index"]),
            str(len(one.proposal["orders"])),
            texts.money(one.proposal["total_fees"]),
            status,
        )
    return table
