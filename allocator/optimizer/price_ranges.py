"""How far a marginal price reaches: between which levels of a need the same limits bind.

Between the ends the weights follow one law, and the marginal price runs one way: as the optimum is
concave in the need, it rises as the need tightens. It lies between its values at the ends, and is
a straight line where neither volatility nor shortfall binds. The ends are found by bisection on
solved problems, from inside, to one part in two thousand of where the need may lie at all: a
twentieth of a percentage point of a weight. That takes at most 24 solves.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from allocator.optimizer.binding import active_set, dual_of, level_of, with_level
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import Allocation, solve_verified

_BISECTIONS = 11


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The levels at which the limits that bind now go on to bind.

    Attributes:
        low, high: Ends, in the unit of the need.
        least, most: The marginal price at the cheaper end and at the dearer one.
    """

    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class _End:
    level: float
    price: float


def price_range(allocation: Allocation, need: str) -> PriceRange:
    """Return the range of a binding need's marginal price."""
    i = allocation.inputs
    return _range(
        allocation,
        here=level_of(i, need),
        ends=_ends(i, need),
        at=lambda level: with_level(i, need, level),
        price=lambda solution: dual_of(solution, need),
    )


def lock_price_range(allocation: Allocation, position: int) -> PriceRange:
    """Return the range of the marginal price of what is fixed in the class at `position`."""
    i = allocation.inputs

    def at(level: float) -> Inputs:
        fixed = i.fixed.copy()
        fixed[position] = level
        return replace(i, fixed=fixed)

    return _range(
        allocation,
        here=float(i.fixed[position]),
        ends=(0.0, float(min(i.caps[position], i.current[position] + i.buy_limit[position]))),
        at=at,
        price=lambda solution: float(solution.fixed_dual[position]),
    )


def _range(
    allocation: Allocation,
    *,
    here: float,
    ends: tuple[float, float],
    at: Callable[[float], Inputs],
    price: Callable[[Solution], float],
) -> PriceRange:
    pattern = active_set(allocation.inputs, allocation.solution)

    def end_at(level: float) -> _End | None:
        inputs = at(level)
        found = solve_verified(inputs)
        if found is None or active_set(inputs, found[0]) != pattern:
            return None
        return _End(level, price(found[0]))

    now = _End(here, price(allocation.solution))
    low, high = (_furthest(now, end, end_at) for end in ends)
    return PriceRange(
        low.level,
        high.level,
        least=min(now.price, low.price, high.price),
        most=max(now.price, low.price, high.price),
    )


def _furthest(now: _End, end: float, end_at: Callable[[float], _End | None]) -> _End:
    last = end_at(end)
    if last is not None:
        return last
    inside, outside = now, end
    for _ in range(_BISECTIONS):
        middle = (inside.level + outside) / 2
        found = end_at(middle)
        if found is None:
            outside = middle
        else:
            inside = found
    # Inside all the way: the end itself closes the range, where other limits begin to bind too.
    return inside if outside != end else _End(end, inside.price)


def _ends(inputs: Inputs, need: str) -> tuple[float, float]:
    """Return between which levels a need can bind: the extremes of its own left-hand side."""
    mean, volatilities = inputs.net_returns, np.linalg.norm(inputs.factor, axis=0)
    match need:
        case "volatility":
            return 0.0, float(volatilities.max())
        case "desired_return":
            return float(mean.min()), float(mean.max())
        case "shortfall":
            return float((mean - inputs.deviations * volatilities).min()), float(mean.max())
        case _:
            return 0.0, 1.0
