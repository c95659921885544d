"""Figures that the notebook on estimation error states are those of its 200 draws."""

import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from allocator.estimation_error.comparison import (
    PRIOR_PORTFOLIOS,
    capped_mandate,
    methods_with_prior,
    methods_without_prior,
    portfolio_name,
    prior_name,
    seven_class_market,
)
from allocator.estimation_error.study import Mean, Study, mean_of, run_study
from allocator.market.model import Vector

NOTEBOOK = Path(__file__).parents[2] / "notebooks/01_estimation_error.ipynb"
SEED, DRAWS = 20261122, 200
# Resampling takes most of the time, so its figures are not computed here.
WITHOUT_PRIOR = (
    "sample means, no caps",
    "sample means",
    "shrunk covariance",
    "Bayes-Stein means",
    "robust means, kappa 1",
    "robust means, kappa 2",
)
NUMBER = r"(-?\d+(?:\.\d+)?)"


def stated(pattern: str) -> list[tuple[float, float]]:
    """Return the numbers of a sentence, each with half a unit of its last digit and solver noise.

    Args:
        pattern: The sentence with # for every number.
    """
    notebook = nbformat.read(NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]
    text = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    plain = re.sub(r"\s+", " ", text.replace("*", ""))
    found = re.findall(re.escape(pattern).replace(r"\#", NUMBER), plain)
    assert len(found) == 1, f"{pattern!r} is there {len(found)} times"
    numbers = found[0] if isinstance(found[0], tuple) else found
    return [(float(n), 0.51 * 10.0 ** -len(n.partition(".")[2])) for n in numbers]


def check(pattern: str, *figures: float) -> None:
    """Compare the numbers of a sentence with figures in basis points."""
    for (number, half_a_digit), figure in zip(stated(pattern), figures, strict=True):
        assert number == pytest.approx(1e4 * figure, abs=half_a_digit), pattern


@pytest.fixture(scope="module")
def study() -> Study:
    mandate = capped_mandate()
    methods = methods_without_prior(mandate, resamples=1) | methods_with_prior(mandate)
    names = [*WITHOUT_PRIOR, *map(prior_name, PRIOR_PORTFOLIOS)]
    names += map(portfolio_name, PRIOR_PORTFOLIOS)
    return run_study(
        seven_class_market(),
        mandate,
        {name: methods[name] for name in names},
        # The longest panel is drawn first and the shorter ones are its ends.
        months=(120, 240),
        draws=DRAWS,
        generator=np.random.default_rng(SEED),
    )


def gain(study: Study, method: str, months: int) -> Mean:
    """Return by how much less a method loses than the shrunk covariance."""
    return study.difference("shrunk covariance", method, months=months)


def over_priors(study: Study, months: int) -> Vector:
    losses = [study.outcome(prior_name(name), months).losses for name in PRIOR_PORTFOLIOS]
    return np.asarray(np.mean(losses, axis=0))


def test_caps_and_shrinkage_do_what_is_said(study: Study) -> None:
    without, capped = (study.outcome(name, 120).loss for name in WITHOUT_PRIOR[:2])
    check(
        "They cut the loss of sample means from # to # basis points at ten years",
        without.value,
        capped.value,
    )
    cost = study.difference("shrunk covariance", "sample means", months=120)
    check("it costs # basis points (# to #) at ten years", cost.value, cost.low, cost.high)


def test_what_helps_helps_by_what_is_said(study: Study) -> None:
    at_ten = [gain(study, name, 120) for name in WITHOUT_PRIOR[3:]]
    (low, half), (high, _) = stated("by # to # basis points at ten years against the same")
    for helped in at_ten[:2]:
        assert low - half <= 1e4 * helped.value <= high + half
    cautious = at_ten[2]
    check("it helps by # (# to #) at ten years", cautious.value, cautious.low, cautious.high)
    late = gain(study, "robust means, kappa 2", 240)
    check("at twenty not visibly, by #.", late.value)
    assert late.spans_zero
    assert cautious.value < min(helped.value for helped in at_ten[:2])


def test_learning_beats_holding_by_what_is_said(study: Study) -> None:
    gains = {
        (name, months): study.difference(portfolio_name(name), prior_name(name), months=months)
        for name in PRIOR_PORTFOLIOS
        for months in (120, 240)
    }
    (low, half), (high, _) = stated("four of the five priors lose # to # basis points less")
    (little,) = stated("worth 50 years it loses # less than its portfolio")
    for (name, _), learned in gains.items():
        assert learned.low > 0
        if name == "own":
            assert 1e4 * learned.value == pytest.approx(little[0], abs=little[1])
        else:
            assert low - half <= 1e4 * learned.value <= high + half


def test_the_default_fares_against_one_over_n_as_is_said(study: Study) -> None:
    bold = study.difference(prior_name("aggressive"), portfolio_name("1/N"), months=120)
    check("With the aggressive prior it loses # basis points more than 1/N at ten", bold.value)
    even = study.outcome(portfolio_name("1/N"), 120).losses
    ten = mean_of(over_priors(study, 120) - even)
    check("at ten years the difference is open, # (# to #)", ten.value, ten.low, ten.high)
    assert ten.spans_zero
    twenty = mean_of(even - over_priors(study, 240))
    check("at twenty the default is better by # (# to #)", twenty.value, twenty.low, twenty.high)
    late = study.difference(prior_name("aggressive"), "shrunk covariance", months=240)
    check("at twenty the sample is better by # (# to #)", late.value, late.low, late.high)
