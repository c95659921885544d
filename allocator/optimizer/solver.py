"""Solve, verify, fall back: a mandate and a market model become a verified allocation.

Where the needs cannot all be met, the least important ones give, and no more than they must:
wishes, stable, liquidity, class caps, volatility, risky share (`relaxation`). Budget, no short
positions, locks and suitability never give. What gave way is returned, never hidden.
"""

from dataclasses import dataclass, replace

import numpy as np

from allocator.errors import InfeasibleMandateError, Problem, SolverError
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.conflicts import Conflict, Limit, conflict_of_hard_limits
from allocator.optimizer.inputs import Inputs, inputs_of
from allocator.optimizer.problem import Solution
from allocator.optimizer.relaxation import (
    ROOM_OTHERWISE,
    WIDENINGS,
    Relaxation,
    least_slacks,
    relax,
)
from allocator.optimizer.solvers import compiled_problem, settings_for
from allocator.optimizer.verification import KKT_TOLERANCE, kkt_residual
from allocator.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class Allocation:
    """A verified optimum.

    Attributes:
        certainty_equivalent: tilt'w - risk_aversion/2 w'Sigma w, per year, without trading costs.
        trading_cost: Cost of getting there, per year of the cost horizon.
        expected_return: Net of fees, per year.
        residual: Largest KKT residual of our own check.
        leeway: What every need was given beside its relaxation: zero where all needs hold as they
            are wanted, a millionth where something had to give or no solver proved an optimum.
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
    leeway: float
    inputs: Inputs
    solution: Solution

    @property
    def objective(self) -> float:
        """What was maximized: certainty equivalent less trading cost."""
        return self.certainty_equivalent - self.trading_cost


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A verified optimum of `inputs`, which are eased by the `relaxations` and the `leeway`."""

    inputs: Inputs
    solution: Solution
    residual: float
    solver: str
    relaxations: tuple[Relaxation, ...] = ()
    leeway: float = 0.0


def optimize(mandate: Mandate, market: MarketModel, *, with_costs: bool = True) -> Allocation:
    """Return the best verified allocation under a mandate.

    Args:
        mandate: Limits and preferences over the model's classes.
        market: Beliefs over the same classes, in the same order.
        with_costs: False leaves out trading costs, as the diagnosis does.

    Raises:
        InputError: mandate and model speak of different classes, or of none that wages can be
            hedged against.
        InfeasibleMandateError: the hard limits alone contradict each other.
        SolverError: no solver returned an answer that passes the KKT check.
    """
    inputs = inputs_of(mandate, market, with_costs=with_costs)
    hard = conflict_of_hard_limits(inputs)
    if hard is not None:
        raise _infeasible(hard, mandate)
    answer = solve_eased(inputs)
    inputs = answer.inputs
    # Interior points end a hair inside or outside their bounds; the hair was verified above.
    values = np.clip(answer.solution.weights, 0.0, None)
    values = values / values.sum()
    # The norm of the exposure is a number where the variance itself may round below zero.
    volatility = float(np.linalg.norm(inputs.factor @ values))
    return Allocation(
        weights=Weights(mandate.classes, tuple(values.tolist())),
        certainty_equivalent=float(inputs.tilt @ values) - inputs.risk_aversion / 2 * volatility**2,
        trading_cost=float(
            inputs.buy_cost @ np.maximum(values - inputs.current, 0)
            + inputs.sell_cost @ np.maximum(inputs.current - values, 0)
        ),
        expected_return=float(market.net_returns @ values),
        volatility=volatility,
        residual=answer.residual,
        solver=answer.solver,
        relaxations=answer.relaxations,
        leeway=answer.leeway,
        inputs=inputs,
        solution=answer.solution,
    )


