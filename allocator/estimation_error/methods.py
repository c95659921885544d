"""Ways from a panel of returns to weights, each through the optimizer that advises clients.

A method is a function of a sample; it never sees the truth. All but the plain sample covariance of
`from_sample` use shrunk correlations. Trading costs are left out.

**Robust means.** Against the worst mean in the ellipsoid (mu - m)'Omega^-1 (mu - m) <= kappa^2,
where Omega = Sigma/T is the error of a mean over T years, the objective is

    m'w - gamma/2 s^2 - kappa/sqrt(T) s,    s = volatility of w

Its optimum is that of the ordinary problem with a higher risk aversion g, as both have the same
gradient where

    (g - gamma) s(g) = kappa/sqrt(T)

s(g) is the volatility of the ordinary optimum. The marginal return of volatility on the frontier is
g s(g) and falls in s, so the left side rises in g: one root, found by bracketing. No second
definition of the problem is needed.

**Resampled weights** (Michaud 1998, Efficient Asset Management): the mean of the weights chosen on
panels drawn from the sample's own moments, normal, of the same length.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy.optimize import brentq

from allocator.errors import InputError
from allocator.estimation_error.estimates import (
    Sample,
    bayes_stein_means,
    moments_of,
    updated_prior,
)
from allocator.estimation_error.sampling import draw_panel
from allocator.mandate import Mandate
from allocator.market.model import MarketModel, Vector
from allocator.optimizer.solver import optimize

Method = Callable[[Sample], Vector]

# So averse to risk that returns do not matter; a mandate's highest. The check of an optimum is in
# yearly return, and with less the variance of a money market would be small beside its tolerance.
HIGHEST_RISK_AVERSION = 1000.0
# Of the risk aversion that stands for robust means, relative: weights then err by less than 1e-6.
_ROOT_TOLERANCE = 1e-8


def best_weights(mandate: Mandate, market: MarketModel) -> Vector:
    """Return the verified optimum of a mandate under these beliefs, without trading costs."""
    allocation = optimize(mandate, market, with_costs=False)
    return allocation.weights.aligned_to(mandate.classes)


def without_caps(mandate: Mandate) -> Mandate:
    """Return the mandate with no class cap; short sales stay impossible."""
    return replace(mandate, class_caps=(1.0,) * len(mandate.classes))


def from_sample(sample: Sample, *, mandate: Mandate) -> Vector:
    """Take means and covariance of the sample for the truth."""
    return best_weights(mandate, sample.market(sample.means, sample.covariance))


def from_shrunk_covariance(sample: Sample, *, mandate: Mandate) -> Vector:
    """Take the sample's means, and its covariance with shrunk correlations."""
    return best_weights(mandate, sample.market(sample.means, sample.shrunk))


def from_bayes_stein(sample: Sample, *, mandate: Mandate) -> Vector:
    """Take Jorion's means."""
    months = len(sample.panel.returns)
    means = bayes_stein_means(means=sample.means, covariance=sample.covariance, months=months)
    return best_weights(mandate, sample.market(means, sample.shrunk))


def from_robust_means(sample: Sample, *, mandate: Mandate, kappa: float) -> Vector:
    """Guard against the worst means within `kappa` standard errors.

    Raises:
        InputError: kappa is negative.
    """
    if kappa < 0:
        raise InputError(f"need {kappa=} of at least 0")
    market = sample.market(sample.means, sample.shrunk)
    if kappa == 0:
        return best_weights(mandate, market)
    price = kappa / float(np.sqrt(sample.panel.years))
    gamma = mandate.risk_aversion

    def weights(g: float) -> Vector:
        return best_weights(replace(mandate, risk_aversion=g), market)

    def excess(g: float) -> float:
        return (g - gamma) * volatility(weights(g), market) - price

    least = volatility(from_least_variance(sample, mandate=mandate), market)
    # The volatility is never below the least, so the root is not beyond; a hair more for rounding.
    highest = gamma + 1.01 * price / least
    return weights(float(brentq(excess, gamma, highest, rtol=_ROOT_TOLERANCE)))


def from_resampling(sample: Sample, *, mandate: Mandate, resamples: int) -> Vector:
    """Average the weights of panels drawn from the sample.

    Raises:
        InputError: no resample.
    """
    if resamples < 1:
        raise InputError(f"need at least one resample, got {resamples}")
    generator = np.random.default_rng(sample.panel.seed)
    market = sample.market(sample.means, sample.covariance)
    months = len(sample.panel.returns)
    total = np.zeros(len(sample.means))
    for _ in range(resamples):
        panel = draw_panel(market, months=months, generator=generator, degrees_of_freedom=np.inf)
        total += from_shrunk_covariance(moments_of(panel), mandate=mandate)
    return total / resamples


def from_prior(
    sample: Sample, *, mandate: Mandate, portfolio: Vector, holder: float, prior_years: float
) -> Vector:
    """Start from what a portfolio implies, held by one of risk aversion `holder`, and learn."""
    believed = updated_prior(
        sample, portfolio=portfolio, prior_years=prior_years, risk_aversion=holder
    )
    return best_weights(mandate, sample.market(believed.expected_returns, believed.covariance))


def from_least_variance(sample: Sample, *, mandate: Mandate) -> Vector:
    """Look at the covariance alone."""
    averse = replace(mandate, risk_aversion=HIGHEST_RISK_AVERSION)
    return best_weights(averse, sample.market(np.zeros(len(sample.means)), sample.shrunk))


def volatility(weights: Vector, market: MarketModel) -> float:
    """Return the standard deviation per year."""
    return float(np.linalg.norm(market.factor @ weights))
