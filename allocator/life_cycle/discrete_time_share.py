"""The best share of someone without income who decides once a year.

    0 = E[(R - r) * (1 + r + share * (R - r))**-gamma],   R normal with mean r + premium

Merton's share decides at every instant. A year apart the best share differs from it a little, and
this one is what a yearly dynamic programme tends to as income becomes small beside wealth. So it,
not Merton's, stands in the rule where the rule is compared with such a programme.
"""

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError

Array = NDArray[np.float64]

_BISECTIONS = 60


def normal_nodes(count: int) -> tuple[Array, Array]:
    """Return Gauss-Hermite nodes and weights of a standard normal variable."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(count)
    return nodes, weights / weights.sum()


def discrete_time_share(
    *,
    risk_aversion: float,
    riskless_rate: float,
    equity_premium: float,
    equity_volatility: float,
    nodes: int = 15,
) -> float:
    """Return the share, in [0, 1].

    Args:
        risk_aversion: CRRA; positive.
        riskless_rate, equity_premium: Per year and simple.
        equity_volatility: Per year; positive.
        nodes: Of the normal return.

    Raises:
        InputError: volatility or risk aversion is not positive.

    >>> share = discrete_time_share(risk_aversion=5.0, riskless_rate=0.01, equity_premium=0.045,
    ...                             equity_volatility=0.2)
    >>> round(share, 6)
    0.226785
    """
    if risk_aversion <= 0 or equity_volatility <= 0:
        raise InputError(f"need positive {risk_aversion=} and {equity_volatility=}")
    z, weights = normal_nodes(nodes)
    excess = equity_premium + equity_volatility * z
    # Beyond this share the worst return would leave nothing, which no such person risks.
    high = min(1.0, (1 + riskless_rate) / -float(excess.min()) * (1 - 1e-9))
    low = 0.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        wealth = 1 + riskless_rate + middle * excess
        if float(weights @ (excess * wealth**-risk_aversion)) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
