"""`robo questionnaire ask`: a form answered in the terminal, and the profile it leads to."""

from datetime import date, datetime
from pathlib import Path

import click
from rich.console import Console

from allocator.errors import InputError, Problem
from api.clock import Clock, SystemClock, shanghai_date
from api.commands.options import console, texts_of, with_language
from api.commands.saved_sheet import SavedSheet, read_saved_sheet
from api.commands.sentences import Sentence
from api.commands.sitting import LEAVE, Sitting, read_line
from api.reference_data import load_reference_data
from api.settings import Settings
from api.texts import Texts
from risk_profiles.person import ADULT_AGE, OLDEST_AGE, age_between
from risk_profiles.questionnaire import Questionnaire


@click.command()
@click.option(
    "--form", "form_file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Questionnaire in TOML; ours where none is given.",
)  # fmt: skip
@click.option(
    "--birth-date", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
    help="Asked for where it is left out.",
)  # fmt: skip
@click.option(
    "--save", "save_file", type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Keep the answers in this file, and go on from it.",
)  # fmt: skip
@with_language
def ask(
    form_file: Path | None, birth_date: datetime | None, save_file: Path | None, lang: str
) -> None:
    """Answer a form in the terminal, one question at a time, and see the profile.

    The profile is stored nowhere. Answers that --save has kept go on where they stopped.
    """
    texts, settings, clock = texts_of(lang), Settings.from_environment(), SystemClock()
    reference = load_reference_data(
        questionnaire=form_file or settings.questionnaire, assumptions=settings.assumptions
    )
    form, born = reference.questionnaire, None if birth_date is None else birth_date.date()
    screen = console()
    try:
        saved = _saved(save_file, form)
        _introduce(screen, texts, form, saved, save_file)
        sheet = _begun(saved, born, form, clock, texts)
        if sheet is None:
            click.echo(texts.say("terminal.ask.left"))
            return
        sitting = Sitting(reference, clock, screen, texts, sheet=sheet, save_file=save_file)
        if sitting.hold():
            sitting.show_result(validity_days=settings.validity_days)
        else:
            click.echo(_left(save_file, texts))
    except (click.Abort, KeyboardInterrupt):
        # The cursor still stands behind the question that was not answered.
        click.echo(f"\n{texts.say('terminal.ask.cut_short')}\n{_left(save_file, texts)}", err=True)
        raise click.exceptions.Exit(1) from None


def _saved(file: Path | None, form: Questionnaire) -> SavedSheet | None:
    return None if file is None or not file.exists() else read_saved_sheet(file, form)


def _introduce(
    screen: Console,
    texts: Texts,
    form: Questionnaire,
    saved: SavedSheet | None,
    file: Path | None,
) -> None:
    say, count = texts.say, texts.integer(len(form.questions))
    if saved is None:
        lines = [say("page.questionnaire.lead", count=count)]
    else:
        answered = texts.integer(len(saved.answers))
        lines = [say("page.questionnaire.answered", answered=answered, count=count)]
    lines += [say("page.questionnaire.about_honest"), say("terminal.ask.nothing_stored")]
    if file is not None:
        lines.append(say("terminal.ask.kept", file=click.format_filename(file)))
    for line in lines:
        screen.print(Sentence(line))


def _begun(
    saved: SavedSheet | None,
    birth_date: date | None,
    form: Questionnaire,
    clock: Clock,
    texts: Texts,
) -> SavedSheet | None:
    """Return the sheet to go on with, or None when the person leaves before the first question.

    Raises:
        InputError: the date of birth given on the command line cannot be used.
    """
    today = shanghai_date(clock.now())
    if birth_date is not None and not _is_of_age(birth_date, today):
        detail = f"does not mean an age from {ADULT_AGE} to {OLDEST_AGE}"
        problem = Problem("--birth-date", detail, birth_date, "correct the date")
        raise InputError("the date of birth cannot be used", problems=[problem])
    if birth_date is None:
        birth_date = _ask_birth_date(today, texts) if saved is None else saved.birth_date
    if birth_date is None:
        return None
    if saved is None:
        return SavedSheet(form.content_hash, birth_date, clock.now())
    return SavedSheet(
        form.content_hash, birth_date, saved.started_at, saved.answers, saved.follow_up
    )


def _ask_birth_date(today: date, texts: Texts) -> date | None:
    """Return the date of birth, or None when the person leaves."""
    while True:
        given = read_line(texts.say("terminal.ask.birth_date"))
        if given == LEAVE:
            return None
        try:
            birth_date = date.fromisoformat(given)
        except ValueError:
            birth_date = None
        if birth_date is not None and _is_of_age(birth_date, today):
            return birth_date
        ages = {"youngest": ADULT_AGE, "oldest": OLDEST_AGE}
        click.echo(texts.say("terminal.ask.birth_date_problem", **ages))


def _is_of_age(birth_date: date, today: date) -> bool:
    return ADULT_AGE <= age_between(birth_date, today) <= OLDEST_AGE


def _left(file: Path | None, texts: Texts) -> str:
    """Return what became of the answers of somebody who left."""
    if file is None or not file.exists():
        return texts.say("terminal.ask.left")
    return texts.say("terminal.ask.left_kept", file=click.format_filename(file))
