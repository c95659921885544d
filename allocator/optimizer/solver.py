"""Solve, verify, fall back: a mandate and a market model become a verified allocation.

Where the needs cannot all be met, the least important ones give, and no more than they must:
in the order stable, liquidity, class caps, volatility, risky share (`SOFT_NEEDS` reversed), each
slack is minimized with the more important ones already fixed. Budget, no short positions, locks
and suitability never give. What gave way is returned, never hidden.
"""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from allocator.errors import InfeasibleMandateError, InputError, SolverError
from allocator.mandate import Mandate
from allocator.market.model import MarketModel, Vector
from allocator.optimizer.problem import SOFT_NEEDS, CompiledProblem, Inputs, Solution, inputs_of
from allocator.optimizer.verification import KKT_TOLERANCE, kkt_residual
from allocator.weights import Weights

# Tight first, plain second (a tight tolerance can end in "inaccurate"), another method last.
# Every entry bounds its iterations, so no input can hang a solve.
SOLVERS: tuple[tuple[str, dict[str, float]], ...] = (
    ("CLARABEL", {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11, "max_iter": 200}),
    ("CLARABEL", {"max_iter": 500}),
    ("SCS", {"eps_abs": 1e-10, "eps_rel": 1e-10, "max_iters": 20000}),
)
# Room left behind each stage. A need that gave way leaves a little more than it must, because the
# least volatility of a set is reached in one point and nothing could be chosen there any more:
# one basis point of volatility, a thousandth of a point of a share. The others leave a hair.
ROOM_AFTER_GIVING = {need: 1e-4 if need == "volatility" else 1e-5 for need in SOFT_NEEDS}
ROOM_OTHERWISE = 1e-6
# No weight, volatility or share can miss its limit by more than this.
_ANY_SLACK = 1e3
# A floor may be any multiple of a small wealth. Weights reach one at most, so every floor above
# this one is missed by the same allocations, and the solver is spared the large numbers.
_HIGHEST_FLOOR = 2.0


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A need that could not be met in full: it was `wanted`, `granted` is what was possible."""

    need: str
    wanted: float
    granted: float


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A verified optimum.

    Attributes:
        certainty_equivalent: tilt'w - risk_aversion/2 w'Sigma w, per year, without trading costs.
        trading_cost: Cost of getting there, per year of the cost horizon.
        expected_return: Net of fees, per year.
        residual: Largest KKT residual of our own check.
        inputs, solution: What was solved, for the explanation.
    """

    weights: Weights
    certainty_equivalent: float
    trading_cost: float
    expected_return: float
    volatility: float
    residual: float
    solver: str
    relaxations: tuple[Relaxation, ...]
    inputs: Inputs
    solution: Solution

    @property
    def objective(self) -> float:
        """What was maximized: certainty equivalent less trading cost."""
        return self.certainty_equivalent - self.trading_cost


def optimize(mandate: Mandate, market: MarketModel, *, with_costs: bool = True) -> Allocation:
    """Return the best verified allocation under a mandate.

    Args:
        mandate: Limits and preferences over the model's classes.
        market: Beliefs over the same classes, in the same order.
        with_costs: False leaves out trading costs, as the diagnosis does.

    Raises:
        InputError: mandate and model speak of different classes.
        InfeasibleMandateError: the hard limits alone contradict each other.
        SolverError: no solver returned an answer that passes the KKT check.
    """
    if mandate.classes != market.classes:
        raise InputError("the mandate and the market model must list the same classes in order")
    inputs = inputs_of(mandate, market, with_costs=with_costs)
    found = solve_verified(inputs)
    relaxations: tuple[Relaxation, ...] = ()
    for widening in (1.0, 10.0):
        if found is None:
            eased, relaxations = _relaxed(inputs, widening=widening)
            found = solve_verified(eased)
            inputs = eased if found is not None else inputs
    if found is None:
        raise SolverError("no solver returned an optimum that passes the KKT check")
    solution, residual, solver = found
    # Interior points end a hair inside or outside their bounds; the hair was verified above.
    values = np.clip(solution.weights, 0.0, None)
    values = values / values.sum()
    sigma = market.covariance
    variance = float(values @ sigma @ values)
    return Allocation(
        weights=Weights(mandate.classes, tuple(values.tolist())),
        certainty_equivalent=float(inputs.tilt @ values) - inputs.risk_aversion / 2 * variance,
        trading_cost=float(
            inputs.buy_cost @ np.maximum(values - inputs.current, 0)
            + inputs.sell_cost @ np.maximum(inputs.current - values, 0)
        ),
        expected_return=float(market.net_returns @ values),
        volatility=variance**0.5,
        residual=residual,
        solver=solver,
        relaxations=relaxations,
        inputs=inputs,
        solution=solution,
    )


