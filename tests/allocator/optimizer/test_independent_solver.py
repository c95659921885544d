"""A thousand random problems against SLSQP, which shares neither method nor formulation with ours.

Each problem is feasible by construction, often with nothing to spare: singular covariances, classes
with no room between floor and cap, bands without width, volatility caps a hair above what a chosen
point has, and locked holdings of classes that may no longer be bought and stand above their cap.
SLSQP works on purchases and sales alone; its answers and ours are compared by objective.
"""

from dataclasses import replace
from typing import Any

import numpy as np
from nine_classes import nine_class_mandate, nine_class_market
from scipy.optimize import minimize

from allocator.optimizer.inputs import OFF, Inputs, inputs_of
from allocator.optimizer.solver import solve_verified
from allocator.optimizer.verification import KKT_TOLERANCE

INSTANCES = 1000
TOLERANCE = 1e-6
# SLSQP itself keeps its constraints to about this.
KEPT = 1e-8
TEMPLATE = inputs_of(nine_class_mandate(risk_aversion=5), nine_class_market(), with_costs=False)


def instance(seed: int) -> Inputs:
    """Return a feasible problem of three to eight classes."""
    dice = np.random.default_rng(seed)
    n = int(dice.integers(3, 9))

    def chance(share: float) -> bool:
        return bool(dice.random() < share)

    sigma = dice.uniform(0.002, 0.25, n) * dice.choice([1.0, 1.0, 0.05])
    rank = int(dice.integers(1, n)) if chance(0.3) else n
    factor: Any = dice.normal(size=(rank, n)) / np.sqrt(rank) * sigma
    factor = np.vstack([factor, np.zeros((n - rank, n))])
    current = dice.dirichlet(np.full(n, 0.7))
    point = 0.5 * current + 0.5 * dice.dirichlet(np.full(n, 0.7)) if chance(0.7) else current
    locked = dice.random(n) < 0.3
    kept_out = (dice.random(n) < 0.3) & (point <= current)
    fixed = np.where(locked, np.minimum(point, current) * dice.choice([0.5, 1.0], n), 0.0)
    # A class without room, or a cap around the point; what is locked above its cap lifts it.
    caps = np.where(dice.random(n) < 0.2, point, np.minimum(1, point + dice.uniform(0, 0.5, n)))
    caps = np.maximum(caps, fixed)
    groups = (dice.random((4, n)) < 0.5).astype(float)
    spare = dice.choice([0.0, 0.01, 0.2], 7)
    returns = dice.uniform(-0.01, 0.1, n)
    risk = float(np.linalg.norm(factor @ point))
    has_wishes = chance(0.3)
    return replace(
        TEMPLATE,
        tilt=returns - dice.uniform(0, 0.02, n) * chance(0.5),
        risk_aversion=float(dice.uniform(1, 20)),
        factor=factor,
        current=current,
        fixed=fixed,
        caps=caps,
        buy_limit=np.where(kept_out, 0.0, 1.0),
        buy_cost=dice.uniform(0, 0.01, n) * chance(0.7),
        sell_cost=dice.uniform(0, 0.01, n) * chance(0.7),
        risky=groups[0],
        liquid=groups[1],
        stable=groups[2],
        equity=groups[3],
        risky_share=float(groups[0] @ point + spare[0]),
        volatility=max(risk + spare[1] / 10, 1e-4),
        liquidity_floor=float(groups[1] @ point - spare[2]),
        stable_floor=float(groups[2] @ point - spare[3]),
        net_returns=returns,
        equity_cap=float(groups[3] @ point + spare[4]) if has_wishes else OFF["equity_cap"],
        equity_floor=float(groups[3] @ point - spare[4]) if has_wishes else OFF["equity_floor"],
        shortfall=float(returns @ point - 1.645 * risk - spare[5] / 10)
        if has_wishes
        else OFF["shortfall"],
        deviations=1.645 if has_wishes else 0.0,
        desired_return=float(returns @ point - spare[6] / 10)
        if has_wishes
        else OFF["desired_return"],
    )


def objective(i: Inputs, bought: Any, sold: Any) -> float:
    w = i.current + bought - sold
    risk = i.factor @ w
    cost = i.buy_cost @ bought + i.sell_cost @ sold
    return float(i.tilt @ w - i.risk_aversion / 2 * risk @ risk - cost)


