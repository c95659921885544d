"""Figures counted or ranked over simulated paths, each with its Monte-Carlo error.

A probability counted as k of n paths has the standard error sqrt(p (1-p) / n) and the interval of
Clopper and Pearson (1934), Biometrika 26(4), 404-413, whose ends are quantiles of beta
distributions. It covers at least as often as it says, also at k = 0 and k = n, where the standard
error is zero and says nothing.

The q-quantile of wealth is the order statistic X_(ceil(nq)). How many paths lie below the true
quantile is Binomial(n, q) whatever the distribution of wealth; with l and u the 2.5 % and 97.5 %
quantiles of that binomial, X_(l) and X_(u+1) enclose it in at least 95 % of simulations.

Both tell the error of simulating finitely many paths, not of the assumptions they rest on.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrik, betaincinv

Vector = NDArray[np.float64]

CONFIDENCE = 0.95
PERCENTS = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True)
class Probability:
    """A share of paths, its standard error and its exact 95 % interval."""

    estimate: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class WealthPercentile:
    """The wealth that `percent` of a hundred paths stay below, in yuan, with its interval."""

    percent: int
    estimate: float
    low: float
    high: float


def counted_probability(*, count: int, paths: int) -> Probability:
    """Return the probability that `count` of `paths` paths stand for.

    >>> round(counted_probability(count=0, paths=100).high, 6)
    0.036217
    """
    share, tail = count / paths, (1 - CONFIDENCE) / 2
    low = float(betaincinv(count, paths - count + 1, tail)) if count > 0 else 0.0
    high = float(betaincinv(count + 1, paths - count, 1 - tail)) if count < paths else 1.0
    return Probability(share, math.sqrt(share * (1 - share) / paths), low, high)


def wealth_percentiles(ascending: Vector) -> tuple[WealthPercentile, ...]:
    """Return the percentiles of `PERCENTS`, given wealth in ascending order, 100 paths or more."""
    paths, tail = len(ascending), (1 - CONFIDENCE) / 2
    found = []
    for percent in PERCENTS:
        share = percent / 100
        lower = math.ceil(bdtrik(tail, paths, share))
        upper = math.ceil(bdtrik(1 - tail, paths, share)) + 1
        ranks = (math.ceil(paths * percent / 100), lower, upper)
        estimate, low, high = (float(ascending[rank - 1]) for rank in ranks)
        found.append(WealthPercentile(percent, estimate, low, high))
    return tuple(found)
