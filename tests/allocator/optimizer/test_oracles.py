"""The optimizer against published frontiers, closed forms and two defects other tools had."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from nine_classes import nine_class_mandate, nine_class_market

from allocator.life_cycle.risky_share import merton_share
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.inputs import inputs_of
from allocator.optimizer.solver import optimize, solve_verified
from allocator.product_classes import CLASSES, ProductClass

# Beasley's OR-Library: assets, correlations and 2,000 points of the long-only frontier of the
# Hang Seng (31) and the DAX (85). Other people's data, outside the project; the path may be set.
LIBRARY = Path(
    os.environ.get("ROBO_OR_LIBRARY", Path(__file__).parents[4] / "shared/data/optimization")
)


def read_library(number: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return means, covariance and the frontier (mean, variance) of one problem."""
    path = LIBRARY / f"orlib_port{number}.txt"
    if not path.exists():
        pytest.skip(f"the OR-Library is not at {LIBRARY}; set ROBO_OR_LIBRARY to its folder")
    figures = np.array(path.read_text(encoding="utf-8").split(), dtype=float)
    n = int(figures[0])
    moments = figures[1 : 1 + 2 * n].reshape(n, 2)
    correlation = np.eye(n)
    for i, j, value in figures[1 + 2 * n :].reshape(-1, 3):
        correlation[int(i) - 1, int(j) - 1] = correlation[int(j) - 1, int(i) - 1] = value
    covariance = np.outer(moments[:, 1], moments[:, 1]) * correlation
    frontier = np.loadtxt(LIBRARY / f"orlib_portef{number}.csv", delimiter=",", skiprows=1)
    return moments[:, 0], covariance, frontier


@pytest.mark.parametrize("number", [1, 2])
def test_the_least_variance_of_a_return_is_the_published_one(number: int) -> None:
    means, covariance, frontier = read_library(number)
    n = len(means)
    values, vectors = np.linalg.eigh(covariance)
    template = inputs_of(nine_class_mandate(risk_aversion=2), nine_class_market(), with_costs=False)
    nothing = np.zeros(n)
    for mean, variance in frontier[:: len(frontier) // 40]:
        found = solve_verified(
            replace(
                template,
                tilt=nothing,
                net_returns=means,
                factor=np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T,
                current=np.full(n, 1 / n),
                fixed=nothing,
                caps=np.ones(n),
                buy_limit=np.ones(n),
                buy_cost=nothing,
                sell_cost=nothing,
                risky=nothing,
                liquid=nothing,
                stable=nothing,
                equity=nothing,
                # The published means are rounded: the highest is one asset's own.
                desired_return=float(min(mean, means.max())) - 1e-9,
            )
        )
        assert found is not None
        w = found[0].weights
        assert w @ covariance @ w == pytest.approx(variance, abs=1e-8)
        assert w @ means >= mean - 1e-6


def small_market(
    classes: tuple[ProductClass, ...], *, returns: np.ndarray, covariance: np.ndarray
) -> MarketModel:
    return MarketModel(
        classes=classes,
        expected_returns=returns,
        fees=np.zeros(len(classes)),
        covariance=covariance,
        version="test",
        as_of=date(2026, 1, 1),
        content_hash="0" * 64,
    )


def free_mandate(classes: tuple[ProductClass, ...], *, risk_aversion: float) -> Mandate:
    n = len(classes)
    return Mandate(
        classes=classes,
        risk_aversion=risk_aversion,
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=10.0,
        risky_share_cap=10.0,
        liquidity_floor=0.0,
        stable_floor=0.0,
        current=(1.0, *(0.0,) * (n - 1)),
        fixed=(0.0,) * n,
        class_caps=(1.0,) * n,
        buyable=(True,) * n,
        buy_cost=(0.0,) * n,
        sell_cost=(0.0,) * n,
    )


SHARES, WORLD, CASH = (
    ProductClass.A_SHARE_EQUITY_FUND,
    ProductClass.OVERSEAS_EQUITY_FUND,
    ProductClass.DEMAND_DEPOSIT,
)


@pytest.mark.parametrize("gamma", [2.0, 5.0, 20.0])
@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.4])
def test_two_assets_follow_their_closed_form(gamma: float, correlation: float) -> None:
    mu, sigma = np.array([0.05, 0.07]), np.array([0.15, 0.22])
    covariance = np.outer(sigma, sigma) * np.array([[1, correlation], [correlation, 1]])
    (v1, c), (_, v2) = covariance
    first = (mu[0] - mu[1] + gamma * (v2 - c)) / (gamma * (v1 + v2 - 2 * c))
    market = small_market((SHARES, WORLD), returns=mu, covariance=covariance)
    found = optimize(free_mandate((SHARES, WORLD), risk_aversion=gamma), market)
    assert found.weights[SHARES] == pytest.approx(np.clip(first, 0, 1), abs=1e-7)


