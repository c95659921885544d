"""How far a marginal price reaches: between which levels of a need the same limits bind.

Between the ends the weights follow one law, and the marginal price runs one way: as the optimum is
concave in the need, it rises as the need tightens. It lies between its values at the ends, and is
a straight line where neither volatility nor shortfall binds: so are all slacks and multipliers,
and the first of them to reach zero foretells an end. One solve nearby gives the lines, two on
either side of what they foretell confirm it; where they do not, the end is found by bisection.
Either way it is known to one part in two thousand of where the need may lie at all, from inside: a
twentieth of a percentage point of a weight. That takes some 7 solves, and some 30 at the very most.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from allocator.market.model import Vector
from allocator.optimizer.binding import (
    active_set,
    dual_of,
    level_of,
    lock_dual,
    margins,
    with_cap,
    with_level,
    with_lock,
)
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import Allocation, solve_verified

# Of where a need may lie: how well an end is known, and how far away the nearby solve is.
_RESOLUTION = 1 / 2000
_NEARBY = 1 / 200
# Where to look, in resolutions beyond what is foretold; what lies outside what is known is skipped.
_PROBES = (-0.49, -2.0, -8.0, 0.49, 2.0, 8.0)
# Below this a margin is zero, or a solver's last digits.
_LEAST_MARGIN = 1e-6


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
class _At:
    """What was found at a level."""

    level: float
    price: float
    margins: Vector


def price_range(allocation: Allocation, need: str) -> PriceRange:
    """Return the range of a binding need's marginal price."""
    i = allocation.inputs
    return _range(
        allocation,
        here=level_of(i, need),
        ends=_ends(i, need),
        at=lambda level: with_level(i, need, level),
        price=lambda _, solution: dual_of(solution, need),
    )


def lock_price_range(allocation: Allocation, position: int, *, class_cap: float) -> PriceRange:
    """Return the range of the marginal price of what is fixed in the class at `position`.

    Args:
        allocation: Where the lock binds.
        position: Of the class.
        class_cap: As wanted; a lock beyond it raises the cap to itself.
    """
    i = allocation.inputs
    return _range(
        allocation,
        here=float(i.fixed[position]),
        # No more can be locked than is held.
        ends=(0.0, float(max(i.current[position], i.fixed[position]))),
        at=lambda level: with_lock(i, position, level=level, class_cap=class_cap),
        price=lambda inputs, solution: lock_dual(inputs, solution, position),
    )


def cap_price_range(allocation: Allocation, position: int) -> PriceRange:
    """Return the range of the marginal price of the cap of the class at `position`."""
    i = allocation.inputs
    return _range(
        allocation,
        here=float(i.caps[position]),
        ends=(float(i.fixed[position]), 1.0),
        at=lambda level: with_cap(i, position, level=level),
        price=lambda _, solution: float(solution.cap_dual[position]),
    )


def _range(
    allocation: Allocation,
    *,
    here: float,
    ends: tuple[float, float],
    at: Callable[[float], Inputs],
    price: Callable[[Inputs, Solution], float],
) -> PriceRange:
    pattern = active_set(allocation.inputs, allocation.solution)

    def found_at(level: float) -> _At | None:
        inputs = at(level)
        found = solve_verified(inputs)
        if found is None or active_set(inputs, found[0]) != pattern:
            return None
        point = point_at(level, inputs, found[0])
        # A lock beyond its cap may go on to bind as a cap.
        return None if point.price < -_LEAST_MARGIN else point

    def point_at(level: float, inputs: Inputs, solution: Solution) -> _At:
        paid = price(inputs, solution)
        return _At(level, paid, np.append(margins(inputs, solution), paid))

    now = point_at(here, allocation.inputs, allocation.solution)
    resolution = (ends[1] - ends[0]) * _RESOLUTION
    foretold = _foretold(now, ends, found_at)
    low, high = (
        _furthest(now, end, guess, found_at, resolution)
        for end, guess in zip(ends, foretold, strict=True)
    )
    prices = (now.price, low.price, high.price)
    return PriceRange(low.level, high.level, least=min(prices), most=max(prices))


def _foretold(
    now: _At, ends: tuple[float, float], found_at: Callable[[float], _At | None]
) -> tuple[float, float]:
    """Return where the first margin on either side reaches zero, if all are straight lines."""
    step = (ends[1] - ends[0]) * _NEARBY
    tried = (now.level + way * step for way in (1, -1))
    near = next((n for level in tried if (n := found_at(level)) is not None), None)
    if near is None:
        return ends
    is_open = now.margins > _LEAST_MARGIN
    slopes = (near.margins - now.margins)[is_open] / (near.level - now.level)
    with np.errstate(divide="ignore"):
        zeros = now.level - now.margins[is_open] / slopes
    return (
        float(zeros[slopes > 0].max(initial=ends[0])),
        float(zeros[slopes < 0].min(initial=ends[1])),
    )


def _furthest(
    now: _At,
    end: float,
    guess: float,
    found_at: Callable[[float], _At | None],
    resolution: float,
) -> _At:
    inside, outside = now, end
    apart = resolution if end > now.level else -resolution
    for part in _PROBES:
        level = guess + part * apart
        if min(inside.level, outside) < level < max(inside.level, outside):
            found = found_at(level)
            inside, outside = (inside, level) if found is None else (found, outside)
    if outside == end and (last := found_at(end)) is not None:
        return last
    while abs(outside - inside.level) > resolution:
        middle = (inside.level + outside) / 2
        found = found_at(middle)
        inside, outside = (inside, middle) if found is None else (found, outside)
    # Inside all the way: the end itself closes the range, where other limits begin to bind too.
    return inside if outside != end else replace(inside, level=end)


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
