"""The study measures what it says, and finds the order that the specification found.

The table is that of the specification: loss in basis points a year, mean over 200 draws, for 60,
120 and 240 months. Its generator is not given, so order and magnitude must agree, not figures.
"""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy.optimize import LinearConstraint, minimize

from allocator.errors import InputError
from allocator.estimation_error.comparison import (
    PRIOR_PORTFOLIOS,
    capped_mandate,
    methods_with_prior,
    methods_without_prior,
    portfolio_name,
    prior_name,
    seven_class_market,
)
from allocator.estimation_error.estimates import Sample
from allocator.estimation_error.methods import (
    Method,
    best_weights,
    from_resampling,
    from_shrunk_covariance,
)
from allocator.estimation_error.study import Study, certainty_equivalents, mean_of, run_study
from allocator.market.model import Vector

TRUTH, MANDATE = seven_class_market(), capped_mandate()
MONTHS = (60, 120, 240)
PUBLISHED = {
    "sample means, no caps": (209.8, 144.5, 90.6),
    "sample means": (93.3, 72.7, 47.1),
    "shrunk covariance": (100.4, 77.3, 49.4),
    "Bayes-Stein means": (72.1, 56.0, 37.0),
    "robust means, kappa 1": (74.0, 55.8, 40.0),
    "robust means, kappa 2": (81.0, 66.2, 51.9),
    "resampled": (52.6, 48.0, 35.7),
    "prior own, 10 years": (52.7, 45.9, 35.9),
    "least variance": (161.0, 161.4, 161.6),
    "portfolio 1/N": (36.9, 36.9, 36.9),
    "portfolio own": (16.1, 16.1, 16.1),
}


def always(sample: Sample, *, weights: Vector) -> Vector:
    return weights


def run(methods: dict[str, Method], *, draws: int = 4, seed: int = 1) -> Study:
    generator = np.random.default_rng(seed)
    return run_study(TRUTH, MANDATE, methods, months=(24, 36), draws=draws, generator=generator)


@pytest.fixture(scope="module")
def study() -> Study:
    methods = methods_without_prior(MANDATE, resamples=10) | methods_with_prior(MANDATE)
    return run_study(
        TRUTH,
        MANDATE,
        methods,
        months=MONTHS,
        draws=40,
        generator=np.random.default_rng(20261122),
    )


def loss(study: Study, method: str, months: int = 120) -> float:
    return study.outcome(method, months).loss.value


def test_whoever_knows_the_truth_loses_nothing_and_nobody_gains() -> None:
    known = best_weights(MANDATE, TRUTH)
    generator = np.random.default_rng(1)
    capped = np.array(MANDATE.class_caps)
    anywhere = generator.dirichlet(np.ones(7), size=500)
    anywhere = anywhere[(anywhere <= capped).all(axis=1)]
    assert len(anywhere) > 50
    study = run({"truth": partial(always, weights=known)})
    assert np.abs(study.outcome("truth", 24).losses).max() < 1e-12
    held = certainty_equivalents(anywhere, mandate=MANDATE, truth=TRUTH)
    assert (held < study.certainty_equivalent).all()


def test_the_optimum_of_the_truth_is_what_another_solver_finds() -> None:
    def negative(w: Vector) -> float:
        return float(-(TRUTH.net_returns @ w) + 2.5 * w @ TRUTH.covariance @ w) * 100

    found = minimize(
        negative,
        np.full(7, 1 / 7),
        method="SLSQP",
        bounds=[(0, cap) for cap in MANDATE.class_caps],
        constraints=LinearConstraint(np.ones((1, 7)), 1, 1),
        options={"ftol": 1e-14, "maxiter": 500},
    )
    study = run({})
    assert study.certainty_equivalent == pytest.approx(-found.fun / 100, abs=1e-8)
    assert study.optimum == pytest.approx(found.x, abs=1e-3)


def test_what_does_not_depend_on_draws_is_the_published_figure() -> None:
    even = certainty_equivalents(np.full((1, 7), 1 / 7), mandate=MANDATE, truth=TRUTH)
    assert (run({}).certainty_equivalent - even[0]) * 1e4 == pytest.approx(36.9, abs=0.05)


@pytest.mark.parametrize("months", MONTHS)
@pytest.mark.parametrize("method", PUBLISHED)
def test_losses_are_of_the_published_magnitude(study: Study, method: str, months: int) -> None:
    published = PUBLISHED[method][MONTHS.index(months)] / 1e4
    assert published / 1.7 < loss(study, method, months) < 1.7 * published


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        ("sample means", "sample means, no caps"),
        ("Bayes-Stein means", "shrunk covariance"),
        ("robust means, kappa 1", "shrunk covariance"),
        ("resampled", "shrunk covariance"),
        ("prior own, 10 years", "shrunk covariance"),
        ("prior own, 50 years", "prior own, 10 years"),
        ("prior own, 50 years", "Bayes-Stein means"),
        ("prior own, 50 years", "resampled"),
        ("prior own, 50 years", "portfolio 1/N"),
        ("portfolio 1/N", "Bayes-Stein means"),
        ("Bayes-Stein means", "least variance"),
        ("sample means", "least variance"),
    ],
)
def test_the_published_order_holds_beyond_chance_at_five_years(
    study: Study, better: str, worse: str
) -> None:
    assert study.difference(better, worse, months=60).high < 0


