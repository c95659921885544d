"""What a need costs per year: marginal and in total.

The objective is a certainty-equivalent return per year. The multiplier of a need is what one more
unit of it costs (*marginal*); the objective gained when the need is dropped and the problem is
solved again is what all of it costs (*total*). As the optimum is concave in the need,

    total <= marginal * |need - level the free optimum would choose|

A multiplier means something only where it is the only one: the need must bind, be felt (above
1e-5), and not be degenerate (`binding`). For degenerate needs the price of the group is found by
dropping all of them.

Locks and class caps have prices in the same sense. A lock beyond its class's cap raises the cap to
itself; without the lock the cap is what it was. Where needs gave way, a total compares with the
needs as they were wanted, and there is none where they can still not be met.
"""

from collections.abc import Callable
from dataclasses import dataclass

from allocator.optimizer.binding import (
    LARGEST_SLACK,
    binding_needs,
    degenerate_needs,
    dual_of,
    has_unique_bound,
    level_of,
    lock_dual,
    with_cap,
    with_level,
    with_lock,
    without,
)
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.solver import Allocation, best_objective

LEAST_MULTIPLIER = 1e-5
# A price that a reader would see as zero is not spoken of.
LEAST_PRICE = 5e-5


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a binding limit.

    Attributes:
        need: The need, `locks` or `class_caps`.
        limit: A weight, or a volatility or return per year.
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
    """Return the prices of the needs that bind and are felt, in the order of `PRICED_NEEDS`.

    A need whose total cannot be told, by the rule above or because no solver answers, is left out.
    """
    i, x = allocation.inputs, allocation.solution
    degenerate = degenerate_needs(i, x)
    found = []
    for need in binding_needs(i, x):
        if dual_of(x, need) <= LEAST_MULTIPLIER:
            continue
        total = _total_without(allocation, (need,))
        if total is not None:
            marginal = None if need in degenerate else dual_of(x, need)
            found.append(Price(need, level_of(i, need), marginal, total))
    return tuple(found)


def group_price(allocation: Allocation) -> GroupPrice | None:
    """Return the price of the degenerate needs together, None where fewer than two are.

    None as well where the total cannot be told.
    """
    needs = degenerate_needs(allocation.inputs, allocation.solution)
    if len(needs) < 2:
        return None
    total = _total_without(allocation, needs)
    return None if total is None else GroupPrice(needs, total)


def leans_on_lock(allocation: Allocation, position: int) -> bool:
    """Return whether less of a class would be held if it were not fixed."""
    i, x = allocation.inputs, allocation.solution
    is_held = i.fixed[position] > 0 and x.weights[position] - i.fixed[position] < LARGEST_SLACK
    return bool(is_held and lock_dual(i, x, position) > LEAST_MULTIPLIER)


def lock_price(allocation: Allocation, position: int, *, class_cap: float) -> Price | None:
    """Return the price of what is fixed in the class at `position`, None if it cannot be told.

    Args:
        allocation: Where the lock binds.
        position: Of the class.
        class_cap: As wanted; a lock beyond it raises the cap to itself.
    """
    i, x = allocation.inputs, allocation.solution
    total = _total(
        allocation, lambda wanted: with_lock(wanted, position, level=0.0, class_cap=class_cap)
    )
    if total is None:
        return None
    marginal = lock_dual(i, x, position) if has_unique_bound(i, x, position) else None
    return Price("locks", float(i.fixed[position]), marginal, total)


def leans_on_cap(allocation: Allocation, position: int) -> bool:
    """Return whether more of a class would be held if it had no cap.

    Where a lock fills the cap, the lock is the reason; a cap of one is the budget's. A cap of zero
    meets the bounds of trades and of short positions, and no multiplier is its own: it counts where
    the class without it gains something visible.
    """
    i, x = allocation.inputs, allocation.solution
    cap = i.caps[position]
    if cap == 0:
        price = cap_price(allocation, position)
        return price is not None and price.total > LEAST_PRICE
    is_filled = cap - x.weights[position] < LARGEST_SLACK and i.fixed[position] < cap < 1
    return bool(is_filled and x.cap_dual[position] > LEAST_MULTIPLIER)


def cap_price(allocation: Allocation, position: int) -> Price | None:
    """Return the price of the cap of the class at `position`, None if it cannot be told.

    A cap of zero cannot be lowered, so it has no marginal price.
    """
    i, x = allocation.inputs, allocation.solution
    total = _total(allocation, lambda wanted: with_cap(wanted, position, level=1.0))
    if total is None:
        return None
    is_unique = i.caps[position] > 0 and has_unique_bound(i, x, position)
    marginal = float(x.cap_dual[position]) if is_unique else None
    return Price("class_caps", float(i.caps[position]), marginal, total)


def _total_without(allocation: Allocation, needs: tuple[str, ...]) -> float | None:
    return _total(allocation, lambda wanted: without(wanted, needs))


def _total(allocation: Allocation, ease: Callable[[Inputs], Inputs]) -> float | None:
    wanted = allocation.inputs
    for given in allocation.relaxations:
        if given.need == "class_caps":
            # Which caps gave is not kept: as wanted they are not known here.
            return None
        wanted = with_level(wanted, given.need, given.wanted)
    best = best_objective(ease(wanted))
    return None if best is None else best - allocation.objective
