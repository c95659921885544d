"""The profile: a level from C1 to C5, a risk aversion, and what decided them.

    level         = the lowest of level(s) and the caps of answers and age
    risk aversion = gamma(min(r, upper edge of the level))

s is the form's score and r the same on the reference scale (`risk_profiles.scoring`), both of the
sheet as it is read (`contradictions.cautious_reading`). A bolder answer never lowers the level or
raises risk aversion; one step of one answer of our own form moves the level by one at most (age,
which is not an answer, is exempt). The same sheet, form and age give the same profile for ever: no
market figure enters.

`is_lowest_class` marks those to whom nothing above their level may be sold even at their own
request: in our form a client of level C1 who accepts almost no loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocator.errors import InputError, Problem
from allocator.statements import Evidence, Severity, Statement
from risk_profiles.answers import check_answers
from risk_profiles.contradictions import Contradiction, cautious_reading, find_contradictions
from risk_profiles.levels import SHORTEST_LOCK_UP_DAYS, ProfileLevel, lock_up_days, upper_edge
from risk_profiles.questionnaire import (
    AgeBand,
    CapReason,
    Questionnaire,
    Rule,
    Scoring,
    Topic,
)
from risk_profiles.scoring import Scores, risk_aversion_at, score_answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How much risk a client can, wants to and may take.

    Attributes:
        score: r, from 0 to 100 as capacity, tolerance and knowledge are.
        points: s, the same in the form's own points.
        risk_aversion: CRRA, the number the optimizer uses.
        is_lowest_class: Nothing above the level may be sold, even when asked for.
        needs_review: Answers contradict each other; a person has to look.
        liftable_to: The level that two people may confirm in place of the cap of age; None if
            none, or if it is lifted already.
        longest_lock_up_days: For how long the stated horizon allows money to be locked.
        reasons: What bound the level, the purpose, and the contradictions.
    """

    level: ProfileLevel
    score: float
    points: float
    risk_aversion: float
    capacity: float
    tolerance: float
    knowledge: float
    is_lowest_class: bool
    needs_review: bool
    liftable_to: ProfileLevel | None
    longest_lock_up_days: int
    reasons: tuple[Statement, ...]
    questionnaire_version: str


def make_profile(
    questionnaire: Questionnaire,
    answers: Mapping[str, str],
    *,
    age: int,
    has_age_lift: bool = False,
) -> Profile:
    """Return the profile of a client of `age` completed years.

    Args:
        questionnaire: The form answered.
        answers: One option a question. Contradictions left in it are read cautiously.
        age: Completed years.
        has_age_lift: A person of the bank and the client have confirmed the lift of the age cap.

    Raises:
        InputError: an answer is missing, unknown or not an option; the age is negative; or a lift
            is claimed where none may be given (code lift_not_allowed).
    """
    check_answers(questionnaire, answers)
    if age < 0:
        problem = Problem("age", "is negative", age, "send completed years")
        raise InputError("the age cannot be used", problems=[problem])
    read = cautious_reading(questionnaire, answers)
    scores = score_answers(questionnaire, read, age=age)
    band = questionnaire.age_band(age)
    if has_age_lift and not may_lift(questionnaire, band, knowledge=scores.knowledge):
        problem = Problem("age", "has no cap that may be lifted", age, "leave the lift out")
        raise InputError("the lift is not allowed", code="lift_not_allowed", problems=[problem])
    age_cap = band.lifted_cap if has_age_lift else band.cap
    caps = _caps(questionnaire, read)
    level = _lowest(scores.level, caps, age_cap)
    found = find_contradictions(questionnaire, answers)
    return Profile(
        level=level,
        score=scores.risk_score,
        points=scores.points,
        risk_aversion=risk_aversion_at(min(scores.risk_score, upper_edge(level))),
        capacity=scores.capacity,
        tolerance=scores.tolerance,
        knowledge=scores.knowledge,
        is_lowest_class=level is ProfileLevel.C1
        and any(q.option(answers[q.id]).is_lowest_class for q in questionnaire.questions),
        needs_review=bool(found),
        liftable_to=None
        if has_age_lift
        else _liftable_to(questionnaire, scores, caps, band, level=level),
        longest_lock_up_days=_longest_lock_up(questionnaire, answers, found),
        reasons=(
            _score_reason(questionnaire, scores),
            *(
                _cap_reason(reason, cap, scored=scores.level)
                for reason, cap in caps
                if cap is level and cap.rank < scores.level.rank
            ),
            *_age_reasons(
                age_cap, level=level, scored=scores.level, age=age, is_lifted=has_age_lift
            ),
            *_purpose(questionnaire, answers),
            *(contradiction_warning(one) for one in found),
        ),
        questionnaire_version=questionnaire.version,
    )


