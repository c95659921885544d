"""Which needs bind at an optimum, how the optimum leans on them, and whose multipliers are unique.

A need binds when its slack is below 1e-6. With A the gradients of the binding needs and the budget,
over the classes that are free to move, the multiplier of a need is

    unique  if and only if  no y with y'A = 0 has an entry at the need

Needs that share such a y are degenerate: dropping one may gain nothing, because the other holds the
same face.

Volatility |F w| has no gradient where there is no exposure: the cone has a corner there, and its
multiplier is a vector v with |v| <= lambda, each direction of which is a row of F. Of a volatility
cap lambda itself then has no row at all, so any larger one serves as well; of a shortfall wish it
has the row mu.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.market.model import Vector
from allocator.optimizer.inputs import OFF, SOFT_NEEDS, WISHES, Inputs
from allocator.optimizer.problem import Solution

Mask = NDArray[np.bool_]

LARGEST_SLACK = 1e-6
# A trade below this is none.
_NO_TRADE = 1e-7
# Rows are brought to unit length: a null vector has no small entries.
_NULL = 1e-6

# Class caps are many limits at once; each is named with its class, and none has a price.
PRICED_NEEDS = tuple(need for need in SOFT_NEEDS if need != "class_caps") + WISHES
_FREE = {"risky_share": 1.0, "volatility": 10.0, "liquidity": 0.0, "stable": 0.0} | OFF
_FIELDS = {"liquidity": "liquidity_floor", "stable": "stable_floor"}
_DUALS = {"risky_share": "risky_dual"}


def level_of(inputs: Inputs, need: str) -> float:
    """Return what a need asks for: a weight, or a volatility or return per year."""
    return float(getattr(inputs, _FIELDS.get(need, need)))


def with_level(inputs: Inputs, need: str, level: float) -> Inputs:
    """Return the inputs with a need at another level."""
    changed: dict[str, Any] = {_FIELDS.get(need, need): level}
    return replace(inputs, **changed)


def without(inputs: Inputs, needs: tuple[str, ...]) -> Inputs:
    """Return the inputs with these needs dropped."""
    for need in needs:
        inputs = with_level(inputs, need, _FREE[need])
    return inputs


def dual_of(solution: Solution, need: str) -> float:
    """Return the multiplier of a need, per year and unit of the need."""
    return float(getattr(solution, _DUALS.get(need, f"{need}_dual")))


def binding_needs(inputs: Inputs, solution: Solution) -> tuple[str, ...]:
    """Return the needs without slack, in the order of `PRICED_NEEDS`."""
    return tuple(
        need
        for need in PRICED_NEEDS
        if level_of(inputs, need) != _FREE[need]
        and _slack(inputs, solution.weights, need) < LARGEST_SLACK
    )


def degenerate_needs(inputs: Inputs, solution: Solution) -> tuple[str, ...]:
    """Return the binding needs whose multipliers are not unique, by the rule above."""
    free = _free(inputs, solution)
    blocks = [("", np.ones((1, int(free.sum()))))] + [
        (need, _gradients(inputs, solution.weights, need)[:, free])
        for need in binding_needs(inputs, solution)
    ]
    # The first row of a need is its own; the others are directions of a corner.
    owners = [need if not k else "" for need, rows in blocks for k in range(len(rows))]
    rows = np.vstack([rows for _, rows in blocks])
    # A row of zeros stays one: nothing holds its multiplier.
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    left, sizes, _ = np.linalg.svd(rows / np.where(lengths > _NULL, lengths, 1.0))
    null = np.abs(left[:, int((sizes > _NULL).sum()) :]).max(axis=1, initial=0.0)
    loose = {need for need, entry in zip(owners, null, strict=True) if entry > _NULL}
    return tuple(need for need in PRICED_NEEDS if need in loose)


def is_at_kink(inputs: Inputs, solution: Solution, position: int) -> bool:
    """Return whether a class rests where buying has one price and selling another."""
    return bool(_at_rest(solution)[position] and _sticky(inputs)[position])


def active_set(inputs: Inputs, solution: Solution) -> tuple[int, ...]:
    """Return what binds: the needs, and of each class its bound and the side on which it trades."""
    w = solution.weights
    needs = [int(_slack(inputs, w, need) < LARGEST_SLACK) for need in PRICED_NEEDS]
    low, high = w - inputs.fixed < LARGEST_SLACK, inputs.caps - w < LARGEST_SLACK
    side = (solution.bought > _NO_TRADE).astype(int) - (solution.sold > _NO_TRADE)
    # Where trading is free, a purchase and a sale may cancel and say nothing.
    states = 3 * np.select([low, high], [1, 2], default=0) + np.where(_sticky(inputs), side, 0)
    return (*needs, *states.tolist())


def margins(inputs: Inputs, solution: Solution) -> Vector:
    """Return all that must not become negative while the same limits bind.

    Slacks and multipliers of needs and bounds, in an order of their own; of trades only where they
    cost something or are limited.
    """
    x, w = solution, solution.weights
    needs = [_slack(inputs, w, need) for need in PRICED_NEEDS]
    needs += [dual_of(x, need) for need in PRICED_NEEDS]
    bounds = [w - inputs.fixed, inputs.caps - w, x.fixed_dual, x.cap_dual]
    trades = [x.bought, x.sold, x.buy_sign_dual, x.sell_sign_dual, x.buy_limit_dual]
    return np.concatenate([needs, *bounds, *(trade[_sticky(inputs)] for trade in trades)])


def _slack(inputs: Inputs, weights: Vector, need: str) -> float:
    level = level_of(inputs, need)
    volatility = float(np.linalg.norm(inputs.factor @ weights))
    match need:
        case "volatility":
            return level - volatility
        case "shortfall":
            return float(inputs.net_returns @ weights) - inputs.deviations * volatility - level
        case "risky_share" | "equity_cap":
            return level - float(_row(inputs, need) @ weights)
        case _:
            return float(_row(inputs, need) @ weights) - level


def _row(inputs: Inputs, need: str) -> Vector:
    return {
        "risky_share": inputs.risky,
        "liquidity": inputs.liquid,
        "stable": inputs.stable,
        "equity_cap": inputs.equity,
        "equity_floor": inputs.equity,
        "desired_return": inputs.net_returns,
    }[need]


def _gradients(inputs: Inputs, weights: Vector, need: str) -> NDArray[np.float64]:
    if need not in ("volatility", "shortfall"):
        return _row(inputs, need)[np.newaxis]
    mean = inputs.net_returns if need == "shortfall" else np.zeros_like(weights)
    scale = -inputs.deviations if need == "shortfall" else 1.0
    exposure = inputs.factor @ weights
    volatility = float(np.linalg.norm(exposure))
    if volatility < LARGEST_SLACK:
        return np.vstack([mean, inputs.factor])
    return np.asarray(mean + scale * (inputs.factor.T @ exposure) / volatility)[np.newaxis]


def _free(inputs: Inputs, solution: Solution) -> Mask:
    """Return which classes can move either way at no more than the price of a trade."""
    w = solution.weights
    inside = (w - inputs.fixed > LARGEST_SLACK) & (inputs.caps - w > LARGEST_SLACK)
    return np.asarray(inside & ~(_at_rest(solution) & _sticky(inputs)))


def _at_rest(solution: Solution) -> Mask:
    return np.asarray((solution.bought < _NO_TRADE) & (solution.sold < _NO_TRADE))


def _sticky(inputs: Inputs) -> Mask:
    return np.asarray((inputs.buy_cost + inputs.sell_cost > 0) | (inputs.buy_limit <= 0))
