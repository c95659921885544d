"""A cvxpy problem, compiled once and handed to Clarabel without cvxpy in between.

cvxpy compiles a problem whose parameters enter by its DPP rules into linear maps

    (P, q, A, b) = maps @ theta,   theta = all parameters, then 1
    min x'Px/2 + q'x  s.t.  Ax + s = b, s in a product of cones

Re-solving is then one product and one call. cvxpy does the same, and spends three times as long
around it: checks of each parameter, sparse formats, reading back every variable by name. Where a
variable or a multiplier lies in the solver's answer is read off once, by having cvxpy unpack an
answer that holds its own positions.

The maps have a column for every parameter and variable, so a matrix of parameters would make them
huge: 200 x 200 numbers would take a second and half a gigabyte. One matrix therefore enters as a
constant of marks, no two alike, and where cvxpy put each mark in A is read off once as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import clarabel
import cvxpy as cp
import numpy as np
from cvxpy.reductions.solvers.conic_solvers.clarabel_conif import dims_to_solver_cones
from numpy.typing import NDArray
from scipy import sparse

from allocator.errors import SolverError
from allocator.market.model import Matrix, Vector

_SOLVED = ("Solved", "AlmostSolved")
# Left to itself Clarabel gives sparse matrices of some hundred columns to a factorization for many
# processors, which takes three times as long here and depends on how many there are.
_FACTORIZATION = "qdldl"
# Marks are the whole numbers from here on, far above any coefficient of a problem.
_FIRST_MARK = 2**30


@dataclass(frozen=True, slots=True, eq=False)
class SolverAnswer:
    """What Clarabel returned; nothing is trusted yet.

    Attributes:
        values: Of the variables asked for; empty without a solution.
        multipliers: Of the constraints asked for, a cone's scalar and vector in one.
    """

    status: str
    values: tuple[Vector, ...]
    multipliers: tuple[Vector, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Where an array lies in a solver's vector, and with which sign."""

    positions: NDArray[np.intp]
    signs: Vector

    def of(self, vector: Vector) -> Vector:
        return np.asarray(vector[self.positions] * self.signs)


def marked(shape: tuple[int, int]) -> Matrix:
    """Return a matrix whose numbers tell their own position, for `ClarabelProgram`."""
    return _FIRST_MARK + np.arange(float(np.prod(shape))).reshape(shape)


def flat(value: Any) -> Vector:
    """Return a variable's or a multiplier's value as one vector, a cone's scalar first."""
    parts = value if isinstance(value, list) else [value]
    return np.concatenate([np.ravel(np.asarray(part, dtype=np.float64)) for part in parts])


def _place_of_positions(value: Any) -> _Place:
    """Return where an array lies that was given its own positions, from one on, as its value."""
    positions = flat(value)
    return _Place((np.abs(positions) - 1).astype(np.intp), np.sign(positions))


def _place_of_marks(marks: Matrix, entries: Vector) -> _Place:
    """Return where the marks lie among the entries of A, which may have turned their signs."""
    found = np.flatnonzero(np.abs(entries) >= _FIRST_MARK)
    found = found[np.argsort(np.abs(entries[found]))]
    if not np.array_equal(np.abs(entries[found]), np.ravel(marks)):
        raise SolverError("the matrix of the problem was not compiled number by number")
    return _Place(found, np.sign(entries[found]))


