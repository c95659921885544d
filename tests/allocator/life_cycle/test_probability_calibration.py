"""Stated probabilities against frequencies under generators that the statement does not know.

Neither generator shares code or form with the simulation. Both draw simple returns, not logarithms,
with tails of Student's t, and volatility that lasts:

    clustering   GARCH(1,1), h' = 0.05 + 0.10 u**2 + 0.85 h, t with 6 degrees of freedom
    leverage     ln h autoregressive, 0.92 a month, t with 7; losses raise later volatility

Long-run mean and variance of a year are those the statement assumes, so that what differs is
shape, order and clustering. Plans are drawn at random: one goal, two goals, or withdrawals, one
to forty years, along glide paths of mean and volatility. How they come out is computed by a
recursion of this file's own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.life_cycle.path_simulation import Payment, Vector, simulate_paths

PLANS = 120
STATED_PATHS = 4_000
REALIZED_PATHS = 8_000
LONGEST_YEARS = 40
BIN_EDGES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95, 1.0)

Generator = Callable[[np.random.Generator, int, int], Vector]


@dataclass(frozen=True)
class Plan:
    """Wealth is 1; everything else is in its multiples."""

    means: Vector
    volatilities: Vector
    flows: Vector
    payments: tuple[Payment, ...]


def clustering_shocks(random: np.random.Generator, months: int, paths: int) -> Vector:
    """Unit-variance GARCH(1,1) shocks with t tails, after ten years to forget the start."""
    variance, shocks = np.ones(paths), np.empty((months, paths))
    for month in range(-120, months):
        shock = np.sqrt(variance * 4 / 6) * random.standard_t(6, paths)
        variance = 0.05 + 0.10 * shock**2 + 0.85 * variance
        if month >= 0:
            shocks[month] = shock
    return shocks


def leverage_shocks(random: np.random.Generator, months: int, paths: int) -> Vector:
    """Unit-variance shocks of stochastic volatility; a loss raises the volatility after it."""
    persistence, spread, leverage = 0.92, 0.25, -0.4
    lasting = spread / np.sqrt(1 - persistence**2)
    level, shocks = lasting * random.standard_normal(paths), np.empty((months, paths))
    for month in range(months):
        normal, other = random.standard_normal((2, paths))
        tail = np.sqrt(5 / random.chisquare(7, paths))
        shocks[month] = np.exp((level - lasting**2 / 2) / 2) * normal * tail
        news = leverage * normal + np.sqrt(1 - leverage**2) * other
        level = persistence * level + spread * news
    return shocks


def random_plan(random: np.random.Generator) -> Plan:
    """A plan whose amounts lie around what it can afford, so that all probabilities occur."""
    years = int(random.integers(1, LONGEST_YEARS + 1))
    months = 12 * years
    means = np.linspace(random.uniform(0.0, 0.05), random.uniform(0.0, 0.05), years)
    volatilities = np.linspace(random.uniform(0.02, 0.18), random.uniform(0.02, 0.18), years)
    growth = np.repeat(1 + means, 12) ** (1 / 12)
    risk = float(np.sqrt((volatilities**2).sum()))
    luck = float(random.normal())
    flows = np.zeros(months)
    kind = random.integers(3)
    if kind == 2:
        start = int(random.integers(0, months * 2 // 3))
        flows[:start] = random.uniform(0, 0.01)
        discount = 1 / np.cumprod(growth)
        affordable = (1 + flows @ discount) / discount[start:].sum()
        flows[start:] = -affordable * np.exp(risk * (-0.2 - 0.6 * luck))
        return Plan(means, volatilities, flows, ())
    flows[:] = random.uniform(0, 0.01)
    wealth = 1.0
    for month in range(months):
        wealth = wealth * growth[month] + flows[month]
    amount = wealth * float(np.exp(-0.3 * risk**2 - 0.7 * risk * luck))
    if kind == 1 and years > 3:
        halfway = Payment(months // 2, 0.25 * amount)
        return Plan(means, volatilities, flows, (halfway, Payment(months, 0.6 * amount)))
    return Plan(means, volatilities, flows, (Payment(months, amount),))


def stated_probabilities(plan: Plan, *, paths: int, seed: int) -> list[float]:
    found = simulate_paths(
        wealth=1.0,
        expected_returns=plan.means,
        volatilities=plan.volatilities,
        flows=plan.flows,
        payments=plan.payments,
        paths=paths,
        seed=seed,
    )
    met = [one.met.estimate for one in found.payments]
    return met or [found.lasted_through(len(plan.flows)).estimate]


def monthly_returns(plan: Plan, shocks: Vector) -> Vector:
    """Simple returns whose years have the plan's mean and variance, month by month."""
    monthly = (1 + plan.means) ** (1 / 12)
    variance = ((1 + plan.means) ** 2 + plan.volatilities**2) ** (1 / 12) - monthly**2
    return np.asarray(
        np.repeat(monthly - 1, 12)[:, None] + np.repeat(np.sqrt(variance), 12)[:, None] * shocks
    )


