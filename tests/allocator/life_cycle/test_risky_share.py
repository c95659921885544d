import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.human_capital import (
    HumanCapital,
    human_capital,
    income_beta,
    pension_discount_rate,
    wage_discount_rate,
)
from allocator.life_cycle.risky_share import (
    life_cycle_share,
    merton_share,
    merton_weights,
    unclipped_life_cycle_share,
)

ANNUITY = 3_845_811.26


@pytest.mark.parametrize(
    ("mu", "riskless", "gamma", "sigma", "share"),
    [
        (0.07, 0.02, 5, 0.20, 0.250000),
        (0.06, 0.02, 10, 0.157, 0.162278),
        (0.085, 0.025, 4, 0.24, 0.260417),
        (0.08, 0.03, 3, 0.18, 0.514403),
    ],
    ids=["LC-01", "LC-02", "LC-03", "LC-04"],
)
def test_the_merton_share_matches_its_closed_form(
    mu: float, riskless: float, gamma: float, sigma: float, share: float
) -> None:
    got = merton_share(risk_premium=mu - riskless, volatility=sigma, risk_aversion=gamma)
    assert round(got, 6) == share


def test_three_correlated_assets_get_the_published_weights() -> None:
    sd = np.array([0.24, 0.18, 0.15])
    correlation = np.array([[1, 0.3, 0.05], [0.3, 1, 0], [0.05, 0, 1]])
    covariance = correlation * np.outer(sd, sd)
    premia = np.array([0.065, 0.075, 0.045]) - 0.02
    weights = merton_weights(risk_premia=premia, covariance=covariance, risk_aversion=5)
    assert weights.round(6).tolist() == [0.080349, 0.307367, 0.215794]
    assert round(1 - float(weights.sum()), 6) == 0.396490
    sharpe = float(premia @ weights) / math.sqrt(float(weights @ covariance @ weights))
    assert round(sharpe, 6) == 0.359970


def test_one_asset_in_the_vector_form_gets_the_scalar_share() -> None:
    weights = merton_weights(
        risk_premia=np.array([0.05]), covariance=np.array([[0.04]]), risk_aversion=5
    )
    assert weights[0] == pytest.approx(0.25)


def test_the_loss_of_another_share_is_quadratic_in_the_distance() -> None:
    def certainty_equivalent(share: float) -> float:
        return 0.02 + 0.05 * share - 5 / 2 * 0.04 * share**2

    best = merton_share(risk_premium=0.05, volatility=0.2, risk_aversion=5)
    assert certainty_equivalent(0.6) == pytest.approx(0.014)
    assert certainty_equivalent(best) == pytest.approx(0.02625)
    loss = certainty_equivalent(best) - certainty_equivalent(0.6)
    assert loss == pytest.approx(5 / 2 * 0.04 * (0.6 - best) ** 2)


@pytest.mark.parametrize(
    ("wealth", "beta", "raw", "clipped"),
    [
        (200_000, 0.0, 5.057264, 1.0),
        (500_000, 0.0, 2.172906, 1.0),
        (1_000_000, 0.0, 1.211453, 1.0),
        (3_000_000, 0.0, 0.570484, 0.570484),
        (1_000_000, 0.1, 0.826872, 0.826872),
        (1_000_000, 0.3, 0.057709, 0.057709),
        (1_000_000, 0.5, -0.711453, 0.0),
    ],
    ids=["LC-10", "LC-11", "LC-12", "LC-13", "LC-14", "LC-15", "LC-16"],
)
def test_human_capital_lifts_the_share_and_its_beta_takes_it_back(
    wealth: float, beta: float, raw: float, clipped: float
) -> None:
    capital = HumanCapital(ANNUITY, 0.0, beta, 0.04, 60, is_working=True)
    unclipped = unclipped_life_cycle_share(merton=0.25, capital=capital, financial_wealth=wealth)
    assert round(unclipped, 6) == raw
    share = life_cycle_share(merton=0.25, capital=capital, financial_wealth=wealth)
    assert round(share, 6) == clipped


def test_impossible_parameters_are_refused() -> None:
    with pytest.raises(InputError, match="volatility"):
        merton_share(risk_premium=0.03, volatility=0.0, risk_aversion=2)
    with pytest.raises(InputError, match="financial wealth"):
        life_cycle_share(
            merton=0.2,
            capital=HumanCapital(1.0, 0.0, 0.0, 0.04, 60, is_working=True),
            financial_wealth=0.0,
        )
    with pytest.raises(InputError, match="singular"):
        merton_weights(risk_premia=np.ones(2), covariance=np.ones((2, 2)), risk_aversion=2)
    with pytest.raises(InputError, match="n by n"):
        merton_weights(risk_premia=np.ones(2), covariance=np.eye(3), risk_aversion=2)


