"""A sheet of answers: question id to option id, checked against the form it answers."""

from collections.abc import Iterable, Iterator, Mapping

from allocator.errors import InputError, Problem
from risk_profiles.questionnaire import Question, Questionnaire


def check_answers(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Check that every question has exactly one of its options as its answer.

    Raises:
        InputError: code invalid_answers; one problem, with pointer /answers/<question>, for each
            unknown question, missing answer and answer that is not an option.
    """
    _refuse(_problems(questionnaire, answers, asked=questionnaire.questions))


def check_some_answers(questionnaire: Questionnaire, answers: Mapping[str, str]) -> None:
    """Check a sheet that is not finished: what it answers must be questions and options.

    Raises:
        InputError: as `check_answers`, but nothing is missing.
    """
    answered = [question for question in questionnaire.questions if question.id in answers]
    _refuse(_problems(questionnaire, answers, asked=answered))


def _problems(
    questionnaire: Questionnaire, answers: Mapping[str, str], *, asked: Iterable[Question]
) -> Iterator[Problem]:
    known = {question.id for question in questionnaire.questions}
    for question_id in answers:
        if question_id not in known:
            field = f"/answers/{_escaped(question_id)}"
            detail = f"is not a question of version {questionnaire.version}"
            yield Problem(field, detail, answers[question_id], "leave it out")
    for question in asked:
        options = [option.id for option in question.options]
        field, remedy = f"/answers/{question.id}", f"answer one of {', '.join(options)}"
        if question.id not in answers:
            yield Problem(field, "has no answer", None, remedy)
        elif answers[question.id] not in options:
            yield Problem(field, "is not an option", answers[question.id], remedy)


def _refuse(found: Iterable[Problem]) -> None:
    problems = [*found]
    if problems:
        raise InputError("the answers cannot be used", code="invalid_answers", problems=problems)


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")
