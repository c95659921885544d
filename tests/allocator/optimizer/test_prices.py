"""Prices against finite differences, their bound, their range, and needs that share one face."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from nine_classes import nine_class_mandate, nine_class_market
from random_mandates import mandates

from allocator.mandate import Mandate
from allocator.optimizer.explanation import explain
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.prices import (
    PRICED_NEEDS,
    Price,
    degenerate_needs,
    group_price,
    lock_price,
    need_prices,
    valid_range,
    without,
)
from allocator.optimizer.solver import Allocation, best_objective, optimize, solve_verified

MARKET = nine_class_market()
# Worked case OP-1.
OP1 = nine_class_mandate(
    risk_aversion=5,
    volatility_cap=0.10,
    risky_share_cap=0.60,
    liquidity_floor=0.1125,
    current=(0.40, 0.25, 0.20, 0.05, 0.10, 0, 0, 0, 0),
    fixed=(0, 0.15, 0, 0, 0, 0, 0, 0, 0),
    class_caps=(1, 0.6, 0.6, 0.6, 0.35, 0.25, 0.10, 0.10, 0.30),
    buy_cost=(0, 0, 0, 0.0008, 0.0015, 0.0015, 0.004, 0.01, 0),
    sell_cost=(0, 0.004, 0, 0.001, 0.005, 0.005, 0.004, 0.01, 0.03),
    cost_horizon_years=3,
)
OP2 = nine_class_mandate(risk_aversion=2, volatility_cap=0.06, liquidity_floor=0.10)
FIELDS = {
    "risky_share": "risky_share",
    "volatility": "volatility",
    "liquidity": "liquidity_floor",
    "stable": "stable_floor",
}


def moved(inputs: Inputs, need: str, step: float) -> Inputs:
    changed: dict[str, float] = {FIELDS[need]: getattr(inputs, FIELDS[need]) + step}
    return replace(inputs, **changed)  # type: ignore[arg-type]


def level_at(inputs: Inputs, weights: np.ndarray, need: str) -> float:
    return {
        "risky_share": float(inputs.risky @ weights),
        "volatility": float(np.linalg.norm(inputs.factor @ weights)),
        "liquidity": float(inputs.liquid @ weights),
        "stable": float(inputs.stable @ weights),
    }[need]


def price_of(found: Allocation, need: str) -> Price:
    (price,) = [p for p in need_prices(found) if p.need == need]
    return price


def test_the_worked_prices_of_liquidity_and_of_a_lock() -> None:
    found = optimize(OP1, MARKET)
    (liquidity,) = need_prices(found)
    assert liquidity.need == "liquidity"
    assert liquidity.marginal == pytest.approx(0.010894, abs=1e-6)
    assert liquidity.total == pytest.approx(0.00120203, abs=1e-8)
    lock = lock_price(found, 1)
    assert lock.marginal == pytest.approx(0.005134, abs=1e-6)
    assert lock.total == pytest.approx(0.00073033, abs=1e-8)
    assert group_price(found) is None


def test_the_worked_prices_of_a_volatility_cap() -> None:
    found = optimize(OP2, MARKET)
    assert price_of(found, "volatility").marginal == pytest.approx(0.117567, abs=1e-6)
    assert price_of(found, "liquidity").marginal == pytest.approx(0.011306, abs=1e-6)


@given(mandates())
@settings(max_examples=80)
def test_a_marginal_price_is_the_slope_of_the_optimum_and_bounds_the_total(
    mandate: Mandate,
) -> None:
    found = optimize(mandate, MARKET)
    if found.relaxations:
        return
    step = 1e-5
    for price in need_prices(found):
        free = solve_verified(without(found.inputs, (price.need,)))
        assert free is not None
        assert price.total >= -1e-9
        if price.marginal is None:
            continue
        # At a unique multiplier the optimum has both slopes, and they agree.
        at = [best_objective(moved(found.inputs, price.need, h)) for h in (step, -step)]
        if at[0] is not None and at[1] is not None:
            slope = abs(at[0] - at[1]) / (2 * step)
            assert slope == pytest.approx(price.marginal, rel=0.01, abs=3e-5)
        away = abs(price.limit - level_at(found.inputs, free[0].weights, price.need))
        assert price.total <= price.marginal * away + 1e-8


def test_between_the_ends_of_its_range_a_marginal_price_is_a_line_and_beyond_it_is_not() -> None:
    found = optimize(OP1, MARKET)
    low, high = valid_range(found, "liquidity")
    # Any floor below is met by the same classes; the free optimum keeps no cash at all.
    assert low == pytest.approx(0, abs=1e-4)
    assert 0.1125 < high < 1

    def marginal(floor: float) -> float:
        return optimize(replace(OP1, liquidity_floor=floor), MARKET).solution.liquidity_dual

    points = np.linspace(low + 0.01, high - 0.01, 5)
    line = np.polyfit(points, [marginal(p) for p in points], 1)
    for inside in (0.2, 0.4, high - 0.005):
        assert marginal(inside) == pytest.approx(np.polyval(line, inside), abs=1e-7)
    beyond = high + 0.05
    assert abs(marginal(beyond) - float(np.polyval(line, beyond))) > 1e-5


def test_floors_that_hold_the_same_face_are_priced_together() -> None:
    # Cash is all that is liquid; what else is stable may not be bought, so one floor is the other.
    mandate = nine_class_mandate(
        risk_aversion=5,
        liquidity_floor=0.3,
        stable_floor=0.3,
        buyable=(True, False, False, *(True,) * 6),
    )
    found = optimize(mandate, MARKET)
    assert degenerate_needs(found.inputs, found.solution) == ("liquidity", "stable")
    assert all(p.marginal is None and p.total < 1e-8 for p in need_prices(found))
    together = group_price(found)
    assert together is not None
    assert together.needs == ("liquidity", "stable")
    free = optimize(replace(mandate, liquidity_floor=0.0, stable_floor=0.0), MARKET)
    assert together.total == pytest.approx(free.objective - found.objective, abs=1e-9)
    assert together.total > 1e-3
    (reason,) = [r for r in explain(found, mandate) if r.code.startswith("reason.floors")]
    assert reason.evidence == {"price": together.total}


def test_needs_that_do_not_bind_have_no_price() -> None:
    found = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    assert need_prices(found) == ()
    assert group_price(found) is None


def test_dropping_a_need_frees_it_and_no_other() -> None:
    inputs = optimize(OP1, MARKET).inputs
    for need in PRICED_NEEDS:
        eased = without(inputs, (need,))
        changed = [f for f in FIELDS.values() if getattr(eased, f) != getattr(inputs, f)]
        assert changed in ([FIELDS[need]], [])
