"""Random allocation problems with realistic ranges, every one of them feasible.

Covariance from three factors and an idiosyncratic part, volatilities from 0.2 % (a money fund) to
30 % (equities) a year; expected returns that pay for risk, with noise; holdings of today, some of
them locked; classes that may not be bought; caps by class; a cap on the risky ones, a floor under
the liquid and the stable ones; a volatility cap; costs of buying and selling that differ. The
limits are drawn around a random portfolio with room to spare, so that a solver has no excuse.
"""

from dataclasses import dataclass, replace

import numpy as np

from allocator.market.model import LARGEST_RETURN, LARGEST_VOLATILITY, Vector
from allocator.optimizer.inputs import OFF, Inputs

FACTORS = 3
COST_HORIZON_YEARS = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """One problem; what every library may have for free is worked out before the clock starts.

    Attributes:
        inputs: The numbers of the problem.
        covariance: Sigma = F'F per year, shape (n, n).
        lower, upper: Bounds of the weights, with what is locked and what may not be bought in them.
    """

    inputs: Inputs
    covariance: Vector
    lower: Vector
    upper: Vector

    def without_costs(self) -> "Instance":
        """Return the same problem with free trading."""
        free = np.zeros_like(self.inputs.tilt)
        return replace(self, inputs=replace(self.inputs, buy_cost=free, sell_cost=free))


def draw_instance(random: np.random.Generator, n: int) -> Instance:
    """Return a random feasible problem over n classes."""
    deviation = np.exp(random.uniform(np.log(0.002), np.log(0.30), n))
    loadings = random.normal(0.5, 0.6, (n, FACTORS))
    shared = random.uniform(0.2, 0.9, n)
    loadings *= (np.sqrt(shared) * deviation / np.linalg.norm(loadings, axis=1))[:, None]
    covariance = loadings @ loadings.T + np.diag((1 - shared) * deviation**2)
    factor: Vector = np.linalg.cholesky(covariance).T.astype(np.float64)

    current = random.dirichlet(np.full(n, 0.5))
    is_buyable = random.random(n) < 0.85
    is_buyable[int(np.argmin(deviation))] = True
    inside = np.where(is_buyable, 0.0, current * random.uniform(0.0, 1.0, n))
    inside[is_buyable] = random.dirichlet(np.full(is_buyable.sum(), 0.7)) * (1 - inside.sum())
    is_locked = random.random(n) < 0.2
    fixed = np.where(is_locked, np.minimum(current, inside) * random.uniform(0.0, 0.9, n), 0.0)
    caps = np.minimum(inside + random.uniform(0.01, 0.4, n), 1.0)

    risky, stable = (deviation > 0.10).astype(float), (deviation < 0.05).astype(float)
    liquid = stable * (random.random(n) < 0.6)
    returns = 0.012 + deviation * random.normal(0.25, 0.15, n)
    inputs = Inputs(
        tilt=returns,
        risk_aversion=float(random.uniform(2.0, 15.0)),
        factor=factor,
        current=current,
        fixed=fixed,
        caps=caps,
        buy_limit=is_buyable.astype(float),
        buy_cost=random.uniform(0.0, 0.015, n) * is_buyable / COST_HORIZON_YEARS,
        sell_cost=random.uniform(0.0, 0.005, n) / COST_HORIZON_YEARS,
        risky=risky,
        liquid=liquid,
        stable=stable,
        risky_share=float(risky @ inside + random.uniform(0.01, 0.3)),
        volatility=float(np.linalg.norm(factor @ inside) * random.uniform(1.02, 1.4)),
        liquidity_floor=float(liquid @ inside * random.uniform(0.5, 0.98)),
        stable_floor=float(stable @ inside * random.uniform(0.5, 0.98)),
        net_returns=returns,
        equity=np.zeros(n),
        deviations=0.0,
        **OFF,
    )
    upper = np.minimum(caps, current + inputs.buy_limit)
    return Instance(inputs, covariance, fixed, upper)


