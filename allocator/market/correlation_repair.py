"""The nearest correlation matrix, and how far it lies from the one that was given.

Correlations put together from several sources may contradict each other: the matrix has a negative
eigenvalue, and some portfolio would have a negative variance. The repair is the matrix closest in
the sum of squared differences among all that are positive semidefinite with ones on the diagonal,
by alternating projections with Dykstra's correction:

    R = Y - S;  X = R with negative eigenvalues set to zero;  S = X - R;  Y = X with a unit diagonal

A matrix without a negative eigenvalue is returned as it is. A shift beyond the limit is refused:
then the sources disagree about the world, and a person has to choose between them.

Source: Higham (2002), IMA Journal of Numerical Analysis 22(3), 329-343.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError, Problem
from allocator.market.model import PSD_TOLERANCE, Matrix

# Half of the width that estimates from two decades of months have anyway (two standard errors of a
# correlation near zero over 240 months are 0.13).
LARGEST_SHIFT = 0.07
_ITERATIONS = 2_000
_STILL = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class RepairedCorrelations:
    """A usable matrix and what it took.

    Attributes:
        correlations: Positive semidefinite to rounding, ones on the diagonal.
        largest_shift: Largest absolute change of any correlation; 0 where nothing was repaired.
        lowest_before, lowest_after: Smallest eigenvalue of the matrix given and returned.
    """

    correlations: Matrix
    largest_shift: float
    lowest_before: float
    lowest_after: float


def repair_correlations(
    matrix: Matrix, *, labels: Sequence[str], largest_shift: float = LARGEST_SHIFT
) -> RepairedCorrelations:
    """Return the nearest correlation matrix.

    Args:
        matrix: Symmetric, ones on the diagonal, entries in [-1, 1].
        labels: Names of rows and columns, for the error.
        largest_shift: The most any correlation may move.

    Raises:
        InputError: it is no such matrix; code contradicting_correlations: a correlation would have
            to move further, and the pair that would move most is named.
    """
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.isfinite(matrix).all():
        raise InputError(f"a matrix of shape {matrix.shape} holds no correlations")
    diagonal_is_one = (np.diag(matrix) == 1).all()
    if not (np.array_equal(matrix, matrix.T) and diagonal_is_one and np.abs(matrix).max() <= 1):
        raise InputError("correlations must be symmetric, within [-1, 1], and 1 on the diagonal")
    before = float(np.linalg.eigvalsh(matrix)[0])
    if before >= -PSD_TOLERANCE:
        return RepairedCorrelations(matrix, 0.0, before, before)
    nearest = _nearest(matrix)
    moves = np.abs(nearest - matrix)
    shift = float(moves.max())
    if shift > largest_shift:
        i, j = sorted(divmod(int(moves.argmax()), len(moves)))
        detail = (
            f"contradicts the other correlations: it would have to move from {matrix[i, j]:.3f} to "
            f"{nearest[i, j]:.3f}, by more than {largest_shift:g}, for the lowest eigenvalue of "
            f"{before:.4f} to become zero"
        )
        remedy = "leave one of the two series out, or one that moves with them"
        raise InputError(
            "the correlations cannot be used",
            code="contradicting_correlations",
            problems=[Problem(f"/correlations/{labels[i]}~{labels[j]}", detail, None, remedy)],
        )
    after = float(np.linalg.eigvalsh(nearest)[0])
    return RepairedCorrelations(nearest, shift, before, after)


def _nearest(matrix: Matrix) -> Matrix:
    unit, correction = matrix, np.zeros_like(matrix)
    for _ in range(_ITERATIONS):
        moved = unit - correction
        clipped = _clip_eigenvalues(moved)
        correction = clipped - moved
        last, unit = unit, clipped.copy()
        np.fill_diagonal(unit, 1)
        if np.abs(unit - last).max() <= _STILL:
            break
    # Scaling the semidefinite iterate keeps it so, where setting its diagonal would not.
    clipped = _clip_eigenvalues(unit)
    spreads = np.sqrt(np.diag(clipped))
    nearest = np.clip(clipped / np.outer(spreads, spreads), -1, 1)
    nearest = (nearest + nearest.T) / 2
    np.fill_diagonal(nearest, 1)
    return np.asarray(nearest, dtype=np.float64)


def _clip_eigenvalues(matrix: Matrix) -> Matrix:
    values, vectors = np.linalg.eigh(matrix)
    clipped = (vectors * np.clip(values, 0, None)) @ vectors.T
    return np.asarray((clipped + clipped.T) / 2, dtype=np.float64)
