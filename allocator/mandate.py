"""The mandate: all that the optimizer may know of a client, as numbers and limits.

With x = human_capital_ratio = H/A and k = x/(1+x), the optimizer maximizes

    tilt'w - risk_aversion_of_financial_wealth/2 * w'Sigma w - trading costs
    risk_aversion_of_financial_wealth = risk_aversion/(1+k)
    tilt = mu - risk_aversion_of_financial_wealth * k * income_beta * Sigma[:, a_share_equity_fund]

k is a smooth cap: human capital never counts for more than financial wealth.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError, Problem
from allocator.product_classes import ProductClass

EQUITY = (ProductClass.A_SHARE_EQUITY_FUND, ProductClass.OVERSEAS_EQUITY_FUND)

_NUMBERS = (int, float, np.integer, np.floating)
# Sums of fractions miss one by less than this; the budget of an optimum is checked to 1e-7.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class _Range:
    """Finite numbers from `low` to `high`; zero itself only where `has_zero`."""

    low: float
    high: float
    remedy: str
    has_zero: bool = True

    def problem(self, field: str, value: object) -> Problem | None:
        """Return what is wrong with a value, whatever it is, or None."""
        if value is None:
            return Problem(field, f"is not set and must be {self}", None, self.remedy)
        if isinstance(value, bool) or not isinstance(value, _NUMBERS):
            return Problem(field, f"is no number and must be {self}", value, self.remedy)
        if self.low <= value <= self.high and (self.has_zero or value != 0):
            return None
        return Problem(field, f"must be {self}", value, self.remedy)

    def __str__(self) -> str:
        above = f"at least {self.low:g}" if self.has_zero else "positive"
        return f"finite, {above} and at most {self.high:g}"


# Wide enough for every honest mandate; beyond them a number is a mistake of unit, and the solver
# would be asked for more digits than it has.
_WEIGHT = _Range(0, 1, "send a fraction of wealth, 0.25 for 25 %")
_CAP = _Range(0, 10, "send a fraction of wealth; 1 and more never binds")
_FLOOR = _Range(0, 1e15, "send the need over investable wealth")
_RETURN = _Range(-5, 5, "send a yearly rate, 0.05 for 5 %")
_COST = _Range(0, 1, "send a fraction of the amount traded")
_RANGES = {
    "risk_aversion": _Range(0, 1000, "send CRRA, about 1 to 30", has_zero=False),
    "human_capital_ratio": _Range(0, 1e15, "send human capital over investable wealth"),
    "income_beta": _Range(-10, 10, "send a beta to A-shares, about 0 to 1"),
    "volatility_cap": _Range(0, 10, "send a yearly rate, 0.08 for 8 %", has_zero=False),
    "risky_share_cap": _CAP,
    "liquidity_floor": _FLOOR,
    "stable_floor": _FLOOR,
    "cost_horizon_years": _Range(0.001, 1000, "send years, about 1 to 10"),
    "equity_cap": _WEIGHT,
    "equity_floor": _WEIGHT,
    "shortfall": _RETURN,
    "shortfall_deviations": _Range(0, 10, "send standard deviations, about 1 to 3"),
    "desired_return": _RETURN,
}
# What no profile sets and nobody need ask for.
_OPTIONAL = ("equity_cap", "equity_floor", "shortfall", "desired_return")
_VECTORS = {
    "current": _WEIGHT,
    "fixed": _WEIGHT,
    "class_caps": _CAP,
    "buy_cost": _COST,
    "sell_cost": _COST,
}


@dataclass(frozen=True, slots=True)
class Mandate:
    """Limits and preferences; vectors follow `classes`, weights are fractions of wealth.

    Attributes:
        risk_aversion: CRRA, per unit of variance, with the 1/2 in the utility.
        human_capital_ratio: Human capital over investable wealth, at least 0.
        income_beta: Beta of wages to A-share equity funds.
        volatility_cap: Highest standard deviation per year.
        risky_share_cap: Highest weight of the risky classes together.
        liquidity_floor: Lowest weight of the liquid classes; may exceed 1 when needs do.
        stable_floor: Lowest weight of the stable classes, the liquidity floor included.
        current: Weights held now.
        fixed: Weights that cannot be sold now (locked, or held elsewhere); a lower bound.
        class_caps: Highest weight by class.
        buyable: Whether the class may be bought (suitability, minimums, age, qualification).
        buy_cost, sell_cost: One-off cost as a fraction of the amount traded.
        cost_horizon_years: Years over which one-off costs are spread.
        equity_cap, equity_floor: Highest and lowest weight of the classes of `EQUITY` together.
        shortfall: Lowest return of a bad year: mu'w - shortfall_deviations * volatility.
        shortfall_deviations: How bad a year, in standard deviations: 1.645 is one in twenty if
            returns are normal.
        desired_return: Lowest expected return net of fees, per year.

    The limits that may be None are off unless somebody sets them; no profile does.
    """

    classes: tuple[ProductClass, ...]
    risk_aversion: float
    human_capital_ratio: float
    income_beta: float
    volatility_cap: float
    risky_share_cap: float
    liquidity_floor: float
    stable_floor: float
    current: tuple[float, ...]
    fixed: tuple[float, ...]
    class_caps: tuple[float, ...]
    buyable: tuple[bool, ...]
    buy_cost: tuple[float, ...]
    sell_cost: tuple[float, ...]
    cost_horizon_years: float = 2.0
    equity_cap: float | None = None
    equity_floor: float | None = None
    shortfall: float | None = None
    shortfall_deviations: float = 1.645
    desired_return: float | None = None

    def __post_init__(self) -> None:
        problems = [*_length_problems(self), *_number_problems(self)]
        if not problems and abs(sum(self.current) - 1) > _ROUNDING:
            remedy = "send fractions of all wealth"
            problems.append(Problem("current", "must add up to 1", sum(self.current), remedy))
        if problems:
            raise InputError("the mandate has numbers out of range", problems=problems)

    @property
    def human_capital_weight(self) -> float:
        """k = x/(1+x), in [0, 1)."""
        return self.human_capital_ratio / (1 + self.human_capital_ratio)

    @property
    def financial_risk_aversion(self) -> float:
        """Risk aversion of financial wealth: risk_aversion/(1+k)."""
        return self.risk_aversion / (1 + self.human_capital_weight)


def _length_problems(mandate: Mandate) -> list[Problem]:
    """Return every vector that does not speak of each class once."""
    n, remedy = len(mandate.classes), "send one for each class"
    return [
        Problem(name, f"needs {n} entries", len(entries), remedy)
        for name in (*_VECTORS, "buyable")
        if len(entries := _entries(mandate, name)) != n
    ]


def _number_problems(mandate: Mandate) -> list[Problem]:
    """Return everything that is no number within its range, by field."""
    found = [
        allowed.problem(name, getattr(mandate, name))
        for name, allowed in _RANGES.items()
        if name not in _OPTIONAL or getattr(mandate, name) is not None
    ]
    for name, allowed in _VECTORS.items():
        found += [allowed.problem(f"{name}/{i}", v) for i, v in enumerate(_entries(mandate, name))]
    found += [
        Problem(f"buyable/{i}", "must be true or false", value, "send whether it may be bought")
        for i, value in enumerate(_entries(mandate, "buyable"))
        if not isinstance(value, bool | np.bool_)
    ]
    return [problem for problem in found if problem is not None]


def _entries(mandate: Mandate, name: str) -> tuple[object, ...]:
    """Return the entries of a vector; what is no vector has none."""
    vector = getattr(mandate, name)
    return tuple(vector) if isinstance(vector, Iterable) else ()
