"""Weights: fractions of investable wealth that carry the product classes they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.product_classes import ProductClass

# Sums of rounded money and of verified optima both stay well inside this.
SUM_TOLERANCE = 1e-6


@dataclass(frozen=True, slots=True)
class Weights:
    """Fractions of wealth by product class; they sum to one and none is negative.

    >>> w = Weights((ProductClass.GOLD, ProductClass.MONEY_FUND), (0.25, 0.75))
    >>> w[ProductClass.GOLD]
    0.25
    """

    classes: tuple[ProductClass, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.classes) != len(self.values) or len(set(self.classes)) != len(self.classes):
            raise InputError(f"{len(self.values)} weights for classes {list(self.classes)}")
        if not all(np.isfinite(v) and v >= 0 for v in self.values):
            raise InputError(f"weights must be finite and not negative, got {self.values}")
        if abs(sum(self.values) - 1) > SUM_TOLERANCE:
            raise InputError(f"weights sum to {sum(self.values):.9f}, not to 1")

    @classmethod
    def from_mapping(cls, weights: Mapping[ProductClass, float]) -> "Weights":
        """Return weights in the mapping's own order."""
        return cls(tuple(weights), tuple(float(v) for v in weights.values()))

    def __getitem__(self, product_class: ProductClass) -> float:
        return self.values[self.classes.index(product_class)]

    def aligned_to(self, classes: Sequence[ProductClass]) -> NDArray[np.float64]:
        """Return the values in the order of `classes`, shape (len(classes),).

        Raises:
            InputError: the two sets of classes differ; nothing is padded or dropped.
        """
        if set(classes) != set(self.classes) or len(classes) != len(self.classes):
            raise InputError(
                f"weights are over {sorted(self.classes)}, asked for {sorted(classes)}"
            )
        return np.array([self[c] for c in classes], dtype=np.float64)

    def as_dict(self) -> dict[ProductClass, float]:
        """Return a plain mapping, in this order."""
        return dict(zip(self.classes, self.values, strict=True))
