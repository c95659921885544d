"""What a panel says about means and covariance, and how its means are drawn towards others.

Per year, with T years (12 T months) and n classes:

    sample        mean m, covariance S (with 12 T - 1)
    shrunk        the sample's volatilities, Ledoit-Wolf correlations (`allocator.market.shrinkage`)

    Bayes-Stein   (1 - phi) m + phi m0 1,    m0 = 1'S^-1 m / 1'S^-1 1
                  phi = (n + 2) / (n + 2 + T d'C^-1 d),    d = m - m0 1
                  C = S (12 T - 1) / (12 T - n - 2)
    prior         (prior_years * pi + T m) / (prior_years + T),    pi = risk_aversion * Sigma w

m0 is the mean of the portfolio of least variance. pi are the returns that explain a prior portfolio
w. They count over the riskless rate, which need not be known: weights add up to one, so a constant
added to all means moves none of them.

Source of Bayes-Stein: Jorion (1986), Journal of Financial and Quantitative Analysis 21(3), 279-292.
"""

from dataclasses import dataclass

import numpy as np

from allocator.errors import InputError
from allocator.estimation_error.sampling import Panel
from allocator.market.black_litterman import Posterior, equilibrium_returns, posterior
from allocator.market.estimation import MONTHS_PER_YEAR
from allocator.market.model import MarketModel, Matrix, Vector
from allocator.market.shrinkage import shrink_correlations


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Moments of a panel per year: means m, covariance S, and S with shrunk correlations."""

    panel: Panel
    means: Vector
    covariance: Matrix
    shrunk: Matrix

    def market(self, means: Vector, covariance: Matrix) -> MarketModel:
        """Return beliefs about the panel's classes, whose returns are net of fees."""
        return MarketModel(
            classes=self.panel.classes,
            expected_returns=means,
            fees=np.zeros(len(means)),
            covariance=(covariance + covariance.T) / 2,
            version=f"estimated from {self.panel.version}",
            as_of=self.panel.as_of,
            content_hash="",
        )


def moments_of(panel: Panel) -> Sample:
    """Estimate means and covariances per year.

    Raises:
        InputError: fewer than two months, or a class that does not vary.
    """
    correlations = shrink_correlations(panel.returns)
    covariance = np.cov(panel.returns, rowvar=False) * MONTHS_PER_YEAR
    volatilities = np.sqrt(np.diag(covariance))
    return Sample(
        panel=panel,
        means=panel.returns.mean(axis=0) * MONTHS_PER_YEAR,
        covariance=covariance,
        shrunk=np.outer(volatilities, volatilities) * correlations.shrunk,
    )


def bayes_stein_means(*, means: Vector, covariance: Matrix, months: int) -> Vector:
    """Return the means drawn towards that of the portfolio of least variance.

    Args:
        means: m, per year.
        covariance: S, per year.
        months: Length of the sample, more than n + 2.

    Raises:
        InputError: too few months.
    """
    n = len(means)
    if months <= n + 2:
        raise InputError(f"Bayes-Stein means of {n} classes need over {n + 2} months, not {months}")
    least_variance = np.linalg.solve(covariance, np.ones(n))
    centre = float(least_variance @ means / least_variance.sum())
    distance = means - centre
    believed = covariance * (months - 1) / (months - n - 2)
    spread = months / MONTHS_PER_YEAR * float(distance @ np.linalg.solve(believed, distance))
    phi = (n + 2) / (n + 2 + spread)
    return np.asarray((1 - phi) * means + phi * centre)


def updated_prior(
    sample: Sample, *, portfolio: Vector, prior_years: float, risk_aversion: float
) -> Posterior:
    """Return beliefs that start from a portfolio's implied returns and learn from the sample.

    The covariance is that of the next return, doubt about the means included, as in
    `allocator.market.model_building`.

    Args:
        sample: What the panel says.
        portfolio: Weights the prior explains.
        prior_years: Years of returns the prior counts for; positive.
        risk_aversion: Of whoever holds the portfolio because it is best.

    Raises:
        InputError: prior_years is not positive.
    """
    if not prior_years > 0:
        raise InputError(f"need positive {prior_years=}")
    prior = equilibrium_returns(
        weights=portfolio, covariance=sample.shrunk, risk_aversion=risk_aversion
    )
    known = prior_years + sample.panel.years
    means = (prior_years * prior + sample.panel.years * sample.means) / known
    return posterior(prior=means, covariance=sample.shrunk, views=(), tau=1 / known)
