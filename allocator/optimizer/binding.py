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

The multiplier of a bound of one class follows from its own gradient once those of the needs and of
the budget are known. Where a lock fills its cap, both bounds meet, and only the difference of their
multipliers is determined.
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
# A lock this close to its cap fills it: where needs gave, every cap is left a hair of room.
_NO_ROOM = 1e-5

# Class caps are many limits at once; each is priced with its class.
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


def with_lock(inputs: Inputs, position: int, *, level: float, class_cap: float) -> Inputs:
    """Return the inputs with so much fixed in a class, and the cap that makes room for it."""
    fixed, caps = inputs.fixed.copy(), inputs.caps.copy()
    fixed[position], caps[position] = level, max(class_cap, level)
    return replace(inputs, fixed=fixed, caps=caps)


def with_cap(inputs: Inputs, position: int, *, level: float) -> Inputs:
    """Return the inputs with the cap of a class at another level."""
    caps = inputs.caps.copy()
    caps[position] = level
    return replace(inputs, caps=caps)


def dual_of(solution: Solution, need: str) -> float:
    """Return the multiplier of a need, per year and unit of the need."""
    return float(getattr(solution, _DUALS.get(need, f"{need}_dual")))


def lock_dual(inputs: Inputs, solution: Solution, position: int) -> float:
    """Return the multiplier of what is fixed in a class, less its cap's where the two meet."""
    shared = solution.cap_dual[position] if _is_filled(inputs)[position] else 0.0
    return float(solution.fixed_dual[position] - shared)


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
    loose = _loose(inputs, solution)
    return tuple(need for need in PRICED_NEEDS if need in loose)


def has_unique_bound(inputs: Inputs, solution: Solution, position: int) -> bool:
    """Return whether the multiplier of a bound of a class is the only one.

    It is not where more of the class would be bought and less sold, at a cost each way, and where
    the multipliers of the needs or the budget's own are not unique.
    """
    is_at_kink = _at_rest(solution)[position] and _sticky(inputs)[position]
    return not is_at_kink and not _loose(inputs, solution)


def _loose(inputs: Inputs, solution: Solution) -> set[str]:
    """Return the needs whose multipliers are not unique; the budget and corners are nameless."""
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
    return {need for need, entry in zip(owners, null, strict=True) if entry > _NULL}


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
    cost something or are limited. A lock that fills its cap holds the class with either sign.
    """
    x, w = solution, solution.weights
    needs = [_slack(inputs, w, need) for need in PRICED_NEEDS]
    needs += [dual_of(x, need) for need in PRICED_NEEDS]
    has_room = ~_is_filled(inputs)
    bounds = [w - inputs.fixed, inputs.caps - w, x.fixed_dual * has_room, x.cap_dual * has_room]
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


def _is_filled(inputs: Inputs) -> Mask:
    return np.asarray(inputs.caps - inputs.fixed < _NO_ROOM)


def _at_rest(solution: Solution) -> Mask:
    return np.asarray((solution.bought < _NO_TRADE) & (solution.sold < _NO_TRADE))


def _sticky(inputs: Inputs) -> Mask:
    return np.asarray((inputs.buy_cost + inputs.sell_cost > 0) | (inputs.buy_limit <= 0))
