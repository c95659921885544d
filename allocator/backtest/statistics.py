"""Statistics of a return series, and intervals for them.

With simple returns r_1..r_n, N periods a year and value path V_0 = 1, V_t = prod(1 + r):

    annual return   V_n ** (N/n) - 1
    volatility      sd(r, ddof=1) * sqrt(N)
    Sharpe          mean(r - rf) / sd(r - rf, ddof=1) * sqrt(N)
    downside risk   sqrt(mean(min(r - floor, 0)**2)) * sqrt(N), the mean over all n
    Sortino         mean(r - floor) * N / downside risk
    max drawdown    min(V_t / max(V_0..V_t) - 1)
    Calmar          annual return / |max drawdown|
    VaR             5 % quantile of r, linear interpolation
    CVaR            mean of the int((n - 1) * 0.05) + 1 smallest r

VaR, CVaR and both means of r are per period, the rest per year. The definitions are those of
empyrical-reloaded 0.7.1. Intervals come from the stationary bootstrap (Politis and Romano 1994,
Journal of the American Statistical Association 89, 1303-1313): blocks of random length, six months
on average, joined until the series is as long as it was, so that calm and storm stay together.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError

Vector = NDArray[np.float64]

TAIL = 0.05
CONFIDENCE = 0.95
RESAMPLE_COUNT = 1000
RESAMPLE_BATCH = 100
MEAN_BLOCK_YEARS = 0.5
# A standard deviation needs two numbers; an interval of fewer than three is an illusion.
FEWEST_RETURNS = 3


@dataclass(frozen=True, slots=True)
class Statistics:
    """One series' figures; a ratio is None where its denominator is zero, hence undefined."""

    annual_return: float
    volatility: float
    sharpe: float | None
    downside_risk: float
    sortino: float | None
    max_drawdown: float
    calmar: float | None
    value_at_risk: float
    conditional_value_at_risk: float


@dataclass(frozen=True, slots=True)
class Interval:
    """A bootstrap percentile interval around the `estimate` of the series itself."""

    low: float
    estimate: float
    high: float
    confidence: float = CONFIDENCE


@dataclass(frozen=True, slots=True)
class Intervals:
    """The three figures a client is shown."""

    annual_return: Interval
    volatility: Interval
    max_drawdown: Interval


def describe(
    returns: Vector, *, periods_per_year: int, risk_free: Vector | float = 0.0, floor: float = 0.0
) -> Statistics:
    """Return the statistics of a return series.

    Args:
        returns: Simple returns per period, at least three.
        periods_per_year: N.
        risk_free: Return per period of the riskless choice, one number or one a period.
        floor: Lowest acceptable return per period, for downside risk and Sortino.

    Raises:
        InputError: fewer than three returns.
    """
    _check(returns)
    yearly = float(annual_return(returns, periods_per_year=periods_per_year))
    spread = float(volatility(returns, periods_per_year=periods_per_year))
    drawdown = float(max_drawdown(returns))
    excess = returns - risk_free
    excess_spread = float(excess.std(ddof=1))
    downside = float(np.sqrt((np.minimum(returns - floor, 0) ** 2).mean() * periods_per_year))
    tail = np.sort(returns)[: int((len(returns) - 1) * TAIL) + 1]
    return Statistics(
        annual_return=yearly,
        volatility=spread,
        sharpe=_ratio(float(excess.mean()) * periods_per_year**0.5, excess_spread),
        downside_risk=downside,
        sortino=_ratio(float((returns - floor).mean()) * periods_per_year, downside),
        max_drawdown=drawdown,
        calmar=_ratio(yearly, -drawdown),
        value_at_risk=float(np.percentile(returns, 100 * TAIL)),
        conditional_value_at_risk=float(tail.mean()),
    )


def annual_return(returns: Vector, *, periods_per_year: int) -> Vector:
    """Return the compound return per year along the last axis."""
    growth = np.log1p(returns).mean(axis=-1) * periods_per_year
    return np.asarray(np.expm1(growth), dtype=np.float64)


def volatility(returns: Vector, *, periods_per_year: int) -> Vector:
    """Return the standard deviation per year along the last axis."""
    spread = returns.std(axis=-1, ddof=1) * np.sqrt(periods_per_year)
    return np.asarray(spread, dtype=np.float64)


def max_drawdown(returns: Vector) -> Vector:
    """Return the deepest fall from a peak along the last axis, 0 or negative; V_0 = 1 counts."""
    path = np.cumprod(1 + returns, axis=-1)
    peaks = np.maximum(np.maximum.accumulate(path, axis=-1), 1.0)
    return np.asarray(np.minimum((path / peaks - 1).min(axis=-1), 0.0), dtype=np.float64)


def bootstrap_intervals(returns: Vector, *, periods_per_year: int, seed: int) -> Intervals:
    """Return 95 % percentile intervals by the stationary bootstrap.

    With yearly returns a block is one year long, which treats years as independent. Percentile
    intervals are somewhat narrow: about 93 % of series are covered at 15 years of months.

    Args:
        returns: Simple returns per period, at least three.
        periods_per_year: N; blocks last N/2 periods on average, at least one.
        seed: The same seed gives the same intervals for ever.

    Raises:
        InputError: fewer than three returns, or a negative seed.
    """
    _check(returns)
    if seed < 0:
        raise InputError(f"a seed is a whole number of at least 0, got {seed}")
    generator = np.random.default_rng(seed)
    mean_block = max(1.0, periods_per_year * MEAN_BLOCK_YEARS)
    figures: tuple[Callable[[Vector], Vector], ...] = (
        lambda r: annual_return(r, periods_per_year=periods_per_year),
        lambda r: volatility(r, periods_per_year=periods_per_year),
        max_drawdown,
    )
    # In batches, because a thousand copies of decades of days would not fit a small server.
    drawn = []
    for _ in range(RESAMPLE_COUNT // RESAMPLE_BATCH):
        rows = stationary_resample(
            len(returns), mean_block=mean_block, resamples=RESAMPLE_BATCH, generator=generator
        )
        drawn.append([figure(returns[rows]) for figure in figures])
    edges = np.quantile(
        np.concatenate(drawn, axis=1), [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=1
    )
    yearly, spread, drawdown = (
        Interval(float(low), float(figure(returns)), float(high))
        for figure, low, high in zip(figures, edges[0], edges[1], strict=True)
    )
    return Intervals(annual_return=yearly, volatility=spread, max_drawdown=drawdown)


def stationary_resample(
    count: int, *, mean_block: float, resamples: int, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Return row numbers of resampled series, shape (resamples, count).

    Each step goes on to the next row (the last is followed by the first) with probability
    1 - 1/mean_block and otherwise jumps to a row drawn at random.
    """
    jumps = generator.random((resamples, count)) < 1 / mean_block
    draws = generator.integers(0, count, size=(resamples, count))
    rows = np.empty((resamples, count), dtype=np.int64)
    rows[:, 0] = draws[:, 0]
    for t in range(1, count):
        rows[:, t] = np.where(jumps[:, t], draws[:, t], (rows[:, t - 1] + 1) % count)
    return rows


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0 else None


def _check(returns: Vector) -> None:
    if returns.ndim != 1 or len(returns) < FEWEST_RETURNS:
        raise InputError(f"statistics need {FEWEST_RETURNS} returns, got {returns.shape}")
