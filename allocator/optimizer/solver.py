"""Solve, verify, fall back: a mandate and a market model become a verified allocation.

Where the needs cannot all be met, the least important ones give, and no more than they must:
in the order stable, liquidity, class caps, volatility, risky share (`SOFT_NEEDS` reversed), each
slack is minimized with the more important ones already fixed. Budget, no short positions, locks
and suitability never give. What gave way is returned, never hidden.
"""

import threading
from dataclasses import dataclass, replace

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
# Room left between lexicographic stages, so that rounding does not make the next one infeasible.
STAGE_TOLERANCE = 1e-7
# A need that gave less than this gave nothing a client could see.
VISIBLE_SLACK = 1e-5
# No weight, volatility or share can miss its limit by more than this.
_ANY_SLACK = 1e3


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
    found = _verified(inputs)
    relaxations: tuple[Relaxation, ...] = ()
    if found is None:
        inputs, relaxations = _relaxed(inputs)
        found = _verified(inputs)
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


def solve_inputs(inputs: Inputs) -> float | None:
    """Return the verified optimal objective of changed inputs, or None when there is none."""
    found = _verified(inputs)
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


# A compiled problem holds its parameters, so each thread keeps its own.
_local = threading.local()


def _problem(n: int) -> CompiledProblem:
    cache: dict[int, CompiledProblem] = _local.__dict__.setdefault("problems", {})
    if n not in cache:
        cache[n] = CompiledProblem(n)
    return cache[n]


def _verified(inputs: Inputs) -> tuple[Solution, float, str] | None:
    problem = _problem(len(inputs.tilt))
    for solver, options in SOLVERS:
        solution = problem.solve(inputs, solver=solver, options=options)
        if solution is None:
            continue
        residual = kkt_residual(inputs, solution)
        if residual <= KKT_TOLERANCE:
            return solution, residual, solver
    return None


def _relaxed(inputs: Inputs) -> tuple[Inputs, tuple[Relaxation, ...]]:
    """Return inputs whose needs can all be met, and what each need had to give."""
    problem = _problem(len(inputs.tilt))
    limits = np.full(len(SOFT_NEEDS), _ANY_SLACK)
    solver, options = SOLVERS[1]
    for number, need in enumerate(SOFT_NEEDS):
        least = problem.least_slack(
            inputs, need=need, limits=limits, solver=solver, options=options
        )
        if least is None:
            raise InfeasibleMandateError(
                "the locked holdings and the classes that may be bought leave no allocation",
                conflict=["budget", "fixed", "suitability"],
            )
        limits[number] = max(least, 0.0) + STAGE_TOLERANCE
    chosen = problem.solve(inputs, solver=solver, options=options, limits=limits)
    if chosen is None:
        raise SolverError("the relaxed needs have no optimum")
    return _eased(inputs, limits, np.clip(chosen.cap_slack, 0.0, None))


def _eased(
    inputs: Inputs, limits: Vector, cap_slack: Vector
) -> tuple[Inputs, tuple[Relaxation, ...]]:
    give = dict(zip(SOFT_NEEDS, limits.tolist(), strict=True))
    eased = replace(
        inputs,
        risky_share=inputs.risky_share + give["risky_share"],
        volatility=inputs.volatility + give["volatility"],
        caps=inputs.caps + cap_slack + STAGE_TOLERANCE,
        liquidity_floor=inputs.liquidity_floor - give["liquidity"],
        stable_floor=inputs.stable_floor - give["stable"],
    )
    wanted = {
        "risky_share": (inputs.risky_share, eased.risky_share),
        "volatility": (inputs.volatility, eased.volatility),
        "class_caps": (0.0, give["class_caps"]),
        "liquidity": (inputs.liquidity_floor, eased.liquidity_floor),
        "stable": (inputs.stable_floor, eased.stable_floor),
    }
    return eased, tuple(
        Relaxation(need, *wanted[need]) for need in SOFT_NEEDS if give[need] > VISIBLE_SLACK
    )
