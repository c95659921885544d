"""The Chinese calibration in which the life-cycle rule is judged.

    income     exp(0.05 x - 0.001 x**2) with x = age - 25, highest at 50; last wage at 63
    pension    45 % of permanent income at the last wage, to the age of 100
    shocks     variance 0.02 a year permanent, 0.10 transitory
    returns    riskless 1 %, premium 4.5 %, volatility 20 %, all real; discount factor 0.96

Levels are assumptions of the specification of this service, for a mix of A-shares and overseas
shares. Studies of Chinese households agree that income is riskier than in the United States; they
do not agree on how much.
"""

import math

from allocator.life_cycle.life_cycle_problem import LifeCycleProblem
from allocator.life_cycle.mortality import MortalityTable, Sex

_FIRST_AGE, _LAST_WAGE, _LAST_AGE = 25, 63, 100


def reference_life(
    *, risk_aversion: float, mortality: MortalityTable, correlation: float = 0.0
) -> LifeCycleProblem:
    """Return the calibration for one risk aversion.

    Args:
        risk_aversion: CRRA; above 1.
        mortality: Its men's column gives survival.
        correlation: Of permanent income shocks with the risky return.

    Raises:
        InputError: numbers that describe no life, or a table that ends before 99.
    """
    ages = range(_FIRST_AGE, _LAST_AGE)
    return LifeCycleProblem(
        risk_aversion=risk_aversion,
        first_age=_FIRST_AGE,
        last_age=_LAST_AGE,
        income_path=tuple(_income(age) for age in range(_FIRST_AGE, _LAST_WAGE + 1)),
        survival=tuple(1 - mortality.death_probability(Sex.MEN, age=age) for age in ages),
        replacement=0.45,
        permanent_variance=0.02,
        transitory_variance=0.10,
        correlation=correlation,
        discount_factor=0.96,
        riskless_rate=0.01,
        equity_premium=0.045,
        equity_volatility=0.2,
    )


def _income(age: int) -> float:
    x = age - _FIRST_AGE
    return math.exp(0.05 * x - 0.001 * x * x)
