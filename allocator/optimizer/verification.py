"""Our own check of an optimum: a solver's status is a claim, the KKT residuals are the proof.

With g = tilt - risk_aversion Sigma w, an optimum has, besides feasibility,

    g - budget - trade + fixed - caps + liquid*l + stable*t - risky*r + equity*(f - c)
      + mu*(h + d) - F'u = 0
    -buy_cost + trade + buy_sign - buy_limit = 0
    -sell_cost - trade + sell_sign - sell_limit = 0

non-negative multipliers of inequalities, and every multiplier times its slack equal to zero. h and
d belong to the shortfall limit and the desired return; u, a vector, to risk >= |F w|, with

    |u| <= k,  k |F w| = u'F w,  k = volatility + deviations*h

At the optimum u = k F w/|F w|. That closed form is not used: a direction is known only to the
square root of the gap, and where F w = 0 there is none.

Feasibility is measured in weights. The optimality conditions are measured in yearly return, and
where a multiplier exceeds one relative to the largest: relaxed needs may have multipliers in the
thousands. Of two limits that may meet, as a lock and its cap, only the difference counts, for both
multipliers may then be as large as one likes. And nothing is measured relative to more than a
thousand (times the largest cost, where that exceeds all wealth a year), or multipliers that cancel
could make any point pass.
"""

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import Solution

# A thousandth of a basis point a year: far below anything a client can be shown.
KKT_TOLERANCE = 1e-7
# With this many times the tolerance a residual is a basis point a year at the very most.
_LARGEST_SCALE = 1e3


def kkt_residual(inputs: Inputs, solution: Solution) -> float:
    """Return the largest violation of the conditions above; infinite for a NaN.

    The conditions prove an optimum of a concave utility only, so a negative risk aversion has none.
    """
    if inputs.risk_aversion < 0:
        return float("inf")
    # A solver that went astray may leave numbers whose products overflow: they are no optimum.
    with np.errstate(all="ignore"):
        return _residual(inputs, solution)


def _residual(inputs: Inputs, solution: Solution) -> float:
    i, x = inputs, solution
    w, exposure = x.weights, i.factor @ x.weights
    inequalities = _inequalities(i, x)
    price_of_risk = x.volatility_dual + i.deviations * x.shortfall_dual
    feasibility = [
        abs(w.sum() - 1),
        *np.abs(w - i.current - x.bought + x.sold),
        *(np.maximum(-slack, 0).max() for slack, _ in inequalities),
    ]
    optimality = [
        *(np.abs(gradient).max() for gradient in _gradients(i, x)),
        *(np.maximum(-dual, 0).max() for _, dual in inequalities),
        *(np.abs(slack * dual).max() for slack, dual in inequalities),
        np.linalg.norm(x.risk_dual) - price_of_risk,
        abs(price_of_risk * np.linalg.norm(exposure) - x.risk_dual @ exposure),
    ]
    # Of numbers with a NaN among them, max() may return any; that of an array is NaN.
    worst = float(np.max([*feasibility, *(np.array(optimality) / _scale(i, x))]))
    return worst if np.isfinite(worst) else float("inf")


def _inequalities(inputs: Inputs, solution: Solution) -> list[tuple[Vector, Vector]]:
    """Return slack and multiplier of every inequality, the slack written as "at least zero"."""
    i, x, w = inputs, solution, solution.weights
    mean, equity = i.net_returns @ w, i.equity @ w
    volatility = np.linalg.norm(i.factor @ w)
    of_the_whole = [
        (i.risky_share - i.risky @ w, x.risky_dual),
        (i.volatility - volatility, x.volatility_dual),
        (i.liquid @ w - i.liquidity_floor, x.liquidity_dual),
        (i.stable @ w - i.stable_floor, x.stable_dual),
        (i.equity_cap - equity, x.equity_cap_dual),
        (equity - i.equity_floor, x.equity_floor_dual),
        (mean - i.deviations * volatility - i.shortfall, x.shortfall_dual),
        (mean - i.desired_return, x.desired_return_dual),
    ]
    return [
        (w - i.fixed, x.fixed_dual),
        (i.caps - w, x.cap_dual),
        (x.bought, x.buy_sign_dual),
        (i.buy_limit - x.bought, x.buy_limit_dual),
        (x.sold, x.sell_sign_dual),
        (i.current - x.sold, x.sell_limit_dual),
        *((np.array([slack]), np.array([dual])) for slack, dual in of_the_whole),
    ]


def _gradients(inputs: Inputs, solution: Solution) -> tuple[Vector, Vector, Vector]:
    """Return the slopes of the Lagrangian in weights, purchases and sales: zero at an optimum."""
    i, x = inputs, solution
    return (
        i.tilt
        - i.risk_aversion * i.factor.T @ (i.factor @ x.weights)
        - x.budget_dual
        - x.trade_dual
        + x.fixed_dual
        - x.cap_dual
        + i.liquid * x.liquidity_dual
        + i.stable * x.stable_dual
        - i.risky * x.risky_dual
        + i.equity * (x.equity_floor_dual - x.equity_cap_dual)
        + i.net_returns * (x.shortfall_dual + x.desired_return_dual)
        - i.factor.T @ x.risk_dual,
        -i.buy_cost + x.trade_dual + x.buy_sign_dual - x.buy_limit_dual,
        -i.sell_cost - x.trade_dual + x.sell_sign_dual - x.sell_limit_dual,
    )


def _scale(inputs: Inputs, solution: Solution) -> float:
    """Return what the optimality conditions are measured relative to, by the rule above."""
    x = solution
    dearest = max(1.0, float(inputs.buy_cost.max()), float(inputs.sell_cost.max()))
    multipliers = [
        *(x.fixed_dual - x.cap_dual),
        *(x.buy_sign_dual - x.buy_limit_dual),
        *(x.sell_sign_dual - x.sell_limit_dual),
        x.equity_floor_dual - x.equity_cap_dual,
        *(x.risky_dual, x.volatility_dual, x.liquidity_dual, x.stable_dual),
        *(x.shortfall_dual, x.desired_return_dual),
    ]
    return float(np.clip(np.abs(multipliers).max(), 1, _LARGEST_SCALE * dearest))
