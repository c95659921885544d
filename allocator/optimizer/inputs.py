"""The numbers that a mandate and a market model put into the allocation problem.

    gamma_fin = risk_aversion/(1+k),   tilt = mu - gamma_fin * k * income_beta * Sigma[:, a_share]

One-off costs are spread over the mandate's horizon. `allocator.optimizer.problem` states what is
solved with them.
"""

from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError, Problem
from allocator.mandate import EQUITY, Mandate
from allocator.market.model import MarketModel, Matrix, Vector
from allocator.product_classes import TRAITS, ProductClass

# The order in which needs are kept when not all can be: the first gives last, wishes give first.
SOFT_NEEDS = ("risky_share", "volatility", "class_caps", "liquidity", "stable")
WISHES = ("equity_cap", "equity_floor", "shortfall", "desired_return")
NEEDS = SOFT_NEEDS + WISHES
# Limits no weights can miss: they add up to one, and no net return is beyond 500 % a year.
OFF = {"equity_cap": 2.0, "equity_floor": -1.0, "shortfall": -10.0, "desired_return": -10.0}


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """The numbers of one solve; vectors have shape (n,), the factor (n, n)."""

    tilt: Vector
    risk_aversion: float
    factor: Matrix
    current: Vector
    fixed: Vector
    caps: Vector
    buy_limit: Vector
    buy_cost: Vector
    sell_cost: Vector
    risky: Vector
    liquid: Vector
    stable: Vector
    risky_share: float
    volatility: float
    liquidity_floor: float
    stable_floor: float
    net_returns: Vector
    equity: Vector
    equity_cap: float
    equity_floor: float
    shortfall: float
    deviations: float
    desired_return: float

    @property
    def has_wishes(self) -> bool:
        """Whether any wish is set."""
        return any(not self.is_off(wish) for wish in WISHES)

    def is_off(self, need: str) -> bool:
        """Return whether a need is a wish that nobody set."""
        return need in OFF and bool(getattr(self, need) == OFF[need])


def inputs_of(mandate: Mandate, market: MarketModel, *, with_costs: bool) -> Inputs:
    """Return the numbers that a mandate and a market model put into the problem.

    Raises:
        InputError: they speak of different classes, or of none that wages can be hedged against.
    """
    if mandate.classes != market.classes:
        remedy = f"list {', '.join(market.classes)}, in this order"
        detail = "are not the market model's"
        problem = Problem("classes", detail, list(mandate.classes), remedy)
        raise InputError(
            "the mandate and the market model must list the same classes in order",
            problems=[problem],
        )
    gamma = mandate.financial_risk_aversion
    traits = [TRAITS[c] for c in mandate.classes]
    fixed = np.array(mandate.fixed)
    horizon = mandate.cost_horizon_years if with_costs else np.inf
    wishes = {w: OFF[w] if (v := getattr(mandate, w)) is None else v for w in WISHES}
    return Inputs(
        tilt=tilt_of(mandate, market),
        risk_aversion=gamma,
        factor=market.factor,
        current=np.array(mandate.current),
        fixed=fixed,
        # What is held and cannot be sold may exceed a cap: the cap makes room for it.
        caps=np.maximum(np.array(mandate.class_caps), fixed),
        buy_limit=np.array(mandate.buyable, dtype=np.float64),
        buy_cost=np.array(mandate.buy_cost) / horizon,
        sell_cost=np.array(mandate.sell_cost) / horizon,
        risky=np.array([t.risky for t in traits], dtype=np.float64),
        liquid=np.array([t.liquid for t in traits], dtype=np.float64),
        stable=np.array([t.stable for t in traits], dtype=np.float64),
        risky_share=mandate.risky_share_cap,
        volatility=mandate.volatility_cap,
        liquidity_floor=mandate.liquidity_floor,
        stable_floor=mandate.stable_floor,
        net_returns=np.asarray(market.net_returns, dtype=np.float64),
        equity=np.array([c in EQUITY for c in mandate.classes], dtype=np.float64),
        deviations=0.0 if mandate.shortfall is None else mandate.shortfall_deviations,
        **wishes,
    )


def tilt_of(mandate: Mandate, market: MarketModel) -> Vector:
    """Return net expected returns less the hedge against income risk, shape (n,).

    Raises:
        InputError: wages are to be hedged against A-shares, and the model has no such class.
    """
    hedge = mandate.financial_risk_aversion * mandate.human_capital_weight * mandate.income_beta
    if not hedge:
        return np.asarray(market.net_returns, dtype=np.float64)
    hedged = ProductClass.A_SHARE_EQUITY_FUND
    if hedged not in market.classes:
        detail = f"is a beta to {hedged}, and the market model has no such class"
        remedy = f"send 0, or a market model with {hedged}"
        problem = Problem("income_beta", detail, mandate.income_beta, remedy)
        raise InputError("wages cannot be hedged", problems=[problem])
    equity = market.covariance[:, market.index(hedged)]
    return np.asarray(market.net_returns - hedge * equity, dtype=np.float64)
