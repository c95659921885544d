"""What a need costs per year: marginal, in total, and how far the marginal price reaches.

The objective is a certainty-equivalent return per year. The multiplier of a need is what one more
unit of it costs (*marginal*); the objective gained when the need is dropped and the problem is
solved again is what all of it costs (*total*). As the optimum is concave in the need,

    total <= marginal * |need - level the free optimum would choose|

A multiplier means something only where it is the only one: the need must bind (slack below 1e-6),
be felt (above 1e-5), and its gradient must not be a combination of the other binding limits'. With
A the gradients of the binding needs and the budget, over the classes that are free to move,

    unique  if and only if  no y with y'A = 0 has an entry at the need

Needs that share such a y are degenerate: dropping one may gain nothing, because the other holds the
same face. For them the price of the group is found by dropping all of them.

A marginal price is valid while the same limits bind. Between the ends of that range it changes
linearly, as long as volatility is not among them. The ends are found by bisection on solved
problems.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.market.model import Vector
from allocator.optimizer.inputs import SOFT_NEEDS, Inputs
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import Allocation, best_objective, solve_verified

Mask = NDArray[np.bool_]

LEAST_MULTIPLIER = 1e-5
LARGEST_SLACK = 1e-6
# A trade below this is none.
_NO_TRADE = 1e-7
# Gradients are zeros and ones, or volatilities' slopes: a null vector has no small entries.
_NULL = 1e-6
_BISECTIONS = 16

# The needs that have a price, the level that frees each, and the ends between which it may lie.
_FREE = {"risky_share": 1.0, "volatility": 10.0, "liquidity": 0.0, "stable": 0.0}
_ENDS = {need: (0.0, 3.0 if need == "volatility" else 1.0) for need in _FREE}
PRICED_NEEDS = tuple(need for need in SOFT_NEEDS if need in _FREE)


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a binding need.

    Attributes:
        limit: The need: a weight, or a volatility per year.
        marginal: Cost per year of one more unit of it; None where the multiplier is not unique.
        total: Objective gained without it, per year.
    """

    need: str
    limit: float
    marginal: float | None
    total: float


@dataclass(frozen=True, slots=True)
class GroupPrice:
    """The price of needs whose multipliers are not unique, dropped together."""

    needs: tuple[str, ...]
    total: float


def need_prices(allocation: Allocation) -> tuple[Price, ...]:
    """Return the prices of the needs that bind and are felt, in the order of `PRICED_NEEDS`."""
    degenerate = degenerate_needs(allocation.inputs, allocation.solution)
    return tuple(
        Price(
            need,
            limit=_level(allocation.inputs, need),
            marginal=None if need in degenerate else _dual(allocation.solution, need),
            total=_total(allocation, without(allocation.inputs, (need,))),
        )
        for need in _binding(allocation.inputs, allocation.solution)
        if _dual(allocation.solution, need) > LEAST_MULTIPLIER
    )


def group_price(allocation: Allocation) -> GroupPrice | None:
    """Return the price of the degenerate needs together, None where fewer than two are."""
    needs = degenerate_needs(allocation.inputs, allocation.solution)
    if len(needs) < 2:
        return None
    return GroupPrice(needs, _total(allocation, without(allocation.inputs, needs)))


def lock_price(allocation: Allocation, position: int) -> Price:
    """Return the price of what is fixed in the class at `position`."""
    i, x = allocation.inputs, allocation.solution
    fixed = i.fixed.copy()
    fixed[position] = 0.0
    return Price(
        "fixed",
        limit=float(i.fixed[position]),
        marginal=float(x.fixed_dual[position]),
        total=_total(allocation, replace(i, fixed=fixed)),
    )


def without(inputs: Inputs, needs: tuple[str, ...]) -> Inputs:
    """Return the inputs with these needs dropped."""
    for need in needs:
        inputs = _at(inputs, need, _FREE[need])
    return inputs


def degenerate_needs(inputs: Inputs, solution: Solution) -> tuple[str, ...]:
    """Return the binding needs whose multipliers are not unique, by the rule above."""
    w, binding = solution.weights, _binding(inputs, solution)
    free = _free(inputs, solution)
    rows = np.array([_gradient(inputs, w, n)[free] for n in binding] + [np.ones(int(free.sum()))])
    # Rows of unit length, so that one bound tells a zero from a number; a row of zeros stays.
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = rows / np.where(lengths > _NULL, lengths, 1.0)
    left, sizes, _ = np.linalg.svd(rows, full_matrices=True)
    rank = int((sizes > _NULL).sum())
    null = left[:, rank:]
    return tuple(n for k, n in enumerate(binding) if np.abs(null[k]).max(initial=0.0) > _NULL)


