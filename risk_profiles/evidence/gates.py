"""What a form must show with real answers, and whether it does.

    reliability   alpha of tolerance            at least 0.70
    item_total    every item with its scale     at least 0.25
    option_share  every option of every item    at most 70 %
    retest        level within one, twice asked at least 95 %

A gate is met when the whole interval lies on its good side, not met when the whole interval lies
beyond it, and undecided while the interval holds the gate or a figure is absent. Where a gate
looks at many items, one that fails fails it, and one that is undecided leaves it undecided.

The thresholds: Nunnally and Bernstein (1994), Psychometric Theory, for an alpha of 0.70; the rest
are the house's own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from risk_profiles.evidence.estimates import Estimate, Measured


class Gate(StrEnum):
    """What is asked of a form in use."""

    RELIABILITY = "reliability"
    ITEM_TOTAL = "item_total"
    OPTION_SHARE = "option_share"
    RETEST = "retest"


class Verdict(StrEnum):
    """Whether a gate is met; undecided means that more answers are needed to tell."""

    MET = "met"
    NOT_MET = "not_met"
    UNDECIDED = "undecided"


_GRAVEST_FIRST = (Verdict.NOT_MET, Verdict.UNDECIDED, Verdict.MET)
# The good side is above the threshold, save for shares of options.
THRESHOLDS: Mapping[Gate, float] = {
    Gate.RELIABILITY: 0.70,
    Gate.ITEM_TOTAL: 0.25,
    Gate.OPTION_SHARE: 0.70,
    Gate.RETEST: 0.95,
}


@dataclass(frozen=True, slots=True)
class GateResult:
    """One gate.

    Attributes:
        worst: The figure that decides: the worst of those that decide the verdict.
        about: What that figure is about: a question, or a question and its option.
        failing: Everything beyond the gate, by the same names.
    """

    gate: Gate
    threshold: float
    verdict: Verdict
    worst: Measured
    about: str
    failing: tuple[str, ...]


def judge(gate: Gate, figures: Mapping[str, Measured]) -> GateResult:
    """Return whether a gate is met by all figures, of which there is at least one.

    Args:
        gate: The gate.
        figures: By what they are about.
    """
    verdicts = {name: _verdict(gate, figure) for name, figure in figures.items()}
    verdict = min(verdicts.values(), key=_GRAVEST_FIRST.index)
    deciding = [name for name, found in verdicts.items() if found is verdict]
    worst = min(deciding, key=lambda name: _goodness(gate, figures[name]))
    return GateResult(
        gate=gate,
        threshold=THRESHOLDS[gate],
        verdict=verdict,
        worst=figures[worst],
        about=worst,
        failing=tuple(name for name, found in verdicts.items() if found is Verdict.NOT_MET),
    )


def _verdict(gate: Gate, figure: Measured) -> Verdict:
    if not isinstance(figure, Estimate):
        return Verdict.UNDECIDED
    threshold = THRESHOLDS[gate]
    low, high = figure.low, figure.high
    if gate is Gate.OPTION_SHARE:
        if high <= threshold:
            return Verdict.MET
        return Verdict.NOT_MET if low > threshold else Verdict.UNDECIDED
    if low >= threshold:
        return Verdict.MET
    return Verdict.NOT_MET if high < threshold else Verdict.UNDECIDED


def _goodness(gate: Gate, figure: Measured) -> float:
    # An absent figure decides before any that is known.
    if not isinstance(figure, Estimate):
        return -2.0
    return -figure.value if gate is Gate.OPTION_SHARE else figure.value
