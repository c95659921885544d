"""Volatilities and correlations of a monthly price panel.

With simple monthly returns r_t = P_t/P_{t-1} - 1,

    volatility  = sd(r, ddof=1) * sqrt(12)          per year
    correlation = Pearson, over the months in which both series have a return

The mean is left alone on purpose: a sample mean over a decade says almost nothing about the next
one, so expected returns are assumptions with a stated basis, never estimates from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.market.window_length import FEWEST_RETURNS

MONTHS_PER_YEAR = 12


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Second moments of `labels`; a pair's correlation rests on `months[i, j]` returns.

    Attributes:
        volatilities: Per year, shape (n,).
        correlations: Shape (n, n); pairwise complete, so not necessarily positive semidefinite.
        months: Number of common monthly returns, shape (n, n).
    """

    labels: tuple[str, ...]
    volatilities: NDArray[np.float64]
    correlations: NDArray[np.float64]
    months: NDArray[np.int64]

    def volatility(self, label: str) -> float:
        """Return one volatility, per year."""
        return float(self.volatilities[self.labels.index(label)])

    def correlation(self, first: str, second: str) -> float:
        """Return one correlation."""
        return float(self.correlations[self.labels.index(first), self.labels.index(second)])

    def common_months(self, first: str, second: str) -> int:
        """Return the number of monthly returns behind one correlation."""
        return int(self.months[self.labels.index(first), self.labels.index(second)])


def estimate_moments(prices: pd.DataFrame) -> Moments:
    """Estimate annualized volatilities and pairwise correlations.

    Args:
        prices: Month-end levels, one column a series, ascending dates; a series may start late
            or end early but must have no gap inside.

    Raises:
        InputError: dates that do not rise, a gap, a price that is not positive, or a pair with
            fewer than `FEWEST_RETURNS` common returns.
    """
    if not (prices.index.is_monotonic_increasing and prices.index.is_unique):
        raise InputError("the dates of a price panel must rise and not repeat")
    for name in prices.columns:
        inside = prices[name].loc[prices[name].first_valid_index() :]
        inside = inside.loc[: prices[name].last_valid_index()]
        if inside.empty or inside.isna().any() or not (inside > 0).all():
            raise InputError(f"{name}: needs positive prices without a gap inside the series")
    returns = prices.pct_change(fill_method=None)
    seen = returns.notna().to_numpy(dtype=np.int64)
    months = seen.T @ seen
    if months.min() < FEWEST_RETURNS:
        i, j = divmod(int(months.argmin()), len(months))
        pair = f"{prices.columns[i]} and {prices.columns[j]}"
        raise InputError(f"{pair} share {months.min()} returns; {FEWEST_RETURNS} are needed")
    return Moments(
        labels=tuple(str(c) for c in prices.columns),
        volatilities=returns.std(ddof=1).to_numpy(dtype=np.float64) * np.sqrt(MONTHS_PER_YEAR),
        correlations=returns.corr().to_numpy(dtype=np.float64),
        months=months,
    )


def blend_prices(prices: pd.DataFrame, parts: Mapping[str, float]) -> pd.Series:
    """Return the value of a mix of series rebalanced to `parts` every month, starting at 1.

    Args:
        prices: Month-end levels.
        parts: Fraction by column; they sum to one.

    Raises:
        InputError: a column is missing, or the fractions do not sum to one.
    """
    missing = [name for name in parts if name not in prices.columns]
    if missing or abs(sum(parts.values()) - 1) > 1e-9:
        raise InputError(f"cannot blend {dict(parts)}: unknown {missing}, or not summing to one")
    levels = prices[list(parts)].dropna()
    returns = levels.pct_change(fill_method=None).fillna(0.0)
    weights = np.array(list(parts.values()))
    growth = 1 + returns.to_numpy(dtype=np.float64) @ weights
    return pd.Series(np.cumprod(growth), index=levels.index)
