"""The questionnaire: what is asked, what an answer is worth, and which level it allows.

A questionnaire is a TOML file a compliance officer can read; this module gives it types, refuses
a malformed file by naming question and option, and refuses a sheet of answers by naming each
answer that is missing, unknown or not one of the options.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from importlib.resources import files

from allocator.errors import InputError, Problem
from risk_profiles.levels import ProfileLevel

DEFAULT_QUESTIONNAIRE = "questionnaires/cn_2026_1.toml"

# Rules beyond the score read these questions by name, so every version must ask them.
LIQUID_RESERVE, HORIZON, SHARE_OF_ASSETS = "q4", "q7", "q8"
LOSS, REACTION, PORTFOLIO_CHOICE, INCOME_GAMBLE = "q9", "q10", "q11", "q12"
EXPERIENCE, TARGET_RETURN, PURPOSE = "q15", "q19", "q20"
OBJECTIVE_ITEMS = ("q17a", "q17b", "q18a", "q18b")
NAMED_QUESTIONS = (
    LIQUID_RESERVE, HORIZON, SHARE_OF_ASSETS, LOSS, REACTION, PORTFOLIO_CHOICE, INCOME_GAMBLE,
    EXPERIENCE, TARGET_RETURN, PURPOSE, *OBJECTIVE_ITEMS,
)  # fmt: skip


class Trait(StrEnum):
    """What a question measures; only capacity and tolerance set the score."""

    CAPACITY = "capacity"
    TOLERANCE = "tolerance"
    KNOWLEDGE = "knowledge"
    NEED = "need"


class CapReason(StrEnum):
    """Why an answer, or age, limits the level."""

    HORIZON = "cap_horizon"
    LOSS = "cap_loss"
    EXPERIENCE = "cap_experience"
    AGE = "cap_age"


class Purpose(StrEnum):
    """What the money is for; it explains advice and changes none."""

    RESERVE = "reserve"
    RETIREMENT = "retirement"
    GROWTH = "growth"
    DIVERSIFICATION = "diversification"
    PURCHASE = "purchase"


@dataclass(frozen=True, slots=True)
class Option:
    """One answer: its text by language, its points (0 to 100), the highest level it allows.

    `value` is what the answer means to the program (a yearly return, a purpose), where it does.
    """

    id: str
    text: Mapping[str, str]
    points: float
    cap: ProfileLevel | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """One question; options stand in the order they are shown."""

    id: str
    dimension: Trait
    weight: float
    text: Mapping[str, str]
    options: tuple[Option, ...]
    rationale: str
    source: str
    cap_reason: CapReason | None = None

    def option(self, option_id: str) -> Option:
        """Return one option of a sheet that `check_answers` accepted."""
        return next(option for option in self.options if option.id == option_id)


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Points and cap for ages below `below`; the last band has no end."""

    below: int | None
    points: float
    cap: ProfileLevel | None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """One version of the form. Age is a capacity item that is read, not asked."""

    version: str
    content_hash: str
    questions: tuple[Question, ...]
    age_weight: float
    age_bands: tuple[AgeBand, ...]

    def __getitem__(self, question_id: str) -> Question:
        return next(question for question in self.questions if question.id == question_id)

    def of_trait(self, trait: Trait) -> tuple[Question, ...]:
        """Return the questions that measure one trait."""
        return tuple(question for question in self.questions if question.dimension is trait)

    def age_band(self, age: int) -> AgeBand:
        """Return the band of an age in completed years."""
        return next(b for b in self.age_bands if b.below is None or age < b.below)


def load_default_questionnaire() -> Questionnaire:
    """Return the questionnaire that ships with the package."""
    text = (files("risk_profiles") / DEFAULT_QUESTIONNAIRE).read_text(encoding="utf-8")
    return parse_questionnaire(text)


