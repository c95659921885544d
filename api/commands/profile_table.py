"""A risk profile as tables for people at a terminal."""

from collections.abc import Sequence
from datetime import date

from rich.console import Console, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from allocator.statements import Statement
from api.commands.sentences import Sentence
from api.commands.tables import show_statements
from api.documents import statement_documents
from api.pages.asked_again import AskedAgain, asked_again
from api.services.assess_sheet import AssessedSheet
from api.services.follow_ups import FollowUp
from api.texts import Texts, localize
from risk_profiles.levels import level_of_score
from risk_profiles.profile import Profile
from risk_profiles.questionnaire import Questionnaire, Scoring


def show_profile(
    screen: Console,
    sheet: AssessedSheet,
    texts: Texts,
    *,
    name: str,
    assessed_on: date,
    valid_until: date,
) -> None:
    """Print the level, the scores, what decided them, the flags and what would change the level.

    Args:
        screen: Where to.
        sheet: What came out of the answers.
        texts: The language.
        name: Whose profile it is.
        assessed_on, valid_until: First and last day it counts for.
    """
    profile, say = sheet.profile, texts.say
    level = say(f"profile_level.{profile.level}")
    screen.print(f"[bold]{escape(name)}[/bold]  [bold]{level}[/bold]  {assessed_on}")
    screen.print(Sentence(say(f"profile_level_meaning.{profile.level}")))
    screen.print()
    screen.print(_scores(sheet.form, profile, texts))
    screen.print()
    screen.print(_facts(profile, valid_until, texts))
    show_section(screen, say("page.profile.how"), profile.reasons, texts)
    if sheet.flags:
        show_section(screen, say("page.profile.review"), sheet.flags, texts)
    show_section(screen, say("page.profile.outlook"), sheet.outlook, texts)
    screen.print(_indented(Sentence(say("page.profile.outlook_note"), "dim")))


def show_section(
    screen: Console, title: str, statements: Sequence[Statement], texts: Texts
) -> None:
    """Print statements under a title."""
    screen.print(f"\n[bold]{title}[/bold]")
    documents = [localize(one, texts) for one in statement_documents(statements)]
    show_statements(screen, [one for one in documents if isinstance(one, dict)])


def show_open_follow_ups(
    screen: Console, sheet: AssessedSheet, asked: Sequence[FollowUp], texts: Texts
) -> None:
    """Print what would be asked again if somebody were there to answer."""
    if asked:
        screen.print(f"\n[bold]{texts.say('terminal.open_follow_ups')}[/bold]")
    for place, one in enumerate(asked):
        if place:
            screen.print()
        again = asked_again(sheet.form, one, sheet.answers, texts)
        screen.print(_indented(_earlier(again)))
        for wording in again.wordings:
            screen.print(_indented(Sentence(wording)))


def show_asked_again(screen: Console, again: AskedAgain, texts: Texts) -> None:
    """Print what does not go together, and the question that settles it."""
    screen.print(f"[dim]{texts.say('page.questionnaire.earlier')}[/dim]")
    screen.print(_indented(_earlier(again)))
    for wording in again.wordings:
        screen.print(Sentence(wording, "bold"))


def _indented(renderable: RenderableType) -> Padding:
    return Padding(renderable, (0, 0, 0, 1))


def _earlier(again: AskedAgain) -> Table:
    rows = Table.grid(padding=(0, 1))
    for question, answer in again.pairs:
        rows.add_row("·", Sentence(question))
        rows.add_row("", Sentence(answer, "cyan"))
    for note in again.notes:
        rows.add_row("·", Sentence(note))
    return rows


def _scores(form: Questionnaire, profile: Profile, texts: Texts) -> Table:
    """Return each score with the level it alone points to; knowledge competes with none."""
    say = texts.say
    table = Table("", box=None, pad_edge=False)
    table.add_column(say("page.index.score"), justify="right")
    table.add_column(say("page.profile.points_to"), justify="right")
    if form.scoring is Scoring.SUM:
        compared = {"points": profile.points}
    else:
        compared = {"capacity": profile.capacity, "tolerance": profile.tolerance}
    for name, score in compared.items():
        level = level_of_score(score, form.edges)
        table.add_row(say(f"page.profile.{name}"), texts.number(score), level.value)
    if form.scoring is Scoring.LOWER_OF_TRAITS:
        table.add_row(say("page.profile.knowledge"), texts.number(profile.knowledge), "-")
    return table


def _facts(profile: Profile, valid_until: date, texts: Texts) -> Table:
    say, days = texts.say, texts.integer(profile.longest_lock_up_days)
    rows = {
        say("terminal.risk_aversion"): texts.number(profile.risk_aversion),
        say("terminal.lock_up"): say("terminal.days", days=days),
        say("page.profile.validity"): texts.date(valid_until),
    }
    if profile.liftable_to is not None:
        rows[say("terminal.liftable_to")] = say(f"profile_level.{profile.liftable_to}")
    if profile.is_lowest_class:
        rows[say("terminal.lowest_class")] = say("terminal.lowest_class_meaning")
    table = Table.grid(padding=(0, 2))
    for name, value in rows.items():
        table.add_row(name, Sentence(value))
    return table
