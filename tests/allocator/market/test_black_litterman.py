"""Black-Litterman against two published tables, hand computations and its limits.

He and Litterman (1999): seven countries, risk aversion 2.5, tau 0.05, Omega the diagonal of
P tau Sigma P' (confidence one half). Idzorek (2005): eight asset classes, risk aversion 3.07, tau
0.025. Inputs as in public transcriptions of the papers; "published" marks figures printed there,
the further digits were computed from the same inputs by another program.
"""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.market.black_litterman import View, equilibrium_returns, posterior
from allocator.market.model import Matrix, Vector

# Australia, Canada, France, Germany, Japan, United Kingdom, United States.
COUNTRY_WEIGHTS = np.array([0.016, 0.022, 0.052, 0.055, 0.116, 0.124, 0.615])
_COUNTRY_VOLATILITIES = np.array([0.160, 0.203, 0.248, 0.271, 0.210, 0.200, 0.187])
_COUNTRY_CORRELATIONS = np.array(
    [
        [1, 0.488, 0.478, 0.515, 0.439, 0.512, 0.491],
        [0.488, 1, 0.664, 0.655, 0.310, 0.608, 0.779],
        [0.478, 0.664, 1, 0.861, 0.355, 0.783, 0.668],
        [0.515, 0.655, 0.861, 1, 0.354, 0.777, 0.653],
        [0.439, 0.310, 0.355, 0.354, 1, 0.405, 0.306],
        [0.512, 0.608, 0.783, 0.777, 0.405, 1, 0.652],
        [0.491, 0.779, 0.668, 0.653, 0.306, 0.652, 1],
    ]
)
COUNTRIES = np.outer(_COUNTRY_VOLATILITIES, _COUNTRY_VOLATILITIES) * _COUNTRY_CORRELATIONS
# Germany against France and the United Kingdom by their market weights; Canada against the US.
_EUROPE = 0.052 + 0.124
GERMANY = np.array([0, 0, -0.052 / _EUROPE, 1, 0, -0.124 / _EUROPE, 0])
CANADA = np.array([0, 1, 0, 0, 0, 0, -1.0])

# Bonds of the US and abroad; US shares large growth, large value, small growth, small value;
# developed and emerging markets.
EIGHT_WEIGHTS = np.array([0.1934, 0.2613, 0.1209, 0.1209, 0.0134, 0.0134, 0.2418, 0.0349])
EIGHT = np.array(
    [
        [0.001005, 0.001328, -0.000579, -0.000675, 0.000121, 0.000128, -0.000445, -0.000437],
        [0.001328, 0.007277, -0.001307, -0.000610, -0.002237, -0.000989, 0.001442, -0.001535],
        [-0.000579, -0.001307, 0.059852, 0.027588, 0.063497, 0.023036, 0.032967, 0.048039],
        [-0.000675, -0.000610, 0.027588, 0.029609, 0.026572, 0.021465, 0.020697, 0.029854],
        [0.000121, -0.002237, 0.063497, 0.026572, 0.102488, 0.042744, 0.039443, 0.065994],
        [0.000128, -0.000989, 0.023036, 0.021465, 0.042744, 0.032056, 0.019881, 0.032235],
        [-0.000445, 0.001442, 0.032967, 0.020697, 0.039443, 0.019881, 0.028355, 0.035064],
        [-0.000437, -0.001535, 0.048039, 0.029854, 0.065994, 0.032235, 0.035064, 0.079958],
    ]
)
EIGHT_VIEWS = (
    (np.array([0, 0, 0, 0, 0, 0, 1.0, 0]), 0.0525),
    (np.array([-1.0, 1, 0, 0, 0, 0, 0, 0]), 0.0025),
    (np.array([0, 0, 0.9, -0.9, 0.1, -0.1, 0, 0]), 0.02),
)

TWO = np.array([[0.04, 0.006], [0.006, 0.01]])


def test_equilibrium_returns_of_the_seven_countries() -> None:
    found = 100 * equilibrium_returns(
        weights=COUNTRY_WEIGHTS, covariance=COUNTRIES, risk_aversion=2.5
    )
    computed = [3.9376, 6.9152, 8.3581, 9.0272, 4.3028, 6.7677, 7.5600]
    np.testing.assert_allclose(found, computed, atol=6e-5)
    published = [3.9, 6.9, 8.4, 9.0, 4.3, 6.8, 7.6]
    np.testing.assert_allclose(found, published, atol=0.05)


def seven_countries(*views: View) -> tuple[Vector, Vector]:
    """Return mu and the unconstrained weights of He and Litterman, in percent."""
    prior = equilibrium_returns(weights=COUNTRY_WEIGHTS, covariance=COUNTRIES, risk_aversion=2.5)
    found = posterior(prior=prior, covariance=COUNTRIES, views=views, tau=0.05)
    weights = np.linalg.solve(2.5 * found.covariance, found.expected_returns)
    return 100 * found.expected_returns, np.asarray(100 * weights, dtype=np.float64)