def solve_verified(inputs: Inputs) -> tuple[Solution, float, str] | None:
    """Return the first solution that passes our own check, its KKT residual and its solver."""
    problem = _problem(len(inputs.tilt))
    for solver, options in SOLVERS:
        solution = problem.solve(inputs, solver=solver, options=options)
        if solution is None and problem.is_infeasible:
            return None
        if solution is None:
            continue
        residual = kkt_residual(inputs, solution)
        if residual <= KKT_TOLERANCE:
            return solution, residual, solver
    return None


def best_objective(inputs: Inputs) -> float | None:
    """Return the verified optimal objective of changed inputs, or None when there is none."""
    found = solve_verified(inputs)
    if found is None:
        return None
    x = found[0]
    exposure = inputs.factor @ x.weights
    return float(
        inputs.tilt @ x.weights
        - inputs.risk_aversion / 2 * exposure @ exposure
        - inputs.buy_cost @ x.bought
        - inputs.sell_cost @ x.sold
    )


# The stages between need less precision than answers: the plain setting is the sturdier one.
_STAGE_SOLVERS = (SOLVERS[1], SOLVERS[0], SOLVERS[2])
_T = TypeVar("_T")


def _first(attempts: Iterable[_T | None]) -> _T | None:
    return next((found for found in attempts if found is not None), None)


# A compiled problem holds its parameters, so each thread keeps its own.
_local = threading.local()


def _problem(n: int) -> CompiledProblem:
    cache: dict[int, CompiledProblem] = _local.__dict__.setdefault("problems", {})
    if n not in cache:
        cache[n] = CompiledProblem(n)
    return cache[n]


def _relaxed(inputs: Inputs, *, widening: float) -> tuple[Inputs, tuple[Relaxation, ...]]:
    """Return inputs whose needs can all be met, and what each need had to give."""
    wanted = inputs
    inputs = replace(
        wanted,
        liquidity_floor=min(wanted.liquidity_floor, _HIGHEST_FLOOR),
        stable_floor=min(wanted.stable_floor, _HIGHEST_FLOOR),
    )
    problem = _problem(len(inputs.tilt))
    least = np.zeros(len(SOFT_NEEDS))
    limits = np.full(len(SOFT_NEEDS), _ANY_SLACK)
    for number, need in enumerate(SOFT_NEEDS):
        slack = _first(
            problem.least_slack(inputs, need=need, limits=limits, solver=solver, options=options)
            for solver, options in _STAGE_SOLVERS
        )
        if slack is None:
            raise InfeasibleMandateError(
                "the locked holdings and the classes that may be bought leave no allocation",
                conflict=["budget", "fixed", "suitability"],
            )
        gives = slack > ROOM_OTHERWISE
        least[number] = slack if gives else 0.0
        room = widening * ROOM_AFTER_GIVING[need] if gives else ROOM_OTHERWISE
        limits[number] = least[number] + room
    cap_slack = np.zeros(len(inputs.tilt))
    if least[SOFT_NEEDS.index("class_caps")]:
        # How much the caps must give together is known; the utility decides which ones do.
        chosen = _first(
            problem.solve(inputs, solver=solver, options=options, limits=limits)
            for solver, options in _STAGE_SOLVERS
        )
        if chosen is None:
            raise SolverError("the relaxed needs have no optimum")
        cap_slack = np.clip(chosen.cap_slack, 0.0, None)
    risky, volatility, _, liquidity, stable = limits.tolist()
    eased = replace(
        inputs,
        risky_share=inputs.risky_share + risky,
        volatility=inputs.volatility + volatility,
        caps=inputs.caps + cap_slack + ROOM_OTHERWISE,
        liquidity_floor=inputs.liquidity_floor - liquidity,
        stable_floor=inputs.stable_floor - stable,
    )
    return eased, _relaxations(wanted, inputs, least)


def _relaxations(wanted: Inputs, inputs: Inputs, least: Vector) -> tuple[Relaxation, ...]:
    gave = dict(zip(SOFT_NEEDS, least.tolist(), strict=True))
    limits = {
        "risky_share": (wanted.risky_share, inputs.risky_share + gave["risky_share"]),
        "volatility": (wanted.volatility, inputs.volatility + gave["volatility"]),
        "class_caps": (0.0, gave["class_caps"]),
        "liquidity": (wanted.liquidity_floor, inputs.liquidity_floor - gave["liquidity"]),
        "stable": (wanted.stable_floor, inputs.stable_floor - gave["stable"]),
    }
    return tuple(
        Relaxation(need, limit, granted) for need, (limit, granted) in limits.items() if gave[need]
    )
