"""`robo market`: a market model from a user's own prices."""

from pathlib import Path

import click
from rich.table import Table

from allocator.errors import InputError, Problem
from allocator.market.assumptions import load_default_table
from allocator.market.committee import HIGHEST_CONFIDENCE, parse_committee
from allocator.market.model_building import DEFAULT_PRIOR_YEARS, build_model
from allocator.market.price_file import read_price_csv
from allocator.market.window_length import shortage_for_model
from allocator.product_classes import ProductClass
from api.clock import SystemClock, shanghai_date
from api.commands.options import (
    console,
    localized,
    print_json,
    texts_of,
    with_format,
    with_language,
)
from api.commands.tables import show_statements
from api.documents import Document, rate, statement_documents

_EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def market() -> None:
    """Build what we believe about markets."""


@market.command()
@click.option(
    "--prices", type=_EXISTING, required=True,
    help="CSV of prices net of fees: a date column, then one column a series.",
)  # fmt: skip
@click.option(
    "--column", "columns", multiple=True, metavar="NAME=CLASS",
    help="Which class a column stands for; once given, other columns are not read. "
    "Without it every column is named by its class.",
)  # fmt: skip
@click.option(
    "--years-of-prior", type=float, default=DEFAULT_PRIOR_YEARS, show_default=True,
    help="Years of prices our own expected returns count for.",
)  # fmt: skip
@click.option("--views", type=_EXISTING, help="Views of a committee, in TOML.")
@click.option(
    "--highest-confidence", type=click.FloatRange(0, 1, min_open=True),
    default=HIGHEST_CONFIDENCE, show_default=True, help="The boldest view that is accepted.",
)  # fmt: skip
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), required=True,
    help="The model file to write.",
)  # fmt: skip
@click.option("--overwrite", is_flag=True, help="Replace the file if it is there.")
@with_format
@with_language
def build(
    prices: Path,
    columns: tuple[str, ...],
    years_of_prior: float,
    views: Path | None,
    highest_confidence: float,
    out: Path,
    overwrite: bool,
    output: str,
    lang: str,
) -> None:
    """Build a model file from prices, our assumptions as the prior, and views."""
    texts = texts_of(lang)
    classes = _classes(columns)
    # The demonstration's clock runs ahead; prices are of the real world.
    today = shanghai_date(SystemClock().now())
    history = read_price_csv(
        _text_of(prices), columns=classes or None, today=today, shortage=shortage_for_model
    )
    committee = None
    if views is not None:
        committee = parse_committee(
            _text_of(views), highest_confidence=highest_confidence, today=today
        )
    built = build_model(
        history,
        prior=load_default_table(),
        prior_years=years_of_prior,
        committee=committee,
        columns={product_class: name for name, product_class in classes.items()},
    )
    try:
        with out.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as file:
            file.write(built.text)
    except FileExistsError:
        name = click.format_filename(out)
        remedy = "name another file, or add --overwrite"
        problem = Problem("--out", "is there already", name, remedy)
        message = "nothing was written"
        raise InputError(message, code="file_exists", problems=[problem]) from None
    model = built.table.model()
    figures: Document = {
        "file": click.format_filename(out),
        "version": model.version,
        "as_of": model.as_of.isoformat(),
        "content_hash": model.content_hash,
        "expected_returns": {
            c.value: rate(net) for c, net in zip(model.classes, model.net_returns, strict=True)
        },
        "volatilities": {
            c.value: rate(v) for c, v in zip(model.classes, model.volatilities, strict=True)
        },
        "notes": statement_documents(built.statements),
    }
    document = localized(figures, texts)
    if output == "json":
        print_json(document)
        return
    screen = console()
    screen.print(f"[bold]{model.version}[/bold]  {model.as_of}  {model.content_hash[:12]}")
    table = Table(texts.say("terminal.product_class"), box=None)
    for column in ("expected_return", "volatility"):
        table.add_column(texts.say(f"terminal.{column}"), justify="right")
    for name, net in document["expected_returns"].items():
        volatility = document["volatilities"][name]
        table.add_row(texts.say(f"class.{name}"), texts.percent(net), texts.percent(volatility))
    screen.print(table)
    show_statements(screen, document["notes"])


def _classes(columns: tuple[str, ...]) -> dict[str, ProductClass]:
    found: dict[str, ProductClass] = {}
    problems = []
    for written in columns:
        name, _, class_name = written.rpartition("=")
        try:
            product_class = ProductClass(class_name.strip())
        except ValueError:
            remedy = f"write NAME=CLASS with one of {', '.join(ProductClass)}"
            problems.append(Problem("--column", "names no product class", written, remedy))
            continue
        if not name.strip() or name.strip() in found:
            remedy = "write NAME=CLASS, each column once"
            problems.append(Problem("--column", "names no column, or one twice", written, remedy))
        found[name.strip()] = product_class
    if problems:
        raise InputError("the columns cannot be told apart", problems=problems)
    return found


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        name = click.format_filename(file)
        remedy = "save the file as UTF-8 text"
        problem = Problem(name, f"is not UTF-8 at byte {error.start}", None, remedy)
        raise InputError("the file cannot be read", problems=[problem]) from None