def parse_questionnaire(text: str) -> Questionnaire:
    """Read a questionnaire from TOML text.

    Raises:
        InputError: unreadable TOML, or questions, options or age bands that cannot be used; one
            problem each, under /question/<id> and /question/<id>/options/<id>.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(
            f"the questionnaire is not TOML: {error}", code="invalid_questionnaire"
        ) from None
    reader = _Reader()
    reader.refuse_unknown(document, {"version", "age_weight", "age_band", "question"}, "")
    questions = tuple(
        reader.question(row, f"/question/{row.get('id', place)}")
        for place, row in enumerate(reader.tables(document, "question", ""))
    )
    questionnaire = Questionnaire(
        version=reader.text(document, "version", ""),
        content_hash=hashlib.sha256(text.encode()).hexdigest(),
        questions=questions,
        age_weight=reader.number(document, "age_weight", "", highest=100.0),
        age_bands=tuple(
            reader.age_band(row, f"/age_band/{place}")
            for place, row in enumerate(reader.tables(document, "age_band", ""))
        ),
    )
    reader.check_whole(questionnaire)
    if reader.problems:
        raise InputError(
            "the questionnaire cannot be used",
            code="invalid_questionnaire",
            problems=reader.problems,
        )
    return questionnaire


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Check that every question has exactly one of its options as its answer.

    Raises:
        InputError: one problem, with pointer /answers/<question>, for each unknown question,
            missing answer and answer that is not an option.
    """
    asked = {question.id: question for question in questionnaire.questions}
    problems = [
        Problem(
            f"/answers/{_escaped(question_id)}",
            f"is not a question of version {questionnaire.version}",
            answers[question_id],
            "leave it out",
        )
        for question_id in answers
        if question_id not in asked
    ]
    for question in questionnaire.questions:
        options = [option.id for option in question.options]
        remedy = f"answer one of {', '.join(options)}"
        field = f"/answers/{question.id}"
        if question.id not in answers:
            problems.append(Problem(field, "has no answer", None, remedy))
        elif answers[question.id] not in options:
            problems.append(Problem(field, "is not an option", answers[question.id], remedy))
    if problems:
        raise InputError("the answers cannot be used", code="invalid_answers", problems=problems)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


_QUESTION_FIELDS = {
    "id", "dimension", "weight", "zh", "en", "rationale", "source", "cap_reason", "options",
}  # fmt: skip
_OPTION_FIELDS = {"id", "points", "cap", "value", "zh", "en"}


