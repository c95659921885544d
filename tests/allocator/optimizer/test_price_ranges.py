"""Ranges of marginal prices over cash and shares, where every price and every end is known.

With x in shares, m = 6 % more return than cash and s = 20 % volatility, cash riskless but for a
hair, the slope of the objective is m - risk_aversion s^2 x: what one more unit of x is worth. Every
need binds at an x of its own, and its price is that slope over the slope of the need.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.price_ranges import (
    PriceRange,
    cap_price_range,
    lock_price_range,
    price_range,
)
from allocator.optimizer.solver import Allocation, optimize, solve_verified
from allocator.product_classes import ProductClass

CASH, SHARES = 0, 1
CLASSES = (ProductClass.DEMAND_DEPOSIT, ProductClass.A_SHARE_EQUITY_FUND)
MARKET = MarketModel(
    classes=CLASSES,
    expected_returns=np.array([0.01, 0.07]),
    fees=np.zeros(2),
    covariance=np.array([[1e-10, 1e-6], [1e-6, 0.04]]),
    version="test-two",
    as_of=date(2026, 1, 1),
    content_hash="0" * 64,
)
# Of where a need may lie: how well an end is known.
RESOLUTION = 1 / 2000


def best(*, risk_aversion: float, **limits: Any) -> Allocation:
    free: dict[str, Any] = {
        "human_capital_ratio": 0.0,
        "income_beta": 0.0,
        "volatility_cap": 3.0,
        "risky_share_cap": 1.0,
        "liquidity_floor": 0.0,
        "stable_floor": 0.0,
        "current": (1.0, 0.0),
        "fixed": (0.0, 0.0),
        "class_caps": (1.0, 1.0),
        "buyable": (True, True),
        "buy_cost": (0.0, 0.0),
        "sell_cost": (0.0, 0.0),
    }
    mandate = Mandate(classes=CLASSES, risk_aversion=risk_aversion, **(free | limits))
    return optimize(mandate, MARKET)


@pytest.fixture
def solves(monkeypatch: pytest.MonkeyPatch) -> list[Inputs]:
    """What was solved to find a range."""
    asked: list[Inputs] = []

    def counted(inputs: Inputs) -> object:
        asked.append(inputs)
        return solve_verified(inputs)

    monkeypatch.setattr("allocator.optimizer.price_ranges.solve_verified", counted)
    return asked


@dataclass(frozen=True)
class Leant:
    """A need that binds: its ends, its prices there, how steep they are, where it may lie."""

    need: str
    risk_aversion: float
    limits: dict[str, float]
    ends: tuple[float, float]
    least: float
    most: float | None
    steepness: float
    span: float = 1.0


# Risk aversion 10 would hold 0.15 in shares, risk aversion 1 all that it may.
LEANT = [
    # x = v/s: as far as the volatility of shares alone. Next to no shares the hair of cash counts.
    Leant("volatility", 1, {"volatility_cap": 0.1}, (0, 0.2), 0.1, None, 1, 0.2),
    Leant("risky_share", 10, {"risky_share_cap": 0.1}, (0, 0.15), 0, 0.06, 0.4),
    Leant("liquidity", 1, {"liquidity_floor": 0.5}, (0, 1), 0.02, 0.06, 0.04),
    Leant("stable", 1, {"stable_floor": 0.5}, (0, 1), 0.02, 0.06, 0.04),
    Leant("equity_cap", 10, {"equity_cap": 0.1}, (0, 0.15), 0, 0.06, 0.4),
    Leant("equity_floor", 10, {"equity_floor": 0.5}, (0.15, 1), 0, 0.34, 0.4),
    # The mean is 0.01 + m x, as far as the mean of shares alone.
    Leant(
        *("desired_return", 10, {"desired_return": 0.04}, (0.019, 0.07)),
        *(0, 0.34 / 0.06, 0.4 / 0.06**2, 0.06),
    ),
    # A year 1.645 deviations short of its mean returns 0.01 - 0.269 x, a milder one 0.01 + 0.04 x.
    Leant(
        *("shortfall", 1, {"shortfall": -0.1}, (-0.259, 0.01)),
        *(0.02 / 0.269, None, 0.04 / 0.269**2, 0.33),
    ),
    Leant(
        *("shortfall", 10, {"shortfall": 0.03, "shortfall_deviations": 0.1}, (0.016, 0.05)),
        *(0, 0.34 / 0.04, 0.4 / 0.04**2, 0.06),
    ),
]


@pytest.mark.parametrize("leant", LEANT, ids=lambda leant: leant.need)
def test_a_range_ends_where_it_must_and_its_prices_are_those_at_its_ends(
    leant: Leant, solves: list[Inputs]
) -> None:
    reach = price_range(best(risk_aversion=leant.risk_aversion, **leant.limits), leant.need)
    near = leant.span * RESOLUTION
    # The corner of volatility takes a hair of its own.
    assert (reach.low, reach.high) == pytest.approx(leant.ends, abs=near + 1e-4)
    assert reach.least == pytest.approx(leant.least, abs=leant.steepness * near + 1e-5)
    if leant.most is not None:
        assert reach.most == pytest.approx(leant.most, abs=leant.steepness * near + 1e-5)
    assert len(solves) <= 9


def test_an_end_where_the_same_limits_bind_still_is_told_with_its_own_price(
    solves: list[Inputs],
) -> None:
    # Half is locked; at risk aversion 10 each share costs 0.4 x - 0.06, up to the 0.8 that is held.
    found = best(risk_aversion=10, current=(0.2, 0.8), fixed=(0.0, 0.5))
    reach = lock_price_range(found, SHARES, class_cap=1.0)
    assert reach.high == 0.8
    assert reach.most == pytest.approx(0.26, abs=1e-5)
    assert reach.low == pytest.approx(0.15, abs=0.8 * RESOLUTION)
    assert reach.least == pytest.approx(0, abs=0.4 * 0.8 * RESOLUTION)
    assert len(solves) <= 8


def test_the_range_of_a_cap_ends_where_the_class_is_locked() -> None:
    found = best(risk_aversion=1, current=(0.8, 0.2), fixed=(0.0, 0.2), class_caps=(1.0, 0.5))
    reach = cap_price_range(found, SHARES)
    assert (reach.low, reach.high) == (0.2, 1.0)
    assert reach.most == pytest.approx(0.052, abs=0.04 * RESOLUTION)
    assert reach.least == pytest.approx(0.02, abs=0.04 * RESOLUTION)
    # Nothing is asked of what cannot be.
    free = cap_price_range(best(risk_aversion=1, class_caps=(1.0, 0.5)), SHARES)
    assert free == PriceRange(0.0, 1.0, least=free.least, most=free.most)
    assert free.most == pytest.approx(0.06, abs=0.04 * RESOLUTION)


@pytest.mark.parametrize("wanted", [0.0191, 0.0699])
def test_next_to_an_end_the_lines_are_found_on_the_other_side(
    wanted: float, solves: list[Inputs]
) -> None:
    # A two hundredth of the span away nothing binds, or more is asked than shares alone return.
    reach = price_range(best(risk_aversion=10, desired_return=wanted), "desired_return")
    assert (reach.low, reach.high) == pytest.approx((0.019, 0.07), abs=0.06 * RESOLUTION)
    assert len(solves) <= 9


def test_the_range_of_a_lock_reaches_from_nothing_to_all_that_is_held() -> None:
    found = best(risk_aversion=1, current=(0.8, 0.2), fixed=(0.5, 0.0))
    reach = lock_price_range(found, CASH, class_cap=1.0)
    assert (reach.low, reach.high) == (0.0, 0.8)
    assert reach.least == pytest.approx(0.02, abs=0.04 * RESOLUTION + 1e-5)
    assert reach.most == pytest.approx(0.052, abs=1e-5)