def solve_eased(inputs: Inputs) -> Answer:
    """Return the verified optimum of inputs; where their needs cannot all be met, of eased ones.

    A solver's word that no point meets all limits is doubted where no need has to give: the other
    settings are tried before any need is eased, and the `leeway` tells if they failed too.

    Raises:
        SolverError: no solver returned an answer that passes the KKT check.
    """
    found = solve_verified(inputs)
    if found is not None:
        return Answer(inputs, *found)
    slacks = least_slacks(inputs)
    if not slacks.given:
        found = solve_verified(inputs, doubts_infeasibility=True)
        if found is not None:
            return Answer(inputs, *found)
    for widening in (w for w in WIDENINGS if w >= slacks.widening):
        relaxed = relax(inputs, slacks, widening=widening)
        if relaxed is None:
            continue
        eased, relaxations = relaxed
        found = solve_verified(eased)
        if found is not None:
            return Answer(eased, *found, relaxations, ROOM_OTHERWISE)
    raise SolverError(
        "no solver returned an optimum that passes the KKT check", problems=_unusual(inputs)
    )


def solve_verified(
    inputs: Inputs, *, doubts_infeasibility: bool = False
) -> tuple[Solution, float, str] | None:
    """Return the first solution that passes our own check, its KKT residual and its solver.

    Args:
        inputs: What is solved.
        doubts_infeasibility: Whether to go on after a certificate that no point meets all limits.
    """
    problem = compiled_problem(inputs)
    missed: list[tuple[Solution, str]] = []
    for solver, options in settings_for(len(inputs.tilt)):
        solution = problem.solve(inputs, solver=solver, options=options)
        if solution is None and problem.is_infeasible and not doubts_infeasibility:
            return None
        if solution is None:
            continue
        residual = kkt_residual(inputs, solution)
        if residual <= KKT_TOLERANCE:
            return solution, residual, solver
        missed.append((solution, solver))
    for solution, solver in missed:
        restated = _with_trades_of_its_weights(inputs, solution)
        residual = kkt_residual(inputs, restated)
        if residual <= KKT_TOLERANCE:
            return restated, residual, solver
    return None


def _with_trades_of_its_weights(inputs: Inputs, solution: Solution) -> Solution:
    """Return a solution whose purchases and sales lead to its weights to the last digit.

    Purchases, sales and weights each carry the error a solver stops at, and where multipliers are
    in the thousands their sum can be the only condition that fails.
    """
    change = solution.weights - inputs.current
    return replace(solution, bought=np.maximum(change, 0), sold=np.maximum(-change, 0))


def _infeasible(hard: Conflict, mandate: Mandate) -> InfeasibleMandateError:
    """Return the refusal of a mandate whose locks leave no allocation, by class and amount."""
    if Limit.SUITABILITY not in hard.limits:
        remedy = "release locks until they add up to 1 at most"
        problem = Problem("fixed", "adds up to more than all wealth", sum(mandate.fixed), remedy)
        return InfeasibleMandateError(
            "more is locked than there is", conflict=hard.limits, problems=[problem]
        )
    problems = [
        Problem(
            f"fixed/{n}",
            f"is more of {product_class} than the {held:g} held, and no more may be bought",
            fixed,
            f"lock {held:g} of {product_class} at most, or allow buying it",
        )
        for n, (product_class, fixed, held, may_buy) in enumerate(
            zip(mandate.classes, mandate.fixed, mandate.current, mandate.buyable, strict=True)
        )
        if not may_buy and fixed > held
    ]
    return InfeasibleMandateError(
        "more of a class is locked than is held and may be bought",
        conflict=hard.limits,
        problems=problems,
    )


def _unusual(inputs: Inputs) -> list[Problem]:
    """Return what is far from any ordinary mandate, or where to look when nothing is."""
    volatilities = np.linalg.norm(inputs.factor, axis=0)
    asked = {
        "risk_aversion": (inputs.risk_aversion, 0.1, 100.0),
        "volatility_cap": (inputs.volatility, 1e-3, 1.0),
        "shortfall_deviations": (inputs.deviations, 0.0, 5.0),
        "lowest of volatilities": (float(volatilities.min()), 1e-4, 1.0),
    }
    problems = [
        Problem(field, f"is outside {low:g} to {high:g}", value, "bring it into that range")
        for field, (value, low, high) in asked.items()
        if not low <= value <= high
    ]
    nothing = "is nowhere out of the ordinary"
    again = "solve again; if it fails again, report it with the model's version"
    return problems or [Problem("mandate", nothing, None, again)]


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
