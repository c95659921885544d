"""Methods compared on the same panels, by what they lose where the truth is known.

    loss = CE* - CE(w),    CE(w) = mu'w - gamma/2 w'Sigma w    with the true mu and Sigma

CE* is the optimum under the mandate for whoever knows the truth. Mandates here are without human
capital, so that gamma is their risk aversion and mu has no hedge. Weights that break the mandate's
limits may lose less than nothing.

Every method sees the same panels, and a shorter panel is the end of the longer one: differences are
between pairs, and their intervals are narrower than those of the losses.

    interval = mean +- t(0.975, draws - 1) * sd / sqrt(draws)

It is that of the mean over panels. How far a single investor may be from the mean is said by the
95 % quantile of the losses.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from allocator.errors import InputError
from allocator.estimation_error.estimates import moments_of
from allocator.estimation_error.methods import Method
from allocator.estimation_error.sampling import draw_panel
from allocator.mandate import Mandate
from allocator.market.model import MarketModel, Matrix, Vector
from allocator.optimizer.solver import optimize

CONFIDENCE = 0.95
FEWEST_DRAWS = 3


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over draws with its 95 % interval, per year."""

    value: float
    low: float
    high: float

    @property
    def spans_zero(self) -> bool:
        """Whether the sign of the mean is open."""
        return self.low <= 0 <= self.high


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What one method chose and lost on panels of `months`; one row a draw."""

    method: str
    months: int
    weights: Matrix
    losses: Vector

    @property
    def loss(self) -> Mean:
        """Mean loss."""
        return mean_of(self.losses)

    @property
    def high_loss(self) -> float:
        """The loss that one draw in twenty exceeds."""
        return float(np.quantile(self.losses, CONFIDENCE))

    @property
    def weight_spread(self) -> float:
        """Standard deviation of a class's weight over the draws, the mean over classes."""
        return float(self.weights.std(axis=0, ddof=1).mean())


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Outcomes of all methods at all lengths, and the optimum of whoever knows the truth."""

    outcomes: tuple[Outcome, ...]
    optimum: Vector
    certainty_equivalent: float

    def outcome(self, method: str, months: int) -> Outcome:
        """Return one outcome.

        Raises:
            InputError: the study has no such method or length.
        """
        for one in self.outcomes:
            if (one.method, one.months) == (method, months):
                return one
        raise InputError(f"the study has no {method!r} on {months} months")

    def difference(self, method: str, reference: str, *, months: int) -> Mean:
        """Return by how much more `method` loses than `reference`, on the same panels."""
        first, second = self.outcome(method, months), self.outcome(reference, months)
        return mean_of(first.losses - second.losses)


def run_study(
    truth: MarketModel,
    mandate: Mandate,
    methods: Mapping[str, Method],
    *,
    months: Sequence[int],
    draws: int,
    generator: np.random.Generator,
) -> Study:
    """Let every method choose on every panel, and hold the truth against it.

    Args:
        truth: What panels are drawn from, over the mandate's classes.
        mandate: Limits and risk aversion by which a loss is measured.
        methods: By name.
        months: Lengths of panels.
        draws: Number of panels, at least three.
        generator: Source of chance.

    Raises:
        InputError: too few draws, no length, human capital, or too short a panel for a method.
        SolverError: an optimum that could not be verified; no draw is left out.
    """
    if draws < FEWEST_DRAWS or not months:
        raise InputError(f"need {FEWEST_DRAWS} draws and a length, got {draws=} and {months=}")
    if mandate.human_capital_ratio:
        raise InputError("estimation error is measured without human capital")
    best = optimize(mandate, truth, with_costs=False)
    chosen = {
        (name, length): np.empty((draws, len(truth.classes)))
        for length in months
        for name in methods
    }
    for draw, child in enumerate(generator.spawn(draws)):
        panel = draw_panel(truth, months=max(months), generator=child)
        for length in months:
            sample = moments_of(panel.last(length))
            for name, method in methods.items():
                chosen[name, length][draw] = method(sample)
    return Study(
        outcomes=tuple(
            Outcome(
                method=name,
                months=length,
                weights=weights,
                losses=best.certainty_equivalent
                - certainty_equivalents(weights, mandate=mandate, truth=truth),
            )
            for (name, length), weights in chosen.items()
        ),
        optimum=best.weights.aligned_to(truth.classes),
        certainty_equivalent=best.certainty_equivalent,
    )


def certainty_equivalents(weights: Matrix, *, mandate: Mandate, truth: MarketModel) -> Vector:
    """Return the CE of each row of weights, per year."""
    variances = ((weights @ truth.factor.T) ** 2).sum(axis=1)
    return np.asarray(weights @ truth.net_returns - mandate.risk_aversion / 2 * variances)


def mean_of(values: Vector) -> Mean:
    """Return the mean over draws with its interval."""
    mean = float(values.mean())
    error = float(values.std(ddof=1)) / np.sqrt(len(values))
    reach = float(student.ppf((1 + CONFIDENCE) / 2, len(values) - 1)) * error
    return Mean(mean, mean - reach, mean + reach)
