import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.questionnaire_file import load_default_questionnaire
from risk_profiles.scoring import ANCHORS, risk_aversion_at, score_answers

FORM = load_default_questionnaire()


def sheet(points_first: bool) -> dict[str, str]:
    """Return the sheet with the most (or fewest) points everywhere."""
    pick = max if points_first else min
    return {q.id: pick(q.options, key=lambda o: o.points).id for q in FORM.questions}


@pytest.mark.parametrize(
    ("score", "risk_aversion"),
    [(20, 13.886511), (38, 6.928372), (54, 3.807594), (68, 2.651724), (75, 2.343879)],
)
def test_risk_aversion_matches_the_published_checks(score: float, risk_aversion: float) -> None:
    assert round(risk_aversion_at(score), 6) == risk_aversion


def test_the_anchors_are_the_levels_own_and_the_ends_are_flat() -> None:
    for (score, risk_aversion), level in zip(ANCHORS, ProfileLevel, strict=True):
        assert risk_aversion_at(score) == pytest.approx(risk_aversion)
        assert LEVELS[level].anchor_risk_aversion == risk_aversion
    assert risk_aversion_at(0) == 20
    assert risk_aversion_at(100) == 2


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_higher_score_never_means_more_risk_aversion(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert risk_aversion_at(high) <= risk_aversion_at(low) + 1e-12


def test_a_score_outside_its_scale_is_refused() -> None:
    for score in (-0.1, 100.1, float("nan")):
        with pytest.raises(InputError, match="between 0 and 100"):
            risk_aversion_at(score)


def test_the_best_sheet_scores_a_hundred_and_the_worst_almost_nothing() -> None:
    best = score_answers(FORM, sheet(True), age=25)
    assert (best.capacity, best.tolerance, best.knowledge) == (100, 100, 100)
    worst = score_answers(FORM, sheet(False), age=70)
    assert worst.capacity == (2 * 15 + 1 * 10) / 16
    assert (worst.tolerance, worst.knowledge, worst.risk_score) == (0, 0, 0)


@pytest.mark.parametrize(
    ("age", "points"), [(29, 100), (30, 85), (44, 85), (45, 65), (55, 40), (64, 40), (65, 15)]
)
def test_age_counts_to_capacity_by_band(age: int, points: float) -> None:
    scores = score_answers(FORM, sheet(True), age=age)
    assert scores.capacity == pytest.approx((14 * 100 + 2 * points) / 16)


def test_a_sheet_scores_the_weighted_mean_computed_by_hand() -> None:
    answers = sheet(False) | {"q9": "d", "q10": "c", "q13": "b", "q7": "e", "q17b": "b"}
    scores = score_answers(FORM, answers, age=35)
    assert scores.tolerance == pytest.approx((3 * 75 + 2 * 50 + 2 * 33) / 13)
    assert scores.capacity == pytest.approx((2 * 85 + 1 * 10 + 3 * 100) / 16)
    assert scores.knowledge == pytest.approx(1 * 100 / 6)
