"""People who follow an optimal policy from their first wage on: what wealth and share they have.

    share at an age = sum over people of share * A / sum over people of A

People start without wealth. Every year brings each of them a return, a permanent and, before
retirement, a transitory shock, drawn from the nodes the policy was solved with, so that nothing
can happen that the policy did not reckon with. Deaths thin the people out but, being drawn alike
from all of them, change no average.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.life_cycle.dynamic_programme import LifeCyclePolicy
from allocator.life_cycle.life_cycle_problem import year_shocks

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class SaverPaths:
    """Averages by age over those alive.

    Attributes:
        ages: From the first wage to the last decision.
        shares: Wealth-weighted mean share, a fraction.
        wealth_to_income: Median wealth after consumption over permanent income or the pension.
    """

    ages: tuple[int, ...]
    shares: Array
    wealth_to_income: Array

    def share_at(self, age: int) -> float:
        """Return the wealth-weighted mean share at one age.

        Raises:
            InputError: an age that was not simulated.
        """
        if age not in self.ages:
            raise InputError(f"age {age} was not simulated")
        return float(self.shares[self.ages.index(age)])


def simulate_savers(policy: LifeCyclePolicy, *, people: int, seed: int) -> SaverPaths:
    """Return the averages of so many people.

    Raises:
        InputError: fewer than one person.
    """
    if people < 1:
        raise InputError(f"need at least one person, got {people}")
    problem, draws = policy.problem, np.random.default_rng(seed)
    ages = tuple(range(problem.first_age, problem.last_age))
    income = np.full(people, problem.income_path[0])
    first = year_shocks(problem, age=problem.first_age)
    cash = draws.choice(first.incomes, people, p=first.chances)
    shares, medians = [], []
    for age in ages:
        wealth = policy.wealth_after_consumption(age=age, cash_to_income=cash)
        share = policy.shares_at(age=age, wealth_to_income=wealth)
        held = wealth * income
        shares.append(float(share @ held / held.sum()))
        medians.append(float(np.median(wealth)))
        shocks = year_shocks(problem, age=age)
        node = draws.choice(len(shocks.weights), people, p=shocks.weights)
        wage = draws.choice(shocks.incomes, people, p=shocks.chances)
        returns = 1 + problem.riskless_rate + share * shocks.excess[node]
        cash = wealth * returns / shocks.growth[node] + wage
        income = income * shocks.growth[node]
    return SaverPaths(ages, np.array(shares), np.array(medians))
