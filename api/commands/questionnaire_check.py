"""`robo questionnaire check`: what a form can do to a client, before any client answers it.

A file that cannot be used ends like every refusal, with one line a problem and exit code 2. A form
with warnings can be used, and the exit code is 0.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from allocator.errors import InputError, Problem
from api.commands.options import console, localized, print_json, texts_of, with_language
from api.documents import Document, statement_document
from api.texts import Texts
from risk_profiles.form_moves import Move, Reach, Sheet
from risk_profiles.form_properties import FormProperties, QuestionProperties, analyze_form
from risk_profiles.form_warnings import FormWarning, form_warnings
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

_FIGURES = ("points", "step_levels", "step_factor", "calm_factor", "change_levels", "change_factor")


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--json", "as_json", is_flag=True, help="JSON for programs; a table otherwise.")
@with_language
def check(file: Path | None, as_json: bool, lang: str) -> None:
    """Check a form, ours where no FILE is given, and print what it can do to a client."""
    texts = texts_of(lang)
    if file is None:
        form = load_default_questionnaire()
    else:
        form = parse_questionnaire(_text_of(file), name=click.format_filename(file))
    document = localized(check_document(form, analyze_form(form)), texts)
    if as_json:
        print_json(document)
    else:
        show_check(console(), document, texts)


def check_document(form: Questionnaire, found: FormProperties) -> Document:
    """Return a form's properties as a document; factors are of risk aversion, 1 or more."""
    return {
        "questionnaire": {
            "version": form.version,
            "hash": form.content_hash,
            "scoring": form.scoring.value,
            "edges": list(form.edges),
        },
        "lowest_score": found.lowest,
        "highest_score": found.highest,
        "is_monotone": found.is_monotone,
        "levels": [
            {"level": level.value, "example": _sheet(sheet)}
            for level, sheet in found.levels.items()
        ],
        "questions": [_question(one) for one in found.questions],
        "birthday": _reach(found.birthday),
        "warnings": [_warning(one) for one in form_warnings(found)],
    }


def show_check(screen: Console, document: Mapping[str, Any], texts: Texts) -> None:
    """Print the properties of a form for people."""
    form, say = document["questionnaire"], texts.say
    scoring = say(f"scoring.{form['scoring']}")
    screen.print(f"[bold]{escape(form['version'])}[/bold]  {scoring}")
    edges = ", ".join(f"{edge:g}" for edge in form["edges"])
    low, high = (f"{document[end]:g}" for end in ("lowest_score", "highest_score"))
    screen.print(say("form_check.range", lowest=low, highest=high, edges=edges))
    reached = [one["level"] for one in document["levels"] if one["example"] is not None]
    levels = ", ".join(say(f"profile_level.{level}") for level in reached) or "-"
    screen.print(say("form_check.levels", levels=levels))
    screen.print(say("form_check.monotone" if document["is_monotone"] else "form_check.backwards"))
    screen.print(_questions(document["questions"], texts))
    screen.print(say("form_check.legend"))
    birthday = document["birthday"]
    screen.print(
        say(
            "form_check.birthday",
            levels=texts.integer(str(birthday["levels"])),
            factor=f"{birthday['factor']:.4f}",
        )
    )
    if not document["warnings"]:
        screen.print(f"[green]✓[/green] {say('form_check.no_warnings')}")
    for warning in document["warnings"]:
        screen.print(f"[red]![/red] {escape(warning['text'])}")
        if (example := warning["example"]) is not None:
            answers = " ".join(f"{asked}={given}" for asked, given in example["answers"].items())
            age = texts.integer(str(example["age"]))
            shown = say("form_check.example", age=age, answers=answers)
            screen.print(f"  [dim]{escape(shown)}[/dim]")


def _questions(rows: list[Mapping[str, Any]], texts: Texts) -> Table:
    table = Table(box=None)
    for column in ("question", "trait"):
        table.add_column(texts.say(f"form_check.{column}"), no_wrap=True)
    for column in _FIGURES:
        table.add_column(texts.say(f"form_check.{column}"), justify="right")
    for row in rows:
        step, calm, change = row["step"], row["calm_step"], row["change"]
        table.add_row(
            escape(row["question"]),
            texts.say(f"report.trait.{row['trait']}"),
            f"{row['points']:.3f}",
            str(step["levels"]),
            f"{step['factor']:.4f}",
            "-" if calm is None else f"{calm['factor']:.4f}",
            str(change["levels"]),
            f"{change['factor']:.4f}",
        )
    return table


def _question(one: QuestionProperties) -> Document:
    return {
        "question": one.question.id,
        "trait": one.question.trait.value,
        "points": one.points,
        "step": _reach(one.step),
        "calm_step": None if one.calm_step is None else _reach(one.calm_step),
        "change": _reach(one.change),
        "is_dead": one.is_dead,
    }


def _reach(reach: Reach) -> Document:
    return {
        "levels": reach.most_levels,
        "factor": reach.largest_factor,
        "level_example": _move(reach.levels),
        "factor_example": _move(reach.factor),
    }


def _move(move: Move | None) -> Document | None:
    if move is None:
        return None
    return {
        "before": _sheet(move.before),
        "answer": move.answer,
        "levels": move.levels,
        "factor": move.factor,
    }


def _sheet(sheet: Sheet | None) -> Document | None:
    return None if sheet is None else {"age": sheet.age, "answers": dict(sheet.answers)}


def _warning(warning: FormWarning) -> Document:
    return {**statement_document(warning.statement), "example": _sheet(warning.example)}


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        name = click.format_filename(file)
        detail = f"is not UTF-8 at byte {error.start}"
        problem = Problem(name, detail, None, "save the file as UTF-8 text")
        raise InputError("the file cannot be read", problems=[problem]) from None