def draw_contradiction(random: np.random.Generator, n: int) -> Inputs:
    """Return a problem in which every need and every wish is out of reach of the others.

    One in three has caps of nothing, one in two next to no volatility.
    """
    inputs = draw_instance(random, n).inputs
    return replace(
        inputs,
        caps=np.maximum(random.choice([0.0, 0.2, 0.6]) / n, inputs.fixed),
        equity=(random.random(n) < 0.4).astype(float),
        risky_share=float(random.choice([0.0, 0.05])),
        volatility=float(random.choice([1e-6, 0.01])),
        liquidity_floor=float(random.choice([0.9, 1.2])),
        stable_floor=float(random.choice([0.9, 1.2])),
        equity_cap=float(random.choice([0.0, 0.1])),
        equity_floor=float(random.choice([0.8, 1.0])),
        shortfall=float(random.choice([0.0, 0.5])),
        deviations=1.645,
        desired_return=float(random.choice([0.2, 0.5])),
    )


def draw_absurd(random: np.random.Generator, n: int) -> Inputs:
    """Return a problem whose numbers are at the ends of their ranges, thrown together.

    The covariance may be singular, that of one bet, of nothing or of the largest volatilities;
    needs may be out of reach by any factor, costs more than all wealth.
    """
    inputs = draw_instance(random, n).inputs

    def one(*choices: float) -> float:
        return float(random.choice(choices))

    def vector(*choices: Vector) -> Vector:
        return choices[int(random.integers(len(choices)))]

    few, none = random.random(n) < 0.5, np.zeros(n)
    two_bets = np.vstack([random.normal(size=(2, n)) / 10, np.zeros((n - 2, n))])
    fixed = vector(none, inputs.current, inputs.current * few, inputs.current * random.random(n))
    caps = vector(none, np.full(n, 1e-9), np.full(n, 1 / n), np.full(n, 0.05), np.full(n, 10.0))
    inputs = replace(
        inputs,
        tilt=vector(inputs.tilt, random.uniform(-LARGEST_RETURN, LARGEST_RETURN, n)),
        risk_aversion=one(1e-12, 1e-6, 5.0, 1000.0),
        factor=vector(
            inputs.factor,
            inputs.factor * 1e-6,
            np.vstack([np.full((1, n), 0.2), np.zeros((n - 1, n))]),
            two_bets,
            np.eye(n) * 1e-8,
            np.eye(n) * LARGEST_VOLATILITY,
        ),
        fixed=fixed,
        caps=np.maximum(caps, fixed),
        buy_limit=vector(np.ones(n), none, few.astype(float)),
        buy_cost=vector(none, np.ones(n), np.full(n, 1000.0), random.random(n) * 0.05),
        sell_cost=vector(none, np.full(n, 1000.0), random.random(n) * 0.05),
        risky_share=one(0.0, 1e-12, 0.2, 10.0),
        volatility=one(1e-12, 1e-6, 1e-4, 0.003, 0.1, 10.0),
        liquidity_floor=one(0.0, 1.0, 1.2, 1e15),
        stable_floor=one(0.0, 1.0, 1e15),
    )
    if random.random() < 0.4:
        return inputs
    return replace(
        inputs,
        equity=(random.random(n) < 0.4).astype(float),
        equity_cap=one(OFF["equity_cap"], 0.0, 0.3, 1.0),
        equity_floor=one(OFF["equity_floor"], 0.0, 0.3, 1.0),
        shortfall=one(OFF["shortfall"], -5.0, -0.1, 0.0, 5.0),
        deviations=one(0.0, 1.645, 10.0),
        desired_return=one(OFF["desired_return"], -5.0, 0.03, 5.0),
    )


def objective_of(inputs: Inputs, weights: Vector) -> float:
    """Return tilt'w - risk_aversion/2 |F w|^2 - costs of trading from `current`, per year."""
    exposure, trades = inputs.factor @ weights, weights - inputs.current
    return float(
        inputs.tilt @ weights
        - inputs.risk_aversion / 2 * exposure @ exposure
        - inputs.buy_cost @ np.maximum(trades, 0.0)
        - inputs.sell_cost @ np.maximum(-trades, 0.0)
    )


def violation_of(instance: Instance, weights: Vector) -> float:
    """Return by how much, in weights or volatility, the worst limit is missed."""
    i = instance.inputs
    return max(
        abs(float(weights.sum()) - 1.0),
        float((instance.lower - weights).max()),
        float((weights - instance.upper).max()),
        float(i.risky @ weights) - i.risky_share,
        i.liquidity_floor - float(i.liquid @ weights),
        i.stable_floor - float(i.stable @ weights),
        float(np.linalg.norm(i.factor @ weights)) - i.volatility,
    )
