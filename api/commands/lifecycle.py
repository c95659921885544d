"""`robo lifecycle`: one client file in, the years ahead out; or what if something were changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from allocator.errors import InputError, Problem
from api.commands.life_tables import show_life_path, show_what_if
from api.commands.options import (
    client_file,
    console,
    localized,
    print_json,
    texts_of,
    with_format,
    with_language,
    work_up_file,
)
from api.life_path_documents import life_path_document
from api.pages.life_figures import glide_figure, wealth_figure, what_if_figure
from api.pages.life_svg import stacked_svg
from api.schemas.fields import load_document
from api.schemas.life_paths import WhatIfSchema, make_what_if
from api.texts import Texts
from api.what_if_documents import what_if_document
from risk_profiles.what_if import WhatIf

_GOAL_PARTS = 3


@click.command()
@client_file
@with_format
@with_language
@click.option(
    "--svg", "svg_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the figures here as one drawing.",
)  # fmt: skip
@click.option("--retire-at", type=int, metavar="AGE", help="What if the client retired at AGE?")
@click.option("--earn", metavar="YUAN", help="What if the client earned so much a year?")
@click.option("--save-more", metavar="YUAN", help="What if so much more were saved a month?")
@click.option(
    "--goal", "goals", multiple=True, metavar="PLACE:AMOUNT:DATE",
    help="What if the goal at PLACE, from 0, had another amount or date? Either may be empty.",
)  # fmt: skip
def lifecycle(
    file: Path,
    output: str,
    lang: str,
    *,
    svg_file: Path | None,
    retire_at: int | None,
    earn: str | None,
    save_more: str | None,
    goals: tuple[str, ...],
) -> None:
    """Show the years ahead of the client of FILE: goals, retirement, growth share by age.

    With any of the what-ifs, the plan as it is stands beside the plan as asked. Nothing is stored.
    """
    texts = texts_of(lang)
    what_if = _asked(
        {"retirement_age": retire_at, "annual_income": earn, "monthly_saving": save_more}, goals
    )
    workup = work_up_file(file)
    if what_if.is_empty:
        document = localized(life_path_document(workup), texts)
    else:
        document = localized(what_if_document(workup, what_if), texts)
    if svg_file is not None:
        svg_file.write_text(_drawn(document, texts), encoding="utf-8")
    if output == "json":
        print_json(document)
    elif what_if.is_empty:
        show_life_path(console(), document, texts)
    else:
        show_what_if(console(), document, texts)


def _drawn(document: Mapping[str, Any], texts: Texts) -> str:
    if document["kind"] == "what_if":
        return stacked_svg([what_if_figure(document, texts)])
    return stacked_svg([glide_figure(document, texts), wealth_figure(document, texts)])


def _asked(changes: Mapping[str, int | str | None], goals: tuple[str, ...]) -> WhatIf:
    """Return the question that the options ask; it is empty where none was given."""
    body: dict[str, object] = {name: value for name, value in changes.items() if value is not None}
    body["goals"] = [_goal_change(goal) for goal in goals]
    return make_what_if(load_document(WhatIfSchema(), body))


def _goal_change(text: str) -> dict[str, object]:
    parts = text.split(":")
    # Digits of other scripts are digits to `isdigit`, so only those of ASCII are taken.
    if len(parts) != _GOAL_PARTS or not (parts[0].isascii() and parts[0].isdigit()):
        remedy = "write PLACE:AMOUNT:DATE, such as 0:200000:2032-06-30, 0:200000: or 0::2032-06-30"
        problem = Problem("--goal", "is not a place, an amount and a date", text, remedy)
        raise InputError("this cannot be asked", code="invalid_what_if", problems=[problem])
    place, amount, due = parts
    return {"place": int(place), "amount": amount or None, "due": due or None}
