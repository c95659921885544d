"""Scoring: answers become three scores, and the score becomes a risk aversion.

    score of a trait = sum(weight * points) / sum(weight)         0 to 100; age counts to capacity
    r                = min(capacity, tolerance)
    risk aversion    = log-linear in r through (10, 20) (29, 10) (46, 5) (61, 3) (84, 2)

Risk aversion is flat beyond the ends. The lower score rules because willingness cannot make up
for inability, nor ability for unwillingness; a sum of the two would hide both. Experience
(q15) caps the level; the other knowledge questions are scored, shown and compared (K7), and move
no level. One step of one answer moves capacity by at most 4.69 and tolerance by at most
5.77; the narrowest level is 14 wide, so one answer moves the level by one at most, and risk
aversion by a factor of at most 2**(5.77/17) = 1.2652 where the question caps nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from allocator.errors import InputError
from risk_profiles.questionnaire import Questionnaire, Trait

ANCHORS: tuple[tuple[float, float], ...] = (
    (10.0, 20.0), (29.0, 10.0), (46.0, 5.0), (61.0, 3.0), (84.0, 2.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scores:
    """Three scores from 0 to 100."""

    capacity: float
    tolerance: float
    knowledge: float

    @property
    def risk_score(self) -> float:
        """r: the lower of capacity and tolerance."""
        return min(self.capacity, self.tolerance)


def score_answers(questionnaire: Questionnaire, answers: Mapping[str, str], *, age: int) -> Scores:
    """Return the scores of a sheet that `check_answers` accepted, at `age` in years."""
    band = questionnaire.age_band(age)
    return Scores(
        capacity=_mean(
            questionnaire,
            answers,
            Trait.CAPACITY,
            points=questionnaire.age_weight * band.points,
            weight=questionnaire.age_weight,
        ),
        tolerance=_mean(questionnaire, answers, Trait.TOLERANCE),
        knowledge=_mean(questionnaire, answers, Trait.KNOWLEDGE),
    )


def risk_aversion_at(score: float) -> float:
    """Return the risk aversion (CRRA) of a score between 0 and 100; never rises with the score.

    >>> [round(risk_aversion_at(r), 6) for r in (20, 38, 54, 68, 75)]
    [13.886511, 6.928372, 3.807594, 2.651724, 2.343879]
    """
    if not 0 <= score <= 100:
        raise InputError(f"a score lies between 0 and 100, got {score}")
    (lowest, highest_aversion), (highest, lowest_aversion) = ANCHORS[0], ANCHORS[-1]
    if score <= lowest:
        return highest_aversion
    if score >= highest:
        return lowest_aversion
    right = next(place for place, (r, _) in enumerate(ANCHORS) if r > score)
    (r0, g0), (r1, g1) = ANCHORS[right - 1], ANCHORS[right]
    return math.exp(math.log(g0) + (score - r0) / (r1 - r0) * math.log(g1 / g0))


def _mean(
    questionnaire: Questionnaire,
    answers: Mapping[str, str],
    trait: Trait,
    *,
    points: float = 0.0,
    weight: float = 0.0,
) -> float:
    for question in questionnaire.of_trait(trait):
        points += question.weight * question.option(answers[question.id]).points
        weight += question.weight
    # A questionnaire without a trait scores it 0, the cautious end.
    return points / weight if weight else 0.0
