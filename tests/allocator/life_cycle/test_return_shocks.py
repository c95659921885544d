"""Monthly growth: moments in closed form, by quadrature and by simulation."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from allocator.errors import InputError
from allocator.life_cycle.return_shocks import (
    CALM_VARIANCE,
    KURTOSIS,
    STORM_SHARE,
    STORM_VARIANCE,
    Vector,
    draw_shocks,
    growth_problems,
    match_growth,
)

GRID = np.linspace(-60, 60, 24_001)


def density(z: Vector) -> Vector:
    """The mixture of two normals, written down once more."""
    storm, calm = math.sqrt(1 + math.sqrt(38)), math.sqrt((1 - 0.05 * (1 + math.sqrt(38))) / 0.95)
    return np.asarray(0.05 * norm.pdf(z / storm) / storm + 0.95 * norm.pdf(z / calm) / calm)


def year_moment(power: int, *, drift: float, scale: float) -> float:
    """E[G**power] of twelve independent months, by numerical integration."""
    month = np.trapezoid(np.exp(power * (drift + scale * GRID)) * density(GRID), GRID)
    return float(month) ** 12


def shocks(*, months: int, paths: int, seed: int = 1) -> Vector:
    return draw_shocks(
        months=months,
        paths=paths,
        normals=np.random.default_rng([seed, 1]),
        storms=np.random.default_rng([seed, 2]),
    )


def test_shocks_have_unit_variance_and_the_kurtosis_of_student_t_with_five_degrees() -> None:
    share, storm, calm = STORM_SHARE, STORM_VARIANCE, CALM_VARIANCE
    assert storm == pytest.approx(1 + math.sqrt(38), rel=1e-15)
    assert share * storm + (1 - share) * calm == pytest.approx(1, rel=1e-15)
    student = 3 + 6 / (5 - 4)
    assert 3 * (share * storm**2 + (1 - share) * calm**2) == pytest.approx(student, rel=1e-14)
    assert student == KURTOSIS


def test_drawn_shocks_follow_the_mixture_from_the_middle_to_the_tails() -> None:
    drawn = shocks(months=120, paths=20_000).ravel()
    # The standard error of a variance is sqrt((kurtosis - 1) / n), that of a mean 1 / sqrt(n).
    assert abs(drawn.mean()) < 4 / math.sqrt(drawn.size)
    assert abs(drawn.var() - 1) < 4 * math.sqrt((KURTOSIS - 1) / drawn.size)
    assert (drawn**4).mean() == pytest.approx(KURTOSIS, rel=0.03)
    for edge in (-4.0, -3.0, -2.0, -1.0, -0.3, 0.0, 0.5, 1.5, 3.0, 5.0):
        exact = 0.05 * norm.cdf(edge / math.sqrt(STORM_VARIANCE)) + 0.95 * norm.cdf(
            edge / math.sqrt(CALM_VARIANCE)
        )
        error = math.sqrt(exact * (1 - exact) / drawn.size)
        assert abs((drawn <= edge).mean() - exact) < 4 * error


def test_months_and_paths_are_independent_of_each_other() -> None:
    drawn = shocks(months=24, paths=20_000)
    limit = 4.5 / math.sqrt(drawn[1:].size)
    assert abs((drawn[1:] * drawn[:-1]).mean()) < limit
    assert abs((drawn[:, 1:] * drawn[:, :-1]).mean()) < limit
    sizes = np.abs(drawn) - np.abs(drawn).mean()
    assert abs((sizes[1:] * sizes[:-1]).mean()) < limit


def test_a_longer_draw_begins_with_the_shorter_one() -> None:
    assert np.array_equal(shocks(months=36, paths=500)[:12], shocks(months=12, paths=500))


@given(
    mean=st.floats(-0.1, 0.3),
    volatility=st.floats(0.001, 0.6),
)
def test_a_simulated_year_has_exactly_the_mean_and_volatility_assumed(
    mean: float, volatility: float
) -> None:
    growth = match_growth(expected_returns=np.array([mean]), volatilities=np.array([volatility]))
    drift, scale = float(growth.drift[0]), float(growth.scale[0])
    first = year_moment(1, drift=drift, scale=scale)
    second = year_moment(2, drift=drift, scale=scale)
    assert first == pytest.approx(1 + mean, rel=1e-9)
    assert second - first**2 == pytest.approx(volatility**2, rel=1e-6, abs=1e-9)


def test_the_corners_of_what_is_accepted_are_matched_too() -> None:
    means, volatilities = np.meshgrid([-0.5, 0.0, 1.0], [0.0, 1e-6, 1.0])
    growth = match_growth(expected_returns=means.ravel(), volatilities=volatilities.ravel())
    rows = zip(means.flat, volatilities.flat, growth.drift, growth.scale, strict=True)
    for mean, volatility, drift, scale in rows:
        first = year_moment(1, drift=drift, scale=scale)
        second = year_moment(2, drift=drift, scale=scale)
        assert first == pytest.approx(1 + mean, rel=1e-8)
        assert second - first**2 == pytest.approx(volatility**2, rel=1e-6, abs=1e-8)


def test_small_shocks_are_those_of_the_lognormal_year() -> None:
    growth = match_growth(expected_returns=np.array([0.03]), volatilities=np.array([0.005]))
    variance = math.log1p((0.005 / 1.03) ** 2)
    assert growth.scale[0] == pytest.approx(math.sqrt(variance / 12), rel=1e-4)
    assert growth.drift[0] == pytest.approx((math.log(1.03) - variance / 2) / 12, rel=1e-6)


@pytest.mark.parametrize(
    ("means", "volatilities", "field"),
    [
        (np.array([]), np.array([]), "expected_returns"),
        (np.array([[0.1]]), np.array([[0.1]]), "expected_returns"),
        (np.array(0.1), np.array(0.1), "expected_returns"),
        (np.array([0.1]), np.array([0.1, 0.1]), "volatilities"),
        (np.array([math.nan]), np.array([0.1]), "expected_returns"),
        (np.array([1.01]), np.array([0.1]), "expected_returns"),
        (np.array([-0.51]), np.array([0.1]), "expected_returns"),
        (np.array([0.1]), np.array([math.nan]), "volatilities"),
        (np.array([0.1]), np.array([-0.01]), "volatilities"),
        (np.array([0.1]), np.array([1.01]), "volatilities"),
    ],
)
def test_years_that_cannot_be_are_refused_by_field(
    means: Vector, volatilities: Vector, field: str
) -> None:
    problems = growth_problems(expected_returns=means, volatilities=volatilities)
    assert [problem.field for problem in problems] == [field]
    with pytest.raises(InputError) as refused:
        match_growth(expected_returns=means, volatilities=volatilities)
    # As text, because NaN differs from itself.
    assert str(refused.value.problems) == str(tuple(problems))
