"""The risky share: how much of financial wealth a person's whole wealth lets them risk.

    share   = (mu - r) / (gamma * sigma**2)                              Merton
    weights = inverse(Sigma) (mu - r) / gamma                            Merton, many assets
    w_LC    = clip(share * (1 + H/A) - beta * H_exposed/A, 0, 1)         with human capital H

Units: mu, r, sigma per year (simple); gamma is CRRA; A is investable financial wealth. Whoever
owns a safe stream of wages already owns something like a bond and may hold more equities; whoever
earns wages that fall with equities may hold fewer. No borrowing, no short sales.

Merton's share is the limit of continuous trading; once a year, with normal returns, the best
share differs from it by up to 0.003 where risk aversion is 2 to 10.
Sources: Merton (1969), Review of Economics and Statistics 51(3), 247-257; Bodie, Merton and
Samuelson (1992).
"""

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.life_cycle.human_capital import HumanCapital

Array = NDArray[np.float64]


def merton_share(*, risk_premium: float, volatility: float, risk_aversion: float) -> float:
    """Return the optimal risky share, unclipped.

    Args:
        risk_premium: mu - r, per year.
        volatility: Standard deviation of the risky return, per year; positive.
        risk_aversion: CRRA; positive. The optimizer uses the same number.

    Raises:
        InputError: volatility or risk_aversion is not positive.

    >>> merton_share(risk_premium=0.03, volatility=0.25, risk_aversion=2.0)
    0.24
    """
    if volatility <= 0 or risk_aversion <= 0:
        raise InputError(f"need positive {volatility=} and {risk_aversion=}")
    return risk_premium / (risk_aversion * volatility**2)


def merton_weights(*, risk_premia: Array, covariance: Array, risk_aversion: float) -> Array:
    """Return the optimal shares of several risky assets, unclipped, in the order given.

    Cash takes what is left of one.

    Raises:
        InputError: shapes differ, the covariance is singular, or risk_aversion is not positive.
    """
    n = len(risk_premia)
    if risk_premia.shape != (n,) or covariance.shape != (n, n) or risk_aversion <= 0:
        raise InputError(
            f"need n premia, an n by n covariance and a positive risk aversion, got "
            f"{risk_premia.shape}, {covariance.shape} and {risk_aversion}"
        )
    try:
        return np.asarray(np.linalg.solve(covariance, risk_premia) / risk_aversion)
    except np.linalg.LinAlgError:
        raise InputError("the covariance is singular: two assets are the same bet") from None


def unclipped_life_cycle_share(
    *, merton: float, capital: HumanCapital, financial_wealth: float
) -> float:
    """Return the share before the bounds: above 1 it would borrow, below 0 sell short.

    Raises:
        InputError: financial wealth is not positive.
    """
    if financial_wealth <= 0:
        raise InputError(f"financial wealth must be positive, got {financial_wealth}")
    bonus = merton * (1 + capital.total / financial_wealth)
    return bonus - capital.beta * capital.exposed / financial_wealth


def life_cycle_share(*, merton: float, capital: HumanCapital, financial_wealth: float) -> float:
    """Return w_LC, the optimal share of financial wealth in risky assets, in [0, 1].

    Args:
        merton: The share without human capital, of `merton_share`.
        capital: Human capital at the same date.
        financial_wealth: A, investable wealth; positive.

    Raises:
        InputError: financial wealth is not positive.
    """
    share = unclipped_life_cycle_share(
        merton=merton, capital=capital, financial_wealth=financial_wealth
    )
    return min(1.0, max(0.0, share))