class ClarabelProgram:
    """One compiled problem; holds no numbers of a solve, but is not made for many threads.

    Args:
        problem: In DPP form; where its matrix belongs it holds `marks`.
        constraints, variables: What an answer gives the multipliers and values of, in this order.
        marks: From `marked`; each of them must stand once in A, by itself.

    Raises:
        SolverError: cvxpy did not leave the marks as they were.
    """

    def __init__(
        self,
        problem: cp.Problem,
        constraints: Sequence[Any],
        variables: Sequence[cp.Variable],
        marks: Matrix,
    ) -> None:
        for parameter in problem.parameters():
            # The compilation needs some value, and none of its results depend on it.
            parameter.value = np.zeros(parameter.shape)
        data, chain, inverse = problem.get_problem_data(cp.CLARABEL, solver_opts={})
        program = data[cp.settings.PARAM_PROB]
        self._cones = dims_to_solver_cones(data["dims"])
        self._columns = {
            program.id_to_param[key]: slice(column, column + program.param_id_to_size[key])
            for key, column in program.param_id_to_col.items()
            if key in program.id_to_param
        }
        self._length = program.total_param_size + 1
        n = program.x.size

        program.reduced_A.cache()
        indices, starts, shape = program.reduced_A.problem_data_index
        end = starts[n]
        # The maps give A and, as its last column, b.
        self._a_map = sparse.csr_array(program.reduced_A.reduced_mat)
        self._a_rows, self._a_starts, self._b_rows = indices[:end], starts[: n + 1], indices[end:]
        self._shape = (shape[0], n)
        self._matrix_shape = marks.shape
        # What no parameter changes stands in the last column of the map.
        constants = self._a_map @ np.eye(1, self._length, self._length - 1)[0]
        self._matrix = _place_of_marks(marks, constants)

        program.reduced_P.cache()
        rows, starts, _ = program.reduced_P.problem_data_index
        upper = rows <= np.repeat(np.arange(n), np.diff(starts))
        self._p_map = sparse.csr_array(program.reduced_P.reduced_mat)[np.flatnonzero(upper)]
        self._p_rows = rows[upper]
        self._p_starts = np.concatenate([[0], np.cumsum(upper)])[starts]
        self._q_map = sparse.csr_array(program.q)[:n]

        answer = SimpleNamespace(
            x=np.arange(1.0, n + 1),
            z=np.arange(1.0, shape[0] + 1),
            status="Solved",
            solve_time=0.0,
            iterations=0,
            obj_val=0.0,
        )
        problem.unpack_results(answer, chain, inverse)
        self._variables = [_place_of_positions(variable.value) for variable in variables]
        self._constraints = [_place_of_positions(each.dual_value) for each in constraints]

    def solve(
        self, values: Mapping[cp.Parameter, Any], matrix: Matrix, options: Mapping[str, float]
    ) -> SolverAnswer:
        """Return Clarabel's answer for these values of all parameters and of the matrix.

        Raises:
            ValueError: the matrix has another shape than the marks.
        """
        if matrix.shape != self._matrix_shape:
            raise ValueError(f"a matrix of {self._matrix_shape} is needed, not of {matrix.shape}")
        theta = np.empty(self._length)
        theta[-1] = 1.0
        for parameter, columns in self._columns.items():
            theta[columns] = np.ravel(values[parameter], order="F")
        entries = self._a_map @ theta
        entries[self._matrix.positions] = np.ravel(matrix) * self._matrix.signs
        end = self._a_rows.size
        b = np.zeros(self._shape[0])
        b[self._b_rows], entries = entries[end:], -entries[:end]
        # Zeros of a triangular factor would cost the solver as much as other numbers.
        kept = entries != 0.0
        starts = np.concatenate([[0], np.cumsum(kept)])[self._a_starts]
        n = self._shape[1]
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        settings.direct_solve_method = _FACTORIZATION
        for name, option in options.items():
            setattr(settings, name, option)
        found = clarabel.DefaultSolver(
            sparse.csc_array((self._p_map @ theta, self._p_rows, self._p_starts), shape=(n, n)),
            self._q_map @ theta,
            sparse.csc_array((entries[kept], self._a_rows[kept], starts), shape=self._shape),
            b,
            self._cones,
            settings,
        ).solve()
        status = str(found.status)
        if status not in _SOLVED:
            return SolverAnswer(status, (), ())
        x, z = np.array(found.x), np.array(found.z)
        return SolverAnswer(
            status,
            tuple(place.of(x) for place in self._variables),
            tuple(place.of(z) for place in self._constraints),
        )
