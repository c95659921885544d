"""Intervals: against scipy's own, in exact coverage, and in coverage by simulation."""

import numpy as np
import pytest
from scipy.stats import binom, binomtest

from allocator.life_cycle.simulated_figures import (
    PERCENTS,
    counted_probability,
    wealth_percentiles,
)


@pytest.mark.parametrize(
    ("count", "paths"), [(0, 100), (1, 100), (50, 100), (100, 100), (1999, 2000), (15_000, 20_000)]
)
def test_the_interval_of_a_count_is_that_of_clopper_and_pearson(count: int, paths: int) -> None:
    found = counted_probability(count=count, paths=paths)
    exact = binomtest(count, paths).proportion_ci(confidence_level=0.95, method="exact")
    assert found.estimate == count / paths
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), rel=1e-9, abs=1e-12)
    assert found.standard_error == pytest.approx(binom.std(paths, count / paths) / paths)


@pytest.mark.parametrize("paths", [100, 101, 2000, 20_000])
def test_ranks_enclose_the_true_percentile_at_least_as_often_as_they_say(paths: int) -> None:
    ranks = np.arange(1.0, paths + 1)
    for found in wealth_percentiles(ranks):
        # The true quantile lies between ranks l and u if at least l and fewer than u paths
        # lie below it.
        below = binom(paths, found.percent / 100)
        coverage = float(below.cdf(found.high - 1) - below.cdf(found.low - 1))
        assert coverage >= 0.95
        # One rank closer on either side and a tail would hold more than 2.5 %.
        assert below.cdf(found.low) > 0.025
        assert below.sf(found.high - 2) > 0.025
        assert found.low <= found.estimate <= found.high


def test_percentiles_of_a_hundred_ranks_are_the_ranks() -> None:
    found = wealth_percentiles(np.arange(1.0, 101.0))
    assert tuple(one.estimate for one in found) == tuple(map(float, PERCENTS))
    assert tuple(one.percent for one in found) == PERCENTS


def test_percentile_intervals_cover_the_truth_in_simulation() -> None:
    random = np.random.default_rng(20261122)
    repeats, hits = 2000, dict.fromkeys(PERCENTS, 0)
    for _ in range(repeats):
        wealth = np.sort(random.exponential(size=400))
        for found in wealth_percentiles(wealth):
            truth = -np.log1p(-found.percent / 100)
            hits[found.percent] += found.low <= truth <= found.high
    # 0.95 less three standard errors of 2,000 repeats.
    assert min(hits.values()) / repeats > 0.95 - 3 * (0.95 * 0.05 / repeats) ** 0.5
    assert max(hits.values()) / repeats < 0.98
