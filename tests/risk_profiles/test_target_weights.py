"""Target weights of a level: within its limits, optimal by another solver, ordered by risk."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from allocator.errors import InputError
from allocator.market.assumptions import load_default_assumptions
from allocator.market.history import load_default_history
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.shelf import Shelf, load_default_shelf
from allocator.weights import Weights
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.target_weights import target_weights, trading_costs

MARKET = load_default_assumptions()
HISTORY_CLASSES = load_default_history().classes
CASH = (ProductClass.DEMAND_DEPOSIT, ProductClass.MONEY_FUND)
# Limits are met to the solver's last digits, not to the last bit.
HAIR = 1e-7


def sorted_classes(classes: frozenset[ProductClass]) -> tuple[ProductClass, ...]:
    return tuple(c for c in CLASSES if c in classes)


def planned_volatility(weights: Weights) -> float:
    part = MARKET.over(weights.classes)
    return float(np.linalg.norm(part.factor @ np.array(weights.values)))


def certainty_equivalent(level: ProfileLevel, weights: Weights) -> float:
    part = MARKET.over(weights.classes)
    w = np.array(weights.values)
    variance = w @ part.covariance @ w
    return float(part.net_returns @ w - LEVELS[level].anchor_risk_aversion / 2 * variance)


@pytest.mark.parametrize("level", ProfileLevel)
def test_another_solver_finds_nothing_better_within_the_same_limits(level: ProfileLevel) -> None:
    part, limits = MARKET.over(HISTORY_CLASSES), LEVELS[level]
    traits = [TRAITS[c] for c in HISTORY_CLASSES]
    risky = np.array([float(t.risky) for t in traits])
    liquid = np.array([float(t.liquid) for t in traits])
    stable = np.array([float(t.stable) for t in traits])
    constraints: list[dict[str, Any]] = [
        {"type": "eq", "fun": lambda w: w.sum() - 1},
        {"type": "ineq", "fun": lambda w: limits.risky_share_cap - risky @ w},
        {"type": "ineq", "fun": lambda w: limits.volatility_cap**2 - w @ part.covariance @ w},
        {"type": "ineq", "fun": lambda w: liquid @ w - 0.10},
        {"type": "ineq", "fun": lambda w: stable @ w - 0.10},
    ]
    gamma = limits.anchor_risk_aversion
    solver: Any = minimize
    found = solver(
        lambda w: -100 * (part.net_returns @ w - gamma / 2 * w @ part.covariance @ w),
        x0=np.eye(len(traits))[HISTORY_CLASSES.index(ProductClass.MONEY_FUND)],
        bounds=[(0, t.cap if t.risk_level <= limits.highest_risk_level else 0) for t in traits],
        constraints=constraints,
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    assert found.success
    ours = certainty_equivalent(level, target_weights(level, MARKET, HISTORY_CLASSES))
    assert ours == pytest.approx(-found.fun / 100, abs=1e-6)


def test_the_most_cautious_level_holds_as_many_deposits_as_it_may() -> None:
    # Only R1 is open: the deposit earns 1.15 %, the money fund 1.10 %, and the cap is 60 %.
    weights = target_weights(ProfileLevel.C1, MARKET, HISTORY_CLASSES)
    assert weights[ProductClass.TIME_DEPOSIT] == pytest.approx(0.60, abs=1e-6)
    assert weights[ProductClass.MONEY_FUND] == pytest.approx(0.40, abs=1e-6)


@settings(deadline=None, max_examples=40)
@given(
    level=st.sampled_from(ProfileLevel),
    cash=st.sampled_from([CASH, CASH[:1], CASH[1:]]),
    others=st.frozensets(st.sampled_from([c for c in CLASSES if c not in CASH])),
)
def test_every_limit_of_the_level_holds_whatever_classes_there_are(
    level: ProfileLevel, cash: tuple[ProductClass, ...], others: frozenset[ProductClass]
) -> None:
    classes = sorted_classes(others | frozenset(cash))
    weights, limits = target_weights(level, MARKET, classes), LEVELS[level]
    assert weights.classes == classes
    assert planned_volatility(weights) <= limits.volatility_cap + HAIR
    held = weights.as_dict()
    assert sum(w for c, w in held.items() if TRAITS[c].risky) <= limits.risky_share_cap + HAIR
    assert sum(w for c, w in held.items() if TRAITS[c].liquid) >= 0.10 - HAIR
    for product_class, weight in held.items():
        assert weight <= TRAITS[product_class].cap + HAIR
        if TRAITS[product_class].risk_level > limits.highest_risk_level:
            assert weight <= HAIR


@settings(deadline=None, max_examples=20)
@given(st.frozensets(st.sampled_from([c for c in CLASSES if c not in CASH])))
def test_a_bolder_level_never_plans_less_risk(others: frozenset[ProductClass]) -> None:
    classes = sorted_classes(others | {ProductClass.MONEY_FUND})
    planned = [planned_volatility(target_weights(c, MARKET, classes)) for c in ProfileLevel]
    assert all(bolder >= shyer - 1e-6 for shyer, bolder in pairwise(planned))


def test_the_order_of_the_classes_changes_nothing() -> None:
    forward = target_weights(ProfileLevel.C4, MARKET, HISTORY_CLASSES)
    backward = target_weights(ProfileLevel.C4, MARKET, HISTORY_CLASSES[::-1])
    assert backward.classes == HISTORY_CLASSES[::-1]
    np.testing.assert_allclose(
        backward.aligned_to(HISTORY_CLASSES), np.array(forward.values), atol=1e-5
    )


def test_classes_without_a_liquid_one_are_refused_and_the_remedy_names_it() -> None:
    with pytest.raises(InputError, match="add money_fund or demand_deposit") as caught:
        target_weights(ProfileLevel.C3, MARKET, [ProductClass.GOLD, ProductClass.BOND_FUND])
    assert caught.value.code == "no_liquid_class"
    assert caught.value.problems[0].value == ["gold", "bond_fund"]


def test_a_class_the_market_model_lacks_is_refused() -> None:
    small = MARKET.over([ProductClass.MONEY_FUND, ProductClass.A_SHARE_EQUITY_FUND])
    with pytest.raises(InputError, match="gold"):
        target_weights(ProfileLevel.C3, small, [ProductClass.MONEY_FUND, ProductClass.GOLD])


def test_costs_are_those_of_the_cheapest_product_the_level_may_buy() -> None:
    shelf = load_default_shelf()
    costs = trading_costs(ProfileLevel.C5, shelf, CLASSES)
    assert tuple(costs.buy) == tuple(costs.sell) == CLASSES
    assert costs.buy[ProductClass.DEMAND_DEPOSIT] == costs.sell[ProductClass.DEMAND_DEPOSIT] == 0
    for product_class in (ProductClass.A_SHARE_EQUITY_FUND, ProductClass.GOLD):
        cheapest = min(
            (p for p in shelf.of_class(product_class) if p.on_sale),
            key=lambda p: (p.annual_fee + p.purchase_fee / 2, p.lock_up_days, p.minimum.amount),
        )
        assert costs.buy[product_class] == float(cheapest.purchase_fee)
        assert costs.sell[product_class] == float(cheapest.redemption_fee(held_days=3650))


def test_a_class_no_button_sells_has_the_costs_of_its_cheapest_product() -> None:
    costs = trading_costs(ProfileLevel.C1, load_default_shelf(), [ProductClass.ANNUITY])
    annuities = load_default_shelf().of_class(ProductClass.ANNUITY)
    assert costs.buy[ProductClass.ANNUITY] in {float(p.purchase_fee) for p in annuities}


def test_a_class_without_products_is_refused() -> None:
    with pytest.raises(InputError, match="no product of the class gold"):
        trading_costs(ProfileLevel.C3, Shelf("empty", "", {}), [ProductClass.GOLD])
