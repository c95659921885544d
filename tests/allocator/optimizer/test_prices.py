"""Prices against finite differences, their bound, their range, and needs that share one face."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nine_classes import nine_class_mandate, nine_class_market
from random_mandates import mandates, wishful_mandates

from allocator.mandate import Mandate
from allocator.optimizer.binding import (
    PRICED_NEEDS,
    active_set,
    binding_needs,
    degenerate_needs,
    margins,
    without,
)
from allocator.optimizer.explanation import explain
from allocator.optimizer.inputs import OFF, WISHES, Inputs
from allocator.optimizer.price_ranges import lock_price_range, price_range
from allocator.optimizer.prices import (
    Price,
    group_price,
    leans_on_cap,
    lock_price,
    need_prices,
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
} | {wish: wish for wish in WISHES}


def moved(inputs: Inputs, need: str, step: float) -> Inputs:
    changed: dict[str, float] = {FIELDS[need]: getattr(inputs, FIELDS[need]) + step}
    return replace(inputs, **changed)  # type: ignore[arg-type]


def level_at(inputs: Inputs, weights: np.ndarray, need: str) -> float:
    mean = float(inputs.net_returns @ weights)
    volatility = float(np.linalg.norm(inputs.factor @ weights))
    return {
        "equity_cap": float(inputs.equity @ weights),
        "equity_floor": float(inputs.equity @ weights),
        "shortfall": mean - inputs.deviations * volatility,
        "desired_return": mean,
        "risky_share": float(inputs.risky @ weights),
        "volatility": volatility,
        "liquidity": float(inputs.liquid @ weights),
        "stable": float(inputs.stable @ weights),
    }[need]


def price_of(found: Allocation, need: str) -> Price:
    (price,) = [p for p in need_prices(found) if p.need == need]
    return price


def price_of_lock(found: Allocation, position: int, class_cap: float = 0.6) -> Price:
    price = lock_price(found, position, class_cap=class_cap)
    assert price is not None
    return price


def test_the_worked_prices_of_liquidity_and_of_a_lock() -> None:
    found = optimize(OP1, MARKET)
    (liquidity,) = need_prices(found)
    assert liquidity.need == "liquidity"
    assert liquidity.marginal == pytest.approx(0.010894, abs=1e-6)
    assert liquidity.total == pytest.approx(0.00120203, abs=1e-8)
    lock = price_of_lock(found, 1)
    assert lock.marginal == pytest.approx(0.005134, abs=1e-6)
    assert lock.total == pytest.approx(0.00073033, abs=1e-8)
    assert group_price(found) is None


def test_the_worked_prices_of_a_volatility_cap() -> None:
    found = optimize(OP2, MARKET)
    assert price_of(found, "volatility").marginal == pytest.approx(0.117567, abs=1e-6)
    assert price_of(found, "liquidity").marginal == pytest.approx(0.011306, abs=1e-6)


@given(st.one_of(mandates(), wishful_mandates()))
@settings(max_examples=160)
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
    reach = price_range(found, "liquidity")
    low, high = reach.low, reach.high
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
        eased = without(moved(inputs, need, 0.01), (need,))
        changed = [f for f in FIELDS.values() if getattr(eased, f) != getattr(inputs, f)]
        assert changed in ([FIELDS[need]], [])
        assert need not in binding_needs(eased, optimize(OP1, MARKET).solution)
        if need in OFF:
            assert eased.is_off(need)


# One wish each that binds where the free optimum would not go.
WISHED = {
    "equity_cap": 0.10,
    "equity_floor": 0.45,
    "shortfall": -0.02,
    "desired_return": 0.042,
}


def wished(wish: str, level: float | None = None) -> Allocation:
    changed: dict[str, float] = {wish: WISHED[wish] if level is None else level}
    return optimize(replace(OP1, **changed), MARKET)  # type: ignore[arg-type]


@pytest.mark.parametrize("wish", WISHES)
def test_the_marginal_price_of_a_wish_is_the_slope_of_the_optimum(wish: str) -> None:
    found, step = wished(wish), 1e-5
    price = price_of(found, wish)
    assert price.limit == WISHED[wish]
    assert price.marginal is not None
    assert price.marginal > 1e-3
    up, down = (best_objective(moved(found.inputs, wish, h)) for h in (step, -step))
    assert up is not None
    assert down is not None
    slope = (up - down) / (2 * step) * (1 if wish == "equity_cap" else -1)
    assert slope == pytest.approx(price.marginal, rel=1e-3)
    without_it = optimize(OP1, MARKET)
    assert price.total == pytest.approx(without_it.objective - found.objective, abs=1e-9)


@pytest.mark.parametrize("wish", WISHES)
def test_the_marginal_price_of_a_wish_runs_one_way_within_its_range_and_breaks_after(
    wish: str,
) -> None:
    found = wished(wish)
    reach = price_range(found, wish)
    assert reach.low <= WISHED[wish] <= reach.high
    assert reach.high - reach.low > 1e-3
    levels = np.linspace(reach.low, reach.high, 7)[1:-1]
    prices = [price_of(wished(wish, float(at)), wish).marginal for at in levels]
    ordered = prices if wish != "equity_cap" else prices[::-1]
    assert ordered == sorted(ordered, key=lambda p: p or 0.0)
    assert all(p is not None and reach.least <= p <= reach.most for p in prices)
    assert reach.least < reach.most
    kinks = []
    for end, way in ((reach.low, -1), (reach.high, 1)):
        h = 2e-3 * (0.1 if wish in ("shortfall", "desired_return") else 1.0)
        at = [wished(wish, end + way * k * h) for k in (-3, -2, -1, 1, 2)]
        duals = [getattr(a.solution, f"{wish}_dual") for a in at]
        bends = np.abs(np.diff(duals, 2))
        kinks.append(any(a.relaxations for a in at) or bends[1:].max() > 5 * bends[0] + 1e-7)
    assert all(kinks)


def test_a_need_with_no_exposure_to_lean_on_has_no_marginal_price() -> None:
    # Cash without any risk: the volatility is a corner there, and its multiplier a whole ray.
    found = optimize(nine_class_mandate(risk_aversion=5, liquidity_floor=1.0), MARKET)
    riskless = found.inputs.factor.copy()
    riskless[:, 0] = 0.0
    inputs = replace(found.inputs, factor=riskless, volatility=1e-9)
    assert np.linalg.norm(riskless @ found.solution.weights) < 1e-6
    assert "volatility" in degenerate_needs(inputs, found.solution)
    # With any exposure, or another limit, it is judged by its slope as before.
    assert "volatility" not in degenerate_needs(found.inputs, found.solution)


def test_at_a_corner_every_direction_of_risk_counts() -> None:
    # Cash and deposit are riskless and half each, so both are free to move; of three free classes
    # the risky one is held by the corner alone, and the liquidity floor keeps its own multiplier.
    base = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    riskless = base.inputs.factor.copy()
    riskless[:, :2] = 0.0
    weights = np.array([0.5, 0.5, *(0.0,) * 7])
    solution = replace(base.solution, weights=weights, bought=weights * 0, sold=weights * 0)
    inputs = replace(base.inputs, factor=riskless, volatility=1e-9, liquidity_floor=0.5)
    assert degenerate_needs(inputs, solution) == ("volatility",)
    # A shortfall at the mean of riskless money is told apart by its mean, until that is a
    # combination of the budget and the floor.
    mean = float(inputs.net_returns @ weights)
    wishful = replace(inputs, volatility=10.0, shortfall=mean, deviations=1.6)
    assert degenerate_needs(wishful, solution) == ("liquidity", "shortfall")
    assert degenerate_needs(replace(wishful, liquidity_floor=0.0), solution) == ()


def test_at_a_corner_of_hedged_classes_the_directions_of_risk_are_gradients_too() -> None:
    # Two equity funds in opposite steps and cash: no exposure, yet the step itself is a direction.
    base = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    hedged = np.zeros_like(base.inputs.factor)
    hedged[0, 4], hedged[0, 5] = 0.2, -0.2
    weights = np.array([0.6, 0, 0, 0, 0.2, 0.2, 0, 0, 0])
    solution = replace(base.solution, weights=weights, bought=weights, sold=weights)
    inputs = replace(base.inputs, factor=hedged, risky_share=0.4, deviations=1.6)
    wishful = replace(inputs, shortfall=float(inputs.net_returns @ weights))
    assert degenerate_needs(wishful, solution) == ("risky_share", "shortfall")
    assert degenerate_needs(inputs, solution) == ()


def test_a_shortfall_that_leans_where_another_need_does_is_not_unique() -> None:
    base = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    weights = np.array([0.2, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])
    solution = replace(base.solution, weights=weights, bought=weights, sold=weights)
    exposure = base.inputs.factor @ weights
    slope = base.inputs.factor.T @ exposure / np.linalg.norm(exposure)
    # Its gradient, mu - z * slope of volatility, is made a multiple of the liquid classes.
    liquid = replace(
        base.inputs,
        deviations=1.6,
        net_returns=1.6 * slope + 0.01 * base.inputs.liquid,
        shortfall=0.01 * 0.2,
        liquidity_floor=0.2,
    )
    assert degenerate_needs(liquid, solution) == ("liquidity", "shortfall")
    elsewhere = replace(liquid, liquidity_floor=0.0)
    assert degenerate_needs(elsewhere, solution) == ()


def test_no_more_can_be_locked_than_is_held_even_where_trading_is_free() -> None:
    free = (0,) * 9
    found = optimize(replace(OP1, buy_cost=free, sell_cost=free), MARKET)
    assert lock_price_range(found, 1, class_cap=0.6).high == pytest.approx(0.25, abs=1e-3)


def test_a_lock_that_is_all_there_is_has_two_slopes_and_so_no_marginal_price() -> None:
    # All of the deposit is locked: more of it must be bought, less of it sold, at 0.4 % either way.
    found = optimize(replace(OP1, fixed=(0, 0.25, *(0,) * 7)), MARKET)
    assert found.solution.weights[1] == pytest.approx(0.25, abs=1e-6)
    price = price_of_lock(found, 1)
    assert price.marginal is None
    assert price.total > 1e-3


def test_the_price_of_a_lock_holds_until_all_that_is_held_is_locked() -> None:
    reach = lock_price_range(optimize(OP1, MARKET), 1, class_cap=0.6)
    assert reach.low == pytest.approx(0, abs=1e-3)
    assert reach.high == pytest.approx(0.25, abs=1e-3)
    assert reach.least <= 0.005134 <= reach.most


def test_a_range_of_straight_lines_is_foretold_and_confirmed_in_a_few_solves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, asked = optimize(OP1, MARKET), []

    def counted(inputs: Inputs) -> object:
        asked.append(inputs.liquidity_floor)
        return solve_verified(inputs)

    monkeypatch.setattr("allocator.optimizer.price_ranges.solve_verified", counted)
    reach = price_range(found, "liquidity")
    assert len(asked) <= 8
    # As narrow as bisection would have made it: the next limit binds just beyond.
    beyond = optimize(replace(OP1, liquidity_floor=reach.high + 6e-4), MARKET)
    assert active_set(beyond.inputs, beyond.solution) != active_set(found.inputs, found.solution)


def test_a_range_that_nothing_foretells_is_found_by_bisection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = optimize(OP1, MARKET)
    foretold = price_range(found, "liquidity")
    monkeypatch.setattr(
        "allocator.optimizer.price_ranges.margins", lambda inputs, solution: np.zeros(1)
    )
    searched = price_range(found, "liquidity")
    assert searched.low == foretold.low
    assert searched.high == pytest.approx(foretold.high, abs=6e-4)
    assert searched.most == pytest.approx(foretold.most, abs=5e-6)


def test_no_margin_of_a_verified_optimum_is_negative() -> None:
    for need, mandate in {"liquidity": OP1, "volatility": OP2}.items():
        found = optimize(mandate, MARKET)
        assert need in binding_needs(found.inputs, found.solution)
        assert margins(found.inputs, found.solution).min() > -1e-7


def test_a_need_that_is_hardly_felt_has_its_small_price() -> None:
    free = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    level = float(free.inputs.equity @ free.solution.weights) - 1e-3
    found = optimize(replace(nine_class_mandate(risk_aversion=5), equity_cap=level), MARKET)
    (price,) = need_prices(found)
    up, down = (best_objective(moved(found.inputs, "equity_cap", h)) for h in (1e-5, -1e-5))
    assert up is not None
    assert down is not None
    assert price.marginal is not None
    assert price.marginal == pytest.approx((up - down) / 2e-5, rel=0.1)
    assert 1e-5 < price.marginal < 5e-4
    assert price.total == pytest.approx(price.marginal * 1e-3 / 2, rel=0.05)


def test_a_need_that_is_the_budget_once_more_is_no_group_of_one() -> None:
    # All that is free to move is stable, so the floor and the budget are one and the same.
    found = optimize(nine_class_mandate(risk_aversion=5, stable_floor=1.0), MARKET)
    assert degenerate_needs(found.inputs, found.solution) == ("stable",)
    (price,) = need_prices(found)
    assert price.marginal is None
    assert price.total > 1e-3
    assert group_price(found) is None


def test_a_cap_of_all_wealth_is_the_budget_and_no_limit_of_its_own() -> None:
    found = optimize(nine_class_mandate(risk_aversion=5, liquidity_floor=1.0), MARKET)
    assert found.inputs.caps[0] == 1
    assert found.solution.weights[0] == pytest.approx(1, abs=1e-8)
    assert found.solution.cap_dual[0] > 1e-2
    assert not leans_on_cap(found, 0)
