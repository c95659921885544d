"""Answers in the words they were chosen by, for those who read them again."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.texts import Texts
from risk_profiles.questionnaire import Option, Question, Questionnaire


@dataclass(frozen=True, slots=True)
class AnswerInWords:
    """One question of a sheet as it is read.

    Attributes:
        number: Its place among the questions, from 1.
        answer: None while it has none.
    """

    question_id: str
    number: int
    question: str
    answer: str | None


def answers_in_words(
    form: Questionnaire, answers: Mapping[str, str], texts: Texts
) -> tuple[AnswerInWords, ...]:
    """Return every question of a form with its answer, in the order they are asked."""
    return tuple(
        AnswerInWords(
            question.id,
            number,
            question.text[texts.language],
            option_in_words(question, answers.get(question.id), texts),
        )
        for number, question in enumerate(form.questions, start=1)
    )


def option_in_words(question: Question, option_id: str | None, texts: Texts) -> str | None:
    """Return the text of an option, or None where there is no such option."""
    found = find_option(question, option_id)
    return None if found is None else found.text[texts.language]


def find_option(question: Question, option_id: str | None) -> Option | None:
    """Return one of a question's options, or None: what a form sends may be anything."""
    return next((option for option in question.options if option.id == option_id), None)


def find_question(form: Questionnaire, question_id: str) -> Question | None:
    """Return one of a form's questions, or None: an address may name anything."""
    return next((question for question in form.questions if question.id == question_id), None)
