"""Prices of locks and class caps against finite differences of the whole problem."""

from dataclasses import replace

import numpy as np
import pytest
from nine_classes import CLASSES, OP2_CAPS, nine_class_mandate, nine_class_market
from random_mandates import BUY_COST, SELL_COST

from allocator.mandate import Mandate
from allocator.optimizer.inputs import Inputs, inputs_of
from allocator.optimizer.price_ranges import cap_price_range, lock_price_range
from allocator.optimizer.prices import (
    Price,
    cap_price,
    group_price,
    leans_on_cap,
    leans_on_lock,
    lock_price,
    need_prices,
)
from allocator.optimizer.solver import Allocation, best_objective, optimize
from allocator.optimizer.told_prices import told_prices

MARKET = nine_class_market()
STEP = 1e-5
# Seven tenths are locked in a deposit whose cap is six.
BEYOND_CAP = nine_class_mandate(
    risk_aversion=5,
    current=(0.2, 0.7, 0.1, *(0,) * 6),
    fixed=(0, 0.7, *(0,) * 7),
    class_caps=(1, 0.6, 0.6, 0.6, 0.35, 0.25, 0.10, 0.10, 0.30),
)


def held_back(mandate: Mandate, position: int, amount: float) -> Mandate:
    """Return the mandate with so much of a class fixed."""
    fixed = list(mandate.fixed)
    fixed[position] = amount
    return replace(mandate, fixed=tuple(fixed))


def capped(mandate: Mandate, position: int, cap: float) -> Mandate:
    """Return the mandate with the cap of a class at another level."""
    caps = list(mandate.class_caps)
    caps[position] = cap
    return replace(mandate, class_caps=tuple(caps))


def best(mandate: Mandate) -> float | None:
    return best_objective(inputs_of(mandate, MARKET, with_costs=True))


def price_of_lock(found: Allocation, mandate: Mandate, position: int) -> Price:
    price = lock_price(found, position, class_cap=mandate.class_caps[position])
    assert price is not None
    return price


def drawn(seed: int) -> Mandate:
    """Draw a mandate with locks, of which some fill or exceed their caps."""
    dice = np.random.default_rng(seed)
    current = dice.dirichlet(np.full(9, 0.5))
    fixed = current * (dice.random(9) < 0.4)
    caps = np.array(OP2_CAPS, dtype=float)
    # A third of the locks meet their caps to the last digit, the large ones pass them.
    caps = np.where((fixed > 0.01) & (dice.random(9) < 0.3), fixed, caps)
    with_costs = dice.random() < 0.5
    return nine_class_mandate(
        risk_aversion=float(dice.choice([2, 5, 20])),
        volatility_cap=float(dice.choice([0.04, 0.08, 0.18])),
        risky_share_cap=float(dice.choice([0.3, 0.6, 0.95])),
        liquidity_floor=float(dice.choice([0, 0.05, 0.1])),
        stable_floor=float(dice.choice([0, 0.1, 0.3])),
        current=current.tolist(),
        fixed=fixed.tolist(),
        class_caps=caps.tolist(),
        buy_cost=BUY_COST if with_costs else (0,) * 9,
        sell_cost=SELL_COST if with_costs else (0,) * 9,
    )


def require_slope(price: Price, lower: float | None, base: float, upper: float | None) -> bool:
    """Fail unless a marginal price is the slope to a side; return whether there was one."""
    if price.marginal is None or lower is None or upper is None:
        return False
    slopes = [abs(lower - base) / STEP, abs(base - upper) / STEP]
    assert min(abs(price.marginal - s) for s in slopes) < 2e-4 + 0.02 * price.marginal, slopes
    return True


