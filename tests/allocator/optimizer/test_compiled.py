from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest

from allocator.errors import SolverError
from allocator.optimizer.compiled import ClarabelProgram, flat, marked
from allocator.optimizer.inputs import OFF, Inputs
from allocator.optimizer.problem import Solution
from allocator.optimizer.solver import solve_verified
from allocator.optimizer.solvers import compiled_problem, settings_for
from allocator.optimizer.verification import KKT_TOLERANCE, kkt_residual

TIGHT = {"tol_gap_abs": 1e-11, "tol_gap_rel": 1e-11, "tol_feas": 1e-11}


def random_inputs(seed: int, n: int) -> Inputs:
    """A feasible problem whose volatility cap lies a little above a random portfolio's."""
    dice = np.random.default_rng(seed)
    deviations = dice.uniform(0.002, 0.3, n)
    loadings = dice.normal(size=(n, 2)) * deviations[:, None] / 2
    factor = np.linalg.cholesky(loadings @ loadings.T + np.diag(deviations**2) / 2)
    held, inside = dice.dirichlet(np.ones(n)), dice.dirichlet(np.ones(n))
    returns = 0.01 + deviations / 4 + dice.normal(size=n) / 50
    zero = np.zeros(n)
    return Inputs(
        tilt=returns,
        risk_aversion=float(dice.uniform(1, 10)),
        factor=np.asarray(factor.T, dtype=np.float64),
        current=held,
        fixed=np.minimum(held, inside) / 2 * (dice.random(n) < 0.3),
        caps=np.minimum(inside + 0.2, 1.0),
        buy_limit=np.where(inside > held, 1.0, dice.random(n) < 0.5),
        buy_cost=dice.uniform(0, 0.01, n),
        sell_cost=dice.uniform(0, 0.01, n),
        risky=(deviations > 0.15).astype(float),
        liquid=(deviations < 0.10).astype(float),
        stable=(deviations < 0.15).astype(float),
        risky_share=float(inside[deviations > 0.15].sum()) + 0.05,
        volatility=float(np.linalg.norm(factor.T @ inside)) * 1.02,
        liquidity_floor=0.9 * float(inside[deviations < 0.10].sum()),
        stable_floor=0.9 * float(inside[deviations < 0.15].sum()),
        net_returns=returns,
        equity=zero,
        deviations=0.0,
        **OFF,
    )


def test_values_and_multipliers_are_those_that_cvxpy_reads_from_the_same_solver() -> None:
    n = 4
    x, t = cp.Variable(n), cp.Variable()
    mean, factor, limit = cp.Parameter(n), cp.Parameter((n, n)), cp.Parameter()
    utility = cp.Maximize(mean @ x - cp.sum_squares(x) / 9 - t / 5)

    def stated(matrix: Any) -> tuple[cp.Problem, list[Any]]:
        constraints = [cp.sum(x) == 1, x >= 0, cp.SOC(t, matrix @ x), t <= limit]
        return cp.Problem(utility, constraints), constraints

    marks = marked((n, n))
    program = ClarabelProgram(*stated(marks), variables=[x, t], marks=marks)
    problem, constraints = stated(factor)
    dice = np.random.default_rng(1)
    for number in range(20):
        drawn = {mean: dice.normal(size=n), limit: 1.0}
        full = dice.normal(size=(n, n))
        matrix = full if number % 2 else np.triu(full)
        answer = program.solve(drawn, matrix, TIGHT)
        for parameter, value in [*drawn.items(), (factor, matrix)]:
            parameter.value = value
        problem.solve(solver=cp.CLARABEL, **TIGHT)
        if problem.status == cp.INFEASIBLE:
            assert (answer.status, answer.values) == ("PrimalInfeasible", ())
            continue
        for found, variable in zip(answer.values, (x, t), strict=True):
            assert found == pytest.approx(flat(variable.value), abs=1e-5)
        for found, constraint in zip(answer.multipliers, constraints, strict=True):
            assert found == pytest.approx(flat(constraint.dual_value), abs=1e-5)


def test_a_matrix_that_stands_twice_or_scaled_in_the_problem_is_not_compiled() -> None:
    marks = marked((2, 2))
    x = cp.Variable(2)
    for once in ([marks @ x <= 1, -marks @ x <= 1], [3 * marks @ x <= 1], [marks[:1] @ x <= 1]):
        with pytest.raises(SolverError, match="number by number"):
            ClarabelProgram(cp.Problem(cp.Minimize(cp.sum(x)), once), once, [x], marks)


