"""The outlook: what would change a level, said so that nobody learns to answer better.

A level is the lowest of several limits: what capacity allows, what tolerance allows, and the caps
of answers and of age. All limits that lie at the level bind, and the level rises only when all of
them do. For each it is said what it rests on:

    capacity   up to three circumstances that could change it most (weight times points missing)
    tolerance  that it decides, and that no attitude is better than another
    a cap      whether it goes with time, with experience, or with a person's confirmation

Circumstances of life are named, never answers, points or edges, so nothing here helps to reach a
level other than by living otherwise. The way down is always named too.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from allocator.statements import Statement
from risk_profiles.contradictions import cautious_reading
from risk_profiles.levels import ProfileLevel, level_of_score
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import CapReason, Question, Questionnaire, Scoring, Topic, Trait
from risk_profiles.scoring import score_answers

MOST_CIRCUMSTANCES = 3
CIRCUMSTANCES = frozenset(
    {
        Topic.INCOME_STABILITY,
        Topic.MONTHLY_SURPLUS,
        Topic.LIQUID_RESERVE,
        Topic.DEBT_SERVICE,
        Topic.DEPENDANTS,
        Topic.HORIZON,
        Topic.SHARE_OF_ASSETS,
    }
)
_CAPACITY, _TOLERANCE, _SUM = "capacity", "tolerance", "sum"


@dataclass(frozen=True, slots=True)
class _Limit:
    """A level that is not exceeded, and what sets it."""

    by: str
    level: ProfileLevel


def what_would_change(
    questionnaire: Questionnaire,
    answers: Mapping[str, str],
    *,
    age: int,
    has_age_lift: bool = False,
) -> tuple[Statement, ...]:
    """Return what the level of a sheet rests on, and what would change it.

    Args:
        questionnaire: The form answered.
        answers: A sheet that `make_profile` accepts; contradictions are read cautiously.
        age: Completed years.
        has_age_lift: The cap of age is lifted already.
    """
    profile = make_profile(questionnaire, answers, age=age, has_age_lift=has_age_lift)
    worse = Statement("outlook.worse")
    if profile.level is ProfileLevel.C5:
        return (Statement("outlook.highest"), worse)
    read = cautious_reading(questionnaire, answers)
    limits = _limits(questionnaire, read, age=age, has_age_lift=has_age_lift)
    # Two answers may force a level for the same reason; it is said once.
    binding = dict.fromkeys(one.by for one in limits if one.level is profile.level)
    if _TOLERANCE in binding:
        # The largest fall one accepts is part of how much one can bear.
        binding.pop(CapReason.LOSS.value, None)
    said = [] if len(binding) == 1 else [Statement("outlook.several")]
    for limit in binding:
        if limit == CapReason.AGE and profile.liftable_to is not None:
            said.append(
                Statement("outlook.cap_age_liftable", evidence={"level": profile.liftable_to})
            )
        else:
            said.append(Statement(f"outlook.{limit}"))
        if limit == _CAPACITY:
            # What is said of the cap is not said of the circumstance again.
            without = Topic.HORIZON if CapReason.HORIZON.value in binding else None
            said += _circumstances(questionnaire, read, without=without)
    return (*said, worse)


def _limits(
    questionnaire: Questionnaire, read: Mapping[str, str], *, age: int, has_age_lift: bool
) -> list[_Limit]:
    """Return everything that holds the level down, in the order it is spoken of."""
    scores = score_answers(questionnaire, read, age=age)
    if questionnaire.scoring is Scoring.SUM:
        limits = [_Limit(_SUM, scores.level)]
    else:
        limits = [
            _Limit(_CAPACITY, level_of_score(scores.capacity, questionnaire.edges)),
            _Limit(_TOLERANCE, level_of_score(scores.tolerance, questionnaire.edges)),
        ]
    for question in questionnaire.questions:
        cap = question.option(read[question.id]).cap
        if question.cap_reason is not None and cap is not None:
            limits.append(_Limit(question.cap_reason.value, cap))
    band = questionnaire.age_band(age)
    age_cap = band.lifted_cap if has_age_lift else band.cap
    if age_cap is not None:
        limits.append(_Limit(CapReason.AGE.value, age_cap))
    return limits


def _circumstances(
    questionnaire: Questionnaire, read: Mapping[str, str], *, without: Topic | None
) -> list[Statement]:
    """Return the circumstances whose change could raise capacity most, the strongest first."""

    def missing(question: Question) -> float:
        points = question.option(read[question.id]).points
        return question.weight * (question.highest_points - points)

    open_to_change = [
        question
        for question in questionnaire.of_trait(Trait.CAPACITY)
        if question.topic in CIRCUMSTANCES and question.topic is not without and missing(question)
    ]
    strongest = sorted(open_to_change, key=missing, reverse=True)[:MOST_CIRCUMSTANCES]
    return [Statement(f"outlook.{question.topic}") for question in strongest]
