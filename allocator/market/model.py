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

from allocator.errors import InputError, Problem
from allocator.market.provenance import Provenance
from allocator.product_classes import ProductClass

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]

# Limits no honest market model exceeds; beyond them a solver can be fooled (science of limits:
# a mean of 500 %, a fee of 20 % or a volatility of 300 % a year is an input mistake, not a belief).
LARGEST_RETURN = 5.0
LARGEST_FEE = 0.2
LARGEST_VOLATILITY = 3.0
LARGEST_CLASS_COUNT = 200
# Rounding of published correlations leaves eigenvalues this far below zero at most.
PSD_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class MarketModel:
    """Beliefs over `classes`, all per year and simple.

    Attributes:
        expected_returns: Gross of fees, shape (n,).
        fees: Yearly fees already deducted inside product prices, 0 to `LARGEST_FEE`, shape (n,).
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
        problems = _shape_problems(self) or _size_problems(self) or _covariance_problems(self)
        if problems:
            raise InputError("the market model cannot be used", problems=problems)

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

    def volatility_of(self, weights: Vector) -> float:
        """Return the standard deviation per year of weights in the order of `classes`.

        The norm of `factor @ weights` is a number where hedges leave nothing and the rounded
        variance w'Sigma w would be below zero.
        """
        return float(np.linalg.norm(self.factor @ weights))

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
        self._require_known(wanted)
        if not wanted or len(set(wanted)) != len(wanted):
            remedy = "name each class once, and at least one"
            problem = Problem("/classes", "are none, or name one twice", list(wanted), remedy)
            raise InputError("no part of the market model", problems=[problem])
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
        self._require_known(rates)
        expected_returns = self.expected_returns.copy()
        for product_class, rate in rates.items():
            i = self.index(product_class)
            expected_returns[i] = rate + self.fees[i]
        return replace(self, expected_returns=expected_returns)

    def _require_known(self, wanted: Iterable[ProductClass]) -> None:
        remedy = f"choose among {', '.join(self.classes)}"
        problems = [
            Problem(f"/classes/{c}", "is not in the market model", None, remedy)
            for c in wanted
            if c not in self.classes
        ]
        if problems:
            raise InputError("no figures of a class", problems=problems)


def _shape_problems(model: MarketModel) -> list[Problem]:
    """Return what keeps figures from belonging to classes."""
    n = len(model.classes)
    shapes = (model.expected_returns.shape, model.fees.shape, model.covariance.shape)
    if 1 <= n <= LARGEST_CLASS_COUNT and shapes == ((n,), (n,), (n, n)):
        return []
    detail = f"number {n}, and returns, fees and covariance have shapes {shapes}"
    remedy = f"send 1 to {LARGEST_CLASS_COUNT} classes, with a figure each and a row of covariances"
    return [Problem("/classes", detail, None, remedy)]


def _size_problems(model: MarketModel) -> list[Problem]:
    """Return every figure that is no number or beyond any market, by name."""
    classes, finite = model.classes, "send a finite number"
    fraction = "send a fraction per year: 0.03 is three percent"
    problems = []
    for name, figures in (("expected_returns", model.expected_returns), ("fees", model.fees)):
        for product_class, value in zip(classes, map(float, figures), strict=True):
            if not np.isfinite(value):
                problems.append(Problem(f"/{name}/{product_class}", "is not finite", value, finite))
    for product_class, gross, net in zip(
        classes, map(float, model.expected_returns), map(float, model.net_returns), strict=True
    ):
        at = f"/expected_returns/{product_class}"
        if np.isfinite(gross) and abs(gross) > LARGEST_RETURN:
            detail = f"is beyond {LARGEST_RETURN:.0%} a year"
            problems.append(Problem(at, detail, gross, fraction))
        elif np.isfinite(net) and abs(net) > LARGEST_RETURN:
            detail = f"less the fee is beyond {LARGEST_RETURN:.0%} a year"
            problems.append(Problem(at, detail, net, fraction))
    for product_class, value in zip(classes, map(float, model.fees), strict=True):
        if np.isfinite(value) and not 0 <= value <= LARGEST_FEE:
            detail = f"is no fee: fees lie between 0% and {LARGEST_FEE:.0%} a year"
            problems.append(Problem(f"/fees/{product_class}", detail, value, fraction))
    for i, j in np.argwhere(~np.isfinite(model.covariance)):
        value = float(model.covariance[i, j])
        problems.append(
            Problem(f"/covariance/{classes[i]}/{classes[j]}", "is not finite", value, finite)
        )
    return problems


def _covariance_problems(model: MarketModel) -> list[Problem]:
    """Return why no returns could have this covariance."""
    problems, remedy = [], "send the square of a fraction per year: 0.0225 for a volatility of 15 %"
    for product_class, value in zip(
        model.classes, map(float, np.diag(model.covariance)), strict=True
    ):
        if not 0 < value <= LARGEST_VOLATILITY**2:
            at = f"/covariance/{product_class}/{product_class}"
            detail = f"is no variance: volatilities lie in (0, {LARGEST_VOLATILITY:.0%}]"
            problems.append(Problem(at, detail, value, remedy))
    for i, j in np.argwhere(np.triu(model.covariance != model.covariance.T)):
        at = f"/covariance/{model.classes[i]}/{model.classes[j]}"
        detail = f"is not symmetric: the other way round it is {float(model.covariance[j, i])!r}"
        value = float(model.covariance[i, j])
        problems.append(Problem(at, detail, value, "send the same figure both ways"))
    if problems:
        return problems
    lowest = float(np.linalg.eigvalsh(model.covariance)[0])
    if lowest >= -PSD_TOLERANCE:
        return []
    detail = f"has a negative eigenvalue {lowest:.3g}"
    return [Problem("/covariance", detail, None, "bring the boldest correlations closer to zero")]