def test_the_matrix_is_placed_with_the_sign_it_has_in_the_problem() -> None:
    x, marks = cp.Variable(2), marked((2, 2))
    matrix = np.array([[2.0, 1.0], [0.0, 4.0]])
    for sign in (1, -1):
        # sign * matrix @ x >= (3, 4): x = sign * (1, 1).
        constraints = [sign * (marks @ x) >= np.array([3.0, 4.0])]
        problem = cp.Problem(cp.Minimize(cp.sum_squares(x)), constraints)
        answer = ClarabelProgram(problem, constraints, [x], marks).solve({}, matrix, TIGHT)
        assert answer.values[0] == pytest.approx(sign * np.ones(2), abs=1e-6)
        with pytest.raises(ValueError, match="is needed"):
            ClarabelProgram(problem, constraints, [x], marks).solve({}, matrix.ravel(), TIGHT)


def test_the_last_method_solves_the_same_problem_with_the_numbers_of_now() -> None:
    (*_, (first, _), (last, options)) = settings_for(5)
    assert (first, last) == ("CLARABEL", "SCS")
    for seed in range(6):
        inputs = random_inputs(seed, 5)
        found = solve_verified(inputs)
        slow = compiled_problem(inputs).solve(inputs, solver=last, options=options)
        assert found is not None
        assert slow is not None
        assert slow.weights == pytest.approx(found[0].weights, abs=1e-6)
        assert slow.volatility_dual == pytest.approx(found[0].volatility_dual, abs=1e-5)


@pytest.mark.parametrize("n", [3, 13, 40])
def test_the_first_solver_answers_every_ordinary_problem_far_within_the_tolerance(n: int) -> None:
    for seed in range(60):
        found = solve_verified(random_inputs(seed, n))
        assert found is not None
        _, residual, solver = found
        assert solver == "CLARABEL"
        assert residual < KKT_TOLERANCE / 100


def test_a_multiplier_of_the_risk_that_is_too_long_or_points_elsewhere_is_not_believed() -> None:
    inputs = next(
        i
        for i in (random_inputs(seed, 13) for seed in range(50))
        if (found := solve_verified(i)) is not None and found[0].volatility_dual > 0.05
    )
    found = solve_verified(inputs)
    assert found is not None
    solution = found[0]
    turned = np.roll(solution.risk_dual, 1)
    for wrong in (solution.risk_dual * 1.001, solution.risk_dual * 0.999, turned):
        assert kkt_residual(inputs, replace(solution, risk_dual=wrong)) > KKT_TOLERANCE


def test_no_point_is_believed_to_be_the_optimum_of_a_utility_that_likes_risk() -> None:
    assert solve_verified(replace(random_inputs(1, 13), risk_aversion=-3.0)) is None


@pytest.mark.parametrize("is_long_enough", [True, False])
def test_a_multiplier_across_the_exposure_does_not_pass_a_wrong_point_on_the_volatility_cap(
    is_long_enough: bool,
) -> None:
    n = 5
    inputs = random_inputs(3, n)
    w, none = np.full(n, 1 / n), np.zeros(n)
    inputs = replace(
        inputs,
        fixed=none,
        caps=np.ones(n),
        buy_limit=np.ones(n),
        buy_cost=none,
        sell_cost=none,
        risky_share=2.0,
        liquidity_floor=-1.0,
        stable_floor=-1.0,
        volatility=float(np.linalg.norm(inputs.factor @ w)),
    )
    found = solve_verified(inputs)
    assert found is not None
    slope = inputs.tilt - inputs.risk_aversion * inputs.factor.T @ (inputs.factor @ w)
    across = np.linalg.solve(inputs.factor.T, slope)
    along = float(across @ inputs.factor @ w) / inputs.volatility
    assert along > 0
    claim = Solution(
        weights=w,
        bought=np.maximum(w - inputs.current, 0),
        sold=np.maximum(inputs.current - w, 0),
        slack=none,
        cap_slack=none,
        budget_dual=0.0,
        trade_dual=none,
        fixed_dual=none,
        cap_dual=none,
        buy_limit_dual=none,
        sell_limit_dual=none,
        buy_sign_dual=none,
        sell_sign_dual=none,
        risky_dual=0.0,
        volatility_dual=float(np.linalg.norm(across)) if is_long_enough else along,
        risk_dual=across,
        liquidity_dual=0.0,
        stable_dual=0.0,
        equity_cap_dual=0.0,
        equity_floor_dual=0.0,
        shortfall_dual=0.0,
        desired_return_dual=0.0,
    )
    # All holds but the direction, or but the length; the point is not the optimum.
    assert float(inputs.tilt @ w) < float(inputs.tilt @ found[0].weights)
    assert kkt_residual(inputs, claim) > KKT_TOLERANCE
