"""What it costs to hold another share than the best one.

    z(X)     the value of a policy, stated as consumption: V = z**(1-gamma) / (1-gamma)
    z**(1-gamma) = C**(1-gamma) + discount * survival * E[(growth * z_next)**(1-gamma)]
    loss(X)  = 1 - z(policy) / z(optimum)

The loss is the fraction of all consumption, in every year and state, that somebody would give up
to hold the best share instead. Consumption is left as it is in the optimum, so the loss is a little
more than that of somebody who adapts it too.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.life_cycle.dynamic_programme import LifeCyclePolicy, line
from allocator.life_cycle.life_cycle_problem import year_shocks

Array = NDArray[np.float64]

# Points of cash on hand at which nothing is saved.
_POINTS_WITHOUT_SAVING = 30


def with_shares(policy: LifeCyclePolicy, shares: Array) -> LifeCyclePolicy:
    """Return the policy with other shares, one row an age and one column a wealth of its grid.

    Raises:
        InputError: another shape, or shares outside [0, 1].
    """
    if shares.shape != policy.shares.shape or shares.min() < 0 or shares.max() > 1:
        raise InputError(f"need shares in [0, 1] of shape {policy.shares.shape}")
    return replace(policy, shares=shares)


def loss_of_shares(
    optimum: LifeCyclePolicy, other: LifeCyclePolicy, *, age: int, cash_to_income: Array
) -> Array:
    """Return what holding the other shares from `age` on costs, a fraction of consumption.

    Raises:
        InputError: an age outside the problem.
    """
    return 1 - _value(other, age, cash_to_income) / _value(optimum, age, cash_to_income)


def _value(policy: LifeCyclePolicy, first_age: int, cash_to_income: Array) -> Array:
    problem, power = policy.problem, 1 - policy.problem.risk_aversion
    next_cash = next_value = np.array([0.0, 1.0])
    if not problem.first_age <= first_age < problem.last_age:
        raise InputError(f"age {first_age} lies outside the problem")
    for age in range(problem.last_age - 1, first_age - 1, -1):
        row, shocks = age - problem.first_age, year_shocks(problem, age=age)
        returns = 1 + problem.riskless_rate + policy.shares[row][:, None] * shocks.excess
        after = policy.wealth[:, None] * returns / shocks.growth
        worth = np.zeros_like(after)
        for income, chance in zip(shocks.incomes, shocks.chances, strict=True):
            worth += chance * line(after + income, next_cash, next_value) ** power
        ahead = (worth * shocks.growth**power) @ shocks.weights
        ahead *= problem.discount_factor * problem.survival[row]
        least = policy.cash[row][0]
        below = np.linspace(least / _POINTS_WITHOUT_SAVING, least, _POINTS_WITHOUT_SAVING)[:-1]
        consumption = np.concatenate([below, policy.cash[row] - policy.wealth])
        ahead = np.concatenate([np.full(len(below), ahead[0]), ahead])
        next_cash = np.concatenate([[0.0], below, policy.cash[row]])
        next_value = np.concatenate([[0.0], (consumption**power + ahead) ** (1 / power)])
    return line(cash_to_income, next_cash, next_value)
