"""Households of the U.S. Survey of Consumer Finances as respondents of a form.

The survey asked what people own, owe and know, and one question on their willingness to take
financial risk; it did not ask this form. The mapping, column by column, with what stands in for
what, is in docs/questionnaire_evidence.md. Three rules govern it:

* Nothing about shares a household holds enters an answer. EQUITY and FIN make the outcome,
  EQUITY / FIN, and nothing else is made of them.
* What the survey cannot answer gets one answer for everyone, which orders nobody: the most
  cautious option that caps no level, or, where nothing is capped, the middle one.
* A bold or cautious reply is placed by boldness: the option whose points lie nearest between the
  question's lowest (0) and highest (1), the more cautious one where two are as near.

Source: Board of Governors of the Federal Reserve System, Survey of Consumer Finances 2019, the
variables of the summary extract.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.errors import InputError, Problem
from risk_profiles.evidence.answer_file import MOST_PROBLEMS, OLDEST, YOUNGEST
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares, Round
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import Question, Questionnaire, Span, Topic, Trait

# Every column that is read, with the values it can have.
_ANY = (-1e12, 1e12)
_RANGES: Mapping[str, tuple[float, float]] = {
    "YY1": (0, 1e9), "WGT": (1e-9, 1e9), "AGE": (YOUNGEST, OLDEST), "OCCAT1": (1, 4),
    "SAVED": (0, 1), "LIQ": (0, 1e12), "INCOME": _ANY, "PIRTOTAL": (0, 1e12), "KIDS": (0, 30),
    "KNOWL": (-1, 10), "YESFINRISK": (0, 1), "NOFINRISK": (0, 1), "FINLIT": (0, 3),
    "EQUITY": (0, 1e12), "FIN": (0, 1e12),
}  # fmt: skip
_WHOLE = frozenset(
    {"YY1", "AGE", "OCCAT1", "SAVED", "KIDS", "KNOWL", "YESFINRISK", "NOFINRISK", "FINLIT"}
)

# Boldness of the answer on steadiness of income: employed, self-employed, retired, not working.
_STEADINESS: Mapping[float, float] = {1: 0.75, 2: 0.25, 3: 0.75, 4: 0.0}
_WELL_SAVED, _NOTHING_SAVED = 0.5, 0.0
_UNWILLING, _SOMEWHAT_WILLING, _WILLING = 0.0, 0.5, 1.0
_KNOWLEDGE_SCALE = (1, 10)
_FROM_FINANCES = frozenset(
    {
        Topic.INCOME_STABILITY,
        Topic.MONTHLY_SURPLUS,
        Topic.LIQUID_RESERVE,
        Topic.DEBT_SERVICE,
        Topic.DEPENDANTS,
    }
)


@dataclass(frozen=True, slots=True)
class _Household:
    # What answers may be made of; what is held is not here.
    occupation: float
    has_saved: bool
    reserve_months: Decimal
    payment_share: Decimal
    children: int
    rated_knowledge: float
    willingness: float
    right_answers: int


def map_households(form: Questionnaire, text: str) -> AnswerSet:
    """Return the households of a survey file as answers to a form.

    Args:
        form: Its topics and traits say what is mapped to what.
        text: CSV with a header; further columns are not read.

    Raises:
        InputError: code "invalid_survey_file"; each problem names row and column.
    """
    rows = _read(text)
    households = [_household(row) for row in rows]
    fixed = set(fixed_questions(form))
    right = {q.id: n for n, q in enumerate(form.of_topic(Topic.OBJECTIVE_ITEM), start=1)}
    places = {
        question.id: np.array(
            [
                _fixed_place(question)
                if question.id in fixed
                else _place(question, one, right_from=right.get(question.id, 0))
                for one in households
            ],
            dtype=np.int64,
        )
        for question in form.questions
    }
    owners = [place for place, row in enumerate(rows) if row["FIN"] > 0]
    shares = np.array([rows[place]["EQUITY"] / rows[place]["FIN"] for place in owners])
    return AnswerSet(
        respondents=tuple(f"h{row['YY1']:.0f}" for row in rows),
        first=Round(
            ages=np.array([row["AGE"] for row in rows]).astype(np.int64),
            places=places,
        ),
        weights=np.array([row["WGT"] for row in rows]),
        held=HeldShares(np.array(owners, dtype=np.int64), shares) if owners else None,
    )


def fixed_questions(form: Questionnaire) -> tuple[str, ...]:
    """Return the ids of the questions that everyone answers alike, in their order."""
    objective = form.of_topic(Topic.OBJECTIVE_ITEM)
    answerable = {question.id for question in objective[: int(_RANGES["FINLIT"][1])]}
    for question in form.questions:
        is_self_rated = question.trait is Trait.KNOWLEDGE and question.topic is None
        if question.trait is Trait.TOLERANCE or is_self_rated or question.topic in _FROM_FINANCES:
            answerable.add(question.id)
    return tuple(question.id for question in form.questions if question.id not in answerable)


def _place(question: Question, household: _Household, *, right_from: int) -> int:
    match question.topic:
        case Topic.INCOME_STABILITY:
            return _nearest(question, _STEADINESS[household.occupation])
        case Topic.MONTHLY_SURPLUS:
            return _nearest(question, _WELL_SAVED if household.has_saved else _NOTHING_SAVED)
        case Topic.LIQUID_RESERVE:
            return _holding(question, household.reserve_months)
        case Topic.DEBT_SERVICE:
            return _holding(question, household.payment_share)
        case Topic.DEPENDANTS:
            boldest_first = _by_boldness(question)[::-1]
            return boldest_first[min(household.children, len(boldest_first) - 1)]
        case Topic.OBJECTIVE_ITEM:
            is_right = household.right_answers >= right_from
            return _by_boldness(question)[-1] if is_right else _unsure(question)
    if question.trait is Trait.TOLERANCE:
        return _nearest(question, household.willingness)
    lowest, highest = _KNOWLEDGE_SCALE
    return _nearest(question, (household.rated_knowledge - lowest) / (highest - lowest))


def _by_boldness(question: Question) -> list[int]:
    options = question.options
    return sorted(range(len(options)), key=lambda place: options[place].points)


def _nearest(question: Question, boldness: float) -> int:
    # A knife's edge goes to the cautious side whatever the last bit says.
    return min(
        _by_boldness(question),
        key=lambda place: round(abs(question.boldness(question.options[place].id) - boldness), 9),
    )


def _holding(question: Question, figure: Decimal) -> int:
    for place, option in enumerate(question.options):
        if option.span is not None and _holds(option.span, figure):
            return place
    raise InputError(f"no option of {question.id} covers {figure}")


def _holds(span: Span, figure: Decimal) -> bool:
    # A span from nought to nought is the answer "none at all".
    is_inside = span.start <= figure and (span.end is None or figure < span.end)
    return is_inside or span.start == figure == span.end


def _unsure(question: Question) -> int:
    # Forms list "I do not know" last among the answers that are not right.
    return max(
        place
        for place, option in enumerate(question.options)
        if option.points == question.lowest_points
    )


def _fixed_place(question: Question) -> int:
    if question.cap_reason is None:
        return (
            _unsure(question) if question.topic is Topic.OBJECTIVE_ITEM else _nearest(question, 0.5)
        )
    return next(
        place
        for place in _by_boldness(question)
        if question.options[place].cap in (None, ProfileLevel.C5)
    )


def _household(row: Mapping[str, float]) -> _Household:
    monthly = Decimal(str(row["INCOME"])) / 12
    liquid = Decimal(str(row["LIQ"]))
    # Without an income, a reserve lasts as long as one cares to say, and none lasts not at all.
    months = liquid / monthly if monthly > 0 else Decimal(1000 if liquid > 0 else 0)
    willingness = _WILLING if row["YESFINRISK"] else _SOMEWHAT_WILLING
    return _Household(
        occupation=row["OCCAT1"],
        has_saved=row["SAVED"] == 1,
        reserve_months=months,
        payment_share=Decimal(str(row["PIRTOTAL"])),
        children=int(row["KIDS"]),
        rated_knowledge=row["KNOWL"],
        willingness=_UNWILLING if row["NOFINRISK"] else willingness,
        right_answers=int(row["FINLIT"]),
    )


def _read(text: str) -> list[dict[str, float]]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(row)]
    except csv.Error as error:
        raise _refusal([Problem("/", f"is not CSV: {error}", None, "send plain CSV")]) from None
    if len(rows) < 2:
        raise _refusal([Problem("/", "has no households", None, "send a header and rows")])
    header = [name.strip() for name in rows[0]]
    missing = [
        Problem(f"/header/{name}", "is missing", None, "send the survey's column")
        for name in _RANGES
        if header.count(name) != 1
    ]
    if missing:
        raise _refusal(missing)
    problems: list[Problem] = []
    read = []
    for number, row in enumerate(rows[1:], start=1):
        if len(row) != len(header):
            detail = f"has {len(row)} cells instead of {len(header)}"
            problems.append(Problem(f"/rows/{number}", detail, row[0], "mend the row"))
            continue
        cells = dict(zip(header, row, strict=True))
        values = {name: _cell(number, name, cells[name], problems) for name in _RANGES}
        if values["EQUITY"] > values["FIN"]:
            detail = "is more than all financial assets"
            remedy = "send equity as a part of FIN"
            problems.append(Problem(f"/rows/{number}/EQUITY", detail, cells["EQUITY"], remedy))
        read.append(values)
    if problems:
        raise _refusal(problems)
    return read


def _cell(number: int, name: str, written: str, problems: list[Problem]) -> float:
    low, high = _RANGES[name]
    try:
        value = float(written)
    except ValueError:
        value = np.nan
    if not low <= value <= high or (name in _WHOLE and value != int(value)):
        kind = "whole number" if name in _WHOLE else "number"
        detail = f"is no {kind} from {low:g} to {high:g}"
        remedy = "send the survey's own coding"
        problems.append(Problem(f"/rows/{number}/{name}", detail, written, remedy))
    return value


def _refusal(problems: Sequence[Problem]) -> InputError:
    message = "the survey cannot be mapped"
    if len(problems) > MOST_PROBLEMS:
        message += f" ({len(problems) - MOST_PROBLEMS} more problems not shown)"
    return InputError(message, code="invalid_survey_file", problems=problems[:MOST_PROBLEMS])
