"""What binds, what is free to move, and what must not become negative, one condition at a time."""

from dataclasses import replace

import numpy as np
import pytest
from nine_classes import CLASSES, nine_class_mandate, nine_class_market

from allocator.optimizer.binding import (
    PRICED_NEEDS,
    active_set,
    binding_needs,
    degenerate_needs,
    dual_of,
    has_unique_bound,
    level_of,
    margins,
    with_level,
)
from allocator.optimizer.inputs import Inputs
from allocator.optimizer.prices import leans_on_lock, lock_price
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import best_objective, optimize

MARKET = nine_class_market()
EVERYWHERE = np.array([0.2, 0.1, 0.1, 0.2, 0.1, 0.1, 0.1, 0.05, 0.05])


def crafted(weights: np.ndarray, **changes: object) -> tuple[Inputs, Solution]:
    """Return inputs with these changes, and weights that all trade and so are free to move."""
    base = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    solution = replace(base.solution, weights=weights, bought=weights, sold=weights)
    return replace(base.inputs, **changes), solution  # type: ignore[arg-type]


@pytest.mark.parametrize(("slack", "binds"), [(5e-7, True), (5e-6, False), (-5e-7, True)])
@pytest.mark.parametrize("need", ["liquidity", "stable", "equity_floor", "desired_return"])
def test_a_need_binds_within_a_millionth_and_not_beyond(
    need: str, slack: float, binds: bool
) -> None:
    inputs, solution = crafted(EVERYWHERE)
    row = {
        "liquidity": inputs.liquid,
        "stable": inputs.stable,
        "equity_floor": inputs.equity,
        "desired_return": inputs.net_returns,
    }[need]
    inputs = with_level(inputs, need, float(row @ EVERYWHERE) - slack)
    assert (need in binding_needs(inputs, solution)) == binds
    place = PRICED_NEEDS.index(need)
    assert active_set(inputs, solution)[place] == binds
    assert margins(inputs, solution)[place] == pytest.approx(slack, abs=1e-12)


@pytest.mark.parametrize("side", ["bought", "sold"])
@pytest.mark.parametrize(("amount", "trades"), [(1e-6, True), (5e-8, False)])
def test_a_class_rests_at_less_than_a_ten_millionth(side: str, amount: float, trades: bool) -> None:
    inputs, solution = crafted(EVERYWHERE, buy_cost=np.full(9, 0.01))
    still = np.zeros(9)
    solution = replace(solution, bought=still, sold=still)
    a_little = still.copy()
    a_little[3] = amount
    moving = replace(solution, **{side: a_little})  # type: ignore[arg-type]
    assert (active_set(inputs, moving) != active_set(inputs, solution)) == trades
    assert has_unique_bound(inputs, moving, 3) == trades


def test_returns_that_hardly_differ_still_tell_a_wish_apart_from_the_budget() -> None:
    # Per ten million, and as exact as the columns of any other need.
    returns = 0.02 + 1e-7 * np.arange(9)
    inputs, solution = crafted(
        EVERYWHERE, net_returns=returns, desired_return=float(returns @ EVERYWHERE)
    )
    assert binding_needs(inputs, solution) == ("desired_return",)
    assert degenerate_needs(inputs, solution) == ()
    # Returns that do not differ are the budget once more.
    flat = replace(inputs, net_returns=np.full(9, 0.02), desired_return=0.02)
    assert degenerate_needs(flat, solution) == ("desired_return",)


def test_a_lock_of_all_that_is_held_of_what_may_not_be_bought_has_no_marginal_price() -> None:
    # Trading is free, yet no more of the deposit can be had, so a dearer lock has no slope.
    mandate = nine_class_mandate(
        risk_aversion=5,
        current=(0.6, 0.4, *(0,) * 7),
        fixed=(0, 0.4, *(0,) * 7),
        buyable=[c != "time_deposit" for c in CLASSES],
    )
    found = optimize(mandate, MARKET)
    assert leans_on_lock(found, 1)
    more = found.inputs.fixed.copy()
    more[1] += 1e-4
    assert best_objective(replace(found.inputs, fixed=more)) is None
    price = lock_price(found, 1, class_cap=0.6)
    assert price is not None
    assert price.marginal is None
    assert price.total > 1e-3


@pytest.mark.parametrize("need", PRICED_NEEDS)
def test_no_need_may_have_a_negative_multiplier_within_a_range(need: str) -> None:
    found = optimize(nine_class_mandate(risk_aversion=5, liquidity_floor=0.2), MARKET)
    assert margins(found.inputs, found.solution).min() > -1e-7
    name = "risky_dual" if need == "risky_share" else f"{need}_dual"
    turned = replace(found.solution, **{name: -0.01})  # type: ignore[arg-type]
    assert dual_of(turned, need) == -0.01
    assert margins(found.inputs, turned).min() == pytest.approx(-0.01, abs=1e-12)


@pytest.mark.parametrize("need", PRICED_NEEDS)
def test_no_need_may_be_missed_within_a_range(need: str) -> None:
    found = optimize(nine_class_mandate(risk_aversion=5), MARKET)
    place = PRICED_NEEDS.index(need)
    slack = float(margins(found.inputs, found.solution)[place])
    way = -1 if need in ("risky_share", "volatility", "equity_cap") else 1
    level = level_of(found.inputs, need) + way * (slack + 0.01)
    missed = margins(with_level(found.inputs, need, level), found.solution)
    assert missed[place] == pytest.approx(-0.01, abs=1e-9)


def test_a_lock_that_fills_its_cap_holds_its_class_with_either_sign() -> None:
    # Only the difference of the two multipliers is determined: what both have more says nothing.
    locked = nine_class_mandate(
        risk_aversion=5, current=(0.4, 0.6, *(0,) * 7), fixed=(0, 0.6, *(0,) * 7)
    )
    found = optimize(locked, MARKET)
    assert found.inputs.caps[1] == found.inputs.fixed[1]
    before = margins(found.inputs, found.solution)
    for position, is_filled in ((1, True), (4, False)):
        more = np.zeros(9)
        more[position] = 0.05
        solution = replace(
            found.solution,
            fixed_dual=found.solution.fixed_dual - more,
            cap_dual=found.solution.cap_dual - more,
        )
        assert (margins(found.inputs, solution) == before).all() == is_filled