def limits(i: Inputs) -> tuple[Any, Any]:
    """Return rows and bounds of all linear limits on weights: rows @ w >= bounds."""
    rows = [-i.risky, i.liquid, i.stable, -i.equity, i.equity, i.net_returns]
    bounds = [-i.risky_share, i.liquidity_floor, i.stable_floor]
    bounds += [-i.equity_cap, i.equity_floor, i.desired_return]
    eye = np.eye(len(i.tilt))
    return np.vstack([rows, eye, -eye]), np.concatenate([bounds, i.fixed, -i.caps])


def miss(i: Inputs, w: Any) -> float:
    """Return by how much weights miss their limits at most."""
    rows, bounds = limits(i)
    risk = float(np.linalg.norm(i.factor @ w))
    bad_year = i.net_returns @ w - i.deviations * risk - i.shortfall
    slacks = [*(rows @ w - bounds), i.volatility - risk, bad_year, -abs(w.sum() - 1)]
    return -min(float(min(slacks)), 0.0)


def best_of_slsqp(i: Inputs, start: Any) -> float | None:
    """Return the best objective of a feasible end of SLSQP, over purchases and sales."""
    n = len(i.tilt)
    rows, bounds = limits(i)
    sigma = i.factor.T @ i.factor
    both = np.hstack([np.eye(n), -np.eye(n)])

    def weights(x: Any) -> Any:
        return i.current + both @ x

    def loss(x: Any) -> Any:
        return -100 * objective(i, x[:n], x[n:])

    def slope(x: Any) -> Any:
        gradient = i.tilt - i.risk_aversion * sigma @ weights(x)
        return -100 * (both.T @ gradient - np.concatenate([i.buy_cost, i.sell_cost]))

    def risk(x: Any) -> float:
        return float(np.sqrt(weights(x) @ sigma @ weights(x) + 1e-20))

    def risk_slope(x: Any) -> Any:
        return both.T @ (sigma @ weights(x)) / risk(x)

    constraints: Any = [
        {"type": "eq", "fun": lambda x: weights(x).sum() - 1, "jac": lambda x: both.sum(axis=0)},
        {
            "type": "ineq",
            "fun": lambda x: rows @ weights(x) - bounds,
            "jac": lambda x: rows @ both,
        },
        {"type": "ineq", "fun": lambda x: i.volatility - risk(x), "jac": lambda x: -risk_slope(x)},
        {
            "type": "ineq",
            "fun": lambda x: i.net_returns @ weights(x) - i.deviations * risk(x) - i.shortfall,
            "jac": lambda x: both.T @ i.net_returns - i.deviations * risk_slope(x),
        },
    ]
    ranges: Any = [(0, high) for high in np.concatenate([i.buy_limit, i.current])]
    options: Any = {"maxiter": 200, "ftol": 1e-14}
    first: Any = np.concatenate(
        [np.maximum(start - i.current, 0), np.maximum(i.current - start, 0)]
    )
    found = minimize(
        loss,
        x0=first,
        jac=slope,
        method="SLSQP",
        bounds=ranges,
        constraints=constraints,
        options=options,
    )
    x = np.clip(found.x, 0, None)
    return objective(i, x[:n], x[n:]) if miss(i, weights(x)) <= KEPT else None


def test_a_thousand_random_problems_have_the_objective_that_slsqp_finds() -> None:
    worst, restarted, unanswered = 0.0, 0, 0
    for seed in range(INSTANCES):
        i = instance(seed)
        found = solve_verified(i)
        assert found is not None, seed
        solution, residual, _ = found
        assert residual <= KKT_TOLERANCE
        assert miss(i, solution.weights) <= KKT_TOLERANCE
        ours = objective(i, solution.bought, solution.sold)
        theirs = best_of_slsqp(i, i.current)
        if theirs is None or abs(theirs - ours) > TOLERANCE:
            # Where a feasible set has no interior SLSQP may end early or outside of it. From here
            # it can only stay or find something better.
            restarted += 1
            theirs = best_of_slsqp(i, solution.weights)
        if theirs is None:
            unanswered += 1
            continue
        worst = max(worst, abs(theirs - ours))
    assert worst <= TOLERANCE
    assert unanswered <= 0.01 * INSTANCES
    assert restarted <= 0.05 * INSTANCES