def test_marginal_prices_of_locks_and_caps_are_slopes_of_the_optimum() -> None:
    met, filled, caps = 0, 0, 0
    for seed in range(120):
        mandate = drawn(seed)
        found = optimize(mandate, MARKET)
        if found.relaxations:
            continue
        base = best(mandate)
        assert base is not None
        for n in range(9):
            fixed, cap = mandate.fixed[n], mandate.class_caps[n]
            # Too little is locked to step back from.
            if leans_on_lock(found, n) and fixed > 10 * STEP:
                price = price_of_lock(found, mandate, n)
                less, more = (best(held_back(mandate, n, fixed + h)) for h in (-STEP, STEP))
                told = require_slope(price, less, base, more)
                met += told
                filled += told and fixed >= cap
            if leans_on_cap(found, n):
                cap_found = cap_price(found, n)
                assert cap_found is not None
                less, more = (best(capped(mandate, n, cap + h)) for h in (-STEP, STEP))
                caps += require_slope(cap_found, less, base, more)
                free = best(capped(mandate, n, 1.0))
                assert cap_found.total == pytest.approx((free or 0.0) - base, abs=2e-7)
    assert met > 40
    assert filled > 8
    assert caps > 15


def test_a_lock_beyond_its_cap_costs_what_less_of_it_would_gain() -> None:
    found = optimize(BEYOND_CAP, MARKET)
    price = price_of_lock(found, BEYOND_CAP, 1)
    assert price.marginal == pytest.approx(0.008298, abs=5e-6)
    # Could it be sold, the class's own cap would stand again.
    free = best(held_back(BEYOND_CAP, 1, 0.0))
    assert price.total == pytest.approx((free or 0.0) - found.objective, abs=1e-9)


def test_the_range_of_a_lock_beyond_its_cap_holds_its_slopes() -> None:
    found = optimize(BEYOND_CAP, MARKET)
    reach = lock_price_range(found, 1, class_cap=0.6)
    assert reach.low < 0.7 <= reach.high
    for level in np.linspace(reach.low + 0.01, reach.high - 0.01, 5):
        at = [best(held_back(BEYOND_CAP, 1, level + h)) for h in (-STEP, STEP)]
        assert at[0] is not None
        assert at[1] is not None
        slope = (at[0] - at[1]) / (2 * STEP)
        assert reach.least - 2e-5 <= slope <= reach.most + 2e-5


def test_without_its_lock_a_class_has_its_own_cap_again_and_the_price_ends_where_none_is_felt() -> (
    None
):
    # More of the class is wanted than its cap allows, and less than is locked.
    caps = (1, *(0.6,) * 2, 1, *OP2_CAPS[4:])
    free = optimize(nine_class_mandate(risk_aversion=20, class_caps=caps), MARKET)
    wanted = float(free.solution.weights[3])
    locked, cap = wanted + 0.15, wanted - 0.15
    held = (1 - locked, 0, 0, locked, *(0,) * 5)
    mandate = nine_class_mandate(
        risk_aversion=20,
        current=held,
        fixed=(0, 0, 0, locked, *(0,) * 5),
        class_caps=(1, *(0.6,) * 2, cap, *OP2_CAPS[4:]),
    )
    found = optimize(mandate, MARKET)
    price = price_of_lock(found, mandate, 3)
    sold = best(held_back(mandate, 3, 0.0))
    assert price.total == pytest.approx((sold or 0.0) - found.objective, abs=1e-9)
    assert price.total < free.objective - found.objective - 1e-5
    reach = lock_price_range(found, 3, class_cap=cap)
    assert reach.low == pytest.approx(wanted, abs=2e-3)
    assert reach.least >= -1e-6


def test_the_range_of_a_cap_holds_its_slopes() -> None:
    mandate = nine_class_mandate(risk_aversion=1.5)
    found = optimize(mandate, MARKET)
    leaned = [n for n in range(9) if leans_on_cap(found, n)]
    assert leaned
    for n in leaned:
        reach = cap_price_range(found, n)
        assert reach.low <= mandate.class_caps[n] <= reach.high
        for level in np.linspace(reach.low, reach.high, 5)[1:-1]:
            at = [best(capped(mandate, n, level + h)) for h in (-STEP, STEP)]
            assert at[0] is not None
            assert at[1] is not None
            slope = (at[1] - at[0]) / (2 * STEP)
            assert reach.least - 2e-5 <= slope <= reach.most + 2e-5


