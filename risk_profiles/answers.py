"""A sheet of answers: question id to option id, checked against the form it answers."""

from collections.abc import Iterator, Mapping

from allocator.errors import InputError, Problem
from risk_profiles.questionnaire import Questionnaire


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Check that every question has exactly one of its options as its answer.

    Raises:
        InputError: code invalid_answers; one problem, with pointer /answers/<question>, for each
            unknown question, missing answer and answer that is not an option.
    """
    missing = [
        Problem(
            f"/answers/{question.id}",
            "has no answer",
            None,
            f"answer one of {', '.join(option.id for option in question.options)}",
        )
        for question in questionnaire.questions
        if question.id not in answers
    ]
    _refuse([*_misfits(questionnaire, answers), *missing])


def check_some_answers(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Check a sheet that is not finished: what it answers must be questions and options.

    Raises:
        InputError: as `check_answers`, but nothing is missing.
    """
    _refuse([*_misfits(questionnaire, answers)])


def _misfits(questionnaire: Questionnaire, answers: Mapping[str, str]) -> Iterator[Problem]:
    asked = {question.id: question for question in questionnaire.questions}
    for question_id, answer in answers.items():
        field = f"/answers/{_escaped(question_id)}"
        if question_id not in asked:
            detail = f"is not a question of version {questionnaire.version}"
            yield Problem(field, detail, answer, "leave it out")
            continue
        options = [option.id for option in asked[question_id].options]
        if answer not in options:
            remedy = f"answer one of {', '.join(options)}"
            yield Problem(field, "is not an option", answer, remedy)


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise InputError("the answers cannot be used", code="invalid_answers", problems=problems)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
