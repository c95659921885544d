"""What a need costs per year: marginal and in total.

The objective is a certainty-equivalent return per year. The multiplier of a need is what one more
unit of it costs (*marginal*); the objective gained when the need is dropped and the problem is
solved again is what all of it costs (*total*). As the optimum is concave in the need,

    total <= marginal * |need - level the free optimum would choose|

A multiplier means something only where it is the only one: the need must bind, be felt (above
1e-5), and not be degenerate (`binding`). For degenerate needs the price of the group is found by
dropping all of them.
"""

from dataclasses import dataclass, replace

from allocator.optimizer.binding import (
    binding_needs,
    degenerate_needs,
    dual_of,
    is_at_kink,
    level_of,
    without,
)
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.solver import Allocation, best_objective

LEAST_MULTIPLIER = 1e-5
# A price that a reader would see as zero is not spoken of.
LEAST_PRICE = 5e-5


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a binding need.

    Attributes:
        limit: The need: a weight, or a volatility or return per year.
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
            limit=level_of(allocation.inputs, need),
            marginal=None if need in degenerate else dual_of(allocation.solution, need),
            total=_total(allocation, without(allocation.inputs, (need,))),
        )
        for need in binding_needs(allocation.inputs, allocation.solution)
        if dual_of(allocation.solution, need) > LEAST_MULTIPLIER
    )


def group_price(allocation: Allocation) -> GroupPrice | None:
    """Return the price of the degenerate needs together, None where fewer than two are."""
    needs = degenerate_needs(allocation.inputs, allocation.solution)
    if len(needs) < 2:
        return None
    return GroupPrice(needs, _total(allocation, without(allocation.inputs, needs)))


def lock_price(allocation: Allocation, position: int) -> Price:
    """Return the price of what is fixed in the class at `position`.

    There is no marginal price where more of the lock would have to be bought and less could be
    sold, at a cost each way, or where the needs' own multipliers are not unique.
    """
    i, x = allocation.inputs, allocation.solution
    fixed = i.fixed.copy()
    fixed[position] = 0.0
    is_unique = not is_at_kink(i, x, position) and not degenerate_needs(i, x)
    return Price(
        "locks",
        limit=float(i.fixed[position]),
        marginal=float(x.fixed_dual[position]) if is_unique else None,
        total=_total(allocation, replace(i, fixed=fixed)),
    )


def _total(allocation: Allocation, eased: Inputs) -> float:
    best = best_objective(eased)
    return 0.0 if best is None else best - allocation.objective
