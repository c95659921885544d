"""A file of answers: CSV, one row a respondent and round.

    respondent,round,age,q2,q3,...,q20,weight,held_equity_share
    r0001,1,34,d,c,...,c,1,0.25
    r0001,2,34,d,b,...,c,1,0.25

`respondent`, `age` and one column for every question of the form are needed; a cell holds the id
of an option. `round` (1 or 2; 1 where the column is missing), `weight` (a positive number) and
`held_equity_share` (0 to 1; empty where it is not known) may be left out. Nothing is repaired or
skipped: a cell that cannot be used refuses the file, named by row, column, value and remedy.
"""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError, Problem
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares, Retest, Round
from risk_profiles.questionnaire import Questionnaire

RESPONDENT, ROUND, AGE, WEIGHT, HELD = "respondent", "round", "age", "weight", "held_equity_share"
YOUNGEST, OLDEST = 18, 120
LARGEST_ROW_COUNT = 200_000
LONGEST_NAME = 64
MOST_PROBLEMS = 20

# What a person would write: no signs, underscores or words such as "inf".
_NUMBER = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[0-9]{1,3}")


def read_answer_file(form: Questionnaire, text: str) -> AnswerSet:
    """Read the answers of many respondents to one form.

    Raises:
        InputError: code "invalid_answer_file"; each problem names row (from 1, below the header)
            and column, the value and a remedy; the first twenty are listed, the rest counted.
    """
    rows = _rows(text)
    header = _header(form, rows[0])
    reader = _Reader(form, header)
    for number, row in enumerate(rows[1:], start=1):
        reader.read(number, row)
    return reader.finish()


