"""The one question more: what a contradictory sheet is asked before it can be assessed.

Contradictions that doubt the same answer share one question. It is asked once; whatever is
answered then counts, and what contradicts even so is read cautiously.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.errors import InputError, Problem
from api.errors import ConflictError
from risk_profiles.contradictions import Contradiction
from risk_profiles.questionnaire import Questionnaire, Rule


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One question to answer again.

    Attributes:
        rules: The contradictions that doubt its answer.
        pairs: For each rule, the ids of the two questions whose answers do not go together.
        wording: For each rule, what is asked, by language; `{reachable_return}` stands for the
            figure of that name.
        figures: What the rules compared.
        earlier_answer: The answer in doubt.
    """

    question_id: str
    rules: tuple[Rule, ...]
    pairs: tuple[tuple[str, str], ...]
    wording: tuple[Mapping[str, str], ...]
    figures: Mapping[str, float | int]
    earlier_answer: str
    options: tuple[str, ...]


class FollowUpNeededError(ConflictError):
    """Answers contradict each other, and the questions in doubt have not been asked again."""

    default_code = "follow_up_needed"

    def __init__(self, follow_ups: Sequence[FollowUp]) -> None:
        asked = ", ".join(one.question_id for one in follow_ups)
        super().__init__(f"answers contradict each other; answer {asked} again in `follow_up`")
        self.follow_ups = tuple(follow_ups)


def follow_ups_of(
    questionnaire: Questionnaire, answers: Mapping[str, str], found: Sequence[Contradiction]
) -> tuple[FollowUp, ...]:
    """Return the questions that contradictions of a sheet ask again, in the form's order."""
    by_question: dict[str, list[Contradiction]] = {}
    for one in found:
        by_question.setdefault(one.asks, []).append(one)
    return tuple(
        FollowUp(
            question_id=question.id,
            rules=tuple(one.rule for one in group),
            pairs=tuple((one.first, one.second) for one in group),
            wording=tuple(questionnaire.follow_ups[one.rule] for one in group),
            figures={name: value for one in group for name, value in one.figures.items()},
            earlier_answer=answers[question.id],
            options=tuple(option.id for option in question.options),
        )
        for question in questionnaire.questions
        if (group := by_question.get(question.id))
    )


def check_follow_up(asked: Sequence[FollowUp], given: Mapping[str, str]) -> None:
    """Check that exactly the questions asked again are answered, each with an option.

    Raises:
        InputError: code invalid_follow_up, with pointers /follow_up/<question>.
    """
    known = {one.question_id: one for one in asked}
    problems = [
        Problem(f"/follow_up/{name}", "was not asked again", answer, "leave it out")
        for name, answer in given.items()
        if name not in known
    ]
    for one in asked:
        field, remedy = f"/follow_up/{one.question_id}", f"answer one of {', '.join(one.options)}"
        if one.question_id not in given:
            problems.append(Problem(field, "has no answer", None, remedy))
        elif given[one.question_id] not in one.options:
            problems.append(Problem(field, "is not an option", given[one.question_id], remedy))
    if problems:
        raise InputError(
            "the answers to the follow-up cannot be used",
            code="invalid_follow_up",
            problems=problems,
        )
