"""The life-cycle rule in the setting of a dynamic programme, to say where it is wrong.

    x          = H/A, both over permanent income
    rule       = clip(share * (1 + x) - beta * x_exposed, 0, 1)
    capped     = clip(share * (1 + k) - beta * k_exposed, 0, 1),     k = x / (1 + x)

`share` is that of someone without income: Merton's, or the one of a yearly decision where the
judge decides once a year. The capped form is what enters the optimizer for one risky asset:
risk aversion gamma / (1 + k), and a hedge of k times the covariance with income.
Retired people's income is the pension, and nothing of it moves with equities.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.life_cycle.discrete_time_share import discrete_time_share
from allocator.life_cycle.human_capital import (
    HumanCapital,
    human_capital,
    income_beta,
    pension_discount_rate,
    wage_discount_rate,
)
from allocator.life_cycle.life_cycle_problem import LifeCycleProblem
from allocator.life_cycle.risky_share import life_cycle_share

Array = NDArray[np.float64]
ShareOf = Callable[[HumanCapital, float], float]


@dataclass(frozen=True, slots=True)
class RulePrices:
    """What the rule adds to the riskless rate: for income shocks, and for a pension's lateness.

    Attributes:
        shock_price: Times risk aversion and the variance of permanent shocks.
        pension_spread: Per year.
    """

    shock_price: float
    pension_spread: float


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Rule less exact share over many cells, as fractions of wealth.

    Attributes:
        root_mean_square, bias: Over all cells.
        largest: The error furthest from zero.
    """

    cells: int
    root_mean_square: float
    bias: float
    largest: float


def accuracy(rule: Array, exact: Array) -> Accuracy:
    """Return how far the rule lies from the exact shares.

    Raises:
        InputError: no cell, or tables of different shapes.
    """
    if rule.shape != exact.shape or not rule.size:
        raise InputError(f"need two equal tables, got {rule.shape} and {exact.shape}")
    errors = (rule - exact).ravel()
    return Accuracy(
        cells=errors.size,
        root_mean_square=float(np.sqrt(np.mean(errors**2))),
        bias=float(errors.mean()),
        largest=float(errors[np.abs(errors).argmax()]),
    )


def yearly_share(problem: LifeCycleProblem) -> float:
    """Return the share of someone without income who decides once a year in this setting."""
    return discrete_time_share(
        risk_aversion=problem.risk_aversion,
        riskless_rate=problem.riskless_rate,
        equity_premium=problem.equity_premium,
        equity_volatility=problem.equity_volatility,
    )


def rule_shares(
    problem: LifeCycleProblem,
    *,
    prices: RulePrices,
    share: float,
    ages: tuple[int, ...],
    wealth_to_income: Array,
) -> Array:
    """Return the rule's shares, one row an age and one column a wealth.

    Raises:
        InputError: an age outside the problem, or wealth that is not positive.
    """

    def uncapped(capital: HumanCapital, wealth: float) -> float:
        return life_cycle_share(merton=share, capital=capital, financial_wealth=wealth)

    return _table(problem, prices, ages, wealth_to_income, uncapped)


def capped_shares(
    problem: LifeCycleProblem,
    *,
    prices: RulePrices,
    share: float,
    ages: tuple[int, ...],
    wealth_to_income: Array,
) -> Array:
    """Return the shares with human capital never above financial wealth, in the same shape.

    Raises:
        InputError: an age outside the problem, or wealth that is not positive.
    """

    def capped(capital: HumanCapital, wealth: float) -> float:
        weight = capital.total / (wealth + capital.total)
        hedge = capital.beta * weight if capital.is_working else 0.0
        return min(1.0, max(0.0, share * (1 + weight) - hedge))

    return _table(problem, prices, ages, wealth_to_income, capped)


def capital_over_income(problem: LifeCycleProblem, *, prices: RulePrices, age: int) -> HumanCapital:
    """Return the rule's human capital as a multiple of permanent income, or of the pension.

    Raises:
        InputError: an age outside the problem.
    """
    if not problem.first_age <= age < problem.last_age:
        raise InputError(f"age {age} lies outside the problem")
    incomes, first = problem.income_path, problem.first_age
    is_retired = age > problem.last_working_age
    income = problem.replacement * incomes[-1] if is_retired else incomes[age - first]
    beta = income_beta(
        shock_variance=problem.permanent_variance,
        correlation=problem.correlation,
        equity_volatility=problem.equity_volatility,
    )
    return human_capital(
        age=age,
        retirement_age=problem.last_working_age,
        annual_wage=0.0 if is_retired else 1.0,
        annual_pension=problem.replacement * incomes[-1] / income,
        wage_growth=lambda at: incomes[at + 1 - first] / incomes[at - first] - 1,
        wage_rate=wage_discount_rate(
            riskless_rate=problem.riskless_rate,
            equity_premium=problem.equity_premium,
            risk_aversion=problem.risk_aversion,
            shock_variance=problem.permanent_variance,
            beta=beta,
            shock_price=prices.shock_price,
        ),
        pension_rate=pension_discount_rate(problem.riskless_rate, spread=prices.pension_spread),
        beta=beta,
        last_age=problem.last_age,
    )


def _table(
    problem: LifeCycleProblem,
    prices: RulePrices,
    ages: tuple[int, ...],
    wealth_to_income: Array,
    share_of: ShareOf,
) -> Array:
    if wealth_to_income.min() <= 0:
        raise InputError("wealth over income must be positive")
    rows = []
    for age in ages:
        capital = capital_over_income(problem, prices=prices, age=age)
        rows.append([share_of(capital, float(wealth)) for wealth in wealth_to_income])
    return np.array(rows)