def share_of(
    *,
    age: int = 40,
    wealth: float = 1e6,
    wage: float = 3e5,
    pension: float = 1.2e5,
    gamma: float = 5.0,
    variance: float = 0.02,
    correlation: float = 0.0,
    premium: float = 0.045,
    sigma: float = 0.2,
) -> float:
    beta = income_beta(shock_variance=variance, correlation=correlation, equity_volatility=sigma)
    rate = wage_discount_rate(
        riskless_rate=0.01,
        equity_premium=premium,
        risk_aversion=gamma,
        shock_variance=variance,
        beta=beta,
        shock_price=0.55,
    )
    capital = human_capital(
        age=age,
        retirement_age=63,
        annual_wage=wage,
        annual_pension=pension,
        wage_growth=lambda a: max(-0.02, 0.05 - 0.002 * (a - 25)),
        wage_rate=rate,
        pension_rate=pension_discount_rate(0.01, spread=0.022),
        beta=beta,
        last_age=100,
    )
    merton = merton_share(risk_premium=premium, volatility=sigma, risk_aversion=gamma)
    return life_cycle_share(merton=merton, capital=capital, financial_wealth=wealth)


ages = st.integers(25, 90)
wealths = st.floats(1e5, 1e8)
amounts = st.floats(0, 2e6)
gammas = st.floats(2, 20)
variances = st.floats(0.0, 0.03)
correlations = st.floats(0.0, 0.3)
factors = st.floats(1.0, 2.0)
ROUNDING = 1e-12


@given(ages, wealths, amounts, gammas, variances, correlations, factors)
def test_the_share_never_rises_with_equity_volatility(
    age: int, wealth: float, wage: float, gamma: float, variance: float, rho: float, more: float
) -> None:
    def share(sigma: float) -> float:
        return share_of(
            age=age, wealth=wealth, wage=wage, gamma=gamma, variance=variance,
            correlation=rho, sigma=sigma,
        )  # fmt: skip

    assert share(0.2 * more) <= share(0.2) + ROUNDING


@given(ages, wealths, amounts, gammas, variances, correlations, st.floats(0, 0.3))
def test_the_share_never_rises_with_the_correlation_of_income(
    age: int, wealth: float, wage: float, gamma: float, variance: float, rho: float, more: float
) -> None:
    def share(correlation: float) -> float:
        return share_of(
            age=age, wealth=wealth, wage=wage, gamma=gamma, variance=variance,
            correlation=correlation,
        )  # fmt: skip

    assert share(rho + more) <= share(rho) + ROUNDING


@given(ages, wealths, amounts, gammas, variances, st.floats(0.0, 0.1), factors)
def test_the_share_never_rises_with_risk_aversion(
    age: int, wealth: float, wage: float, gamma: float, variance: float, rho: float, more: float
) -> None:
    def share(risk_aversion: float) -> float:
        return share_of(
            age=age, wealth=wealth, wage=wage, gamma=risk_aversion, variance=variance,
            correlation=rho,
        )  # fmt: skip

    assert share(gamma * more) <= share(gamma) + ROUNDING


@given(ages, wealths, amounts, gammas, variances, correlations, factors)
def test_the_share_never_falls_with_the_equity_premium(
    age: int, wealth: float, wage: float, gamma: float, variance: float, rho: float, more: float
) -> None:
    def share(premium: float) -> float:
        return share_of(
            age=age, wealth=wealth, wage=wage, gamma=gamma, variance=variance,
            correlation=rho, premium=premium,
        )  # fmt: skip

    assert share(0.03 * more) >= share(0.03) - ROUNDING


@given(ages, wealths, amounts, amounts, gammas, variances, factors)
def test_uncorrelated_income_lifts_the_share_and_wealth_and_risk_lower_it(
    age: int, wealth: float, wage: float, pension: float, gamma: float, variance: float,
    more: float,
) -> None:  # fmt: skip
    def share(
        *, wealth: float = wealth, wage: float = wage, pension: float = pension,
        variance: float = variance,
    ) -> float:  # fmt: skip
        return share_of(
            age=age, wealth=wealth, wage=wage, pension=pension, gamma=gamma, variance=variance
        )

    here = share()
    assert share(wealth=wealth * more) <= here + ROUNDING
    assert share(variance=variance * more) <= here + ROUNDING
    assert share(wage=wage * more) >= here - ROUNDING
    assert share(pension=pension * more) >= here - ROUNDING


@given(ages, wealths, amounts, amounts, gammas, correlations, st.floats(0.01, 100))
def test_the_share_does_not_depend_on_the_unit_of_money(
    age: int, wealth: float, wage: float, pension: float, gamma: float, rho: float, unit: float
) -> None:
    def share(factor: float) -> float:
        return share_of(
            age=age, wealth=wealth * factor, wage=wage * factor, pension=pension * factor,
            gamma=gamma, correlation=rho,
        )  # fmt: skip

    assert share(unit) == pytest.approx(share(1.0), abs=1e-9)
