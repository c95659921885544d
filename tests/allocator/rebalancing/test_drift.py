"""Drift and tolerance bands in closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.rebalancing.drift import drift, is_outside_band, tolerance_band

WEIGHTS = st.lists(st.floats(0.001, 1), min_size=4, max_size=4).map(
    lambda raw: np.array(raw) / sum(raw)
)


@pytest.mark.parametrize(
    ("target", "band"),
    [
        (0.0, 0.01),
        (0.04, 0.01),  # a quarter of 4 % is the smallest band
        (0.06, 0.015),
        (0.10, 0.025),
        (0.20, 0.05),  # a quarter of 20 % is the largest
        (0.60, 0.05),
        (1.0, 0.05),
    ],
)
def test_the_band_is_a_quarter_of_the_target_between_one_and_five_points(
    target: float, band: float
) -> None:
    assert tolerance_band(np.array([target]))[0] == pytest.approx(band, abs=1e-15)


def test_moving_a_share_from_one_class_to_another_is_a_drift_of_that_share() -> None:
    target = np.array([0.5, 0.3, 0.2])
    moved = target + np.array([-0.07, 0.07, 0.0])
    assert float(drift(moved, target)) == pytest.approx(0.07)
    book = np.stack([target, moved])
    assert drift(book, target).tolist() == pytest.approx([0.0, 0.07])


@given(WEIGHTS, WEIGHTS)
def test_drift_is_symmetric_between_zero_and_one_and_zero_only_at_the_target(
    a: np.ndarray, b: np.ndarray
) -> None:
    assert 0 <= float(drift(a, b)) <= 1
    assert float(drift(a, b)) == float(drift(b, a))
    assert float(drift(a, a)) == 0
    assert not is_outside_band(a, a)


def test_drift_is_the_least_one_way_turnover_that_undoes_it() -> None:
    current, target = np.array([0.6, 0.3, 0.1]), np.array([0.4, 0.4, 0.2])
    purchases = np.maximum(target - current, 0).sum()
    assert float(drift(current, target)) == pytest.approx(float(purchases))


def test_one_class_outside_its_own_band_is_enough() -> None:
    target = np.array([0.06, 0.34, 0.60])
    inside = target + np.array([0.0149, 0.0, -0.0149])
    outside = target + np.array([0.0151, 0.0, -0.0151])
    assert is_outside_band(np.stack([inside, outside]), target).tolist() == [False, True]
