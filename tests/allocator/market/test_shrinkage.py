"""Ledoit-Wolf on the scale of correlations, against the paper's formula and known deltas."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.covariance import ledoit_wolf_shrinkage

from allocator.errors import InputError
from allocator.market.model import Matrix
from allocator.market.shrinkage import shrink_correlations

# Eight made-up returns of three assets. On them scikit-learn was seen to give 0.213939.
EIGHT = np.array(
    [
        [0.012, -0.004, 0.003],
        [-0.020, 0.001, 0.002],
        [0.034, 0.010, -0.001],
        [-0.005, -0.006, 0.004],
        [0.018, 0.007, 0.000],
        [-0.031, 0.003, 0.002],
        [0.009, -0.002, 0.001],
        [0.022, 0.004, -0.002],
    ]
)


def delta_by_the_papers_sums(table: Matrix) -> float:
    """Return min(b2, d2) / d2 summed period by period, with the mean variance as the target."""
    count, size = table.shape
    deviations = table - table.mean(axis=0)
    sample = deviations.T @ deviations / count
    target = np.trace(sample) / size * np.eye(size)
    distance = ((sample - target) ** 2).sum() / size
    error = sum(((np.outer(x, x) - sample) ** 2).sum() for x in deviations) / count**2 / size
    return float(min(error, distance) / distance)


@st.composite
def tables(draw: st.DrawFn) -> Matrix:
    size, count = draw(st.integers(2, 8)), draw(st.integers(3, 60))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    mix = chance.normal(size=(size, size)) * draw(st.sampled_from([0.0, 1.0, 5.0]))
    spreads = 10.0 ** chance.uniform(-4, -0.5, size)
    return np.asarray(chance.normal(size=(count, size)) @ (np.eye(size) + mix) * spreads)


def test_the_library_and_the_papers_sums_agree_on_the_known_delta_of_raw_returns() -> None:
    assert delta_by_the_papers_sums(EIGHT) == pytest.approx(0.213939, abs=5e-7)
    assert ledoit_wolf_shrinkage(EIGHT) == pytest.approx(0.213939, abs=5e-7)


def test_correlations_shrink_by_the_papers_sums_on_standardized_returns() -> None:
    found = shrink_correlations(EIGHT)
    scores = (EIGHT - EIGHT.mean(axis=0)) / EIGHT.std(axis=0)
    assert found.shrinkage == pytest.approx(delta_by_the_papers_sums(scores), abs=1e-12)
    np.testing.assert_allclose(found.sample, np.corrcoef(EIGHT.T), atol=1e-12)
    off = ~np.eye(3, dtype=bool)
    expected = (1 - found.shrinkage) * np.corrcoef(EIGHT.T)[off]
    np.testing.assert_allclose(found.shrunk[off], expected, atol=1e-12)
    assert (np.diag(found.shrunk) == 1).all()


@given(tables())
def test_any_table_gives_correlations_and_a_delta_between_zero_and_one(table: Matrix) -> None:
    found = shrink_correlations(table)
    assert 0 <= found.shrinkage <= 1
    scores = (table - table.mean(axis=0)) / table.std(axis=0)
    assert found.shrinkage == pytest.approx(delta_by_the_papers_sums(scores), abs=1e-9)
    for matrix in (found.sample, found.shrunk):
        assert (np.diag(matrix) == 1).all()
        assert np.array_equal(matrix, matrix.T)
        assert np.abs(matrix).max() <= 1
        assert np.linalg.eigvalsh(matrix)[0] >= -1e-12
    low, high = np.linalg.eigvalsh(found.shrunk)[[0, -1]]
    assert low >= found.shrinkage - 1e-9
    assert high <= np.linalg.eigvalsh(found.sample)[-1] + 1e-9


@given(tables())
def test_the_order_of_columns_and_their_scale_do_not_matter(table: Matrix) -> None:
    found = shrink_correlations(table)
    order = np.random.default_rng(table.shape[0]).permutation(table.shape[1])
    moved = shrink_correlations(table[:, order])
    assert moved.shrinkage == pytest.approx(found.shrinkage, abs=1e-9)
    np.testing.assert_allclose(moved.shrunk, found.shrunk[np.ix_(order, order)], atol=1e-9)
    scale = 10.0 ** np.linspace(-3, 3, table.shape[1])
    scaled = shrink_correlations(table * scale + 0.01)
    assert scaled.shrinkage == pytest.approx(found.shrinkage, abs=1e-7)
    np.testing.assert_allclose(scaled.shrunk, found.shrunk, atol=1e-7)


def test_the_same_returns_again_and_again_are_shrunk_less_and_less() -> None:
    deltas = [shrink_correlations(np.tile(EIGHT, (times, 1))).shrinkage for times in (1, 4, 16)]
    # The error of the sample falls with the number of periods, its distance from I does not.
    assert deltas[1] == pytest.approx(deltas[0] / 4, rel=1e-9)
    assert deltas[2] == pytest.approx(deltas[0] / 16, rel=1e-9)


def test_one_series_is_correlated_with_itself_only() -> None:
    found = shrink_correlations(EIGHT[:, :1])
    assert found.shrunk.tolist() == [[1.0]]
    assert found.shrinkage == 0


def test_a_series_that_stands_still_or_is_not_finite_is_refused() -> None:
    still = EIGHT.copy()
    still[:, 1] = 0.001
    with pytest.raises(InputError, match="does not vary"):
        shrink_correlations(still)
    # The mean of seven tenths is not a tenth in floating point, so rounding is left behind.
    rounded = EIGHT[:7].copy()
    rounded[:, 1] = 0.1
    assert (rounded - rounded.mean(axis=0))[:, 1].any()
    with pytest.raises(InputError, match="does not vary"):
        shrink_correlations(rounded)
    still[3, 1] = np.nan
    with pytest.raises(InputError, match="finite"):
        shrink_correlations(still)
    with pytest.raises(InputError, match="shape"):
        shrink_correlations(EIGHT[:1])
