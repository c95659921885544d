"""Human capital: the present value of the wages and the pension still to come.

    beta = correlation * sqrt(shock_variance) / equity_volatility
    r_w  = riskless + shock_price * risk_aversion * shock_variance + beta * equity_premium
    r_p  = riskless + spread
    H_w  = sum_{k=1..n} wage * prod_{j<k}(1 + g(age+j)) / (1+r_w)**k          n = retirement - age
    H_p  = sum_{k=m+1..last_age-age} pension / ((1+r_w)**n * (1+r_p)**(k-n))  n >= 0
                                                          m = max(pension age, retirement) - age

Rates are real, per year and simple; ages are whole years; the first wage arrives in a year, grown
by g(age). A permanent income shock lowers certainty-equivalent growth by half its variance times
risk aversion, so that the price of a shock lies near 0.55, and the spread of a pension near 0.022:
both fit an exact dynamic programme of saving under income risk. Survival is not weighted: with no
bequest only the states in which the client lives count.
Sources: Bodie, Merton and Samuelson (1992), Journal of Economic Dynamics and Control 16, 427-449;
Viceira (2001), Journal of Finance 56(2), 433-470, for the hedge.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from allocator.errors import InputError


@dataclass(frozen=True, slots=True)
class HumanCapital:
    """Present values in yuan (estimates) and how they move with equities.

    Attributes:
        wages: H_w.
        pension: H_p.
        beta: Beta of wages to equities.
        wage_discount_rate: r_w, per year.
        retirement_age: In whole years.
        is_working: Wages are still to come; until then the pension moves with them.
    """

    wages: float
    pension: float
    beta: float
    wage_discount_rate: float
    retirement_age: int
    is_working: bool

    @property
    def total(self) -> float:
        """Wages and pension together."""
        return self.wages + self.pension

    @property
    def exposed(self) -> float:
        """The part that moves with equities: all of it before retirement, nothing after."""
        return self.total if self.is_working else 0.0


def income_beta(*, shock_variance: float, correlation: float, equity_volatility: float) -> float:
    """Return the beta of wages to equities.

    Args:
        shock_variance: Variance of permanent log-income shocks per year; not negative.
        correlation: Of those shocks with equity returns, in [-1, 1].
        equity_volatility: Per year; positive.

    >>> round(income_beta(shock_variance=0.02, correlation=0.15, equity_volatility=0.2), 6)
    0.106066
    """
    if shock_variance < 0 or not -1 <= correlation <= 1 or equity_volatility <= 0:
        raise InputError(
            f"cannot form a beta of {shock_variance=}, {correlation=}, {equity_volatility=}"
        )
    return correlation * math.sqrt(shock_variance) / equity_volatility


def wage_discount_rate(
    *,
    riskless_rate: float,
    equity_premium: float,
    risk_aversion: float,
    shock_variance: float,
    beta: float,
    shock_price: float,
) -> float:
    """Return r_w, per year.

    >>> rate = wage_discount_rate(riskless_rate=0.01, equity_premium=0.045, risk_aversion=5.0,
    ...                           shock_variance=0.02, beta=0.106066, shock_price=0.55)
    >>> round(rate, 6)
    0.069773
    """
    if risk_aversion <= 0 or shock_variance < 0:
        raise InputError(f"need positive {risk_aversion=} and non-negative {shock_variance=}")
    return riskless_rate + shock_price * risk_aversion * shock_variance + beta * equity_premium


def pension_discount_rate(riskless_rate: float, *, spread: float) -> float:
    """Return r_p, per year: a late pension cannot be borrowed against, so it is worth less.

    >>> round(pension_discount_rate(0.01, spread=0.022), 3)
    0.032
    """
    return riskless_rate + spread


def human_capital(
    *,
    age: int,
    retirement_age: int,
    annual_wage: float,
    annual_pension: float,
    wage_growth: Callable[[int], float],
    wage_rate: float,
    pension_rate: float,
    beta: float,
    last_age: int,
    pension_age: int | None = None,
) -> HumanCapital:
    """Return human capital at `age`.

    Args:
        age: Completed years.
        retirement_age: Age of the last wage; at or below `age` no wage is left.
        annual_wage: This year's wage after tax.
        annual_pension: In today's money.
        wage_growth: Real growth of the wage in the year that starts at a given age.
        wage_rate: r_w of `wage_discount_rate`.
        pension_rate: r_p of `pension_discount_rate`.
        beta: Of `income_beta`.
        last_age: Age of the last pension.
        pension_age: From which the pension is paid; None for retirement, before which none is.

    Raises:
        InputError: a negative amount or age, or a discount rate of -100 % or less.

    >>> capital = human_capital(age=68, retirement_age=63, annual_wage=0.0, annual_pension=90_000,
    ...                         wage_growth=lambda age: 0.0, wage_rate=0.1, pension_rate=0.032,
    ...                         beta=0.0, last_age=100)
    >>> round(capital.total, 6)
    1786039.556284
    """
    if age < 0 or annual_wage < 0 or annual_pension < 0:
        raise InputError(f"need non-negative {age=}, {annual_wage=}, {annual_pension=}")
    if min(wage_rate, pension_rate) <= -1:
        raise InputError(f"discount rates must exceed -1, got {wage_rate} and {pension_rate}")
    years_of_work = max(0, retirement_age - age)
    wages, wage, discount = 0.0, annual_wage, 1.0
    for year in range(years_of_work):
        wage *= 1 + wage_growth(age + year)
        discount /= 1 + wage_rate
        wages += wage * discount
    pension = 0.0
    first_pension = max(retirement_age, retirement_age if pension_age is None else pension_age)
    for year in range(years_of_work, last_age - age):
        discount /= 1 + pension_rate
        # The first pension arrives a year after it begins, as the first wage does.
        pension += annual_pension * discount * (age + year >= first_pension)
    return HumanCapital(
        wages=wages,
        pension=pension,
        beta=beta,
        wage_discount_rate=wage_rate,
        retirement_age=retirement_age,
        is_working=years_of_work > 0,
    )
