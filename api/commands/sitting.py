"""One person at one form in the terminal.

    question 1 .. n -> end confirmed -> what contradicts, asked once more -> profile

Options carry the letters a, b, c, ... in the order they are shown, without q. `0` goes back and
loses no answer, `q` leaves, Enter keeps an answer that was given before. A letter for going back
would be the letter of an option.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from pathlib import Path

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from api.clock import Clock, shanghai_date
from api.commands.profile_table import show_asked_again, show_profile
from api.commands.saved_sheet import SavedSheet, write_saved_sheet
from api.commands.sentences import Sentence
from api.pages.asked_again import asked_again
from api.reference_data import ReferenceData
from api.services.assess_sheet import assess_sheet, open_follow_ups
from api.texts import Texts
from risk_profiles.person import age_between
from risk_profiles.questionnaire import Question

LETTERS = "abcdefghijklmnoprstuvwxyz"
BACK, LEAVE, ENTER = "0", "q", ""


class Move(Enum):
    """What somebody may do instead of answering."""

    BACK = BACK
    LEAVE = LEAVE


class Sitting:
    """Keeps every answer as soon as it is given, and never loses one by going back."""

    def __init__(
        self,
        reference: ReferenceData,
        clock: Clock,
        screen: Console,
        texts: Texts,
        *,
        sheet: SavedSheet,
        save_file: Path | None,
    ) -> None:
        """Go on with a sheet.

        Args:
            reference: Its questionnaire is asked.
            clock: Measures the sitting.
            screen: Where questions are shown.
            texts: The language.
            sheet: What was answered so far.
            save_file: Where answers are kept; None keeps them nowhere.

        Raises:
            OSError: the file cannot be written.
        """
        self._reference, self._form = reference, reference.questionnaire
        self._clock, self._screen, self._texts = clock, screen, texts
        self._save_file = save_file
        self._keep(sheet)

    def hold(self) -> bool:
        """Ask until everything is answered; return False when the person leaves."""
        questions = self._form.questions
        answered = self._sheet.answers
        place = next(
            (n for n, one in enumerate(questions) if one.id not in answered), len(questions)
        )
        while True:
            move = self._ask_questions(place) or self._ask_again()
            if move is not Move.BACK:
                return move is None
            place = len(questions) - 1

    def show_result(self, *, validity_days: int) -> None:
        """Print the profile of the whole sheet."""
        now = self._clock.now()
        today = shanghai_date(now)
        sheet = assess_sheet(
            self._reference,
            {**self._sheet.answers, **self._sheet.follow_up},
            age=self._age(),
            seconds=(now - self._sheet.started_at).total_seconds(),
        )
        self._screen.print()
        show_profile(
            self._screen,
            sheet,
            self._texts,
            name=self._texts.say("page.profile.title"),
            assessed_on=today,
            valid_until=today + timedelta(days=validity_days),
        )

    def _ask_questions(self, place: int) -> Move | None:
        """Ask from a place on until the end is confirmed; None when it is."""
        questions = self._form.questions
        while True:
            if place == len(questions):
                found: str | Move | None = self._confirm_end()
                if found is None:
                    return None
            else:
                found = self._ask(questions[place], place)
            match found:
                case Move.LEAVE:
                    return Move.LEAVE
                case Move.BACK:
                    place -= 1
                case str():
                    self._answer(questions[place].id, found)
                    place += 1

    def _ask(self, question: Question, place: int) -> str | Move:
        say, language = self._texts.say, self._texts.language
        group = say(f"page.questionnaire.group.{question.trait}")
        self._screen.print(f"\n[dim]{place + 1} / {len(self._form.questions)} · {group}[/dim]")
        self._screen.print(Sentence(question.text[language], "bold"))
        return self._choose(question, self._sheet.answers.get(question.id), is_first=place == 0)

    def _confirm_end(self) -> Move | None:
        say = self._texts.say
        count = self._texts.integer(len(self._form.questions))
        self._screen.print(f"\n{say('terminal.ask.complete', count=count)}")
        prompt = _prompt(say(f"terminal.ask.{part}") for part in ("to_result", "back", "leave"))
        while (given := read_line(prompt)) != ENTER:
            if given in (BACK, LEAVE):
                return Move(given)
            click.echo(say("terminal.ask.problem_end"))
        return None

    def _ask_again(self) -> Move | None:
        """Ask once more what contradicts; what was asked again before stays as it is."""
        answers = self._sheet.answers
        asked = open_follow_ups(self._reference, answers, age=self._age())
        given = {
            one.question_id: self._sheet.follow_up[one.question_id]
            for one in asked
            if one.question_id in self._sheet.follow_up
        }
        if len(given) < len(asked):
            self._screen.print()
            for part in ("follow_up_lead", "follow_up_note"):
                self._screen.print(Sentence(self._texts.say(f"page.questionnaire.{part}")))
        for one in asked:
            if one.question_id not in given:
                again = asked_again(self._form, one, answers, self._texts)
                self._screen.print()
                show_asked_again(self._screen, again, self._texts)
                found = self._choose(again.question, None, is_first=False)
                if isinstance(found, Move):
                    return found
                given[one.question_id] = found
            self._keep(replace(self._sheet, follow_up=dict(given)))
        return None

    def _choose(self, question: Question, before: str | None, *, is_first: bool) -> str | Move:
        """Show the options and read until one is chosen, or another move."""
        by_letter = {
            letter: option.id for letter, option in zip(LETTERS, question.options, strict=False)
        }
        self._screen.print(Padding(self._options(question, before), (0, 0, 0, 1)))
        say, letters = self._texts.say, f"a-{max(by_letter)}"
        parts = [say("terminal.ask.choose", letters=letters)]
        parts += [] if before is None else [say("terminal.ask.keep")]
        parts += [] if is_first else [say("terminal.ask.back")]
        prompt = _prompt([*parts, say("terminal.ask.leave")])
        while True:
            given = read_line(prompt)
            if given in by_letter:
                return by_letter[given]
            if given == ENTER and before is not None:
                return before
            if given == LEAVE or (given == BACK and not is_first):
                return Move(given)
            problem = "first" if given == BACK else "problem"
            click.echo(say(f"terminal.ask.{problem}", letters=letters))

    def _options(self, question: Question, before: str | None) -> Table:
        rows = Table.grid(padding=(0, 1))
        for letter, option in zip(LETTERS, question.options, strict=False):
            mark = "[green]✓[/green]" if option.id == before else " "
            text = Sentence(option.text[self._texts.language])
            rows.add_row(mark, f"[cyan]{letter}[/cyan]", text)
        return rows

    def _answer(self, question_id: str, option_id: str) -> None:
        answers = self._sheet.answers
        if answers.get(question_id) != option_id:
            # What was asked again rests on the answers as they were.
            changed: Mapping[str, str] = {**answers, question_id: option_id}
            self._keep(replace(self._sheet, answers=changed, follow_up={}))

    def _keep(self, sheet: SavedSheet) -> None:
        self._sheet = sheet
        if self._save_file is not None:
            write_saved_sheet(self._save_file, sheet)

    def _age(self) -> int:
        return age_between(self._sheet.birth_date, shanghai_date(self._clock.now()))


def read_line(prompt: str) -> str:
    """Return a line without spaces around it, in small letters; wide ones of a Chinese keyboard
    count as the plain ones.

    Raises:
        click.Abort: the input has ended, or Ctrl-C was pressed.
    """
    given: str = click.prompt(prompt, default="", show_default=False, prompt_suffix=" ")
    return unicodedata.normalize("NFKC", given).strip().lower()


def _prompt(parts: Iterable[str]) -> str:
    return f"{' · '.join(parts)} >"
