"""Statistics of a scale against closed forms, published cases and independent libraries."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap as scipy_bootstrap
from scipy.stats import spearmanr

from allocator.errors import InputError
from risk_profiles.evidence.estimates import Absent, Bootstrap, Estimate, FloatArray
from risk_profiles.evidence.reliability import (
    Items,
    cronbach_alpha,
    estimate_agreement,
    estimate_alpha,
    estimate_item_totals,
    estimate_means,
    estimate_rank_correlation,
    indicators,
)

# Six respondents, four items, alpha by hand with denominators n - 1.
CASE = Items(
    ("a", "b", "c", "d"),
    np.array(
        [(3, 4, 3, 5), (2, 2, 3, 2), (4, 5, 4, 4), (1, 2, 1, 2), (5, 4, 5, 5), (3, 3, 2, 3)],
        dtype=np.float64,
    ),
)
seeds = st.integers(0, 2**32 - 1)


def equally(count: int, *, seed: int = 1, draws: int = 200) -> Bootstrap:
    return Bootstrap(np.ones(count), seed, draws)


def known(figure: object) -> Estimate:
    assert isinstance(figure, Estimate)
    return figure


def scale(seed: int, *, respondents: int = 40, items: int = 5) -> Items:
    generator = np.random.default_rng(seed)
    trait = generator.standard_normal((respondents, 1))
    points = np.round(2 * (trait + generator.standard_normal((respondents, items))))
    return Items(tuple(f"i{n}" for n in range(items)), points)


def test_alpha_of_the_published_case() -> None:
    assert cronbach_alpha(CASE) == pytest.approx(0.939920, abs=5e-7)
    assert known(estimate_alpha(CASE, equally(6))).value == pytest.approx(0.939920, abs=5e-7)


@given(seed=seeds)
def test_alpha_is_its_textbook_formula(seed: int) -> None:
    points = scale(seed).points
    count = points.shape[1]
    expected = count / (count - 1) * (1 - points.var(0, ddof=1).sum() / points.sum(1).var(ddof=1))
    assert cronbach_alpha(scale(seed)) == pytest.approx(expected, rel=1e-10)


@given(seed=seeds, shift=st.floats(-1e4, 1e4), factor=st.floats(0.01, 100))
def test_alpha_does_not_depend_on_the_unit_of_points(
    seed: int, shift: float, factor: float
) -> None:
    items = scale(seed)
    moved = Items(items.names, items.points * factor + shift)
    assert cronbach_alpha(moved) == pytest.approx(cronbach_alpha(items), abs=1e-7)


@given(seed=seeds)
def test_item_totals_are_correlations_with_the_rest(seed: int) -> None:
    items = scale(seed)
    found = estimate_item_totals(items, equally(40, draws=100))
    for column, figure in enumerate(found):
        rest = np.delete(items.points, column, axis=1).sum(axis=1)
        expected = np.corrcoef(items.points[:, column], rest)[0, 1]
        assert known(figure).value == pytest.approx(expected, abs=1e-10)


@given(seed=seeds)
def test_a_weight_of_three_is_three_respondents(seed: int) -> None:
    items = scale(seed)
    weights = np.random.default_rng(seed).integers(1, 4, size=40)
    repeated = np.repeat(np.arange(40), weights)
    heavy = Bootstrap(weights.astype(np.float64), 1, 100)
    many = Items(items.names, items.points[repeated])
    alpha = known(estimate_alpha(items, heavy)).value
    assert alpha == pytest.approx(cronbach_alpha(many), rel=1e-9)
    first, second = items.points[:, 0], items.points[:, 1]
    ranked = estimate_rank_correlation(first, second, name="x", bootstrap=heavy)
    expected = spearmanr(first[repeated], second[repeated]).statistic
    assert known(ranked).value == pytest.approx(expected, abs=1e-9)


@given(seed=seeds)
def test_the_rank_correlation_of_equals_is_spearmans(seed: int) -> None:
    points = scale(seed).points
    found = estimate_rank_correlation(
        points[:, 0], points[:, 1], name="x", bootstrap=equally(40, draws=100)
    )
    assert known(found).value == pytest.approx(
        spearmanr(points[:, 0], points[:, 1]).statistic, abs=1e-10
    )


def test_a_rank_correlation_reaches_one_and_minus_one() -> None:
    values = np.arange(20.0)
    there = estimate_rank_correlation(
        values, np.exp(values), name="x", bootstrap=equally(20, draws=100)
    )
    back = estimate_rank_correlation(values, -values, name="x", bootstrap=equally(20, draws=100))
    assert known(there).value == pytest.approx(1)
    assert known(there).low == pytest.approx(1)
    assert known(back).value == pytest.approx(-1)


def test_intervals_agree_with_those_of_another_library() -> None:
    items = scale(7, respondents=300)
    found = known(estimate_alpha(items, equally(300, draws=4000)))

    def alpha(rows: FloatArray) -> float:
        return cronbach_alpha(Items(items.names, items.points[rows.astype(np.int64)]))

    theirs = scipy_bootstrap(
        (np.arange(300),), alpha, n_resamples=4000, vectorized=False, method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval  # fmt: skip
    # Two sets of 4,000 draws: an edge of either is known to about a twentieth of the width.
    width = theirs.high - theirs.low
    assert found.low == pytest.approx(theirs.low, abs=0.08 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.08 * width)


def test_about_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    generator = np.random.default_rng(5)
    held = 0
    for seed in range(300):
        sample = generator.standard_normal(80)
        found = known(
            estimate_means(
                sample[:, None], names=["mean"], bootstrap=equally(80, seed=seed, draws=400)
            )[0]
        )
        held += found.low <= 0 <= found.high
    # 300 trials at 0.94: five standard deviations are 0.07.
    assert 0.87 < held / 300 < 0.99


def test_the_same_seed_gives_the_same_interval_and_another_seed_another() -> None:
    items = scale(3)
    first, again = (estimate_alpha(items, equally(40, seed=9)) for _ in range(2))
    assert first == again
    assert estimate_alpha(items, equally(40, seed=10)) != first


def test_shares_are_counted_and_sum_to_one() -> None:
    chosen = indicators(np.array([0, 0, 1, 3]), 4)
    found = estimate_means(chosen, names=("a", "b", "c", "d"), bootstrap=equally(4))
    assert [known(one).value for one in found] == [0.5, 0.25, 0, 0.25]
    assert known(found[2]).high == 0


def test_agreement_of_two_rounds() -> None:
    first, second = np.array([1, 2, 3, 4, 5, 1, 2, 3]), np.array([1, 2, 3, 5, 3, 1, 3, 3])
    found = estimate_agreement(
        levels=(first, second),
        scores=(first * 10.0, first * 10.0),
        bootstrap=equally(8),
    )
    assert known(found.same_level).value == pytest.approx(5 / 8)
    assert known(found.within_one).value == pytest.approx(7 / 8)
    expected = np.corrcoef(first, second)[0, 1]
    assert known(found.level_correlation).value == pytest.approx(expected)
    assert known(found.score_correlation).low == pytest.approx(1)


def test_both_rounds_of_a_respondent_are_drawn_together() -> None:
    # Everyone stays where they are: drawn apart, the rounds would disagree in most draws.
    levels = np.array([1, 2, 3, 4, 5] * 4)
    found = estimate_agreement(
        levels=(levels, levels), scores=(levels * 1.0, levels * 1.0), bootstrap=equally(20)
    )
    assert known(found.same_level).low == 1


def test_an_item_everyone_answers_alike_is_named_with_a_remedy() -> None:
    items = Items(("q4", "q5", "q6"), np.array([[1.0, 50, 3], [2, 50, 1], [3, 50, 2]]))
    with pytest.raises(InputError) as caught:
        cronbach_alpha(items)
    assert caught.value.code == "constant_item"
    assert [(p.field, p.value) for p in caught.value.problems] == [("q5", 50.0)]
    assert caught.value.problems[0].remedy
    totals = estimate_item_totals(items, equally(3))
    assert isinstance(totals[1], Absent)
    assert totals[1].reason.code == "evidence.constant_item"
    assert totals[1].reason.evidence == {"about": "q5"}


def test_a_single_item_and_two_respondents_are_refused() -> None:
    with pytest.raises(InputError) as single:
        cronbach_alpha(Items(("q4",), np.array([[1.0], [2.0], [3.0]])))
    assert single.value.code == "too_few_items"
    assert single.value.problems[0].field == "q4"
    with pytest.raises(InputError) as pair:
        cronbach_alpha(Items(("q4", "q5"), np.array([[1.0, 2.0], [2.0, 1.0]])))
    assert pair.value.code == "too_few_respondents"
    with pytest.raises(InputError, match="cannot be evaluated"):
        equally(2)


def test_a_figure_that_most_draws_leave_undefined_is_absent() -> None:
    # One of thirty differs: more than a third of all draws miss that one.
    points = np.ones((30, 2))
    points[0] = 2
    points[:, 1] = np.arange(30.0)
    totals = estimate_item_totals(Items(("rare", "other"), points), equally(30))
    assert isinstance(totals[0], Absent)
    assert totals[0].reason.code == "evidence.unstable"


def test_a_constant_has_no_rank() -> None:
    found = estimate_rank_correlation(
        np.ones(10), np.arange(10.0), name="level", bootstrap=equally(10)
    )
    assert isinstance(found, Absent)
    assert found.reason.code == "evidence.no_variation"


@pytest.mark.parametrize(
    ("weights", "seed", "draws", "field"),
    [
        ([1.0, 1.0, 1.0], -1, 1000, "seed"),
        ([1.0, 1.0, 1.0], 1, 99, "draws"),
        ([1.0, 1.0, 1.0], 1, 100_001, "draws"),
    ],
)
def test_a_bootstrap_out_of_range_is_refused(
    weights: list[float], seed: int, draws: int, field: str
) -> None:
    with pytest.raises(InputError) as caught:
        Bootstrap(np.array(weights), seed, draws)
    assert caught.value.problems[0].field == field


@pytest.mark.parametrize("weight", [0.0, -1.0, np.nan, np.inf])
def test_a_weight_is_positive(weight: float) -> None:
    with pytest.raises(InputError, match="positive"):
        Bootstrap(np.array([1.0, 1.0, weight]), 1)
