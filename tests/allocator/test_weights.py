"""Weights carry their classes, sum to one and are never repaired in silence."""

from itertools import permutations

import pytest

from allocator.errors import InputError
from allocator.product_classes import ProductClass
from allocator.weights import Weights

A, B, C = ProductClass.GOLD, ProductClass.BOND_FUND, ProductClass.ANNUITY
WEIGHTS = Weights((A, B, C), (0.5, 0.3, 0.2))


@pytest.mark.parametrize(
    ("classes", "values"),
    [
        ((A, B), (0.5, 0.499)),
        ((A, B), (1.1, -0.1)),
        ((A, B), (float("nan"), 1.0)),
        ((A, B), (float("inf"), 0.0)),
        ((A, B), (1.0,)),
        ((A, A), (0.5, 0.5)),
        ((), ()),
    ],
)
def test_what_is_no_set_of_weights_is_refused(
    classes: tuple[ProductClass, ...], values: tuple[float, ...]
) -> None:
    with pytest.raises(InputError):
        Weights(classes, values)


def test_a_sum_within_a_millionth_of_one_is_accepted_as_it_is() -> None:
    assert Weights((A, B), (0.5, 0.5000005)).values == (0.5, 0.5000005)
    with pytest.raises(InputError):
        Weights((A, B), (0.5, 0.500002))


def test_alignment_follows_the_labels_in_any_order() -> None:
    for order in permutations((A, B, C)):
        assert WEIGHTS.aligned_to(order).tolist() == [WEIGHTS[c] for c in order]


@pytest.mark.parametrize("classes", [(A, B), (A, B, C, C), (A, B, ProductClass.MONEY_FUND)])
def test_other_classes_are_refused_and_nothing_is_padded(
    classes: tuple[ProductClass, ...],
) -> None:
    with pytest.raises(InputError, match="asked for"):
        WEIGHTS.aligned_to(classes)


def test_a_mapping_there_and_back_is_the_same() -> None:
    assert Weights.from_mapping(WEIGHTS.as_dict()) == WEIGHTS
