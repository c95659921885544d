"""Statistics against a published case, and intervals against what they promise."""

import math
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.backtest.statistics import (
    bootstrap_intervals,
    describe,
    max_drawdown,
    stationary_resample,
)
from allocator.errors import InputError

# Twenty daily returns whose figures were computed with empyrical-reloaded 0.7.1.
CASE = np.array(
    [
        *(0.01, -0.02, 0.015, 0.003, -0.007, 0.021, -0.03, 0.012, 0.004, -0.001),
        *(0.009, -0.015, 0.018, 0.002, -0.004, 0.011, -0.025, 0.03, 0.006, -0.008),
    ]
)
PUBLISHED = {
    "annual_return": 0.43488273,
    "volatility": 0.24788616,
    "sharpe": 1.57572332,
    "downside_risk": 0.16949336,
    "sortino": 2.30451502,
    "max_drawdown": -0.03,
    "calmar": 14.49609098,
    "value_at_risk": -0.02525,
    "conditional_value_at_risk": -0.03,
}
RETURNS = st.lists(st.floats(-0.5, 0.5), min_size=3, max_size=40).map(np.array)


def test_twenty_days_have_their_published_statistics() -> None:
    figures = asdict(describe(CASE, periods_per_year=252))
    assert figures == {name: pytest.approx(value, abs=6e-9) for name, value in PUBLISHED.items()}
    assert math.prod(1 + CASE) - 1 == pytest.approx(0.0290719646, abs=6e-11)


def test_sharpe_is_unmoved_by_a_rate_both_earn() -> None:
    shifted = describe(CASE + 0.0005, periods_per_year=252, risk_free=0.0005)
    assert shifted.sharpe == pytest.approx(PUBLISHED["sharpe"], abs=6e-9)
    by_period = describe(CASE + 0.0005, periods_per_year=252, risk_free=np.full(20, 0.0005))
    assert by_period.sharpe == pytest.approx(PUBLISHED["sharpe"], abs=6e-9)


def test_the_first_loss_counts_as_a_drawdown() -> None:
    assert max_drawdown(np.array([-0.1, 0.05, 0.2])) == pytest.approx(-0.1, abs=1e-15)
    assert max_drawdown(np.array([0.1, 0.1, 0.1])) == 0


def test_the_tail_is_the_worst_of_few_and_a_twentieth_of_many() -> None:
    many = np.arange(100) / 1000 - 0.02
    # int(99 * 0.05) + 1 = 5 smallest: -0.020 to -0.016.
    assert describe(many, periods_per_year=12).conditional_value_at_risk == pytest.approx(-0.018)
    assert describe(CASE[:5], periods_per_year=12).conditional_value_at_risk == -0.02


def test_ratios_without_a_denominator_are_undefined_not_infinite() -> None:
    steady = describe(np.array([0.01, 0.01, 0.01]), periods_per_year=1)
    assert (steady.sharpe, steady.sortino, steady.calmar) == (None, None, None)
    assert steady.annual_return == pytest.approx(0.01, abs=1e-15)


@settings(deadline=None)
@given(RETURNS)
def test_statistics_keep_their_order(returns: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    figures = describe(returns, periods_per_year=12)
    assert -1 <= figures.max_drawdown <= min(0.0, returns.min() + 1e-12)
    assert figures.conditional_value_at_risk <= figures.value_at_risk + 1e-12
    assert figures.volatility >= 0
    assert figures.downside_risk >= 0


@pytest.mark.parametrize("returns", [np.array([]), np.array([0.1, 0.2])])
def test_too_few_returns_are_refused(
    returns: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    with pytest.raises(InputError, match="need 3 returns"):
        describe(returns, periods_per_year=1)
    with pytest.raises(InputError, match="need 3 returns"):
        bootstrap_intervals(returns, periods_per_year=1, seed=1)


def test_the_same_seed_gives_the_same_intervals_and_another_seed_does_not() -> None:
    first, again, other = (
        bootstrap_intervals(CASE, periods_per_year=252, seed=seed) for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other
    with pytest.raises(InputError, match="seed"):
        bootstrap_intervals(CASE, periods_per_year=252, seed=-1)


def test_intervals_surround_their_estimates() -> None:
    returns = np.random.default_rng(3).normal(0.005, 0.03, 180)
    intervals = bootstrap_intervals(returns, periods_per_year=12, seed=1)
    for interval in (intervals.annual_return, intervals.volatility, intervals.max_drawdown):
        assert interval.low < interval.estimate < interval.high
        assert interval.confidence == 0.95
    assert intervals.max_drawdown.high <= 0


def test_intervals_of_independent_returns_match_the_normal_approximation() -> None:
    returns = np.random.default_rng(5).normal(0.005, 0.03, 600)
    interval = bootstrap_intervals(returns, periods_per_year=12, seed=1).annual_return
    # Half width of the mean log return: 1.96 sd/sqrt(n), times twelve, times the growth.
    half = 1.96 * np.log1p(returns).std(ddof=1) / math.sqrt(600) * 12 * (1 + interval.estimate)
    # Blocks and a thousand draws leave the width within a quarter of that.
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.25)


def test_nine_intervals_in_ten_or_more_cover_the_truth() -> None:
    generator = np.random.default_rng(11)
    truth, covered, trials = 0.03 * math.sqrt(12), 0, 100
    for seed in range(trials):
        returns = generator.normal(0.005, 0.03, 180)
        interval = bootstrap_intervals(returns, periods_per_year=12, seed=seed).volatility
        covered += interval.low <= truth <= interval.high
    # Nominal 95; percentile intervals at this length were seen to cover 93. Four standard
    # errors (2.5 each) below that is 83.
    assert covered >= 83


def test_blocks_have_their_mean_length_and_every_row_its_turn() -> None:
    generator = np.random.default_rng(2)
    rows = stationary_resample(180, mean_block=6, resamples=400, generator=generator)
    assert rows.shape == (400, 180)
    went_on = (rows[:, 1:] == (rows[:, :-1] + 1) % 180).mean()
    # A jump lands on the next row by chance once in 180.
    assert went_on == pytest.approx(5 / 6 + 1 / 6 / 180, abs=0.01)
    counts = np.bincount(rows.ravel(), minlength=180)
    assert counts.min() > 0.7 * 400
    assert counts.max() < 1.3 * 400


def test_blocks_of_one_row_are_independent_draws() -> None:
    generator = np.random.default_rng(2)
    rows = stationary_resample(13, mean_block=1, resamples=2000, generator=generator)
    assert (rows[:, 1:] == (rows[:, :-1] + 1) % 13).mean() == pytest.approx(1 / 13, abs=0.01)
