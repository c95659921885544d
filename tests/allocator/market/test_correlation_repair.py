"""The nearest correlation matrix: a published case, its optimality, and what is left alone."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.market.correlation_repair import (
    LARGEST_SHIFT,
    RepairedCorrelations,
    repair_correlations,
)
from allocator.market.model import Matrix


def symmetric(*, size: int, entries: list[float]) -> Matrix:
    matrix = np.eye(size)
    matrix[np.triu_indices(size, 1)] = entries
    return np.maximum(matrix, matrix.T) + np.minimum(matrix, matrix.T) - np.diag(np.diag(matrix))


def repaired(matrix: Matrix, *, largest_shift: float = LARGEST_SHIFT) -> RepairedCorrelations:
    return repair_correlations(matrix, labels="abcdef", largest_shift=largest_shift)


matrices = st.integers(2, 6).flatmap(
    lambda size: st.lists(
        st.floats(-1, 1), min_size=size * (size - 1) // 2, max_size=size * (size - 1) // 2
    ).map(lambda entries: symmetric(size=size, entries=entries))
)


def test_the_published_case_is_reproduced_to_its_digits() -> None:
    # Higham (2002), section 4: A = [1 1 0; 1 1 1; 0 1 1], distance 0.5278.
    found = repaired(symmetric(size=3, entries=[1, 0, 1]), largest_shift=1)
    expected = symmetric(size=3, entries=[0.7607, 0.1573, 0.7607])
    np.testing.assert_allclose(found.correlations, expected, atol=5e-5)
    distance = np.linalg.norm(found.correlations - symmetric(size=3, entries=[1, 0, 1]))
    assert distance == pytest.approx(0.5278, abs=5e-5)
    assert found.largest_shift == pytest.approx(1 - 0.760689853402284, abs=1e-9)
    assert found.lowest_before == pytest.approx(1 - np.sqrt(2), abs=1e-12)
    assert found.lowest_after == pytest.approx(0, abs=1e-12)


def test_three_equal_correlations_go_to_minus_one_half() -> None:
    # 1 + 2 rho is the lowest eigenvalue; by symmetry the nearest has equal entries too.
    found = repaired(symmetric(size=3, entries=[-0.52] * 3))
    np.testing.assert_allclose(found.correlations[np.triu_indices(3, 1)], -0.5, atol=1e-9)
    assert found.largest_shift == pytest.approx(0.02, abs=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_nearest_matrix_known_from_its_construction_is_found_where_it_is_far_to_go(
    seed: int,
) -> None:
    # X is nearest to X - Y + D where Y is positive semidefinite, X Y = 0 and D is diagonal: the
    # conditions of the projection. Ten of thirteen eigenvalues are zero, so convergence is slow.
    chance = np.random.default_rng(seed)
    root = chance.normal(size=(13, 3))
    root /= np.linalg.norm(root, axis=1)[:, None]
    nearest = root @ root.T
    null = np.linalg.svd(root)[0][:, 3:]
    given = nearest - 0.05 * null @ np.diag(chance.uniform(0.1, 1, 10)) @ null.T
    given = (given + given.T) / 2
    np.fill_diagonal(given, 1)
    found = repair_correlations(given, labels="abcdefghijklm")
    np.testing.assert_allclose(found.correlations, nearest, atol=1e-11)


def test_a_shift_of_exactly_the_limit_is_allowed() -> None:
    matrix = symmetric(size=3, entries=[-0.52] * 3)
    shift = repaired(matrix).largest_shift
    assert repaired(matrix, largest_shift=shift).largest_shift == shift
    with pytest.raises(InputError):
        repaired(matrix, largest_shift=float(np.nextafter(shift, 0)))


@given(matrices)
def test_what_comes_back_is_a_correlation_matrix_and_the_shift_is_told(matrix: Matrix) -> None:
    found = repaired(matrix, largest_shift=2)
    assert (np.diag(found.correlations) == 1).all()
    assert np.array_equal(found.correlations, found.correlations.T)
    assert np.abs(found.correlations).max() <= 1
    assert found.lowest_after == np.linalg.eigvalsh(found.correlations)[0] >= -1e-10
    assert found.largest_shift == np.abs(found.correlations - matrix).max()
    if found.lowest_before >= -1e-10:
        assert np.array_equal(found.correlations, matrix)
    else:
        assert found.largest_shift > 0
    again = repaired(found.correlations)
    assert np.array_equal(again.correlations, found.correlations)


@given(matrices, st.integers(0, 2**32 - 1))
def test_no_other_correlation_matrix_lies_nearer(matrix: Matrix, seed: int) -> None:
    found = repaired(matrix, largest_shift=2).correlations
    best = np.linalg.norm(found - matrix)
    chance = np.random.default_rng(seed)
    for _ in range(10):
        draw = chance.normal(size=matrix.shape)
        other = draw @ draw.T
        other /= np.sqrt(np.outer(np.diag(other), np.diag(other)))
        # The set is convex: nearer means nearer along the way too, where rounding hides nothing.
        toward = found + 0.1 * (other - found)
        assert np.linalg.norm(toward - matrix) >= best - 1e-6


@given(matrices)
def test_the_order_of_classes_does_not_matter(matrix: Matrix) -> None:
    order = np.random.default_rng(len(matrix)).permutation(len(matrix))
    there = repaired(matrix[np.ix_(order, order)], largest_shift=2).correlations
    back = repaired(matrix, largest_shift=2).correlations
    np.testing.assert_allclose(there, back[np.ix_(order, order)], atol=1e-6)


def test_a_shift_beyond_the_limit_is_refused_with_its_size() -> None:
    with pytest.raises(InputError) as caught:
        repaired(symmetric(size=3, entries=[1, 0, 1]))
    assert caught.value.code == "contradicting_correlations"
    # Of the three the two bold ones move most, by the same; one of them is named.
    told = str(caught.value)
    assert re.search(r"/correlations/(a~b|b~c): .*move from 1.000 to 0.761", told)
    just = -0.5 - LARGEST_SHIFT
    assert repaired(symmetric(size=3, entries=[just + 1e-6] * 3)).largest_shift > 0.06
    with pytest.raises(InputError):
        repaired(symmetric(size=3, entries=[just - 1e-6] * 3))


@pytest.mark.parametrize(
    "matrix", [[[1.0, 0.2], [0.3, 1.0]], [[1.0, 1.2], [1.2, 1.0]], [[0.9, 0.0], [0.0, 1.0]]]
)
def test_what_are_no_correlations_is_refused(matrix: list[list[float]]) -> None:
    with pytest.raises(InputError, match="symmetric"):
        repaired(np.array(matrix))
    with pytest.raises(InputError, match="shape"):
        repaired(np.array([[1.0, np.nan], [np.nan, 1.0]]))
