"""Answers of many respondents, once or twice, as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from risk_profiles.evidence.estimates import FloatArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Round:
    """One round of answers: ages in completed years, and the place of the option by question id.

    Places count from 0 in the order in which the form lists the options.
    """

    ages: IntArray
    places: Mapping[str, IntArray]


@dataclass(frozen=True, slots=True)
class HeldShares:
    """The share of financial assets in equity, in [0, 1], of the `respondents` it is known of."""

    respondents: IntArray
    shares: FloatArray


@dataclass(frozen=True, slots=True)
class Retest:
    """The second round of the `respondents` who answered twice, in that order."""

    respondents: IntArray
    answers: Round


@dataclass(frozen=True, slots=True)
class AnswerSet:
    """Everyone's answers.

    Attributes:
        respondents: A name each; other arrays point into this order.
        first: The first round, of all.
        retest: The second round of some; None where nobody answered twice.
        weights: Sampling weights; None where everyone counts alike.
        held: What they hold; None where that is known of nobody.
    """

    respondents: tuple[str, ...]
    first: Round
    retest: Retest | None = None
    weights: FloatArray | None = None
    held: HeldShares | None = None
