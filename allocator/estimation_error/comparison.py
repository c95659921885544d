"""The comparison that the default rests on: a market, a mandate, five portfolios, the methods.

Everything here is a choice of ours. The market is a test input and no forecast: seven classes, all
figures round. A mandate has the caps of the classes and no other limit; its risk aversion is 5,
that of the middle level, unless another is asked for. Holders of the portfolios always have 5.

The portfolios are what five people might hold before looking at any return: one spreads widely, one
is careful, one is bold, one stays at home, and one splits evenly. Whoever writes the market writes
the first portfolio too, and it lies near the optimum: the other four are the fair test. The even
split holds more of private funds than their cap allows.
"""

from collections.abc import Mapping
from datetime import date
from functools import partial
from itertools import product
from types import MappingProxyType

import numpy as np

from allocator.estimation_error.estimates import Sample
from allocator.estimation_error.methods import (
    Method,
    from_bayes_stein,
    from_least_variance,
    from_prior,
    from_resampling,
    from_robust_means,
    from_sample,
    from_shrunk_covariance,
    without_caps,
)
from allocator.mandate import Mandate
from allocator.market.model import MarketModel, Vector
from allocator.market.model_building import DEFAULT_PRIOR_YEARS
from allocator.product_classes import TRAITS, ProductClass
from allocator.weights import Weights

SEVEN_CLASSES = (
    ProductClass.DEMAND_DEPOSIT,
    ProductClass.WEALTH_FIXED_INCOME,
    ProductClass.BOND_FUND,
    ProductClass.A_SHARE_EQUITY_FUND,
    ProductClass.OVERSEAS_EQUITY_FUND,
    ProductClass.GOLD,
    ProductClass.PRIVATE_FUND_OR_TRUST,
)
RISK_AVERSION = 5.0
PRIOR_YEARS = (10.0, 30.0, DEFAULT_PRIOR_YEARS, 100.0)

_EXPECTED_RETURNS = (0.015, 0.024, 0.030, 0.075, 0.068, 0.035, 0.050)
_FEES = (0.0015, 0.002, 0.004, 0.01, 0.01, 0.005, 0.01)
_VOLATILITIES = (0.003, 0.012, 0.028, 0.22, 0.17, 0.15, 0.12)
_CORRELATIONS = {
    (1, 2): 0.50, (1, 3): 0.05, (2, 3): -0.10, (2, 5): 0.10, (3, 4): 0.35,
    (3, 5): 0.05, (3, 6): 0.45, (4, 5): 0.05, (4, 6): 0.40, (5, 6): 0.15,
}  # fmt: skip


def _portfolio(*weights: float) -> Weights:
    return Weights(SEVEN_CLASSES, weights)


PRIOR_PORTFOLIOS: Mapping[str, Weights] = MappingProxyType(
    {
        "own": _portfolio(0.10, 0.20, 0.35, 0.15, 0.10, 0.05, 0.05),
        "conservative": _portfolio(0.20, 0.30, 0.40, 0.05, 0.05, 0.00, 0.00),
        "aggressive": _portfolio(0.05, 0.05, 0.20, 0.35, 0.25, 0.05, 0.05),
        "home-biased": _portfolio(0.10, 0.20, 0.35, 0.30, 0.00, 0.05, 0.00),
        "1/N": _portfolio(*(1 / 7,) * 7),
    }
)


def seven_class_market() -> MarketModel:
    """Return the market from which panels are drawn."""
    correlation = np.eye(len(SEVEN_CLASSES))
    for (i, j), value in _CORRELATIONS.items():
        correlation[i, j] = correlation[j, i] = value
    return MarketModel(
        classes=SEVEN_CLASSES,
        expected_returns=np.array(_EXPECTED_RETURNS),
        fees=np.array(_FEES),
        covariance=np.outer(_VOLATILITIES, _VOLATILITIES) * correlation,
        version="seven classes",
        as_of=date(2026, 1, 1),
        content_hash="",
    )


def capped_mandate(risk_aversion: float = RISK_AVERSION) -> Mandate:
    """Return the mandate by which losses are measured: caps of the classes, no other limit."""
    n = len(SEVEN_CLASSES)
    return Mandate(
        classes=SEVEN_CLASSES,
        risk_aversion=risk_aversion,
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=3.0,
        risky_share_cap=1.0,
        liquidity_floor=0.0,
        stable_floor=0.0,
        current=(1.0, *(0.0,) * (n - 1)),
        fixed=(0.0,) * n,
        class_caps=tuple(TRAITS[c].cap for c in SEVEN_CLASSES),
        buyable=(True,) * n,
        buy_cost=(0.0,) * n,
        sell_cost=(0.0,) * n,
    )


def methods_without_prior(mandate: Mandate, *, resamples: int) -> dict[str, Method]:
    """Return the methods that need no opinion, by name."""
    return {
        "sample means, no caps": partial(from_sample, mandate=without_caps(mandate)),
        "sample means": partial(from_sample, mandate=mandate),
        "shrunk covariance": partial(from_shrunk_covariance, mandate=mandate),
        "Bayes-Stein means": partial(from_bayes_stein, mandate=mandate),
        "robust means, kappa 1": partial(from_robust_means, mandate=mandate, kappa=1.0),
        "robust means, kappa 2": partial(from_robust_means, mandate=mandate, kappa=2.0),
        "resampled": partial(from_resampling, mandate=mandate, resamples=resamples),
        "least variance": partial(from_least_variance, mandate=mandate),
    }


def methods_with_prior(mandate: Mandate) -> dict[str, Method]:
    """Return each portfolio held as it is, and as a prior worth `PRIOR_YEARS`, by name."""
    portfolios = {
        name: portfolio.aligned_to(mandate.classes) for name, portfolio in PRIOR_PORTFOLIOS.items()
    }
    held: dict[str, Method] = {
        portfolio_name(name): partial(_held, weights=weights)
        for name, weights in portfolios.items()
    }
    learned: dict[str, Method] = {
        prior_name(name, years): partial(
            from_prior,
            mandate=mandate,
            portfolio=weights,
            holder=RISK_AVERSION,
            prior_years=years,
        )
        for (name, weights), years in product(portfolios.items(), PRIOR_YEARS)
    }
    return held | learned


def portfolio_name(portfolio: str) -> str:
    """Return the name of the method that holds a portfolio."""
    return f"portfolio {portfolio}"


def prior_name(portfolio: str, years: float = DEFAULT_PRIOR_YEARS) -> str:
    """Return the name of the method that learns from a portfolio's prior."""
    return f"prior {portfolio}, {years:g} years"


def _held(sample: Sample, *, weights: Vector) -> Vector:
    return weights
