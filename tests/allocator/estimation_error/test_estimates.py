"""Moments of a panel, and means drawn towards others, against figures worked by hand."""

from datetime import date
from itertools import pairwise

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.estimation_error.comparison import seven_class_market
from allocator.estimation_error.estimates import bayes_stein_means, moments_of, updated_prior
from allocator.estimation_error.sampling import Panel, draw_panel
from allocator.market.assumptions import load_default_table
from allocator.market.history import ReturnHistory
from allocator.market.model_building import build_model
from allocator.product_classes import ProductClass

BONDS, GOLD = ProductClass.BOND_FUND, ProductClass.GOLD


def test_moments_of_four_months_are_those_worked_by_hand() -> None:
    returns = np.array([[0.01, 0.03], [0.03, 0.01], [0.01, -0.03], [0.03, -0.01]])
    sample = moments_of(Panel((BONDS, GOLD), returns, "by hand", date(2026, 1, 1), seed=1))
    assert sample.means == pytest.approx([0.24, 0.0], abs=1e-15)
    # Squares add up to 0.0004 and 0.0020, products to 0; over 3, times 12.
    assert sample.covariance == pytest.approx(np.array([[0.0016, 0], [0, 0.008]]), abs=1e-15)
    assert np.diag(sample.shrunk) == pytest.approx([0.0016, 0.008])


def test_shrinkage_keeps_variances_and_weakens_correlations() -> None:
    panel = draw_panel(seven_class_market(), months=60, generator=np.random.default_rng(1))
    sample = moments_of(panel)
    assert np.diag(sample.shrunk) == pytest.approx(np.diag(sample.covariance))
    between = ~np.eye(7, dtype=bool)
    ratios = (sample.shrunk / sample.covariance)[between]
    assert 0 < ratios[0] < 1
    assert ratios == pytest.approx(ratios[0])


def test_bayes_stein_means_are_those_worked_by_hand() -> None:
    # S = diag(0.04, 0.01), m = (0.10, 0.05): S^-1 1 = (25, 100), so m0 = (2.5 + 5) / 125 = 0.06
    # and d = (0.04, -0.01). d'S^-1 d = 0.04 + 0.01 = 0.05; C = S * 59/56, T = 5 years:
    # T d'C^-1 d = 0.25 * 56/59 = 14/59, phi = 4 / (4 + 14/59) = 236/250 = 0.944.
    means = bayes_stein_means(
        means=np.array([0.10, 0.05]), covariance=np.diag([0.04, 0.01]), months=60
    )
    assert means == pytest.approx([0.056 * 0.10 + 0.944 * 0.06, 0.056 * 0.05 + 0.944 * 0.06])


def test_bayes_stein_needs_more_months_than_classes_and_two() -> None:
    arguments = {"means": np.array([0.1, 0.05]), "covariance": np.diag([0.04, 0.01])}
    assert np.isfinite(bayes_stein_means(**arguments, months=5)).all()
    with pytest.raises(InputError, match="over 4 months, not 4"):
        bayes_stein_means(**arguments, months=4)


def test_the_prior_gives_way_to_the_sample_as_it_counts_for_fewer_years() -> None:
    panel = draw_panel(seven_class_market(), months=120, generator=np.random.default_rng(2))
    sample, portfolio = moments_of(panel), np.full(7, 1 / 7)
    implied = 5 * sample.shrunk @ portfolio
    years = (1e9, 100.0, 10.0, 1e-9)
    believed = [
        updated_prior(
            sample, portfolio=portfolio, prior_years=each, risk_aversion=5
        ).expected_returns
        for each in years
    ]
    assert believed[0] == pytest.approx(implied, abs=1e-9)
    assert believed[2] == pytest.approx((implied + sample.means) / 2)
    assert believed[3] == pytest.approx(sample.means, abs=1e-9)
    gaps = [np.abs(means - sample.means) for means in believed]
    assert all((nearer < farther).all() for farther, nearer in pairwise(gaps))
    with pytest.raises(InputError, match="prior_years"):
        updated_prior(sample, portfolio=portfolio, prior_years=0, risk_aversion=5)


def test_a_prior_learns_from_a_panel_what_a_model_built_from_its_prices_learns() -> None:
    table = load_default_table()
    truth = table.model()
    panel = draw_panel(truth, months=120, generator=np.random.default_rng(3))
    sample = moments_of(panel)
    history = ReturnHistory(
        classes=panel.classes,
        dates=tuple(date(2010 + m // 12, m % 12 + 1, 28) for m in range(120)),
        returns=panel.returns,
        start=date(2009, 12, 28),
        annual_fees=(0.0,) * len(panel.classes),
        periods_per_year=12,
        source="drawn",
    )
    built = build_model(history, prior=table, prior_years=50).table.model()
    # The portfolio that the shipped returns imply stands for them, whatever its weights are.
    implied = np.linalg.solve(sample.shrunk, truth.net_returns) / 5
    believed = updated_prior(sample, portfolio=implied, prior_years=50, risk_aversion=5)
    assert built.net_returns == pytest.approx(believed.expected_returns, abs=1e-8)
    assert built.covariance == pytest.approx(believed.covariance, abs=1e-8)