def test_without_a_view_the_weights_are_the_markets_less_the_doubt() -> None:
    mean, weights = seven_countries()
    np.testing.assert_allclose(mean[:2], [3.9376, 6.9152], atol=6e-5)
    np.testing.assert_allclose(weights, 100 * COUNTRY_WEIGHTS / 1.05, atol=1e-10)


def test_germany_above_the_rest_of_europe() -> None:
    mean, weights = seven_countries(View(GERMANY, 0.05, 0.5))
    expected = [4.328, 7.576, 9.287, 11.037, 4.506, 6.953, 8.069]
    np.testing.assert_allclose(mean, expected, atol=6e-4)
    expected = [1.524, 2.095, -3.968, 35.429, 11.048, -9.462, 58.571]
    np.testing.assert_allclose(weights, expected, atol=6e-4)


@pytest.mark.parametrize(
    ("canada", "confidence_in_germany", "expected"),
    [
        (0.03, 1 / 2, [1.524, 41.863, -3.428, 33.602, 11.048, -8.174, 18.803]),
        (0.04, 1 / 2, [1.524, 53.348, -3.272, 33.074, 11.048, -7.802, 7.319]),
        # Twice the Omega of the first view is a confidence of one third.
        (0.04, 1 / 3, [1.524, 53.891, -0.481, 23.629, 11.048, -1.148, 6.776]),
    ],
)
def test_canada_above_the_united_states_as_well(
    canada: float, confidence_in_germany: float, expected: Sequence[float]
) -> None:
    views = (View(GERMANY, 0.05, confidence_in_germany), View(CANADA, canada, 0.5))
    _, weights = seven_countries(*views)
    np.testing.assert_allclose(weights, expected, atol=6e-4)


def test_eight_asset_classes_with_three_views() -> None:
    prior = equilibrium_returns(weights=EIGHT_WEIGHTS, covariance=EIGHT, risk_aversion=3.07)
    computed = [0.0830, 0.6688, 6.4241, 4.0878, 7.4033, 3.7089, 4.8057, 6.6057]
    np.testing.assert_allclose(100 * prior, computed, atol=6e-5)
    # Omega as printed: 0.000709, 0.000141, 0.000866.
    spreads = [float(weights @ (0.025 * EIGHT) @ weights) for weights, _ in EIGHT_VIEWS]
    assert spreads == pytest.approx([0.000709, 0.000141, 0.000866], abs=5e-7)
    views = [View(weights, level, 0.5) for weights, level in EIGHT_VIEWS]
    found = posterior(prior=prior, covariance=EIGHT, views=views, tau=0.025)
    computed = [0.0668, 0.4990, 6.5046, 4.3263, 7.5512, 3.9415, 4.9369, 6.8451]
    np.testing.assert_allclose(100 * found.expected_returns, computed, atol=6e-5)
    # The paper divides by Sigma here, not by Sigma + M.
    weights = 100 * np.linalg.solve(3.07 * EIGHT, found.expected_returns)
    computed = [29.8896, 15.5804, 9.3689, 14.8111, 1.0377, 1.6423, 27.7763, 3.4900]
    np.testing.assert_allclose(weights, computed, atol=6e-5)
    published = [29.88, 15.59, 9.35, 14.82, 1.04, 1.65, 27.81, 3.49]
    np.testing.assert_allclose(weights, published, atol=0.04)


def test_two_assets_by_hand() -> None:
    # One absolute view on the first: p'Sigma p = 0.04, confidence 1/4 moves a quarter of the way.
    prior = np.array([0.05, 0.02])
    view = View(np.array([1.0, 0.0]), 0.09, 0.25)
    found = posterior(prior=prior, covariance=TWO, views=[view], tau=0.1)
    # The second follows by its beta, 0.006 / 0.04.
    assert found.expected_returns == pytest.approx([0.06, 0.02 + 0.01 * 0.15], abs=1e-15)
    # M = tau Sigma - 1/4 tau Sigma p p' Sigma / (p' Sigma p).
    taken = 0.25 * 0.1 * np.outer([0.04, 0.006], [0.04, 0.006]) / 0.04
    np.testing.assert_allclose(found.covariance, 1.1 * TWO - taken, atol=1e-16)


def test_a_certain_view_is_met_exactly_and_leaves_no_doubt_about_itself() -> None:
    views = [View(weights, level, 1.0) for weights, level in EIGHT_VIEWS]
    prior = equilibrium_returns(weights=EIGHT_WEIGHTS, covariance=EIGHT, risk_aversion=3.07)
    found = posterior(prior=prior, covariance=EIGHT, views=views, tau=0.025)
    for view in views:
        assert view.weights @ found.expected_returns == pytest.approx(
            view.expected_return, abs=1e-14
        )
        doubt = view.weights @ (found.covariance - EIGHT) @ view.weights
        assert doubt == pytest.approx(0, abs=1e-15)


@pytest.mark.parametrize("confidence", [0.0, 1e-9])
def test_a_view_without_confidence_changes_nothing(confidence: float) -> None:
    prior = np.array([0.05, 0.02])
    view = View(np.array([1.0, -1.0]), 0.5, confidence)
    found = posterior(prior=prior, covariance=TWO, views=[view], tau=0.1)
    np.testing.assert_allclose(found.expected_returns, prior, atol=1e-9)
    np.testing.assert_allclose(found.covariance, 1.1 * TWO, atol=1e-9)