def test_caps_halve_the_loss_of_sample_means(study: Study) -> None:
    assert loss(study, "sample means") < 0.6 * loss(study, "sample means, no caps")


def test_shrinking_the_covariance_hardly_matters(study: Study) -> None:
    assert loss(study, "shrunk covariance") == pytest.approx(loss(study, "sample means"), rel=0.15)


@pytest.mark.parametrize("method", ["sample means, no caps", "sample means", "Bayes-Stein means"])
def test_methods_that_learn_lose_less_with_twenty_years_than_with_five(
    study: Study, method: str
) -> None:
    assert loss(study, method, 240) < loss(study, method, 60)


@pytest.mark.parametrize("portfolio", PRIOR_PORTFOLIOS)
def test_learning_from_ten_years_improves_on_every_prior_portfolio(
    study: Study, portfolio: str
) -> None:
    assert loss(study, prior_name(portfolio, 100)) < loss(study, portfolio_name(portfolio))


def test_a_bad_prior_loses_more_than_an_even_split(study: Study) -> None:
    aggressive = prior_name("aggressive")
    assert study.difference(aggressive, "portfolio 1/N", months=120).low > 0


def test_weights_spread_as_published(study: Study) -> None:
    spread = {name: study.outcome(name, 120).weight_spread for name in PUBLISHED}
    assert spread["portfolio 1/N"] == pytest.approx(0, abs=1e-15)
    assert spread["least variance"] < 0.02
    assert spread["resampled"] < spread["Bayes-Stein means"] < spread["sample means, no caps"]


def test_the_same_seed_finds_the_same_and_another_seed_something_else() -> None:
    methods: dict[str, Method] = {"plain": partial(from_shrunk_covariance, mandate=MANDATE)}
    first, again, other = (run(methods, seed=seed).outcome("plain", 24) for seed in (3, 3, 4))
    assert np.array_equal(first.losses, again.losses)
    assert not np.isclose(first.losses, other.losses).all()


def test_what_a_method_finds_does_not_depend_on_which_others_are_asked() -> None:
    resampled = partial(from_resampling, mandate=MANDATE, resamples=2)
    plain = partial(from_shrunk_covariance, mandate=MANDATE)
    alone = run({"resampled": resampled})
    among = run({"plain": plain, "again": resampled, "resampled": resampled})
    for name in ("again", "resampled"):
        expected = alone.outcome("resampled", 36).weights
        assert np.array_equal(among.outcome(name, 36).weights, expected)


def test_means_quantiles_and_spreads_are_those_of_the_draws() -> None:
    drawn = iter([0.1, 0.2, 0.3, 0.4, 0.6] * 2)

    def deposits(sample: Sample) -> Vector:
        share = next(drawn)
        return np.array([share, 1 - share, 0, 0, 0, 0, 0])

    generator = np.random.default_rng(1)
    study = run_study(TRUTH, MANDATE, {"m": deposits}, months=(24,), draws=5, generator=generator)
    outcome = study.outcome("m", 24)
    assert outcome.weight_spread == pytest.approx(2 / 7 * np.std([1, 2, 3, 4, 6], ddof=1) / 10)
    assert outcome.loss.value == pytest.approx(outcome.losses.mean())
    assert outcome.high_loss == pytest.approx(np.quantile(outcome.losses, 0.95))


def test_the_interval_of_a_mean_is_student_s() -> None:
    # Mean 3, sd sqrt(2.5), five draws: t(0.975, 4) = 2.776445 in tables.
    mean = mean_of(np.array([1.0, 2, 3, 4, 5]))
    reach = 2.776445 * np.sqrt(2.5 / 5)
    assert (mean.value, mean.low, mean.high) == pytest.approx((3, 3 - reach, 3 + reach))
    assert not mean.spans_zero
    assert mean_of(np.array([-1.0, 2, 0])).spans_zero


def test_a_difference_is_between_the_same_panels_and_has_a_sign(study: Study) -> None:
    first, second = "prior own, 50 years", "prior own, 30 years"
    difference = study.difference(first, second, months=60)
    assert difference.value == pytest.approx(loss(study, first, 60) - loss(study, second, 60))
    opposite = study.difference(second, first, months=60)
    assert opposite.low == pytest.approx(-difference.high)
    width = difference.high - difference.low
    single = study.outcome(second, 60).loss
    assert width < 0.6 * (single.high - single.low)
    with pytest.raises(InputError, match="no 'guess' on 60 months"):
        study.outcome("guess", 60)


def test_a_mandate_with_human_capital_is_refused() -> None:
    working = replace(MANDATE, human_capital_ratio=1.0)
    with pytest.raises(InputError, match="without human capital"):
        run_study(TRUTH, working, {}, months=(24,), draws=5, generator=np.random.default_rng(1))


def test_too_few_draws_and_no_length_are_refused() -> None:
    generator = np.random.default_rng(1)
    for months, draws in (((24,), 2), ((), 5)):
        with pytest.raises(InputError, match="draws and a length"):
            run_study(TRUTH, MANDATE, {}, months=months, draws=draws, generator=generator)
