"""What it costs to hold another share than the best one.

    z(X)     the value of a policy, stated as consumption: V = z**(1-gamma) / (1-gamma)
    z**(1-gamma) = C**(1-gamma) + discount * survival * E[(growth * z_next)**(1-gamma)]
    loss(X)  = 1 - z(policy) / z(optimum)

The loss is the fraction of all consumption, in every year and state, that somebody would give up
to hold the best share instead. Consumption is left as it is in the optimum, so the loss is a little
more than that of somebody who adapts it too.
"""

from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True, eq=False)
class PolicyValue:
    """z of a policy by age and cash on hand, both over permanent income.

    Attributes:
        first_age: Age of the first row.
        cash, values: Points of z, one row of each an age.
    """

    first_age: int
    cash: Array
    values: Array

    def at(self, *, age: int, cash_to_income: Array) -> Array:
        """Return z.

        Raises:
            InputError: an age outside the problem.
        """
        row = age - self.first_age
        if not 0 <= row < len(self.cash):
            raise InputError(f"age {age} lies outside the problem")
        return line(cash_to_income, self.cash[row], self.values[row])


def value_policy(policy: LifeCyclePolicy) -> PolicyValue:
    """Return the value of going on with a policy, at every age."""
    problem, power = policy.problem, 1 - policy.problem.risk_aversion
    cash: list[Array] = [np.array([0.0, 1.0])]
    values: list[Array] = [np.array([0.0, 1.0])]
    for age in range(problem.last_age - 1, problem.first_age - 1, -1):
        row, shocks = age - problem.first_age, year_shocks(problem, age=age)
        returns = 1 + problem.riskless_rate + policy.shares[row][:, None] * shocks.excess
        after = policy.wealth[:, None] * returns / shocks.growth
        worth = np.zeros_like(after)
        for income, chance in zip(shocks.incomes, shocks.chances, strict=True):
            worth += chance * line(after + income, cash[-1], values[-1]) ** power
        ahead = (worth * shocks.growth**power) @ shocks.weights
        ahead *= problem.discount_factor * problem.survival[row]
        least = policy.cash[row][0]
        below = np.linspace(least / _POINTS_WITHOUT_SAVING, least, _POINTS_WITHOUT_SAVING)[:-1]
        consumption = np.concatenate([below, policy.cash[row] - policy.wealth])
        ahead = np.concatenate([np.full(len(below), ahead[0]), ahead])
        cash.append(np.concatenate([[0.0], below, policy.cash[row]]))
        values.append(np.concatenate([[0.0], (consumption**power + ahead) ** (1 / power)]))
    return PolicyValue(problem.first_age, np.array(cash[:0:-1]), np.array(values[:0:-1]))


def loss(best: PolicyValue, other: PolicyValue, *, age: int, cash_to_income: Array) -> Array:
    """Return what going on with the other policy costs, a fraction of consumption.

    Raises:
        InputError: an age outside the problem.
    """
    value = other.at(age=age, cash_to_income=cash_to_income)
    return 1 - value / best.at(age=age, cash_to_income=cash_to_income)
