"""The optimum to compare with, and a proof of it that trusts no solver of the same kind.

The problem is stated once more, by matrices, over x = (w, b, s), and given to Clarabel with tight
tolerances. The proof: the objective f is concave, so for every feasible x

    f(x) <= f(x*) + max { grad f(x*)'(y - x*) : y meets the linear limits, a'y <= volatility }

with a = Sigma w*/|F w*|, a half-space that holds the volatility ball. The right side is a linear
program, solved by the HiGHS simplex method; its maximum is the most that f(x*) can be short.
"""

from dataclasses import dataclass

import clarabel
import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from allocator.market.model import Vector
from benchmarks.portfolio.instances import Instance, objective_of

TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """The optimum: its objective per year, and how far at most a better one could be above it."""

    objective: float
    shortfall: float


class UnprovedError(Exception):
    """The reference has no proved optimum: the benchmark cannot go on."""


def find_reference(instance: Instance) -> Reference:
    """Return the optimum of an instance with its proof.

    Raises:
        UnprovedError: no optimum, or none that can be proved.
    """
    i, n = instance.inputs, len(instance.inputs.tilt)
    one, eye, none = np.ones((1, n)), np.eye(n), np.zeros((n, n))
    flat = np.zeros((1, n))
    equal = np.block([[one, flat, flat], [eye, -eye, eye]])
    equal_to = np.concatenate([[1.0], i.current])
    below = np.block([[i.risky, flat[0], flat[0]], [-i.liquid, flat[0], flat[0]]])
    below = np.vstack([below, np.concatenate([-i.stable, flat[0], flat[0]])])
    below_of = np.array([i.risky_share, -i.liquidity_floor, -i.stable_floor])
    lowest = np.concatenate([i.fixed, np.zeros(2 * n)])
    highest = np.concatenate([i.caps, i.buy_limit, i.current])
    linear = np.concatenate([-i.tilt, i.buy_cost, i.sell_cost])

    all_of = np.eye(3 * n)
    ball = np.vstack([np.zeros((1, 3 * n)), np.hstack([-i.factor, none, none])])
    quadratic = np.zeros((3 * n, 3 * n))
    quadratic[:n, :n] = i.risk_aversion * instance.covariance
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    solver = clarabel.DefaultSolver(
        sparse.csc_matrix(np.triu(quadratic)),
        linear,
        sparse.csc_matrix(np.vstack([equal, below, all_of, -all_of, ball])),
        np.concatenate([equal_to, below_of, highest, -lowest, [i.volatility], np.zeros(n)]),
        [
            clarabel.ZeroConeT(n + 1),
            clarabel.NonnegativeConeT(3 + 6 * n),
            clarabel.SecondOrderConeT(n + 1),
        ],
        settings,
    )
    # A status short of "solved" does not matter: what counts is the proof.
    x = np.array(solver.solve().x)
    weights: Vector = x[:n]
    if not np.isfinite(x).all():
        raise UnprovedError("the reference has no solution")

    slope = linear + np.concatenate(
        [i.risk_aversion * instance.covariance @ weights, np.zeros(2 * n)]
    )
    outward = instance.covariance @ weights / np.linalg.norm(i.factor @ weights)
    proof = linprog(
        slope,
        A_ub=np.vstack([below, np.concatenate([outward, np.zeros(2 * n)])]),
        b_ub=np.append(below_of, i.volatility),
        A_eq=equal,
        b_eq=equal_to,
        bounds=list(zip(lowest.tolist(), highest.tolist(), strict=True)),
        method="highs-ds",
        options={"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10},
    )
    if proof.status != 0:
        raise UnprovedError(f"no proof of the reference: {proof.message}")
    return Reference(objective_of(i, weights), float(slope @ x - proof.fun))
