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
Feasibility is measured in weights. The optimality conditions are measured in yearly return while
all multipliers are below one, as they are wherever the needs can be met; relaxed needs may have
multipliers in the thousands, and are then measured relative to the largest.
"""

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import Solution

# A thousandth of a basis point a year: far below anything a client can be shown.
KKT_TOLERANCE = 1e-7


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
    w, b, s = x.weights, x.bought, x.sold
    exposure = i.factor @ w
    sigma_w = i.factor.T @ exposure
    volatility = float(np.linalg.norm(exposure))
    mean = float(i.net_returns @ w)
    # Slack and multiplier of every inequality, the slack written as "at least zero".
    inequalities: list[tuple[Vector, Vector]] = [
        (w - i.fixed, x.fixed_dual),
        (i.caps - w, x.cap_dual),
        (b, x.buy_sign_dual),
        (i.buy_limit - b, x.buy_limit_dual),
        (s, x.sell_sign_dual),
        (i.current - s, x.sell_limit_dual),
        _scalar(i.risky_share - float(i.risky @ w), x.risky_dual),
        _scalar(i.volatility - volatility, x.volatility_dual),
        _scalar(float(i.liquid @ w) - i.liquidity_floor, x.liquidity_dual),
        _scalar(float(i.stable @ w) - i.stable_floor, x.stable_dual),
        _scalar(i.equity_cap - float(i.equity @ w), x.equity_cap_dual),
        _scalar(float(i.equity @ w) - i.equity_floor, x.equity_floor_dual),
        _scalar(mean - i.deviations * volatility - i.shortfall, x.shortfall_dual),
        _scalar(mean - i.desired_return, x.desired_return_dual),
    ]
    price_of_risk = x.volatility_dual + i.deviations * x.shortfall_dual
    stationarity = [
        i.tilt
        - i.risk_aversion * sigma_w
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
    ]
    feasibility = [
        abs(float(w.sum()) - 1),
        float(np.abs(w - i.current - b + s).max()),
        *(float(np.maximum(-slack, 0).max()) for slack, _ in inequalities),
    ]
    optimality = [
        *(float(np.abs(r).max()) for r in stationarity),
        *(float(np.maximum(-dual, 0).max()) for _, dual in inequalities),
        *(float(np.abs(slack * dual).max()) for slack, dual in inequalities),
        float(np.linalg.norm(x.risk_dual)) - price_of_risk,
        abs(price_of_risk * volatility - float(x.risk_dual @ exposure)),
    ]
    largest_multiplier = max(float(np.abs(dual).max()) for _, dual in inequalities)
    worst = max(*feasibility, max(optimality) / max(1.0, largest_multiplier))
    return worst if np.isfinite(worst) else float("inf")


def _scalar(slack: float, dual: float) -> tuple[Vector, Vector]:
    return np.array([slack]), np.array([dual])
