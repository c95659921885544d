"""The profile: a level from C1 to C5, a risk aversion, and what decided them.

    level         = the lowest of level(r) and the caps of horizon, loss, experience and age
    risk aversion = gamma(min(r, upper edge of the level))

r is the lower of capacity and tolerance (`risk_profiles.scoring`). A bolder answer never lowers
the level or raises risk aversion; one step of one answer moves the level by one at most (age,
which is not an answer, is exempt); the level never exceeds what capacity allows.

`is_lowest_class` marks those to whom nothing above their level may be sold even at their own
request: a client of level C1 who accepts almost no loss.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from allocator.errors import InputError, Problem
from allocator.statements import Evidence, Severity, Statement
from risk_profiles.consistency import contradictions
from risk_profiles.levels import LONGEST_LOCK_UP_DAYS, ProfileLevel, level_of_score, upper_edge
from risk_profiles.questionnaire import (
    HORIZON,
    LOSS,
    PURPOSE,
    CapReason,
    Questionnaire,
    check_answers,
)
from risk_profiles.scoring import Scores, risk_aversion_at, score_answers


@dataclass(frozen=True, slots=True)
class Profile:
    """How much risk a client can, wants to and may take.

    Attributes:
        score: r, the lower of capacity and tolerance; all scores run from 0 to 100.
        risk_aversion: CRRA, the number the optimizer uses.
        is_lowest_class: Nothing above the level may be sold, even when asked for.
        needs_review: Answers contradict each other; a person has to look.
        longest_lock_up_days: For how long the stated horizon allows money to be locked.
        reasons: What bound the level, the purpose, and the contradictions.
    """

    level: ProfileLevel
    score: float
    risk_aversion: float
    capacity: float
    tolerance: float
    knowledge: float
    is_lowest_class: bool
    needs_review: bool
    longest_lock_up_days: int
    reasons: tuple[Statement, ...]
    questionnaire_version: str


def make_profile(questionnaire: Questionnaire, answers: Mapping[str, str], *, age: int) -> Profile:
    """Return the profile of a client of `age` completed years.

    Raises:
        InputError: an answer is missing, unknown or not an option; or the age is negative.
    """
    check_answers(questionnaire, answers)
    if age < 0:
        problem = Problem("age", "is negative", age, "send completed years")
        raise InputError("the age cannot be used", problems=[problem])
    scores = score_answers(questionnaire, answers, age=age)
    scored = level_of_score(scores.risk_score)
    caps = _caps(questionnaire, answers, age=age)
    level = min((scored, *(cap for _, cap in caps)), key=lambda one: one.rank)
    warnings = contradictions(questionnaire, answers)
    horizon = questionnaire[HORIZON].option(answers[HORIZON]).cap or ProfileLevel.C5
    loss = questionnaire[LOSS].option(answers[LOSS])
    purpose = questionnaire[PURPOSE].option(answers[PURPOSE]).value
    return Profile(
        level=level,
        score=scores.risk_score,
        risk_aversion=risk_aversion_at(min(scores.risk_score, upper_edge(level))),
        capacity=scores.capacity,
        tolerance=scores.tolerance,
        knowledge=scores.knowledge,
        is_lowest_class=level is ProfileLevel.C1 and loss.points == 0,
        needs_review=bool(warnings),
        longest_lock_up_days=LONGEST_LOCK_UP_DAYS[horizon],
        reasons=(
            _binding_score(scores, scored),
            *(
                _cap_reason(reason, cap, scored=scored, age=age)
                for reason, cap in caps
                if cap is level and cap.rank < scored.rank
            ),
            Statement(f"profile.purpose_{purpose}"),
            *warnings,
        ),
        questionnaire_version=questionnaire.version,
    )


def _caps(
    questionnaire: Questionnaire, answers: Mapping[str, str], *, age: int
) -> list[tuple[CapReason, ProfileLevel]]:
    caps = []
    for question in questionnaire.questions:
        cap = question.option(answers[question.id]).cap
        if question.cap_reason is not None and cap is not None:
            caps.append((question.cap_reason, cap))
    age_cap = questionnaire.age_band(age).cap
    return caps if age_cap is None else [*caps, (CapReason.AGE, age_cap)]


def _binding_score(scores: Scores, scored: ProfileLevel) -> Statement:
    binds = "capacity" if scores.capacity <= scores.tolerance else "tolerance"
    return Statement(
        f"profile.{binds}_binds",
        evidence={
            "capacity": Decimal(str(round(scores.capacity, 1))),
            "tolerance": Decimal(str(round(scores.tolerance, 1))),
            "level": scored,
        },
    )


def _cap_reason(
    reason: CapReason, cap: ProfileLevel, *, scored: ProfileLevel, age: int
) -> Statement:
    evidence: dict[str, Evidence] = {"level": cap, "scored_level": scored}
    if reason is CapReason.AGE:
        evidence["age"] = age
    return Statement(f"profile.{reason.value}", Severity.NOTICE, evidence=evidence)