def write_answer_file(form: Questionnaire, answers: AnswerSet) -> str:
    """Return the file that `read_answer_file` reads back as the same answers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    questions = [question.id for question in form.questions]
    held = {}
    if answers.held is not None:
        held = dict(zip(answers.held.respondents, answers.held.shares, strict=True))
    tail = [WEIGHT] * (answers.weights is not None) + [HELD] * (answers.held is not None)
    writer.writerow([RESPONDENT, ROUND, AGE, *questions, *tail])

    def write(number: int, one: Round, place: int, respondent: int) -> None:
        chosen = (form[q].options[one.places[q][place]].id for q in questions)
        cells: list[object] = []
        if answers.weights is not None:
            cells.append(repr(float(answers.weights[respondent])))
        if answers.held is not None:
            cells.append(repr(float(held[respondent])) if respondent in held else "")
        name = answers.respondents[respondent]
        writer.writerow([name, number, int(one.ages[place]), *chosen, *cells])

    for respondent in range(len(answers.respondents)):
        write(1, answers.first, respondent, respondent)
    if answers.retest is not None:
        for place, respondent in enumerate(answers.retest.respondents):
            write(2, answers.retest.answers, place, int(respondent))
    return out.getvalue()


def _rows(text: str) -> list[list[str]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(row)]
    except csv.Error as error:
        raise _refusal([Problem("/", f"is not CSV: {error}", None, "send plain CSV")]) from None
    if len(rows) < 2:
        remedy = "send a header and a row for each respondent"
        raise _refusal([Problem("/", "has no answers", None, remedy)])
    if len(rows) - 1 > LARGEST_ROW_COUNT:
        remedy = f"send at most {LARGEST_ROW_COUNT}"
        raise _refusal([Problem("/", "has too many rows", len(rows) - 1, remedy)])
    return rows


def _header(form: Questionnaire, row: Sequence[str]) -> list[str]:
    header = [name.strip() for name in row]
    asked = [question.id for question in form.questions]
    needed = [RESPONDENT, AGE, *asked]
    known = {*needed, ROUND, WEIGHT, HELD}
    problems = [
        Problem(f"/header/{name}", "is missing", None, "add the column")
        for name in needed
        if name not in header
    ]
    for name in dict.fromkeys(header):
        if name not in known:
            remedy = f"remove it, or evaluate the form that asks it; {form.version} does not"
            problems.append(Problem(f"/header/{name}", "is not a known column", name, remedy))
        elif header.count(name) > 1:
            problems.append(Problem(f"/header/{name}", "appears twice", name, "keep one"))
    if problems:
        raise _refusal(problems)
    return header


class _Reader:
    """Collects rows and what is wrong with them; placeholders never leave `finish`."""

    def __init__(self, form: Questionnaire, header: list[str]) -> None:
        self.form, self.header = form, header
        self.places: Mapping[str, Mapping[str, int]] = {
            question.id: {option.id: n for n, option in enumerate(question.options)}
            for question in form.questions
        }
        self.problems: list[Problem] = []
        # By respondent, one mapping a round; dictionaries keep the order of the file.
        self.rounds: tuple[dict[str, _Row], dict[str, _Row]] = ({}, {})

    def complain(self, number: int, column: str, detail: str, value: str, remedy: str) -> None:
        self.problems.append(Problem(f"/rows/{number}/{column}", detail, value, remedy))

    def read(self, number: int, row: Sequence[str]) -> None:
        if len(row) != len(self.header):
            detail = f"has {len(row)} cells instead of {len(self.header)}"
            self.problems.append(Problem(f"/rows/{number}", detail, row[0], "mend the row"))
            return
        cells = {name: cell.strip() for name, cell in zip(self.header, row, strict=True)}
        name = cells[RESPONDENT]
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            detail = f"is not a name of 1 to {LONGEST_NAME} characters"
            self.complain(number, RESPONDENT, detail, name, "name every respondent")
        written = cells.get(ROUND, "1")
        if written not in ("1", "2"):
            self.complain(number, ROUND, "is no round", written, "write 1 or 2")
            return
        known = self.rounds[int(written) - 1]
        if name in known:
            detail = f"has answered round {written} in row {known[name].number} already"
            self.complain(number, RESPONDENT, detail, name, "keep one row for each round")
            return
        known[name] = _Row(
            number=number,
            age=self.age(number, cells[AGE]),
            places=[
                self.place(number, question.id, cells[question.id])
                for question in self.form.questions
            ],
            weight=self.weight(number, cells[WEIGHT]) if WEIGHT in cells else 1.0,
            held=self.held(number, cells[HELD]) if cells.get(HELD) else None,
        )

    def place(self, number: int, question_id: str, cell: str) -> int:
        places = self.places[question_id]
        if cell not in places:
            remedy = f"write one of {', '.join(places)}"
            detail = "is not an option" if cell else "has no answer"
            self.complain(number, question_id, detail, cell, remedy)
        return places.get(cell, 0)

    def age(self, number: int, cell: str) -> int:
        age = int(cell) if _WHOLE.fullmatch(cell) else -1
        if not YOUNGEST <= age <= OLDEST:
            detail = f"is not an age from {YOUNGEST} to {OLDEST}"
            self.complain(number, AGE, detail, cell, "write completed years")
        return age

    def weight(self, number: int, cell: str) -> float:
        weight = float(cell) if _NUMBER.fullmatch(cell) else 0.0
        if not 0 < weight < float("inf"):
            remedy = "write how many people this one stands for"
            self.complain(number, WEIGHT, "is not a positive number", cell, remedy)
        return weight

    def held(self, number: int, cell: str) -> float:
        share = float(cell) if _NUMBER.fullmatch(cell) else -1.0
        if not 0 <= share <= 1:
            remedy = "write a fraction such as 0.25, or leave the cell empty"
            self.complain(number, HELD, "is not a fraction from 0 to 1", cell, remedy)
        return share

    def finish(self) -> AnswerSet:
        first, second = self.rounds
        for name, row in second.items():
            if name not in first:
                remedy = "add the first round, or call this one round 1"
                self.complain(row.number, RESPONDENT, "has no round 1", name, remedy)
                continue
            pairs = ((WEIGHT, row.weight, first[name].weight), (HELD, row.held, first[name].held))
            for column, here, there in pairs:
                if here != there:
                    detail = f"differs from row {first[name].number} of the same respondent"
                    self.complain(row.number, column, detail, str(here), "write the same in both")
        if self.problems:
            raise _refusal(self.problems)
        order = {name: place for place, name in enumerate(first)}
        known = [place for place, row in enumerate(first.values()) if row.held is not None]
        shares = [row.held for row in first.values() if row.held is not None]
        return AnswerSet(
            respondents=tuple(first),
            first=self.round(list(first.values())),
            retest=Retest(
                np.array([order[name] for name in second], dtype=np.int64),
                self.round(list(second.values())),
            )
            if second
            else None,
            weights=np.array([row.weight for row in first.values()])
            if WEIGHT in self.header
            else None,
            held=HeldShares(np.array(known, dtype=np.int64), np.array(shares)) if known else None,
        )

    def round(self, rows: Sequence["_Row"]) -> Round:
        table = np.array([row.places for row in rows], dtype=np.int64)
        return Round(
            ages=np.array([row.age for row in rows], dtype=np.int64),
            places={q.id: table[:, column] for column, q in enumerate(self.form.questions)},
        )


@dataclass(frozen=True, slots=True)
class _Row:
    number: int
    age: int
    places: list[int]
    weight: float
    held: float | None


def _refusal(problems: Sequence[Problem]) -> InputError:
    message = "the answers cannot be evaluated"
    if len(problems) > MOST_PROBLEMS:
        message += f" ({len(problems) - MOST_PROBLEMS} more problems not shown)"
    return InputError(message, code="invalid_answer_file", problems=problems[:MOST_PROBLEMS])
