"""`robo diagnose`, `robo propose`: one client file in, advice out. `robo replay`: stored advice."""

from pathlib import Path

import click

from api.advice_documents import Lots, diagnosis_document, proposal_document
from api.callers import BANK
from api.commands.options import (
    client_file,
    console,
    localized,
    open_store,
    print_json,
    texts_of,
    with_format,
    with_language,
    work_up_file,
)
from api.commands.tables import show_diagnosis, show_proposal
from api.services.replay import replay as replay_advice
from api.settings import Settings


@click.command()
@client_file
@with_format
@with_language
def diagnose(file: Path, output: str, lang: str) -> None:
    """Diagnose the client of FILE as of the file's own date; nothing is stored."""
    texts = texts_of(lang)
    document = localized(diagnosis_document(work_up_file(file)), texts)
    if output == "json":
        print_json(document)
    else:
        show_diagnosis(console(), document, texts)


@click.command()
@client_file
@click.option("--exact-lots", is_flag=True, help="The best whole lots there are; takes seconds.")
@with_format
@with_language
def propose(file: Path, output: str, lang: str, *, exact_lots: bool) -> None:
    """Propose what the client of FILE should sell and buy; nothing is stored or sent."""
    texts = texts_of(lang)
    lots = Lots.EXACT if exact_lots else Lots.SERVED
    document = localized(proposal_document(work_up_file(file), lots=lots), texts)
    if output == "json":
        print_json(document)
    else:
        show_proposal(console(), document, texts)


@click.command()
@click.argument("advice_id")
def replay(advice_id: str) -> None:
    """Compute stored advice again from its stored inputs and compare the hashes."""
    result = replay_advice(open_store(Settings.from_environment()), BANK, advice_id=advice_id)
    print_json(
        {
            "advice_id": result.advice_id,
            "kind": result.kind,
            "stored_hash": result.stored_hash,
            "recomputed_hash": result.recomputed_hash,
            "is_equal": result.is_equal,
            "software_then": dict(result.software_then),
            "software_now": dict(result.software_now),
        }
    )
    if not result.is_equal:
        raise click.exceptions.Exit(1)
