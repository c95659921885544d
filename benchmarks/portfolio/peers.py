"""The same problem as each library states it, in the form in which it answers fastest.

What a library lacks is left to the hooks it offers, and what no hook can do it is not asked for:

- PyPortfolioOpt has bounds and the quadratic utility. Groups, the volatility cap and costs that
  differ by class are cvxpy expressions of ours; its own cost is one rate for everything.
- skfolio has all but costs that differ between buying and selling. Half the sum of both is its
  symmetric cost, half the difference is taken from the expected returns: the same problem.
- Riskfolio-Lib has no costs and no hook for any. Bounds by class are rows of its inequalities.
- Naive cvxpy states the problem anew at each solve, as its tutorials do.

Every library gets Sigma or its factor, whichever it can use, and two dummy rows where it insists on
past returns. Solvers and tolerances are its own defaults; its warnings are not timed away.
"""

from collections.abc import Callable

import cvxpy as cp
import numpy as np
import pandas as pd
import riskfolio
from pypfopt import EfficientFrontier
from skfolio import RiskMeasure
from skfolio.optimization import MeanRisk, ObjectiveFunction
from skfolio.prior import BasePrior, ReturnDistribution

from allocator.market.model import Vector
from benchmarks.portfolio.instances import Instance

Solve = Callable[[Instance], Vector]


def solve_with_pypfopt(instance: Instance) -> Vector:
    """Return the weights that PyPortfolioOpt finds."""
    i = instance.inputs
    frontier = EfficientFrontier(
        i.tilt, instance.covariance, weight_bounds=(instance.lower, instance.upper)
    )
    frontier.add_constraint(lambda w: i.risky @ w <= i.risky_share)
    frontier.add_constraint(lambda w: i.liquid @ w >= i.liquidity_floor)
    frontier.add_constraint(lambda w: i.stable @ w >= i.stable_floor)
    frontier.add_constraint(lambda w: cp.norm(i.factor @ w) <= i.volatility)
    if i.buy_cost.any() or i.sell_cost.any():
        frontier.add_objective(
            lambda w: i.buy_cost @ cp.pos(w - i.current) + i.sell_cost @ cp.neg(w - i.current)
        )
    frontier.max_quadratic_utility(risk_aversion=i.risk_aversion)
    return np.asarray(frontier.weights, dtype=np.float64)


class KnownDistribution(BasePrior):  # type: ignore[misc]
    """What skfolio calls a prior: here nothing is estimated."""

    def __init__(self, distribution: ReturnDistribution) -> None:
        self.distribution = distribution

    def fit(self, X: object, y: None = None, **fit_params: object) -> "KnownDistribution":
        """Take the distribution as given."""
        self.return_distribution_ = self.distribution
        return self


def solve_with_skfolio(instance: Instance) -> Vector:
    """Return the weights that skfolio finds."""
    i = instance.inputs
    returns = np.zeros((2, len(i.tilt)))
    expected = i.tilt - (i.buy_cost - i.sell_cost) / 2
    has_costs = bool(i.buy_cost.any() or i.sell_cost.any())
    model = MeanRisk(
        objective_function=ObjectiveFunction.MAXIMIZE_UTILITY,
        risk_measure=RiskMeasure.VARIANCE,
        risk_aversion=i.risk_aversion / 2,
        prior_estimator=KnownDistribution(
            ReturnDistribution(mu=expected, covariance=instance.covariance, returns=returns)
        ),
        min_weights=instance.lower,
        max_weights=instance.upper,
        transaction_costs=(i.buy_cost + i.sell_cost) / 2 if has_costs else 0.0,
        previous_weights=i.current if has_costs else None,
        left_inequality=np.vstack([i.risky, -i.liquid, -i.stable]),
        right_inequality=np.array([i.risky_share, -i.liquidity_floor, -i.stable_floor]),
        max_variance=i.volatility**2,
    )
    model.fit(returns)
    return np.asarray(model.weights_, dtype=np.float64)


def solve_with_riskfolio(instance: Instance) -> Vector:
    """Return the weights that Riskfolio-Lib finds; it knows no costs."""
    i, n = instance.inputs, len(instance.inputs.tilt)
    eye = np.eye(n)
    rows = [eye, -eye, i.risky[None], -i.liquid[None], -i.stable[None]]
    limits = np.concatenate(
        [instance.upper, -instance.lower, [i.risky_share, -i.liquidity_floor, -i.stable_floor]]
    )
    portfolio = riskfolio.Portfolio(
        returns=pd.DataFrame(np.zeros((2, n))),
        ainequality=np.vstack(rows),
        binequality=limits[:, None],
        upperdev=i.volatility,
    )
    portfolio.mu, portfolio.cov = i.tilt[None], instance.covariance
    found = portfolio.optimization(model="Classic", rm="MV", obj="Utility", l=i.risk_aversion / 2)
    if found is None:
        raise ArithmeticError("no answer")
    return np.asarray(found["weights"], dtype=np.float64)


def solve_with_naive_cvxpy(instance: Instance) -> Vector:
    """Return the weights of a cvxpy problem stated for this instance alone."""
    i = instance.inputs
    w = cp.Variable(len(i.tilt))
    exposure = i.factor @ w
    trades = w - i.current
    utility = i.tilt @ w - i.risk_aversion / 2 * cp.sum_squares(exposure)
    if i.buy_cost.any() or i.sell_cost.any():
        utility -= i.buy_cost @ cp.pos(trades) + i.sell_cost @ cp.neg(trades)
    limits = [
        cp.sum(w) == 1,
        w >= instance.lower,
        w <= instance.upper,
        i.risky @ w <= i.risky_share,
        i.liquid @ w >= i.liquidity_floor,
        i.stable @ w >= i.stable_floor,
        cp.norm(exposure) <= i.volatility,
    ]
    cp.Problem(cp.Maximize(utility), limits).solve()
    if w.value is None:
        raise ArithmeticError("no answer")
    return np.asarray(w.value, dtype=np.float64)
