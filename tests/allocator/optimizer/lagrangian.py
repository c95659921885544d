"""The residual of an optimum, written once more from the Lagrangian of the problem.

`allocator.optimizer.problem` states the problem; exposure and risk are variables of their own here.
The Lagrangian is quadratic in all variables, so its central differences are its gradient, and every
condition of an optimum follows from it.
"""

from dataclasses import dataclass

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import Solution

# The multipliers of the inequalities, and those of them that belong to the whole.
OF_A_CLASS = {
    "fixed": "fixed_dual",
    "caps": "cap_dual",
    "buy_sign": "buy_sign_dual",
    "buy_limit": "buy_limit_dual",
    "sell_sign": "sell_sign_dual",
    "sell_limit": "sell_limit_dual",
}
OF_THE_WHOLE = {
    "risky_share": "risky_dual",
    "volatility": "volatility_dual",
    "liquidity_floor": "liquidity_dual",
    "stable_floor": "stable_dual",
    "equity_cap": "equity_cap_dual",
    "equity_floor": "equity_floor_dual",
    "shortfall": "shortfall_dual",
    "desired_return": "desired_return_dual",
}
DUALS = OF_A_CLASS | OF_THE_WHOLE


def lagrangian(i: Inputs, x: Solution, z: Vector) -> float:
    """Return the Lagrangian at z = (w, b, s, exposure, risk), the last two not held to F w."""
    w, b, s, exposure = z[:-1].reshape(4, -1)
    risk, mean = z[-1], i.net_returns @ w
    return float(
        (i.tilt @ w - i.risk_aversion / 2 * exposure @ exposure - i.buy_cost @ b - i.sell_cost @ s)
        + x.budget_dual * (1 - w.sum())
        + x.trade_dual @ (i.current + b - s - w)
        + x.fixed_dual @ (w - i.fixed)
        + x.cap_dual @ (i.caps - w)
        + x.buy_sign_dual @ b
        + x.buy_limit_dual @ (i.buy_limit - b)
        + x.sell_sign_dual @ s
        + x.sell_limit_dual @ (i.current - s)
        + x.risky_dual * (i.risky_share - i.risky @ w)
        + x.volatility_dual * (i.volatility - risk)
        + x.liquidity_dual * (i.liquid @ w - i.liquidity_floor)
        + x.stable_dual * (i.stable @ w - i.stable_floor)
        + x.equity_cap_dual * (i.equity_cap - i.equity @ w)
        + x.equity_floor_dual * (i.equity @ w - i.equity_floor)
        + x.shortfall_dual * (mean - i.deviations * risk - i.shortfall)
        + x.desired_return_dual * (mean - i.desired_return)
        - x.risk_dual @ exposure
    )


@dataclass(frozen=True)
class Slopes:
    """Gradients once the multipliers of exposure and risk are what lets their own vanish."""

    weights: Vector
    bought: Vector
    sold: Vector
    price_of_risk: float


def slopes_of(i: Inputs, x: Solution) -> Slopes:
    exposure = i.factor @ x.weights
    z = np.concatenate([x.weights, x.bought, x.sold, exposure, [np.linalg.norm(exposure)]])
    steps = np.eye(len(z))
    slopes = np.array(
        [(lagrangian(i, x, z + step) - lagrangian(i, x, z - step)) / 2 for step in steps]
    )
    w, b, s, of_exposure = slopes[:-1].reshape(4, -1)
    return Slopes(w + i.factor.T @ of_exposure, b, s, -float(slopes[-1]))


def slacks_of(i: Inputs, x: Solution) -> dict[str, Vector]:
    w, deviation = x.weights, float(np.sqrt(x.weights @ (i.factor.T @ i.factor) @ x.weights))
    mean, equity = float(i.net_returns @ w), float(i.equity @ w)
    return {
        "fixed": w - i.fixed,
        "caps": i.caps - w,
        "buy_sign": x.bought,
        "buy_limit": i.buy_limit - x.bought,
        "sell_sign": x.sold,
        "sell_limit": i.current - x.sold,
        "risky_share": np.array([i.risky_share - i.risky @ w]),
        "volatility": np.array([i.volatility - deviation]),
        "liquidity_floor": np.array([i.liquid @ w - i.liquidity_floor]),
        "stable_floor": np.array([i.stable @ w - i.stable_floor]),
        "equity_cap": np.array([i.equity_cap - equity]),
        "equity_floor": np.array([equity - i.equity_floor]),
        "shortfall": np.array([mean - i.deviations * deviation - i.shortfall]),
        "desired_return": np.array([mean - i.desired_return]),
    }


def residual_of(i: Inputs, x: Solution) -> float:
    """Return the residual by the Lagrangian above."""
    slopes, slacks = slopes_of(i, x), slacks_of(i, x)
    duals = {limit: np.atleast_1d(getattr(x, name)) for limit, name in DUALS.items()}
    exposure = i.factor @ x.weights
    missed: list[float] = [
        abs(1 - float(x.weights.sum())),
        float(np.abs(i.current + x.bought - x.sold - x.weights).max()),
        *(float(-slack.min()) for slack in slacks.values()),
    ]
    wrong: list[float] = [
        *(float(np.abs(s).max()) for s in (slopes.weights, slopes.bought, slopes.sold)),
        *(float(-dual.min()) for dual in duals.values()),
        *(float(np.abs(dual * slacks[limit]).max()) for limit, dual in duals.items()),
        float(np.linalg.norm(x.risk_dual)) - slopes.price_of_risk,
        abs(slopes.price_of_risk * float(np.linalg.norm(exposure)) - float(x.risk_dual @ exposure)),
    ]
    net = [
        *(duals["fixed"] - duals["caps"]),
        *(duals["buy_sign"] - duals["buy_limit"]),
        *(duals["sell_sign"] - duals["sell_limit"]),
        *(duals["equity_cap"] - duals["equity_floor"]),
        *(float(duals[limit][0]) for limit in OF_THE_WHOLE if not limit.startswith("equity")),
    ]
    largest = max(1.0, float(np.abs(net).max()))
    dearest = max(1.0, float(i.buy_cost.max()), float(i.sell_cost.max()))
    return max(*missed, max(wrong) / min(largest, 1e3 * dearest))