def test_where_all_is_locked_no_lock_has_a_marginal_price() -> None:
    # More of one lock would need less of another: the budget itself has no price to compare with.
    all_locked = (0.4, 0.3, 0.3, *(0,) * 6)
    mandate = nine_class_mandate(risk_aversion=5, current=all_locked, fixed=all_locked)
    found = optimize(mandate, MARKET)
    assert not found.relaxations
    prices = [price_of_lock(found, mandate, n) for n in range(3) if leans_on_lock(found, n)]
    assert prices
    assert all(price.marginal is None and price.total > 1e-3 for price in prices)


def test_a_lock_that_makes_a_need_give_is_priced_against_the_need_as_it_was_wanted() -> None:
    mandate = nine_class_mandate(
        risk_aversion=5,
        liquidity_floor=0.4,
        current=(0.2, 0.8, *(0,) * 7),
        fixed=(0, 0.8, *(0,) * 7),
    )
    found = optimize(mandate, MARKET)
    assert [given.need for given in found.relaxations] == ["liquidity"]
    sold = optimize(held_back(mandate, 1, 0.0), MARKET)
    assert not sold.relaxations
    price = price_of_lock(found, mandate, 1)
    assert price.total == pytest.approx(sold.objective - found.objective, abs=1e-8)


def test_no_lock_is_priced_where_the_need_must_give_without_it_too() -> None:
    fixed = (0, 0.4, *(0,) * 5, 0.4, 0)
    mandate = nine_class_mandate(
        risk_aversion=5, liquidity_floor=0.7, current=(0.2, *fixed[1:]), fixed=fixed
    )
    found = optimize(mandate, MARKET)
    assert found.relaxations
    assert leans_on_lock(found, 1)
    assert lock_price(found, 1, class_cap=0.6) is None
    assert all("locks" not in told.needs for told in told_prices(found, mandate))


def test_where_caps_gave_nothing_is_priced() -> None:
    mandate = nine_class_mandate(
        risk_aversion=5, stable_floor=0.2, class_caps=(0.15, 0.1, *(0.1,) * 6, 0.01)
    )
    found = optimize(mandate, MARKET)
    assert "class_caps" in {given.need for given in found.relaxations}
    assert told_prices(found, mandate) == ()


def test_an_unanswered_question_is_no_price_of_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mandate = nine_class_mandate(
        risk_aversion=5,
        liquidity_floor=0.3,
        stable_floor=0.3,
        current=(0.3, 0.3, 0.4, *(0,) * 6),
        fixed=(0, 0, 0.4, *(0,) * 6),
        buyable=(True, False, False, *(True,) * 6),
    )
    found = optimize(mandate, MARKET)
    assert need_prices(found) or group_price(found)

    def unanswered(_: Inputs) -> None:
        return None

    monkeypatch.setattr("allocator.optimizer.prices.best_objective", unanswered)
    assert need_prices(found) == ()
    assert group_price(found) is None
    assert lock_price(found, 2, class_cap=0.6) is None
    assert cap_price(found, 4) is None
    assert told_prices(found, mandate) == ()


def test_only_caps_whose_price_can_be_seen_are_told() -> None:
    mandate = nine_class_mandate(risk_aversion=1.5)
    found = optimize(mandate, MARKET)
    prices = {n: cap_price(found, n) for n in range(9) if leans_on_cap(found, n)}
    visible = {CLASSES[n] for n, p in prices.items() if p is not None and p.total > 5e-5}
    told = [t.product_class for t in told_prices(found, mandate) if t.needs == ("class_caps",)]
    assert visible
    assert set(told) == visible
    # A hair below what would be held anyway, a cap binds and costs nothing.
    free = nine_class_mandate(risk_aversion=5)
    weight = float(optimize(free, MARKET).solution.weights[4])
    hair = capped(free, 4, weight - 1e-4)
    found = optimize(hair, MARKET)
    assert leans_on_cap(found, 4)
    assert CLASSES[4] not in {t.product_class for t in told_prices(found, hair)}
