"""`robo diagnose`, `robo propose`: one client file in, advice out. `robo replay`: stored advice."""

from datetime import timedelta
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
)
from api.commands.tables import show_diagnosis, show_proposal
from api.reference_data import reference_data_of
from api.schemas.client_file import load_client_file
from api.services.replay import replay as replay_advice
from api.settings import VALIDITY_DAYS, Settings
from api.strict_json import parse_json
from api.workup import Workup, work_up


@click.command()
@client_file
@with_format
@with_language
def diagnose(file: Path, output: str, lang: str) -> None:
    """Diagnose the client of FILE as of the file's own date; nothing is stored."""
    texts = texts_of(lang)
    document = localized(diagnosis_document(_work_up(file)), texts)
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
    document = localized(proposal_document(_work_up(file), lots=lots), texts)
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


def _work_up(file: Path) -> Workup:
    reference = reference_data_of(Settings.from_environment())
    record = load_client_file(
        parse_json(file.read_bytes()), shelf=reference.shelf, parameters=reference.life_cycle
    )
    as_of = record.balance_sheet.as_of
    valid_until = as_of + timedelta(days=VALIDITY_DAYS)
    return work_up(record, assessed_on=as_of, valid_until=valid_until, reference=reference)
