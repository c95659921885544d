"""`robo scan`: the nightly look at the book."""

from datetime import datetime

import click
from rich.table import Table

from api.clock import shanghai_date
from api.commands.options import (
    clock_of,
    console,
    open_store,
    print_json,
    texts_of,
    with_format,
    with_language,
)
from api.reference_data import reference_data_of
from api.services.scan import ScanReport
from api.services.scan import scan as scan_book
from api.settings import Settings
from api.texts import Texts


@click.command()
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), help="The day; today if left out.")
@with_format
@with_language
def scan(as_of: datetime | None, output: str, lang: str) -> None:
    """Scan the whole book and write the reminders that are due."""
    settings = Settings.from_environment()
    store = open_store(settings)
    clock = clock_of(settings, store)
    day = shanghai_date(clock.now()) if as_of is None else as_of.date()
    reference = reference_data_of(settings)
    report = scan_book(store, clock, reference, as_of=day)
    if output == "json":
        print_json(scan_document(report))
    else:
        console().print(scan_table(report, texts_of(lang)))
    if report.failed:
        raise click.exceptions.Exit(1)


def scan_document(report: ScanReport) -> dict[str, object]:
    """Return a report as a document; reminders themselves lie in the store."""
    return {
        "as_of": report.as_of.isoformat(),
        "clients": len(report.rows),
        "created": report.created,
        "failed": report.failed,
        "rows": [
            {
                "client_id": row.client_id,
                "drift": None if row.drift is None else round(row.drift, 6),
                "volatility": None if row.volatility is None else round(row.volatility, 6),
                "gain": str(row.gain.amount),
                "cost": str(row.cost.amount),
                "kinds": [kind.value for kind in row.kinds],
                "created": row.created,
                "error": row.error,
            }
            for row in report.rows
        ],
    }


def scan_table(report: ScanReport, texts: Texts) -> Table:
    """Return a report as a table."""
    table = Table(box=None, title=f"{report.as_of}")
    table.add_column(texts.say("terminal.client"))
    for column in ("drift", "volatility", "gain", "cost"):
        table.add_column(texts.say(f"terminal.{column}"), justify="right")
    table.add_column(texts.say("terminal.reminder"))
    for row in report.rows:
        table.add_row(
            row.client_id,
            "-" if row.drift is None else texts.percent(row.drift, places=1),
            "-" if row.volatility is None else texts.percent(row.volatility, places=1),
            texts.money(row.gain.amount),
            texts.money(row.cost.amount),
            row.error or ", ".join(texts.say(f"reminder_kind.{kind}") for kind in row.kinds),
        )
    return table
