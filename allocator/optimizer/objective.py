"""The optimizer's objective and limits at given weights, for plans that no solver found."""

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.inputs import Inputs


def utility(inputs: Inputs, w: Vector) -> float:
    """Return the optimizer's objective at weights, trading costs from `inputs.current` included."""
    i = inputs
    exposure = i.factor @ w
    return float(
        i.tilt @ w
        - i.risk_aversion / 2 * exposure @ exposure
        - i.buy_cost @ np.maximum(w - i.current, 0)
        - i.sell_cost @ np.maximum(i.current - w, 0)
    )


def breaches(inputs: Inputs, w: Vector) -> Vector:
    """Return by how much each limit is missed: four of the whole, the class caps, any wishes."""
    i = inputs
    missed = [
        i.risky @ w - i.risky_share,
        np.linalg.norm(i.factor @ w) - i.volatility,
        i.liquidity_floor - i.liquid @ w,
        i.stable_floor - i.stable @ w,
        *(w - i.caps),
    ]
    if i.has_wishes:
        equity, mean = i.equity @ w, i.net_returns @ w
        missed += [
            equity - i.equity_cap,
            i.equity_floor - equity,
            i.shortfall - mean + i.deviations * np.linalg.norm(i.factor @ w),
            i.desired_return - mean,
        ]
    return np.maximum(missed, 0)
