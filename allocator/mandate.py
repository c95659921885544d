"""The mandate: all that the optimizer may know of a client, as numbers and limits.

With x = human_capital_ratio = H/A and k = x/(1+x), the optimizer maximizes

    tilt'w - risk_aversion_of_financial_wealth/2 * w'Sigma w - trading costs
    risk_aversion_of_financial_wealth = risk_aversion/(1+k)
    tilt = mu - risk_aversion_of_financial_wealth * k * income_beta * Sigma[:, a_share_equity_fund]

k is a smooth cap: human capital never counts for more than financial wealth.
"""

from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError
from allocator.product_classes import ProductClass

EQUITY = (ProductClass.A_SHARE_EQUITY_FUND, ProductClass.OVERSEAS_EQUITY_FUND)


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
        vectors = (self.current, self.fixed, self.class_caps, self.buyable)
        vectors += (self.buy_cost, self.sell_cost)  # type: ignore[assignment]
        if any(len(v) != len(self.classes) for v in vectors):
            raise InputError(f"every vector of a mandate needs {len(self.classes)} entries")
        positive = {
            "risk_aversion": self.risk_aversion,
            "volatility_cap": self.volatility_cap,
            "cost_horizon_years": self.cost_horizon_years,
        }
        for name, value in positive.items():
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"{name} must be positive and finite, got {value}")
        rest = {
            "human_capital_ratio": self.human_capital_ratio,
            "risky_share_cap": self.risky_share_cap,
            "liquidity_floor": self.liquidity_floor,
            "stable_floor": self.stable_floor,
        }
        for name, value in rest.items():
            if not (np.isfinite(value) and value >= 0):
                raise InputError(f"{name} must be finite and not negative, got {value}")
        if not np.isfinite(self.income_beta):
            raise InputError(f"income_beta must be finite, got {self.income_beta}")

    @property
    def human_capital_weight(self) -> float:
        """k = x/(1+x), in [0, 1)."""
        return self.human_capital_ratio / (1 + self.human_capital_ratio)

    @property
    def financial_risk_aversion(self) -> float:
        """Risk aversion of financial wealth: risk_aversion/(1+k)."""
        return self.risk_aversion / (1 + self.human_capital_weight)
