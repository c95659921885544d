"""A question asked again, with what does not go together, in the visitor's words."""

from collections.abc import Mapping
from dataclasses import dataclass

from api.pages.answer_words import option_in_words
from api.services.follow_ups import FollowUp
from api.texts import Texts
from risk_profiles.questionnaire import Question, Questionnaire, Topic


@dataclass(frozen=True, slots=True)
class AskedAgain:
    """One question more.

    Attributes:
        wordings: One for each contradiction that doubts the answer; the last one asks.
        pairs: The answers that do not go together: each a question and what was answered.
        notes: What was compared besides answers, in sentences.
    """

    question: Question
    wordings: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]


def asked_again(
    form: Questionnaire, follow_up: FollowUp, answers: Mapping[str, str], texts: Texts
) -> AskedAgain:
    """Return what is shown beside a question that is asked again."""
    compared = dict.fromkeys(question_id for pair in follow_up.pairs for question_id in pair)
    # Neither which plain questions were answered rightly nor how many: both would give away the
    # right answers to somebody who tries again.
    named = [one for one in compared if form[one].topic is not Topic.OBJECTIVE_ITEM]
    notes = [texts.say("page.questionnaire.few_right")] if len(named) < len(compared) else []
    pairs = tuple(
        (form[name].text[texts.language], option_in_words(form[name], answers[name], texts) or "")
        for name in named
    )
    return AskedAgain(
        form[follow_up.question_id],
        tuple(texts.asked_again(wording, follow_up.figures) for wording in follow_up.wording),
        pairs,
        tuple(notes),
    )
