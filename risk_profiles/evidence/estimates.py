"""An estimate with its interval, or the reason why there is none.

A resample draws respondents with replacement, everything one respondent said together. What is
drawn is then how often each respondent counts, so a resample is a vector of weights:

    w_b = c_b * w,    c_b ~ multinomial(n; 1/n, ..., 1/n)

with w the sampling weights (1 where there are none). Every statistic of this package takes such
rows of weights and gives one row of figures for each; a thousand resamples of means, shares and
covariances are one product of matrices. The interval lies between the 2.5 % and 97.5 % quantiles
of the figures (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13).

Resampling households with their weights leaves the strata of a survey's design aside.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError, Problem
from allocator.statements import Statement

FloatArray = NDArray[np.float64]
# Takes rows of weights, shape (rows, respondents); gives figures, shape (rows, columns), and NaN
# where a figure is undefined. No NaN leaves this module.
Statistic = Callable[[FloatArray], FloatArray]

CONFIDENCE = 0.95
FEWEST_RESPONDENTS = 3
# A figure that too many resamples leave undefined has no interval worth showing.
LARGEST_UNDEFINED_SHARE = 0.10
FEWEST_DRAWS, MOST_DRAWS = 100, 100_000
_NUMBERS_IN_A_BATCH = 2_000_000


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and its 95 % percentile interval; `draws` resamples had a figure."""

    value: float
    low: float
    high: float
    draws: int


@dataclass(frozen=True, slots=True)
class Absent:
    """Why a figure cannot be told."""

    reason: Statement


Measured = Estimate | Absent


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How respondents are drawn again: their weights, a seed, and how often.

    The same seed draws the same respondents for every statistic.

    Raises:
        InputError: fewer than three respondents, a weight that is not positive, a negative seed,
            or a number of draws outside 100 to 100,000.
    """

    weights: FloatArray
    seed: int
    draws: int = 1000

    def __post_init__(self) -> None:
        if len(self.weights) < FEWEST_RESPONDENTS:
            raise too_few_respondents(len(self.weights))
        if not (np.isfinite(self.weights).all() and (self.weights > 0).all()):
            raise InputError("a weight is a positive number")
        if self.seed < 0:
            problem = Problem("seed", "is negative", self.seed, "send a whole number from 0")
            raise InputError("the seed cannot be used", problems=[problem])
        if not FEWEST_DRAWS <= self.draws <= MOST_DRAWS:
            remedy = f"send {FEWEST_DRAWS} to {MOST_DRAWS}"
            problem = Problem("draws", "is out of range", self.draws, remedy)
            raise InputError("the number of draws cannot be used", problems=[problem])

    def of(self, places: NDArray[np.int64]) -> "Bootstrap":
        """Return the same over some of the respondents."""
        return Bootstrap(self.weights[places], self.seed, self.draws)

    def estimates(
        self, statistic: Statistic, *, names: Sequence[str], undefined: str
    ) -> tuple[Measured, ...]:
        """Return one estimate a column of the statistic.

        Args:
            statistic: Weights to figures.
            names: What each column is about.
            undefined: Code of the reason where the sample itself leaves a figure undefined.
        """
        values = statistic(self.weights[None, :])[0]
        drawn = np.concatenate([statistic(rows) for rows in self._resamples()])
        return tuple(
            _measured(float(values[place]), drawn[:, place], name=name, undefined=undefined)
            for place, name in enumerate(names)
        )

    def _resamples(self) -> Iterator[FloatArray]:
        generator = np.random.default_rng(self.seed)
        count = len(self.weights)
        batch = max(1, _NUMBERS_IN_A_BATCH // count)
        for start in range(0, self.draws, batch):
            rows = min(batch, self.draws - start)
            chosen = generator.integers(0, count, size=(rows, count))
            chosen += count * np.arange(rows)[:, None]
            counts = np.bincount(chosen.ravel(), minlength=rows * count).reshape(rows, count)
            yield counts * self.weights


def absent(code: str, about: str) -> Absent:
    """Return the absence with code `evidence.<code>`; `about` says which item or group."""
    return Absent(Statement(f"evidence.{code}", evidence={"about": str(about)}))


def too_few_respondents(count: int) -> InputError:
    """Return the refusal of a sample that says nothing."""
    problem = Problem(
        "respondents", "are too few to compare", count, f"ask {FEWEST_RESPONDENTS} people or more"
    )
    return InputError(
        "the answers cannot be evaluated", code="too_few_respondents", problems=[problem]
    )


def _measured(value: float, drawn: FloatArray, *, name: str, undefined: str) -> Measured:
    if not np.isfinite(value):
        return absent(undefined, name)
    known = drawn[np.isfinite(drawn)]
    if len(known) < (1 - LARGEST_UNDEFINED_SHARE) * len(drawn):
        return absent("unstable", name)
    low, high = np.quantile(known, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(value=value, low=float(low), high=float(high), draws=len(known))
