"""The nine-class test market and its mandates: inputs of published worked numbers, not advice."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.product_classes import ProductClass

CLASSES = (
    ProductClass.DEMAND_DEPOSIT,
    ProductClass.TIME_DEPOSIT,
    ProductClass.WEALTH_FIXED_INCOME,
    ProductClass.BOND_FUND,
    ProductClass.A_SHARE_EQUITY_FUND,
    ProductClass.OVERSEAS_EQUITY_FUND,
    ProductClass.GOLD,
    ProductClass.PRIVATE_FUND_OR_TRUST,
    ProductClass.ANNUITY,
)
_VOLATILITIES = np.array([0.3, 0.5, 1.2, 2.8, 22, 17, 15, 12, 0.4]) / 100
_CORRELATIONS = {
    (4, 5): 0.35, (4, 7): 0.45, (5, 7): 0.40, (4, 3): -0.10, (4, 6): 0.05, (3, 2): 0.50,
    (3, 6): 0.10, (5, 6): 0.05, (2, 4): 0.05, (7, 6): 0.15, (3, 1): 0.2, (2, 1): 0.2, (0, 1): 0.2,
}  # fmt: skip
OP2_CAPS = (1, 0.6, 0.6, 0.6, 0.45, 0.35, 0.15, 0.10, 0.30)


def nine_class_market() -> MarketModel:
    """Return the nine-class market."""
    correlation = np.eye(9)
    for (i, j), value in _CORRELATIONS.items():
        correlation[i, j] = correlation[j, i] = value
    return MarketModel(
        classes=CLASSES,
        expected_returns=np.array([1.5, 1.8, 2.4, 3.0, 7.5, 6.8, 3.5, 5.0, 2.2]) / 100,
        fees=np.array([0.15, 0, 0.2, 0.4, 1, 1, 0.5, 1, 0]) / 100,
        covariance=np.outer(_VOLATILITIES, _VOLATILITIES) * correlation,
        version="test-nine",
        as_of=date(2026, 1, 1),
        content_hash="0" * 64,
    )


def nine_class_mandate(
    *,
    risk_aversion: float,
    volatility_cap: float = 3.0,
    risky_share_cap: float = 1.0,
    liquidity_floor: float = 0.0,
    stable_floor: float = 0.0,
    current: Sequence[float] = (1, 0, 0, 0, 0, 0, 0, 0, 0),
    fixed: Sequence[float] = (0,) * 9,
    class_caps: Sequence[float] = OP2_CAPS,
    buyable: Sequence[bool] = (True,) * 9,
    buy_cost: Sequence[float] = (0,) * 9,
    sell_cost: Sequence[float] = (0,) * 9,
    cost_horizon_years: float = 2.0,
    human_capital_ratio: float = 0.0,
    income_beta: float = 0.0,
) -> Mandate:
    """Return a mandate over the nine classes."""
    return Mandate(
        classes=CLASSES,
        risk_aversion=risk_aversion,
        human_capital_ratio=human_capital_ratio,
        income_beta=income_beta,
        volatility_cap=volatility_cap,
        risky_share_cap=risky_share_cap,
        liquidity_floor=liquidity_floor,
        stable_floor=stable_floor,
        current=tuple(map(float, current)),
        fixed=tuple(map(float, fixed)),
        class_caps=tuple(map(float, class_caps)),
        buyable=tuple(buyable),
        buy_cost=tuple(map(float, buy_cost)),
        sell_cost=tuple(map(float, sell_cost)),
        cost_horizon_years=cost_horizon_years,
    )
