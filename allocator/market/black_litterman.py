"""Black-Litterman: expected returns updated by views with a confidence.

    pi       = risk_aversion * Sigma w                      what a market holding w must expect
    mu       ~ N(pi, tau Sigma)                             prior
    P mu     ~ N(Q, Omega)                                  views, independent of each other
    Omega_k  = (1 - c_k) / c_k * p_k' tau Sigma p_k         confidence c_k in (0, 1]

    K        = tau Sigma P' (P tau Sigma P' + Omega)^-1
    mu       = pi + K (Q - P pi)
    M        = tau Sigma - K P tau Sigma                    uncertainty of mu left over
    Sigma_post = Sigma + M

A lone view moves p'mu by the fraction c of its distance from p'pi. Confidence 0 says nothing and is
left out; confidence 1 is met exactly. With Omega in this form mu does not depend on tau.

Units: returns per year, simple, of one kind throughout (all net or all gross, all over the riskless
rate or none); tau is 1 over the years of data the prior is worth.
Sources: He and Litterman (1999), The intuition behind Black-Litterman model portfolios; Idzorek
(2005), A step-by-step guide to the Black-Litterman model, for confidence.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError
from allocator.market.model import Matrix, Vector

# Below this share of its own variance a view is a sum of the views before it.
_INDEPENDENT = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The portfolio `weights` is expected to return `expected_return`, with `confidence`.

    Weights summing to one make an absolute view, weights summing to zero a relative one.
    """

    weights: Vector
    expected_return: float
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Means, and the covariance of the next return given what is known: Sigma + M."""

    expected_returns: Vector
    covariance: Matrix


def equilibrium_returns(*, weights: Vector, covariance: Matrix, risk_aversion: float) -> Vector:
    """Return pi = risk_aversion * Sigma w: the returns over the riskless rate that explain w.

    Raises:
        InputError: risk aversion is not positive.
    """
    if not risk_aversion > 0:
        raise InputError(f"need a positive {risk_aversion=}")
    return np.asarray(risk_aversion * covariance @ weights, dtype=np.float64)


def posterior(*, prior: Vector, covariance: Matrix, views: Sequence[View], tau: float) -> Posterior:
    """Return mu and Sigma + M.

    Args:
        prior: pi, shape (n,).
        covariance: Sigma, shape (n, n), positive semidefinite.
        views: Any number; none leaves the means and gives (1 + tau) Sigma.
        tau: Positive.

    Raises:
        InputError: tau is not positive; a confidence outside [0, 1]; a view on something without
            risk; certain views that are combinations of each other.
    """
    if not tau > 0:
        raise InputError(f"need a positive {tau=}")
    uncertainty = tau * covariance
    told = [view for view in views if _says_something(view, covariance=covariance)]
    if not told:
        return Posterior(prior.copy(), covariance + uncertainty)
    picks = np.array([view.weights for view in told])
    # Each view is measured in its own standard deviations: a money fund's variance is a ten
    # thousandth of that of shares, and one tolerance then fits both.
    scale = 1 / np.sqrt(np.einsum("ki,ij,kj->k", picks, uncertainty, picks))
    picks = picks * scale[:, None]
    surprise = np.array([v.expected_return for v in told]) * scale - picks @ prior
    omega = np.array([(1 - view.confidence) / view.confidence for view in told])
    inner = picks @ uncertainty @ picks.T + np.diag(omega)
    if float(np.linalg.eigvalsh(inner)[0]) < _INDEPENDENT:
        raise InputError("certain views must not be combinations of each other")
    gain = np.linalg.solve(inner, picks @ uncertainty).T
    left = uncertainty - gain @ picks @ uncertainty
    return Posterior(
        expected_returns=prior + gain @ surprise,
        covariance=covariance + (left + left.T) / 2,
    )


def _says_something(view: View, *, covariance: Matrix) -> bool:
    if not 0 <= view.confidence <= 1:
        raise InputError(f"a confidence must lie in [0, 1], got {view.confidence}")
    sizes = np.abs(view.weights) @ np.sqrt(np.diag(covariance))
    variance = float(view.weights @ covariance @ view.weights)
    if not variance > 1e-14 * float(sizes) ** 2:
        raise InputError(f"a view on {view.weights} has no risk to be uncertain about")
    return view.confidence > 0