def valid_range(allocation: Allocation, need: str) -> tuple[float, float]:
    """Return between which levels of a need the limits that bind now go on to bind.

    Outside of it the marginal price follows another line. Takes up to 34 solves.
    """
    here = _level(allocation.inputs, need)
    pattern = _pattern(allocation.inputs, allocation.solution)

    def is_same(level: float) -> bool:
        inputs = _at(allocation.inputs, need, level)
        found = solve_verified(inputs)
        return found is not None and _pattern(inputs, found[0]) == pattern

    lowest, highest = (_furthest(here, end, is_same) for end in _ENDS[need])
    return lowest, highest


def _furthest(here: float, end: float, is_same: Callable[[float], bool]) -> float:
    if is_same(end):
        return end
    inside, outside = here, end
    for _ in range(_BISECTIONS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if is_same(middle) else (inside, middle)
    return inside


def _binding(inputs: Inputs, solution: Solution) -> list[str]:
    return [
        need
        for need in PRICED_NEEDS
        if _level(inputs, need) != _FREE[need]
        and _slack(inputs, solution.weights, need) < LARGEST_SLACK
    ]


def _at(inputs: Inputs, need: str, level: float) -> Inputs:
    match need:
        case "risky_share":
            return replace(inputs, risky_share=level)
        case "volatility":
            return replace(inputs, volatility=level)
        case "liquidity":
            return replace(inputs, liquidity_floor=level)
        case _:
            return replace(inputs, stable_floor=level)


def _level(inputs: Inputs, need: str) -> float:
    return {
        "risky_share": inputs.risky_share,
        "volatility": inputs.volatility,
        "liquidity": inputs.liquidity_floor,
        "stable": inputs.stable_floor,
    }[need]


def _total(allocation: Allocation, eased: Inputs) -> float:
    best = best_objective(eased)
    return 0.0 if best is None else best - allocation.objective


def _dual(solution: Solution, need: str) -> float:
    return {
        "risky_share": solution.risky_dual,
        "volatility": solution.volatility_dual,
        "liquidity": solution.liquidity_dual,
        "stable": solution.stable_dual,
    }[need]


def _slack(inputs: Inputs, weights: Vector, need: str) -> float:
    volatility = float(np.linalg.norm(inputs.factor @ weights))
    return {
        "risky_share": inputs.risky_share - float(inputs.risky @ weights),
        "volatility": inputs.volatility - volatility,
        "liquidity": float(inputs.liquid @ weights) - inputs.liquidity_floor,
        "stable": float(inputs.stable @ weights) - inputs.stable_floor,
    }[need]


def _gradient(inputs: Inputs, weights: Vector, need: str) -> Vector:
    if need == "volatility":
        exposure = inputs.factor @ weights
        return np.asarray(inputs.factor.T @ exposure / max(float(np.linalg.norm(exposure)), _NULL))
    return {"risky_share": inputs.risky, "liquidity": inputs.liquid, "stable": inputs.stable}[need]


def _free(inputs: Inputs, solution: Solution) -> Mask:
    """Return which classes can move either way at no more than the price of a trade."""
    w = solution.weights
    inside = (w - inputs.fixed > LARGEST_SLACK) & (inputs.caps - w > LARGEST_SLACK)
    at_rest = (solution.bought < _NO_TRADE) & (solution.sold < _NO_TRADE)
    sticky = (inputs.buy_cost + inputs.sell_cost > 0) | (inputs.buy_limit <= 0)
    return np.asarray(inside & ~(at_rest & sticky))


def _pattern(inputs: Inputs, solution: Solution) -> tuple[int, ...]:
    """Return what binds: the needs, and of each class its bound, or the side on which it trades."""
    w = solution.weights
    needs = [int(_slack(inputs, w, need) < LARGEST_SLACK) for need in PRICED_NEEDS]
    low, high = w - inputs.fixed < LARGEST_SLACK, inputs.caps - w < LARGEST_SLACK
    side = (solution.bought > _NO_TRADE).astype(int) - (solution.sold > _NO_TRADE)
    costs = inputs.buy_cost + inputs.sell_cost > 0
    states = np.select([low, high, costs], [2, 3, side], default=4)
    return (*needs, *states.tolist())
