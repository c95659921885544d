"""The limits that an optimum leans on, by name.

A need is leaned on when it binds and its multiplier is felt; a hard limit when it does in some
class. A month's cash in the account is fixed for everybody and limits nothing worth a word.
"""

import numpy as np
from numpy.typing import NDArray

from allocator.market.model import Vector
from allocator.optimizer.binding import LARGEST_SLACK, binding_needs, dual_of, lock_dual
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.prices import LEAST_MULTIPLIER
from allocator.optimizer.solver import Allocation
from allocator.product_classes import ProductClass


def leaned_limits(allocation: Allocation) -> tuple[Limit, ...]:
    """Return the limits that an allocation leans on, in the order of `Limit`."""
    i, x = allocation.inputs, allocation.solution
    found = {Limit(n) for n in binding_needs(i, x) if dual_of(x, n) > LEAST_MULTIPLIER}
    outside = np.array([c is not ProductClass.DEMAND_DEPOSIT for c in allocation.weights.classes])
    locks = np.array([lock_dual(i, x, place) for place in range(len(i.fixed))])
    # Where what is fixed fills its cap, the two meet and only their difference is known.
    caps = np.where(locks < x.fixed_dual, -locks, x.cap_dual)
    hard = {
        Limit.LOCKS: (i.fixed > 0) & outside & _leans(x.weights - i.fixed, locks),
        Limit.SUITABILITY: (i.buy_limit <= 0) & (x.buy_limit_dual > LEAST_MULTIPLIER),
        # A cap of one is the budget's.
        Limit.CLASS_CAPS: (i.caps < 1) & _leans(i.caps - x.weights, caps),
    }
    found |= {limit for limit, where in hard.items() if where.any()}
    return tuple(limit for limit in Limit if limit in found)


def _leans(slack: Vector, multiplier: Vector) -> NDArray[np.bool_]:
    return np.asarray((slack < LARGEST_SLACK) & (multiplier > LEAST_MULTIPLIER))
