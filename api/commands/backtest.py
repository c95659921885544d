"""`robo backtest`: what a profile's weights would have done."""

from pathlib import Path

import click
from rich.table import Table

from allocator.errors import InputError, Problem
from allocator.market.price_file import read_price_csv
from api.commands.options import (
    console,
    localized,
    print_json,
    texts_of,
    with_format,
    with_language,
)
from api.commands.tables import show_statements
from api.reference_data import reference_data_of
from api.services.backtests import backtest_profile
from api.settings import Settings
from risk_profiles.levels import ProfileLevel


@click.command()
@click.option("--profile", type=click.Choice(list(ProfileLevel)), required=True, help="C1 to C5.")
@click.option(
    "--prices", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV of prices: a date column, then one column a product class.",
)  # fmt: skip
@with_format
@with_language
def backtest(profile: str, prices: Path | None, output: str, lang: str) -> None:
    """Back-test a profile on the embedded yearly history, or on your own prices."""
    texts = texts_of(lang)
    history = None if prices is None else read_price_csv(_text_of(prices))
    level = ProfileLevel(profile)
    reference = reference_data_of(Settings.from_environment())
    document = localized(backtest_profile(reference, level=level, history=history), texts)
    if output == "json":
        print_json(document)
        return
    screen = console()
    screen.print(f"[bold]{level}[/bold]  {document['start']} .. {document['end']}")
    table = Table(box=None)
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in document["statistics"].items():
        table.add_row(name, "-" if value is None else f"{value:.4f}")
    for name, (low, high) in document["intervals"].items():
        table.add_row(f"{name} 95 %", f"{low:.4f} .. {high:.4f}")
    screen.print(table)
    show_statements(screen, document["notes"])


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        problem = Problem(
            "--prices",
            f"is not UTF-8 at byte {error.start}",
            click.format_filename(file),
            "save the file as UTF-8 text",
        )
        raise InputError(
            "the price file cannot be used", code="invalid_prices", problems=[problem]
        ) from None
