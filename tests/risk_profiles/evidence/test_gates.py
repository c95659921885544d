"""Gates: met beyond the interval, not met short of it, undecided in between."""

import pytest

from risk_profiles.evidence.estimates import Absent, Estimate, Measured, absent
from risk_profiles.evidence.gates import Gate, Verdict, judge


def around(value: float, reach: float = 0.02) -> Measured:
    return Estimate(value, value - reach, value + reach, 1000)


@pytest.mark.parametrize(
    ("gate", "value", "verdict"),
    [
        (Gate.RELIABILITY, 0.75, Verdict.MET),
        (Gate.RELIABILITY, 0.71, Verdict.UNDECIDED),
        (Gate.RELIABILITY, 0.69, Verdict.UNDECIDED),
        (Gate.RELIABILITY, 0.65, Verdict.NOT_MET),
        (Gate.ITEM_TOTAL, 0.30, Verdict.MET),
        (Gate.ITEM_TOTAL, 0.24, Verdict.UNDECIDED),
        (Gate.ITEM_TOTAL, 0.20, Verdict.NOT_MET),
        (Gate.OPTION_SHARE, 0.60, Verdict.MET),
        (Gate.OPTION_SHARE, 0.69, Verdict.UNDECIDED),
        (Gate.OPTION_SHARE, 0.80, Verdict.NOT_MET),
        (Gate.RETEST, 0.98, Verdict.MET),
        (Gate.RETEST, 0.95, Verdict.UNDECIDED),
        (Gate.RETEST, 0.90, Verdict.NOT_MET),
    ],
)
def test_the_interval_decides(gate: Gate, value: float, verdict: Verdict) -> None:
    found = judge(gate, {"x": around(value)})
    assert found.verdict is verdict
    assert found.failing == (("x",) if verdict is Verdict.NOT_MET else ())


@pytest.mark.parametrize(
    ("gate", "edge", "verdict"),
    [
        (Gate.RELIABILITY, Estimate(0.8, 0.70, 0.9, 1000), Verdict.MET),
        (Gate.RELIABILITY, Estimate(0.6, 0.5, 0.70, 1000), Verdict.UNDECIDED),
        (Gate.OPTION_SHARE, Estimate(0.6, 0.5, 0.70, 1000), Verdict.MET),
        (Gate.OPTION_SHARE, Estimate(0.8, 0.70, 0.9, 1000), Verdict.UNDECIDED),
    ],
)
def test_the_threshold_itself_belongs_to_the_good_side(
    gate: Gate, edge: Estimate, verdict: Verdict
) -> None:
    assert judge(gate, {"x": edge}).verdict is verdict


def test_one_item_that_fails_fails_the_gate_and_the_worst_is_named() -> None:
    figures = {"q1": around(0.5), "q2": around(0.10), "q3": around(0.25), "q4": around(0.05)}
    found = judge(Gate.ITEM_TOTAL, figures)
    assert (found.verdict, found.about, found.failing) == (Verdict.NOT_MET, "q4", ("q2", "q4"))
    assert judge(Gate.ITEM_TOTAL, {"q1": around(0.5), "q3": around(0.25)}).about == "q3"


def test_of_shares_the_largest_is_the_worst() -> None:
    found = judge(Gate.OPTION_SHARE, {"q1 a": around(0.2), "q1 b": around(0.6)})
    assert (found.verdict, found.about) == (Verdict.MET, "q1 b")


def test_what_is_absent_leaves_the_gate_undecided() -> None:
    nothing = absent("constant_item", "q2")
    found = judge(Gate.ITEM_TOTAL, {"q1": around(0.5), "q2": nothing})
    assert (found.verdict, found.about) == (Verdict.UNDECIDED, "q2")
    assert isinstance(found.worst, Absent)
    with_a_failure = {"q1": around(0.1), "q2": nothing}
    assert judge(Gate.ITEM_TOTAL, with_a_failure).verdict is Verdict.NOT_MET
