"""Shrunk correlations of a table of returns.

    shrunk = (1 - delta) * sample + delta * I          delta in [0, 1]

delta is Ledoit and Wolf's: the fraction that minimizes the expected squared distance from the true
matrix. With z the returns less their mean over their standard deviation (both of the sample),

    d2 = |z'z/T - I|^2 / n            how far the sample lies from the target
    b2 = mean_t |z_t z_t' - z'z/T|^2 / (n T), at most d2       how far it lies from the truth
    delta = b2 / d2

The target is the identity on the scale of correlations. On raw returns it would pull all variances
together, and a money fund does not have the variance of shares.

Source: Ledoit and Wolf (2004), Journal of Multivariate Analysis 88(2), 365-411; scikit-learn's
`ledoit_wolf_shrinkage` computes delta.
"""

from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError
from allocator.market.model import Matrix


@dataclass(frozen=True, slots=True, eq=False)
class ShrunkCorrelations:
    """Correlations before and after; `shrinkage` is delta."""

    sample: Matrix
    shrunk: Matrix
    shrinkage: float


def shrink_correlations(returns: Matrix) -> ShrunkCorrelations:
    """Estimate the correlations of the columns of `returns`, one row a period.

    Raises:
        InputError: fewer than two periods, or a column that does not vary.
    """
    # Loading scikit-learn takes more than a second, and few who import this module get here.
    from sklearn.covariance import ledoit_wolf_shrinkage

    if returns.ndim != 2 or len(returns) < 2 or not np.isfinite(returns).all():
        raise InputError(f"correlations of returns of shape {returns.shape} need finite rows")
    deviations = returns - returns.mean(axis=0)
    spreads = np.sqrt((deviations**2).mean(axis=0))
    # A constant column leaves rounding behind, not zero.
    if not (spreads > 1e-12 * np.abs(returns).max(axis=0)).all():
        raise InputError("a column of returns does not vary, so it has no correlation")
    scores = deviations / spreads
    sample = scores.T @ scores / len(scores)
    sample = np.clip((sample + sample.T) / 2, -1, 1)
    np.fill_diagonal(sample, 1)
    delta = float(ledoit_wolf_shrinkage(scores))
    shrunk = (1 - delta) * sample
    np.fill_diagonal(shrunk, 1)
    return ShrunkCorrelations(sample=sample, shrunk=shrunk, shrinkage=delta)
