"""What several subcommands share: languages, formats, a client file worked up, store and clock."""

import codecs
import json
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console

from api.clock import Clock, DemoClock, SystemClock
from api.reference_data import reference_data_of
from api.schemas.client_file import load_client_file
from api.settings import VALIDITY_DAYS, Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store
from api.strict_json import parse_json
from api.texts import Texts, localize
from api.workup import Workup, work_up

F = TypeVar("F", bound=Callable[..., Any])


def with_language(command: F) -> F:
    """Add `--lang zh|en`."""
    return click.option(
        "--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True,
        help="Language of all texts.",
    )(command)  # fmt: skip


def with_format(command: F) -> F:
    """Add `--format json|table`."""
    return click.option(
        "--format", "output", type=click.Choice(["json", "table"]), default="json",
        show_default=True, help="JSON for programs, a table for people.",
    )(command)  # fmt: skip


def client_file(command: F) -> F:
    """Add the argument FILE, a client file."""
    path = click.Path(exists=True, dir_okay=False, path_type=Path)
    return click.argument("file", type=path)(command)


def work_up_file(file: Path) -> Workup:
    """Return the client of FILE, worked up as of the file's own date."""
    reference = reference_data_of(Settings.from_environment())
    record = load_client_file(
        parse_json(file.read_bytes()), shelf=reference.shelf, parameters=reference.life_cycle
    )
    as_of = record.balance_sheet.as_of
    valid_until = as_of + timedelta(days=VALIDITY_DAYS)
    return work_up(record, assessed_on=as_of, valid_until=valid_until, reference=reference)


def texts_of(lang: str) -> Texts:
    """Return the texts of a language."""
    return Texts(lang)


def localized(document: Mapping[str, object], texts: Texts) -> dict[str, Any]:
    """Return a document with its sentences."""
    found: Any = localize(document, texts)
    return dict(found)


def print_json(document: object) -> None:
    """Print a document as JSON; Chinese stays readable where the terminal can show it."""
    is_ascii = not codecs.lookup(sys.stdout.encoding or "utf-8").name.startswith("utf")
    click.echo(json.dumps(document, ensure_ascii=is_ascii, indent=2, allow_nan=False))


def console() -> Console:
    """Return where tables go."""
    return Console(width=None if Console().is_terminal else 120, highlight=False)


def open_store(settings: Settings) -> Store:
    """Return the store with its tables brought up to date."""
    upgrade(settings)
    return make_store(settings)


def clock_of(settings: Settings, store: Store) -> Clock:
    """Return the machine's clock, or the demonstration's, which moves by whole days."""
    if not settings.demo:
        return SystemClock()

    def offset() -> int:
        with store.read() as uow:
            return uow.demo_clock.offset_days()

    return DemoClock(offset)
