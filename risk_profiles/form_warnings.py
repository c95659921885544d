"""What a compliance officer should know of a form before publishing it.

A form with warnings can be used: a bank may force a class on purpose, and such a step is long. The
gravest come first: answers that work backwards, levels nobody reaches, questions that do nothing,
and steps or birthdays that move the level by more than one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from allocator.statements import Severity, Statement
from risk_profiles.form_moves import Sheet
from risk_profiles.form_properties import FormProperties


@dataclass(frozen=True, slots=True)
class FormWarning:
    """One warning, with the sheet and age before the change that shows it, where there is one."""

    statement: Statement
    example: Sheet | None = None


def form_warnings(found: FormProperties) -> tuple[FormWarning, ...]:
    """Return the warnings of a form."""
    return (*_backwards(found), *_idle(found), *_long(found))


def _backwards(found: FormProperties) -> Iterator[FormWarning]:
    for one in found.questions:
        fall, asked = one.step.fall, one.question.id
        if fall is not None:
            statement = Statement(
                "form_check.not_monotone",
                Severity.WARNING,
                evidence={
                    "question": asked,
                    "first": fall.before.answers[asked],
                    "second": fall.answer,
                },
            )
            yield FormWarning(statement, fall.before)


def _idle(found: FormProperties) -> Iterator[FormWarning]:
    for level, sheet in found.levels.items():
        if sheet is None:
            evidence = {"level": level}
            code = "form_check.unreachable_level"
            yield FormWarning(Statement(code, Severity.WARNING, evidence=evidence))
    for one in found.questions:
        if one.is_dead:
            asked = {"question": one.question.id}
            yield FormWarning(
                Statement("form_check.dead_question", Severity.WARNING, evidence=asked)
            )


def _long(found: FormProperties) -> Iterator[FormWarning]:
    for one in found.questions:
        move, asked = one.step.levels, one.question.id
        if move is not None and one.step.most_levels > 1:
            statement = Statement(
                "form_check.long_step",
                Severity.WARNING,
                evidence={
                    "question": asked,
                    "first": move.before.answers[asked],
                    "second": move.answer,
                    "levels": one.step.most_levels,
                },
            )
            yield FormWarning(statement, move.before)
    birthday = found.birthday.levels
    if birthday is not None and found.birthday.most_levels > 1:
        statement = Statement(
            "form_check.long_birthday",
            Severity.WARNING,
            evidence={"age": int(birthday.answer), "levels": found.birthday.most_levels},
        )
        yield FormWarning(statement, birthday.before)
