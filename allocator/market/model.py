"""The market model: expected returns, fees and covariance over product classes, at one date.

Factor convention: `factor' @ factor = covariance`, so the variance of w is the squared norm of
`factor @ w`. The factor is the transposed Cholesky factor, or the eigen factor when the matrix
is singular.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError
from allocator.market.provenance import Provenance
from allocator.product_classes import ProductClass

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# Limits no honest market model exceeds; beyond them a solver can be fooled (science of limits:
# a mean of 500 % or a volatility of 300 % a year is an input mistake, not a belief).
LARGEST_RETURN = 5.0
LARGEST_VOLATILITY = 3.0
LARGEST_CLASS_COUNT = 200
# Rounding of published correlations leaves eigenvalues this far below zero at most.
PSD_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class MarketModel:
    """Beliefs over `classes`, all per year and simple.

    Attributes:
        expected_returns: Gross of fees, shape (n,).
        fees: Yearly fees already deducted inside product prices, shape (n,).
        covariance: Shape (n, n), symmetric and positive semidefinite.
        version, as_of: Name and date of the assumption set.
        content_hash: SHA-256 of the text it was read from.
        provenance: What it was built from; None where people set the figures.
    """

    classes: tuple[ProductClass, ...]
    expected_returns: Vector
    fees: Vector
    covariance: Matrix
    version: str
    as_of: date
    content_hash: str
    provenance: Provenance | None = None

    def __post_init__(self) -> None:
        n = len(self.classes)
        shapes = (self.expected_returns.shape, self.fees.shape, self.covariance.shape)
        if not 1 <= n <= LARGEST_CLASS_COUNT or shapes != ((n,), (n,), (n, n)):
            raise InputError(f"a model of {n} classes has shapes {shapes}")
        if not all(np.isfinite(a).all() for a in (self.net_returns, self.covariance)):
            raise InputError("expected returns, fees and covariance must be finite")
        if np.abs(self.expected_returns).max() > LARGEST_RETURN:
            raise InputError(f"an expected return exceeds {LARGEST_RETURN:.0%} a year")
        variances = np.diag(self.covariance)
        if not ((variances > 0) & (variances <= LARGEST_VOLATILITY**2)).all():
            raise InputError(f"volatilities must lie in (0, {LARGEST_VOLATILITY:.0%}]")
        if not np.array_equal(self.covariance, self.covariance.T):
            raise InputError("the covariance is not symmetric")
        lowest = float(np.linalg.eigvalsh(self.covariance)[0])
        if lowest < -PSD_TOLERANCE:
            raise InputError(f"the covariance has a negative eigenvalue {lowest:.3g}")

    @property
    def net_returns(self) -> Vector:
        """Expected returns less fees: what a client earns, and the only mean ever displayed."""
        return self.expected_returns - self.fees

    @property
    def volatilities(self) -> Vector:
        """Standard deviations per year, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def factor(self) -> Matrix:
        """F with F'F = covariance."""
        try:
            return np.asarray(np.linalg.cholesky(self.covariance).T, dtype=np.float64)
        except np.linalg.LinAlgError:
            values, vectors = np.linalg.eigh(self.covariance)
            scaled = np.sqrt(np.clip(values, 0, None))[:, None] * vectors.T
            return np.asarray(scaled, dtype=np.float64)

    def index(self, product_class: ProductClass) -> int:
        """Return the class's position in every vector of this model."""
        return self.classes.index(product_class)

    def over(self, classes: Iterable[ProductClass]) -> "MarketModel":
        """Return the beliefs about some of the classes, in the order given.

        Version and hash stay those of the whole assumption set.

        Raises:
            InputError: no class, a class twice, or one this model knows nothing of.
        """
        wanted = tuple(classes)
        missing = [c for c in wanted if c not in self.classes]
        if missing:
            raise InputError(f"the model has no {missing}; it has {list(self.classes)}")
        if not wanted or len(set(wanted)) != len(wanted):
            raise InputError(f"need each class once and at least one, got {list(wanted)}")
        rows = [self.index(c) for c in wanted]
        return replace(
            self,
            classes=wanted,
            expected_returns=self.expected_returns[rows],
            fees=self.fees[rows],
            covariance=self.covariance[np.ix_(rows, rows)],
        )

    def with_rates(self, rates: Mapping[ProductClass, float]) -> "MarketModel":
        """Return the model in which these classes earn, net of fees, the yearly rate given.

        A quoted rate is a contract, not a belief: version and hash stay those of the assumption
        set, and the covariance does not change.

        Raises:
            InputError: a class this model knows nothing of, or a rate that is not finite.
        """
        missing = [c for c in rates if c not in self.classes]
        if missing:
            raise InputError(f"the model has no {missing}; it has {list(self.classes)}")
        expected_returns = self.expected_returns.copy()
        for product_class, rate in rates.items():
            i = self.index(product_class)
            expected_returns[i] = rate + self.fees[i]
        return replace(self, expected_returns=expected_returns)
