"""Methods against closed forms, optimality conditions and their own limits."""

from dataclasses import replace

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.estimation_error.comparison import (
    PRIOR_PORTFOLIOS,
    capped_mandate,
    seven_class_market,
)
from allocator.estimation_error.estimates import Sample, moments_of
from allocator.estimation_error.methods import (
    best_weights,
    from_bayes_stein,
    from_least_variance,
    from_prior,
    from_resampling,
    from_robust_means,
    from_sample,
    from_shrunk_covariance,
    volatility,
    without_caps,
)
from allocator.estimation_error.sampling import draw_panel
from allocator.market.model import Vector

MANDATE = capped_mandate()
SEEDS = (1, 2, 3)


def sample_of(seed: int, months: int = 60) -> Sample:
    truth = seven_class_market()
    return moments_of(draw_panel(truth, months=months, generator=np.random.default_rng(seed)))


def robust_objective(weights: Vector, sample: Sample, kappa: float) -> float:
    market = sample.market(sample.means, sample.shrunk)
    s = volatility(weights, market)
    price = kappa / np.sqrt(sample.panel.years)
    return float(sample.means @ weights - MANDATE.risk_aversion / 2 * s**2 - price * s)


@pytest.mark.parametrize("seed", SEEDS)
def test_robust_means_without_doubt_are_the_sample_means(seed: int) -> None:
    sample = sample_of(seed)
    plain = from_shrunk_covariance(sample, mandate=MANDATE)
    assert from_robust_means(sample, mandate=MANDATE, kappa=0) == pytest.approx(plain, abs=0)
    assert from_robust_means(sample, mandate=MANDATE, kappa=1e-6) == pytest.approx(plain, abs=1e-4)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("kappa", [0.3, 1.0, 2.0])
def test_robust_weights_meet_the_optimality_conditions_of_the_worst_case(
    seed: int, kappa: float
) -> None:
    sample = sample_of(seed)
    weights = from_robust_means(sample, mandate=MANDATE, kappa=kappa)
    market = sample.market(sample.means, sample.shrunk)
    s, price = volatility(weights, market), kappa / np.sqrt(5)
    gradient = sample.means - (MANDATE.risk_aversion + price / s) * sample.shrunk @ weights
    # The best a move of weight can gain at this gradient: fill the classes in its order.
    room, ahead = 1.0, 0.0
    for i in np.argsort(-gradient):
        step = min(room, MANDATE.class_caps[i])
        room, ahead = room - step, ahead + step * gradient[i]
    assert ahead - gradient @ weights == pytest.approx(0, abs=2e-7)


@pytest.mark.parametrize("seed", SEEDS)
def test_robust_weights_are_better_in_the_worst_case_than_any_others_found(seed: int) -> None:
    sample = sample_of(seed)
    own = robust_objective(from_robust_means(sample, mandate=MANDATE, kappa=1), sample, 1)
    market = sample.market(sample.means, sample.shrunk)
    others = [
        best_weights(replace(MANDATE, risk_aversion=gamma), market)
        for gamma in np.geomspace(1, 900, 60)
    ]
    assert own >= max(robust_objective(w, sample, 1) for w in others) - 1e-9


def test_more_doubt_means_less_risk() -> None:
    sample = sample_of(4)
    market = sample.market(sample.means, sample.shrunk)
    risks = [
        volatility(from_robust_means(sample, mandate=MANDATE, kappa=kappa), market)
        for kappa in (0, 0.5, 1, 2, 4)
    ]
    assert risks == sorted(risks, reverse=True)
    assert risks[0] > 1.5 * risks[-1]
    with pytest.raises(InputError, match="kappa"):
        from_robust_means(sample, mandate=MANDATE, kappa=-0.1)


@pytest.mark.parametrize("name", ["own", "conservative", "aggressive", "home-biased"])
def test_a_prior_worth_all_time_is_the_portfolio_it_came_from(name: str) -> None:
    portfolio = PRIOR_PORTFOLIOS[name].aligned_to(MANDATE.classes)
    weights = from_prior(
        sample_of(5), mandate=MANDATE, portfolio=portfolio, holder=5, prior_years=1e9
    )
    assert weights == pytest.approx(portfolio, abs=1e-3)


def test_whoever_is_twice_as_averse_holds_half_of_a_prior_and_half_of_the_safest() -> None:
    sample = sample_of(5)
    portfolio = PRIOR_PORTFOLIOS["own"].aligned_to(MANDATE.classes)
    free, market = without_caps(MANDATE), sample.market(sample.means, sample.shrunk)
    averse = replace(free, risk_aversion=2 * MANDATE.risk_aversion)
    weights = from_prior(sample, mandate=averse, portfolio=portfolio, holder=5, prior_years=1e9)
    safest = from_least_variance(sample, mandate=free)
    halfway = (portfolio + safest) / 2
    assert volatility(weights - halfway, market) < 0.02 * volatility(halfway, market)


def test_a_prior_worth_nothing_leaves_the_sample() -> None:
    sample = sample_of(6)
    portfolio = PRIOR_PORTFOLIOS["aggressive"].aligned_to(MANDATE.classes)
    weights = from_prior(sample, mandate=MANDATE, portfolio=portfolio, holder=5, prior_years=1e-9)
    # Five years of data, so the covariance of the next return is a fifth above that of returns.
    averse = replace(MANDATE, risk_aversion=MANDATE.risk_aversion * 1.2)
    assert weights == pytest.approx(from_shrunk_covariance(sample, mandate=averse), abs=1e-5)


def test_least_variance_is_the_closed_form_where_no_limit_binds() -> None:
    sample = sample_of(7)
    direction = np.linalg.solve(sample.shrunk, np.ones(7))
    closed = np.asarray(direction / direction.sum(), dtype=np.float64)
    assert closed.min() > -0.02
    weights = from_least_variance(sample, mandate=without_caps(MANDATE))
    market = sample.market(sample.means, sample.shrunk)
    assert volatility(weights, market) == pytest.approx(volatility(closed, market), rel=0.02)
    assert volatility(weights, market) >= volatility(closed, market)


def test_resampling_is_the_mean_of_the_choices_on_panels_from_the_sample() -> None:
    sample = sample_of(8)
    market = sample.market(sample.means, sample.covariance)
    generator = np.random.default_rng(sample.panel.seed)
    chosen = []
    for _ in range(3):
        panel = draw_panel(market, months=60, generator=generator, degrees_of_freedom=np.inf)
        chosen.append(from_shrunk_covariance(moments_of(panel), mandate=MANDATE))
    assert len({tuple(weights) for weights in chosen}) == 3
    weights = from_resampling(sample, mandate=MANDATE, resamples=3)
    assert weights == pytest.approx(np.mean(chosen, axis=0), abs=1e-15)
    with pytest.raises(InputError, match="resample"):
        from_resampling(sample, mandate=MANDATE, resamples=0)


def test_caps_bind_where_they_are_on_and_the_sample_alone_breaks_them() -> None:
    sample = sample_of(9)
    caps = np.array(MANDATE.class_caps)
    for method in (from_sample, from_shrunk_covariance, from_bayes_stein, from_least_variance):
        assert (method(sample, mandate=MANDATE) <= caps + 1e-6).all()
    free = from_sample(sample, mandate=without_caps(MANDATE))
    assert (free > caps + 0.01).any()
    assert free.sum() == pytest.approx(1)
