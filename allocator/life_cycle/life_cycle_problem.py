"""A person's life as a dynamic programme sees it: incomes, returns, shocks and survival.

    A_t     = X_t - C_t >= 0                        wealth after consumption, nothing borrowed
    X_(t+1) = A_t * R_p + Y_(t+1)                   cash on hand
    R_p     = (1 + r) + share * (R - r),  0 <= share <= 1,  R normal with mean r + premium
    log Y_t = f(t) + v_t + e_t                      while working;  v_(t+1) = v_t + u_(t+1)
    Y_t     = replacement * exp(f(K) + v_K)         after the last working year K

u and e are normal with mean zero, so the median of each factor is one; u and R may be correlated.
Permanent income is exp(f + v), and the pension after the last wage. Gauss-Hermite nodes stand for
the normal distributions: few of them, for with many the worst return loses everything, which a
normal return does and a real one does not.
Source: Cocco, Gomes and Maenhout (2005), Review of Financial Studies 18(2), 491-533.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.life_cycle.discrete_time_share import normal_nodes

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LifeCycleProblem:
    """A person's life as the programme sees it; every rate is real, per year and simple.

    Attributes:
        income_path: exp(f) at each working age from `first_age` on; its last is the last wage.
        survival: Probability to live from each age to the next, `first_age` to `last_age - 1`.
        replacement: Pension as a fraction of permanent income at the last wage.
        permanent_variance: Of u, per year.
        transitory_variance: Of e.
        correlation: Of u with the risky return.
        nodes: Of the normal distributions; the worst return they hold must leave something.

    Raises:
        InputError: the numbers describe no life, or returns that could lose everything.
    """

    risk_aversion: float
    first_age: int
    last_age: int
    income_path: tuple[float, ...]
    survival: tuple[float, ...]
    replacement: float
    permanent_variance: float
    transitory_variance: float
    correlation: float
    discount_factor: float
    riskless_rate: float
    equity_premium: float
    equity_volatility: float
    nodes: int = 7

    @property
    def last_working_age(self) -> int:
        """The age of the last wage."""
        return self.first_age + len(self.income_path) - 1

    def __post_init__(self) -> None:
        years = self.last_age - self.first_age
        if not 1 <= len(self.income_path) <= years or len(self.survival) != years:
            raise InputError(
                f"from {self.first_age} to {self.last_age} there are {years} years, got "
                f"{len(self.income_path)} wages and {len(self.survival)} survival probabilities"
            )
        if min(self.income_path) <= 0 or self.replacement <= 0:
            raise InputError("wages and the pension must be positive")
        if not all(0 < p <= 1 for p in self.survival):
            raise InputError("survival probabilities must lie in (0, 1]")
        if self.risk_aversion <= 1 or not -1 <= self.correlation <= 1:
            raise InputError(f"cannot use {self.risk_aversion=} and {self.correlation=}")
        if min(self.permanent_variance, self.transitory_variance) < 0:
            raise InputError("variances must not be negative")
        worst = 1 + self.riskless_rate + self.equity_premium
        worst -= self.equity_volatility * float(normal_nodes(self.nodes)[0].max())
        if worst <= 0:
            raise InputError(
                f"with {self.nodes} nodes the worst gross return is {worst:.2f}; it must be "
                f"positive: use fewer nodes or a smaller volatility"
            )


@dataclass(frozen=True, slots=True, eq=False)
class YearShocks:
    """What the year after some age may bring, as nodes with their probabilities.

    Attributes:
        excess: Risky return less riskless rate, one a node.
        growth: Of permanent income, in the same nodes.
        weights: Probabilities of these nodes.
        incomes: Income over permanent income; independent of the nodes above.
        chances: Probabilities of these incomes.
    """

    excess: Array
    growth: Array
    weights: Array
    incomes: Array
    chances: Array


def year_shocks(problem: LifeCycleProblem, *, age: int) -> YearShocks:
    """Return what happens between `age` and the year after.

    Raises:
        InputError: an age after which nothing follows, or before the first.
    """
    row = age - problem.first_age
    if not 0 <= row < len(problem.survival):
        raise InputError(f"no year follows age {age} in this problem")
    z, weights = normal_nodes(problem.nodes)
    excess = problem.equity_premium + problem.equity_volatility * z
    if age >= problem.last_working_age:
        growth = problem.replacement if age == problem.last_working_age else 1.0
        sure = np.array([1.0])
        return YearShocks(excess, np.full(len(z), growth), weights, incomes=sure, chances=sure)
    rho, deviation = problem.correlation, math.sqrt(problem.permanent_variance)
    drift = problem.income_path[row + 1] / problem.income_path[row]
    shocks = deviation * (rho * z[:, None] + math.sqrt(1 - rho**2) * z[None, :])
    return YearShocks(
        excess=np.repeat(excess, len(z)),
        growth=(drift * np.exp(shocks)).ravel(),
        weights=np.outer(weights, weights).ravel(),
        incomes=np.exp(math.sqrt(problem.transitory_variance) * z),
        chances=weights,
    )
