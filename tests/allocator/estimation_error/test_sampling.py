"""Drawn panels have the moments of the market they are drawn from."""

from dataclasses import replace

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.estimation_error.comparison import seven_class_market
from allocator.estimation_error.sampling import draw_panel

MONTHS = 400_000


def test_mean_and_covariance_lie_within_their_monte_carlo_error() -> None:
    truth = seven_class_market()
    # With nu = 9 the error of a covariance is known and itself well estimated:
    # var(S_ij) = (h s_ii s_jj + (2h - 1) s_ij^2) / T, where h = (nu - 2) / (nu - 4).
    panel = draw_panel(
        truth, months=MONTHS, generator=np.random.default_rng(1), degrees_of_freedom=9
    )
    means, covariance = panel.returns.mean(axis=0) * 12, np.cov(panel.returns.T) * 12
    errors = truth.volatilities / np.sqrt(MONTHS / 12)
    assert (np.abs(means - truth.net_returns) < 4 * errors).all()
    heavier = (9 - 2) / (9 - 4)
    variances = np.outer(truth.volatilities**2, truth.volatilities**2)
    squared = heavier * variances + (2 * heavier - 1) * truth.covariance**2
    assert (np.abs(covariance - truth.covariance) < 4 * np.sqrt(squared / MONTHS)).all()
    assert np.diag(covariance) == pytest.approx(np.diag(truth.covariance), rel=0.02)


def test_returns_have_the_tails_of_a_student_t_with_five_degrees_of_freedom() -> None:
    truth = seven_class_market()
    panel = draw_panel(truth, months=MONTHS, generator=np.random.default_rng(2))
    scores = (panel.returns - truth.net_returns / 12) / (truth.volatilities / np.sqrt(12))
    # P(|t5| > 2.570582) = 5 % in tables, for a t5 whose variance is 5/3.
    tail = (np.abs(scores) * np.sqrt(5 / 3) > 2.570582).mean(axis=0)
    assert np.abs(tail - 0.05).max() < 4 * np.sqrt(0.05 * 0.95 / MONTHS)


def test_a_bad_month_is_bad_in_classes_without_correlation_too() -> None:
    truth = seven_class_market()
    diagonal = replace(truth, covariance=np.diag(np.diag(truth.covariance)))
    heavy = draw_panel(diagonal, months=50_000, generator=np.random.default_rng(3))
    normal = draw_panel(
        diagonal, months=50_000, generator=np.random.default_rng(3), degrees_of_freedom=np.inf
    )
    sizes, plain = (np.abs(panel.returns[:, 3:5]) for panel in (heavy, normal))
    assert np.corrcoef(sizes.T)[0, 1] > 0.1
    assert abs(np.corrcoef(plain.T)[0, 1]) < 4 / np.sqrt(50_000)


def test_the_same_seed_draws_the_same_panel_and_another_seed_another() -> None:
    truth = seven_class_market()
    first, again, other = (
        draw_panel(truth, months=24, generator=np.random.default_rng(seed)) for seed in (5, 5, 6)
    )
    assert np.array_equal(first.returns, again.returns)
    assert first.seed == again.seed != other.seed
    assert not np.isclose(first.returns, other.returns).any()


def test_the_last_months_are_the_newest() -> None:
    panel = draw_panel(seven_class_market(), months=36, generator=np.random.default_rng(7))
    assert np.array_equal(panel.last(12).returns, panel.returns[24:])
    assert panel.last(12).years == 1
    for months in (0, 37):
        with pytest.raises(InputError, match="36 months"):
            panel.last(months)


@pytest.mark.parametrize(("months", "degrees"), [(0, 5.0), (12, 2.0), (12, np.nan)])
def test_no_month_and_no_variance_are_refused(months: int, degrees: float) -> None:
    with pytest.raises(InputError, match="a variance"):
        draw_panel(
            seven_class_market(),
            months=months,
            generator=np.random.default_rng(1),
            degrees_of_freedom=degrees,
        )