@st.composite
def beliefs(draw: st.DrawFn) -> tuple[Vector, Matrix, list[View]]:
    size = draw(st.integers(2, 6))
    chance = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    root = chance.normal(size=(size, size)) * 10.0 ** chance.uniform(-3, -0.5, (size, 1))
    covariance = root @ root.T + np.diag(1e-8 * 10.0 ** chance.uniform(0, 4, size))
    views = [
        View(chance.normal(size=size), chance.normal() / 20, draw(st.floats(0.01, 0.99)))
        for _ in range(draw(st.integers(0, 4)))
    ]
    return chance.normal(size=size) / 20, (covariance + covariance.T) / 2, views


@given(beliefs(), st.floats(0.001, 1))
def test_it_is_bayes_rule_in_the_form_with_inverses(
    case: tuple[Vector, Matrix, list[View]], tau: float
) -> None:
    prior, covariance, views = case
    assume(np.linalg.cond(covariance) < 1e7)
    found = posterior(prior=prior, covariance=covariance, views=views, tau=tau)
    # mu = (A + P'P)^-1 (A pi + P'Q), A = (tau Sigma)^-1, views divided by their deviations.
    precision = np.linalg.inv(tau * covariance)
    total, pulled = precision.copy(), precision @ prior
    for view in views:
        variance = (1 / view.confidence - 1) * (view.weights @ covariance @ view.weights) * tau
        total += np.outer(view.weights, view.weights) / variance
        pulled += view.weights * view.expected_return / variance
    size = np.abs(found.expected_returns).max() + 0.01
    np.testing.assert_allclose(
        found.expected_returns, np.linalg.solve(total, pulled), atol=1e-6 * size
    )
    left = np.linalg.inv(total)
    np.testing.assert_allclose(
        found.covariance - covariance, left, atol=1e-6 * np.abs(tau * covariance).max()
    )


@given(beliefs(), st.floats(0.001, 1))
def test_means_do_not_depend_on_tau_and_doubt_never_exceeds_the_priors(
    case: tuple[Vector, Matrix, list[View]], tau: float
) -> None:
    prior, covariance, views = case
    found = posterior(prior=prior, covariance=covariance, views=views, tau=tau)
    other = posterior(prior=prior, covariance=covariance, views=views, tau=1.0)
    np.testing.assert_allclose(found.expected_returns, other.expected_returns, atol=1e-9)
    spread = np.sqrt(np.diag(covariance))
    unit = np.outer(spread, spread)
    doubt = (found.covariance - covariance) / unit
    assert np.linalg.eigvalsh(doubt)[0] >= -1e-10
    assert np.linalg.eigvalsh(tau * covariance / unit - doubt)[0] >= -1e-10


@given(beliefs())
def test_order_of_classes_and_of_views_and_the_size_of_a_bet_do_not_matter(
    case: tuple[Vector, Matrix, list[View]],
) -> None:
    prior, covariance, views = case
    found = posterior(prior=prior, covariance=covariance, views=views, tau=0.05)
    order = np.random.default_rng(len(prior)).permutation(len(prior))
    turned = [View(3 * v.weights[order], 3 * v.expected_return, v.confidence) for v in views]
    moved = posterior(
        prior=prior[order],
        covariance=covariance[np.ix_(order, order)],
        views=turned[::-1],
        tau=0.05,
    )
    np.testing.assert_allclose(moved.expected_returns, found.expected_returns[order], atol=1e-9)
    np.testing.assert_allclose(moved.covariance, found.covariance[np.ix_(order, order)], atol=1e-12)


def test_what_cannot_be_believed_is_refused() -> None:
    prior = np.array([0.05, 0.02])

    def believe(*views: View, covariance: Matrix = TWO, tau: float = 0.1) -> None:
        posterior(prior=prior, covariance=covariance, views=views, tau=tau)

    first = View(np.array([1.0, 0.0]), 0.09, 1.0)
    with pytest.raises(InputError, match="combinations"):
        believe(first, View(np.array([2.0, 0.0]), 0.01, 1.0))
    # Doubt in one of them reconciles the two.
    believe(first, View(np.array([2.0, 0.0]), 0.01, 0.9))
    with pytest.raises(InputError, match="no risk"):
        believe(View(np.zeros(2), 0.01, 0.5))
    twins = np.full((2, 2), 0.04)
    with pytest.raises(InputError, match="no risk"):
        believe(View(np.array([1.0, -1.0]), 0.01, 0.5), covariance=twins)
    for confidence in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="confidence"):
            believe(View(np.array([1.0, 0.0]), 0.09, confidence))
    with pytest.raises(InputError, match="tau"):
        believe(first, tau=0.0)
    with pytest.raises(InputError, match="risk_aversion"):
        equilibrium_returns(weights=prior, covariance=TWO, risk_aversion=0.0)
