"""`robo audit revenue-blind`: the evidence that advice does not depend on what the bank earns."""

import click
from rich.table import Table

from api.advice_parts import Document
from api.commands.options import (
    console,
    print_json,
    texts_of,
    with_format,
    with_language,
)
from api.reference_data import reference_data_of
from api.revenue_audit import FEWEST_SHUFFLES, RevenueAudit, audit_revenue
from api.sample_book import load_sample_book
from api.settings import Settings
from api.texts import Texts

DEFAULT_SHUFFLES = 4
_NONE = "-"


@click.group()
def audit() -> None:
    """Prove what is promised."""


@audit.command("revenue-blind")
@click.option(
    "--shuffles", type=click.IntRange(FEWEST_SHUFFLES, 1000), default=DEFAULT_SHUFFLES,
    show_default=True,
    help="How often all margins and commissions are changed.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the draws.")
@with_format
@with_language
def revenue_blind(shuffles: int, seed: int, output: str, lang: str) -> None:
    """Change all the bank earns and compare all advice on the sample book."""
    reference = reference_data_of(Settings.from_environment())
    records = load_sample_book(reference.shelf)
    found = audit_revenue(reference, records, shuffles=shuffles, seed=seed)
    if output == "json":
        print_json(audit_document(found, shelf=reference.shelf.content_hash, seed=seed))
    else:
        console().print(audit_table(found, texts_of(lang)))
    if not found.is_blind:
        raise click.exceptions.Exit(1)


def audit_document(found: RevenueAudit, *, shelf: str, seed: int) -> Document:
    """Return an audit as a document; the shelf's hash and the seed repeat it."""
    return {
        "is_blind": found.is_blind,
        "shelf": shelf,
        "seed": seed,
        "modules": found.sources.modules,
        "allowed_readers": list(found.allowed_readers),
        "readers": list(found.sources.readers),
        "strangers": list(found.sources.strangers),
        "revenue_names": list(found.sources.names),
        "products": found.products,
        "clients": found.clients,
        "closely": list(found.closely),
        "documents": dict(found.documents),
        "shuffles": found.shuffles,
        "differences": [
            {
                "shuffle": one.shuffle,
                "client_id": one.client_id,
                "kind": one.kind,
                "parts": list(one.parts),
            }
            for one in found.differences
        ],
    }


def audit_table(found: RevenueAudit, texts: Texts) -> Table:
    """Return an audit as a table, one line a finding."""
    table = Table(box=None, show_header=False)
    table.add_column()
    table.add_column(overflow="fold")
    evidence = {
        "modules": str(found.sources.modules),
        "allowed_readers": ", ".join(found.allowed_readers),
        "readers": ", ".join(found.sources.readers) or _NONE,
        "strangers": ", ".join(found.sources.strangers) or _NONE,
        "revenue_names": ", ".join(found.sources.names) or _NONE,
        "products": str(found.products),
        "clients": str(found.clients),
        "closely": ", ".join(found.closely) or _NONE,
        "documents": str(sum(found.documents.values())),
        "shuffles": str(found.shuffles),
        "differences": str(len(found.differences)),
    }
    for name, value in evidence.items():
        table.add_row(texts.say(f"terminal.audit_{name}"), value)
    for one in found.differences:
        table.add_row("", f"{one.shuffle} {one.client_id} {one.kind}: {', '.join(one.parts)}")
    verdict = "audit_blind" if found.is_blind else "audit_not_blind"
    table.add_row("", texts.say(f"terminal.{verdict}"))
    return table