class _Reader:
    """Reads tables field by field and collects what is wrong; placeholders never leave `parse`."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, field: str, detail: str, value: object = None, remedy: str = "") -> None:
        self.problems.append(Problem(field, detail, value, remedy or "correct the file"))

    def refuse_unknown(self, row: Mapping[str, object], known: set[str], field: str) -> None:
        for name in sorted(set(row) - known):
            self.complain(f"{field}/{name}", "is not a known field", row[name], "remove it")

    def tables(self, row: Mapping[str, object], name: str, field: str) -> list[dict[str, object]]:
        found = row.get(name)
        if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
            return found
        self.complain(f"{field}/{name}", "must be a list of tables with at least one entry")
        return []

    def text(self, row: Mapping[str, object], name: str, field: str) -> str:
        found = row.get(name)
        if isinstance(found, str) and found.strip():
            return found
        self.complain(f"{field}/{name}", "must be a text that is not empty", found)
        return ""

    def number(self, row: Mapping[str, object], name: str, field: str, *, highest: float) -> float:
        found = row.get(name)
        is_number = isinstance(found, int | float) and not isinstance(found, bool)
        if is_number and 0 <= float(str(found)) <= highest:
            return float(str(found))
        self.complain(f"{field}/{name}", f"must be a number from 0 to {highest:g}", found)
        return 0.0

    def member(
        self, row: Mapping[str, object], name: str, field: str, kind: type[StrEnum]
    ) -> str | None:
        found = row.get(name)
        if found is None or found in list(kind):
            return None if found is None else str(found)
        self.complain(f"{field}/{name}", f"must be one of {', '.join(kind)}", found)
        return None

    def question(self, row: dict[str, object], field: str) -> Question:
        self.refuse_unknown(row, _QUESTION_FIELDS, field)
        dimension = self.member(row, "dimension", field, Trait)
        if "dimension" not in row:
            self.complain(f"{field}/dimension", f"must be one of {', '.join(Trait)}")
        reason = self.member(row, "cap_reason", field, CapReason)
        options = tuple(
            self.option(one, f"{field}/options/{one.get('id', place)}")
            for place, one in enumerate(self.tables(row, "options", field))
        )
        if len(options) < 2 or len({option.id for option in options}) != len(options):
            self.complain(f"{field}/options", "must be two or more with different ids")
        with_cap = [option.cap is not None for option in options]
        if any(with_cap) != (reason is not None) or any(with_cap) != all(with_cap):
            self.complain(
                f"{field}/cap_reason", "a cap on every option and a cap_reason go together"
            )
        return Question(
            id=self.text(row, "id", field),
            dimension=Trait(dimension or Trait.NEED),
            weight=self.number(row, "weight", field, highest=100.0),
            text={language: self.text(row, language, field) for language in ("zh", "en")},
            options=options,
            rationale=self.text(row, "rationale", field),
            source=self.text(row, "source", field),
            cap_reason=None if reason is None else CapReason(reason),
        )

    def option(self, row: dict[str, object], field: str) -> Option:
        self.refuse_unknown(row, _OPTION_FIELDS, field)
        return Option(
            id=self.text(row, "id", field),
            text={language: self.text(row, language, field) for language in ("zh", "en")},
            points=self.number(row, "points", field, highest=100.0),
            cap=self.level(row, field),
            value=self.text(row, "value", field) if "value" in row else None,
        )

    def age_band(self, row: dict[str, object], field: str) -> AgeBand:
        self.refuse_unknown(row, {"below", "points", "cap"}, field)
        below = int(self.number(row, "below", field, highest=150.0)) if "below" in row else None
        points = self.number(row, "points", field, highest=100.0)
        return AgeBand(below, points, self.level(row, field))

    def level(self, row: Mapping[str, object], field: str) -> ProfileLevel | None:
        found = self.member(row, "cap", field, ProfileLevel)
        return None if found is None else ProfileLevel(found)

    def check_whole(self, questionnaire: Questionnaire) -> None:
        ids = [question.id for question in questionnaire.questions]
        for question_id in sorted({one for one in ids if ids.count(one) > 1}):
            self.complain(f"/question/{question_id}/id", "is used twice", question_id, "rename one")
        for question_id in sorted(set(NAMED_QUESTIONS) - set(ids)):
            self.complain(f"/question/{question_id}", "is missing and a rule reads it")
        for question in questionnaire.questions:
            for option in question.options:
                self.check_value(question, option)
            if (question.weight > 0) == (question.dimension is Trait.NEED):
                self.complain(
                    f"/question/{question.id}/weight",
                    "must be 0 for a need and above 0 otherwise",
                    question.weight,
                )
        ends = [band.below for band in questionnaire.age_bands]
        inner = [end for end in ends[:-1] if end is not None]
        if ends[-1:] != [None] or len(inner) != len(ends) - 1 or inner != sorted(set(inner)):
            self.complain("/age_band", "must rise in `below`, and only the last has none")

    def check_value(self, question: Question, option: Option) -> None:
        field = f"/question/{question.id}/options/{option.id}/value"
        if question.id == PURPOSE and option.value not in list(Purpose):
            self.complain(field, f"must be one of {', '.join(Purpose)}", option.value)
        if question.id == TARGET_RETURN and not _is_yearly_return(option.value):
            self.complain(field, "must be a quoted yearly return such as 0.04", option.value)


def _is_yearly_return(value: str | None) -> bool:
    try:
        return value is not None and 0 <= Decimal(value) < 1
    except InvalidOperation:
        return False
