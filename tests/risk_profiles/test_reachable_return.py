"""The reachable return: the same maximum by another method, and it never falls with the level."""

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from allocator.market.assumptions import load_default_assumptions
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.shelf import load_default_shelf
from allocator.trading.product_choice import quoted_rates
from api.reference_data import load_reference_data
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.reachable_return import reachable_return, reachable_returns
from risk_profiles.target_weights import LIQUIDITY_FLOOR, menu_of_level, target_weights

MARKET = load_default_assumptions()
SHELF = load_default_shelf()
TOLERANCE = 1e-5


def independent_maximum(level: ProfileLevel) -> tuple[float, float]:
    """Return the maximum by SLSQP and, without the volatility cap, by linear programming."""
    limits, menu = LEVELS[level], menu_of_level(level, SHELF)
    mu = MARKET.with_rates(quoted_rates(menu)).net_returns
    sigma = MARKET.covariance
    traits = [TRAITS[c] for c in CLASSES]
    open_to = [bool(menu[c]) or c is ProductClass.DEMAND_DEPOSIT for c in CLASSES]
    highest = np.where(open_to, [t.cap for t in traits], 0.0)
    bounds = [(0.0, high) for high in highest.tolist()]
    risky = np.array([t.risky for t in traits], dtype=float)
    liquid = np.array([t.liquid for t in traits], dtype=float)
    linear = linprog(
        -mu,
        A_ub=np.array([risky, -liquid]),
        b_ub=[limits.risky_share_cap, -LIQUIDITY_FLOOR],
        A_eq=np.ones((1, len(mu))),
        b_eq=[1.0],
        bounds=bounds,
    )
    constraints: Any = [
        {"type": "eq", "fun": lambda w: w.sum() - 1},
        {"type": "ineq", "fun": lambda w: limits.risky_share_cap - risky @ w},
        {"type": "ineq", "fun": lambda w: liquid @ w - LIQUIDITY_FLOOR},
        {
            "type": "ineq",
            "fun": lambda w: 100 * (limits.volatility_cap**2 - w @ sigma @ w),
            "jac": lambda w: -200 * sigma @ w,
        },
    ]
    # The objective is scaled so that its gradient is of order one.
    solver: Any = minimize
    curved = solver(
        lambda w: -100 * mu @ w,
        np.eye(len(mu))[0],
        jac=lambda w: -100 * mu,
        bounds=bounds,
        method="SLSQP",
        constraints=constraints,
        options={"ftol": 1e-12, "maxiter": 1000},
    )
    assert curved.success
    assert linear.fun is not None
    return -float(curved.fun) / 100, -float(linear.fun)


@pytest.mark.parametrize("level", ProfileLevel)
def test_an_independent_solver_finds_the_same_maximum(level: ProfileLevel) -> None:
    ours = reachable_return(level, MARKET, SHELF)
    curved, linear = independent_maximum(level)
    assert ours == pytest.approx(curved, abs=TOLERANCE)
    # The linear programme knows no volatility cap, so it may promise more and never less.
    assert ours <= linear + TOLERANCE


def test_the_volatility_cap_binds_at_c4_and_costs_return() -> None:
    curved, linear = independent_maximum(ProfileLevel.C4)
    assert linear - curved > 1e-4


def test_a_higher_level_never_reaches_less() -> None:
    figures = reachable_returns(MARKET, SHELF)
    assert list(figures) == list(ProfileLevel)
    assert all(low <= high + TOLERANCE for low, high in pairwise(figures.values()))


@pytest.mark.parametrize("level", ProfileLevel)
def test_what_a_level_holds_by_default_earns_no_more_than_it_can_reach(
    level: ProfileLevel,
) -> None:
    weights = target_weights(level, MARKET, CLASSES)
    earned = float(MARKET.net_returns @ np.array(weights.values))
    assert earned <= reachable_return(level, MARKET, SHELF) + TOLERANCE


def test_a_point_more_of_every_return_is_a_point_more_that_can_be_reached() -> None:
    level = ProfileLevel.C3
    menu = menu_of_level(level, SHELF)
    market = MARKET.with_rates(quoted_rates(menu))
    unquoted = replace(
        SHELF, products={i: replace(p, rate=None) for i, p in SHELF.products.items()}
    )
    raised = replace(market, expected_returns=market.expected_returns + 0.01)
    before = reachable_return(level, market, unquoted)
    assert before == pytest.approx(reachable_return(level, MARKET, SHELF), abs=TOLERANCE)
    assert reachable_return(level, raised, unquoted) == pytest.approx(before + 0.01, abs=TOLERANCE)


def test_reference_data_know_the_figure_of_every_level() -> None:
    reference = load_reference_data()
    assert reference.reachable_returns == reachable_returns(reference.market, reference.shelf)


def test_the_description_of_the_model_states_the_figures_in_use() -> None:
    text = (Path(__file__).parents[2] / "docs" / "model.md").read_text(encoding="utf-8")
    figures = reachable_returns(MARKET, SHELF)
    stated = "   ".join(f"{level} {figure:.2%}" for level, figure in figures.items())
    assert stated.replace("%", " %") in text