def test_equal_returns_lead_to_the_least_variance() -> None:
    sigma = np.array([0.15, 0.22, 0.10, 0.12])
    correlation = np.full((4, 4), 0.2) + 0.8 * np.eye(4)
    covariance = np.outer(sigma, sigma) * correlation
    classes = CLASSES[-4:]
    market = small_market(classes, returns=np.full(4, 0.03), covariance=covariance)
    inverse = np.linalg.solve(covariance, np.ones(4))
    expected = inverse / inverse.sum()
    assert (expected > 0).all()
    found = optimize(free_mandate(classes, risk_aversion=3), market)
    assert found.weights.aligned_to(classes) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("gamma", [3.0, 5.0, 10.0, 20.0])
def test_beside_safe_cash_the_risky_share_is_mertons(gamma: float) -> None:
    rate, premium, sigma = 0.02, 0.045, 0.2
    market = small_market(
        (CASH, SHARES),
        returns=np.array([rate, rate + premium]),
        covariance=np.diag([1e-16, sigma**2]),
    )
    found = optimize(free_mandate((CASH, SHARES), risk_aversion=gamma), market)
    share = merton_share(risk_premium=premium, volatility=sigma, risk_aversion=gamma)
    assert found.weights[SHARES] == pytest.approx(share, abs=1e-6)


def test_new_money_is_sized_against_the_total_after_it_and_buys_nothing_overweight() -> None:
    """A planner sized sleeves against the total before the deposit: wealthfolio issue 1248.

    Five sleeves with targets of 40, 20, 20, 10 and 10 %, and cash outside of them to deploy.
    """
    held = np.array([8863.50, 13491.80, 3696.00, 3435.60, 1919.20, 1926.90])
    target = np.array([0, 0.4, 0.2, 0.2, 0.1, 0.1])
    current = held / held.sum()
    classes = (CASH, *CLASSES[-5:])
    gamma, variance = 5.0, 0.04
    # With equal variances the optimizer comes as near to the target as it can.
    market = small_market(
        classes, returns=gamma * variance * target, covariance=variance * np.eye(6)
    )
    mandate = replace(
        free_mandate(classes, risk_aversion=gamma),
        current=tuple(current.tolist()),
        fixed=(0.0, *current[1:].tolist()),
    )
    after = optimize(mandate, market).weights.aligned_to(classes)
    # Bonds stay above their share; the four others share what is then missing equally.
    short = (current[1] - 0.4) / 4
    expected = np.array([0, current[1], 0.2 - short, 0.2 - short, 0.1 - short, 0.1 - short])
    assert after == pytest.approx(expected, abs=1e-7)
    assert after.sum() == pytest.approx(1, abs=1e-12)
    assert current[1] > 0.4
    bought = (after - current) * held.sum()
    assert bought[1] == pytest.approx(0, abs=1e-2)
    assert bought[1:].sum() == pytest.approx(8863.50, abs=1e-2)


def test_funds_that_share_a_region_are_traded_once_each_and_never_sold_short() -> None:
    """A tool told to buy and sell one fund at once, and ended short: Portfolio Performance 2165.

    Fund A holds 90 % developed and 10 % emerging markets, fund B emerging markets only. Half each
    is held; 70 % and 30 % of the regions are wanted. The answer is to move 27.78 % from B to A.
    """
    holds = np.array([[0.9, 0.1], [0.0, 1.0]])
    wanted, gamma, variance = np.array([0.7, 0.3]), 5.0, 0.04
    market = small_market(
        (SHARES, WORLD),
        returns=holds @ wanted * gamma * variance,
        covariance=variance * (holds @ holds.T),
    )
    mandate = replace(
        free_mandate((SHARES, WORLD), risk_aversion=gamma),
        current=(0.5, 0.5),
        buy_cost=(1e-6, 1e-6),
        sell_cost=(1e-6, 1e-6),
    )
    found = optimize(mandate, market)
    after = found.weights.aligned_to((SHARES, WORLD))
    assert after == pytest.approx([0.7 / 0.9, 1 - 0.7 / 0.9], abs=1e-5)
    assert after @ holds == pytest.approx(wanted, abs=1e-5)
    assert after[0] - 0.5 == pytest.approx(0.27778, abs=1e-5)
    x = found.solution
    assert np.minimum(x.bought, x.sold) == pytest.approx([0, 0], abs=1e-6)
    assert x.bought.sum() == pytest.approx(x.sold.sum(), abs=1e-9)
