"""The optimizer's objective and limits at given weights, for plans that no solver found.

Fees shrink wealth: with `held` as shares of wealth before them, T = 1'held = 1 - fees is left and
the weights are held/T. Limits are kept after fees, so that an emergency fund is whole when all is
paid. A limit that sits where it does because nothing better can be reached has no such room: every
fee misses it, whatever is traded. Such a limit is judged as if the fees still lay in the account.
"""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from allocator.market.model import Vector
from allocator.optimizer.inputs import WISHES, Inputs

# The needs whose breaches come first: the class caps follow one by one, then any wishes.
OF_THE_WHOLE = ("risky_share", "volatility", "liquidity", "stable")


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


def spared_by_fees(inputs: Inputs, *, gave: Collection[str], fees: float) -> NDArray[np.bool_]:
    """Return which limits, in the order of `breaches`, are judged as if no fee had been paid.

    Args:
        inputs: With the limits that the optimizer could keep.
        gave: The needs that could not be met in full.
        fees: What is likely to be paid, as a share of wealth; a cap that leaves less than that
            above what cannot be sold, or above what is held within it, is spared too.
    """
    wishes = WISHES if inputs.has_wishes else ()
    # A cap of the whole is never missed.
    is_within = (inputs.current <= inputs.caps) & (inputs.caps < 1)
    within = np.where(is_within, inputs.current, 0.0)
    is_tight = np.maximum(inputs.fixed, within) > inputs.caps * (1 - fees)
    return np.array(
        [
            *(need in gave for need in OF_THE_WHOLE),
            *("class_caps" in gave or tight for tight in is_tight),
            *(wish in gave for wish in wishes),
        ],
        dtype=np.bool_,
    )


def breaches_after_fees(
    inputs: Inputs, held: Vector, *, spared: NDArray[np.bool_], account: int
) -> Vector:
    """Return `breaches` of what is held, as shares of what is left after fees.

    Args:
        held: Shares of wealth before fees; they add up to what is left.
        spared: The limits judged as if the fees still lay in the account.
        account: The account's index among the classes.
    """
    left = held.sum()
    before = held.copy()
    before[account] += 1 - left
    return np.where(spared, breaches(inputs, before) / left, breaches(inputs, held / left))
