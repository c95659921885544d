"""Scoring: answers become scores, and the score becomes a risk aversion.

    lower_of_traits   trait = sum(weight * points) / sum(weight);  s = min(capacity, tolerance)
    sum               s = sum(weight * points) over all questions
    level             C1 and one more for each of the form's edges that s reaches
    r                 s on the reference scale: linear between (lowest, 0), (edges, 20 38 54 68)
                      and (highest, 100)
    risk aversion     log-linear in r through (10, 20) (29, 10) (46, 5) (61, 3) (84, 2)

Age is a capacity item that is read from the birth date. Risk aversion is flat beyond the ends. The
lower score rules in our own form because willingness cannot make up for inability, nor ability for
unwillingness; a sum hides both, and is read because banks use it.

In our own form r is s. One step of one answer moves capacity by at most 4.69 and tolerance by at
most 5.77; the narrowest level is 14 wide, so one answer moves the level by one at most, and risk
aversion by a factor of at most 2**(5.77/17) = 1.2652 where it caps and contradicts nothing.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError
from risk_profiles.levels import HIGHEST_SCORE, SCORE_EDGES, ProfileLevel, level_of_score
from risk_profiles.questionnaire import Questionnaire, Scoring, Trait

ANCHORS: tuple[tuple[float, float], ...] = (
    (10.0, 20.0), (29.0, 10.0), (46.0, 5.0), (61.0, 3.0), (84.0, 2.0),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scores:
    """What a sheet scores.

    Attributes:
        capacity, tolerance, knowledge: From 0 to 100, whatever the form's own points.
        points: s, in the form's own points; edges cut it into levels.
        risk_score: r, the same on the reference scale from 0 to 100.
        level: What the score alone points to, before any cap.
    """

    capacity: float
    tolerance: float
    knowledge: float
    points: float
    risk_score: float
    level: ProfileLevel


SCORED = (Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE)


def score_answers(questionnaire: Questionnaire, answers: Mapping[str, str], *, age: int) -> Scores:
    """Return the scores of a sheet that `check_answers` accepted, at `age` in completed years."""
    sums = {trait: _sum(questionnaire, answers, trait, age=age) for trait in SCORED}
    scores = {trait: trait_score(questionnaire, trait, sums[trait]) for trait in SCORED}
    if questionnaire.scoring is Scoring.SUM:
        # Added one by one: `sum` rounds differently from one version of Python to the next.
        points = sums[Trait.CAPACITY] + sums[Trait.TOLERANCE] + sums[Trait.KNOWLEDGE]
    else:
        points = min(scores[Trait.CAPACITY], scores[Trait.TOLERANCE])
    return Scores(
        capacity=scores[Trait.CAPACITY],
        tolerance=scores[Trait.TOLERANCE],
        knowledge=scores[Trait.KNOWLEDGE],
        points=points,
        risk_score=reference_score(questionnaire, points),
        level=level_of_score(points, questionnaire.edges),
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


def reference_score(questionnaire: Questionnaire, points: float) -> float:
    """Return a score in the form's own points on the scale from 0 to 100 that levels are cut on."""
    if questionnaire.scoring is Scoring.LOWER_OF_TRAITS and questionnaire.edges == SCORE_EDGES:
        return points
    lowest, highest = score_range(questionnaire)
    # The last edge may be the highest score there is; C5 then has a single score.
    own = [lowest, *questionnaire.edges, highest]
    reference = [0.0, *SCORE_EDGES, HIGHEST_SCORE]
    if questionnaire.edges[-1] == highest:
        own, reference = own[:-1], reference[:-1]
    return float(np.interp(points, own, reference))


def trait_score(questionnaire: Questionnaire, trait: Trait, weighted_sum: float) -> float:
    """Return the score of a trait, from 0 to 100, whose weighted points sum to `weighted_sum`."""
    if questionnaire.scoring is Scoring.SUM:
        low, high = sum_range(questionnaire, trait)
        return 100 * (weighted_sum - low) / (high - low)
    weight = sum(question.weight for question in questionnaire.of_trait(trait))
    age_weight = questionnaire.age_weight if trait is Trait.CAPACITY else 0.0
    return weighted_sum / (weight + age_weight)


def sum_range(questionnaire: Questionnaire, trait: Trait) -> tuple[float, float]:
    """Return the lowest and the highest weighted sum of a trait, over all ages."""
    low = high = 0.0
    if trait is Trait.CAPACITY:
        bands = [questionnaire.age_weight * band.points for band in questionnaire.age_bands]
        low, high = min(bands), max(bands)
    for question in questionnaire.of_trait(trait):
        low += question.weight * question.lowest_points
        high += question.weight * question.highest_points
    return low, high


def score_range(questionnaire: Questionnaire) -> tuple[float, float]:
    """Return the lowest and the highest score any sheet at any age gives, in the form's points."""
    ranges = {trait: sum_range(questionnaire, trait) for trait in SCORED}
    if questionnaire.scoring is Scoring.SUM:
        return sum(low for low, _ in ranges.values()), sum(high for _, high in ranges.values())
    low, high = (
        min(
            trait_score(questionnaire, trait, ranges[trait][end])
            for trait in (Trait.CAPACITY, Trait.TOLERANCE)
        )
        for end in (0, 1)
    )
    return low, high


def _sum(
    questionnaire: Questionnaire, answers: Mapping[str, str], trait: Trait, *, age: int
) -> float:
    points = 0.0
    if trait is Trait.CAPACITY:
        points = questionnaire.age_weight * questionnaire.age_band(age).points
    for question in questionnaire.of_trait(trait):
        points += question.weight * question.option(answers[question.id]).points
    return points