def realized_frequencies(plan: Plan, shocks: Vector) -> list[float]:
    returns = monthly_returns(plan, shocks[: len(plan.flows)])
    wealth, solvent, met = np.ones(shocks.shape[1]), np.ones(shocks.shape[1], dtype=bool), []
    for month, flow in enumerate(plan.flows, start=1):
        # Limited liability: a month may lose everything, but not more.
        wealth = wealth * np.maximum(1 + returns[month - 1], 0) + flow
        solvent &= wealth >= 0
        wealth = np.maximum(wealth, 0)
        for payment in plan.payments:
            if payment.month == month:
                met.append(float((wealth >= payment.amount).mean()))
                wealth = np.maximum(wealth - payment.amount, 0)
    return met or [float(solvent.mean())]


@dataclass(frozen=True)
class Calibration:
    stated: Vector
    realized: Vector
    years: Vector

    def bias(self, chosen: NDArray[np.bool_]) -> float:
        """Mean of realized less stated."""
        return float((self.realized - self.stated)[chosen].mean())


@dataclass(frozen=True)
class StatedPlans:
    """Plans, and what the simulation says of each of their goals."""

    plans: tuple[Plan, ...]
    probabilities: tuple[list[float], ...]


def state(*, plans: int, paths: int) -> StatedPlans:
    random = np.random.default_rng(20261122)
    drawn = tuple(random_plan(random) for _ in range(plans))
    return StatedPlans(
        drawn,
        tuple(stated_probabilities(one, paths=paths, seed=seed) for seed, one in enumerate(drawn)),
    )


def calibrate(stated: StatedPlans, *, generator: Generator, paths: int) -> Calibration:
    shocks = generator(np.random.default_rng(1122), 12 * LONGEST_YEARS, paths)
    pairs = [
        (said, frequency, len(plan.means))
        for plan, probabilities in zip(stated.plans, stated.probabilities, strict=True)
        for said, frequency in zip(probabilities, realized_frequencies(plan, shocks), strict=True)
    ]
    return Calibration(*np.array(pairs).T)


@pytest.fixture(scope="module")
def stated() -> StatedPlans:
    return state(plans=PLANS, paths=STATED_PATHS)


@pytest.fixture(scope="module", params=[clustering_shocks, leverage_shocks])
def calibration(request: pytest.FixtureRequest, stated: StatedPlans) -> Calibration:
    return calibrate(stated, generator=request.param, paths=REALIZED_PATHS)


def test_stated_probabilities_match_realized_frequencies(calibration: Calibration) -> None:
    gaps = np.abs(calibration.realized - calibration.stated)
    # Of the bounds, drawing few paths alone takes 0.004 on average and 0.025 at most.
    assert gaps.mean() < 0.013
    assert gaps.max() < 0.05
    bins = np.digitize(calibration.stated, BIN_EDGES[1:-1])
    for number in range(len(BIN_EDGES) - 1):
        chosen = bins == number
        assert chosen.sum() >= 4
        assert abs(calibration.bias(chosen)) < 0.025


def test_near_certainty_is_overstated_by_a_little_and_no_more(calibration: Calibration) -> None:
    near = calibration.stated > 0.95
    failures_stated = float((1 - calibration.stated[near]).mean())
    failures_realized = float((1 - calibration.realized[near]).mean())
    assert failures_stated < failures_realized < 1.8 * failures_stated


def test_neither_short_nor_long_plans_are_far_off(calibration: Calibration) -> None:
    for shortest, longest in ((1, 5), (6, 15), (16, 40)):
        chosen = (calibration.years >= shortest) & (calibration.years <= longest)
        assert chosen.sum() > 8
        assert abs(calibration.bias(chosen)) < 0.015


@pytest.mark.parametrize("generator", [clustering_shocks, leverage_shocks])
def test_the_other_generators_years_have_the_mean_and_variance_assumed(
    generator: Generator,
) -> None:
    plan = Plan(np.array([0.03]), np.array([0.15]), np.zeros(12), ())
    random = np.random.default_rng(5)
    growth = np.prod(1 + monthly_returns(plan, generator(random, 12, 100_000)), axis=0)
    assert growth.mean() == pytest.approx(1.03, abs=4 * 0.15 / np.sqrt(100_000))
    assert growth.std() == pytest.approx(0.15, rel=0.03)


@pytest.mark.parametrize("generator", [clustering_shocks, leverage_shocks])
def test_the_other_generators_tails_are_fat_and_their_volatility_lasts(
    generator: Generator,
) -> None:
    shocks = generator(np.random.default_rng(6), 60, 20_000)
    sizes = np.abs(shocks) - np.abs(shocks).mean()
    assert (shocks**4).mean() / shocks.var() ** 2 > 6
    assert (sizes[1:] * sizes[:-1]).mean() / sizes.var() > 0.1
    assert abs((shocks[1:] * shocks[:-1]).mean()) < 0.01