def may_lift(questionnaire: Questionnaire, band: AgeBand, *, knowledge: float) -> bool:
    """Return whether two people may lift the cap of an age band for somebody who knows this."""
    enough = questionnaire.lift_knowledge
    return band.lifted_cap is not None and enough is not None and knowledge >= enough


def contradiction_warning(found: Contradiction) -> Statement:
    """Return what is said of a contradiction that was left, with how it is read."""
    return Statement(
        f"profile.contradiction_{found.rule}",
        Severity.WARNING,
        evidence={
            "first_question": found.first,
            "second_question": found.second,
            **found.figures,
        },
    )


def _lowest(
    scored: ProfileLevel,
    caps: list[tuple[CapReason, ProfileLevel]],
    age_cap: ProfileLevel | None,
) -> ProfileLevel:
    limits = [scored, *(cap for _, cap in caps)]
    if age_cap is not None:
        limits.append(age_cap)
    return min(limits, key=lambda one: one.rank)


def _liftable_to(
    questionnaire: Questionnaire,
    scores: Scores,
    caps: list[tuple[CapReason, ProfileLevel]],
    band: AgeBand,
    *,
    level: ProfileLevel,
) -> ProfileLevel | None:
    if not may_lift(questionnaire, band, knowledge=scores.knowledge):
        return None
    lifted = _lowest(scores.level, caps, band.lifted_cap)
    return lifted if lifted.rank > level.rank else None


def _longest_lock_up(
    questionnaire: Questionnaire, answers: Mapping[str, str], found: tuple[Contradiction, ...]
) -> int:
    """Return the lower end of the horizon in days; money that is the reserve too is kept free."""
    horizon = questionnaire.find(Topic.HORIZON)
    span = None if horizon is None else horizon.option(answers[horizon.id]).span
    if span is None or any(one.rule is Rule.K4 for one in found):
        return SHORTEST_LOCK_UP_DAYS
    return lock_up_days(span.start)


def _caps(
    questionnaire: Questionnaire, answers: Mapping[str, str]
) -> list[tuple[CapReason, ProfileLevel]]:
    caps = []
    for question in questionnaire.questions:
        cap = question.option(answers[question.id]).cap
        if question.cap_reason is not None and cap is not None:
            caps.append((question.cap_reason, cap))
    return caps


def _score_reason(questionnaire: Questionnaire, scores: Scores) -> Statement:
    if questionnaire.scoring is Scoring.SUM:
        evidence: dict[str, Evidence] = {"points": _short(scores.points), "level": scores.level}
        return Statement("profile.sum_of_points", evidence=evidence)
    binds = "capacity" if scores.capacity <= scores.tolerance else "tolerance"
    return Statement(
        f"profile.{binds}_binds",
        evidence={
            "capacity": _short(scores.capacity),
            "tolerance": _short(scores.tolerance),
            "level": scores.level,
        },
    )


def _cap_reason(reason: CapReason, cap: ProfileLevel, *, scored: ProfileLevel) -> Statement:
    evidence: dict[str, Evidence] = {"level": cap, "scored_level": scored}
    return Statement(f"profile.{reason.value}", Severity.NOTICE, evidence=evidence)


def _age_reasons(
    age_cap: ProfileLevel | None,
    *,
    level: ProfileLevel,
    scored: ProfileLevel,
    age: int,
    is_lifted: bool,
) -> list[Statement]:
    if age_cap is None:
        return []
    evidence: dict[str, Evidence] = {"level": age_cap, "scored_level": scored, "age": age}
    if is_lifted:
        return [Statement("profile.age_lifted", Severity.NOTICE, evidence=evidence)]
    if age_cap is level and age_cap.rank < scored.rank:
        return [Statement(f"profile.{CapReason.AGE.value}", Severity.NOTICE, evidence=evidence)]
    return []


def _purpose(questionnaire: Questionnaire, answers: Mapping[str, str]) -> list[Statement]:
    question = questionnaire.find(Topic.PURPOSE)
    if question is None:
        return []
    return [Statement(f"profile.purpose_{question.option(answers[question.id]).purpose}")]


def _short(score: float) -> Decimal:
    return Decimal(str(round(score, 1)))
