"""The scale of a profile: what its figure and its table say of the document's numbers."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.profile_chart import profile_chart, reasons_by_kind
from api.texts import Texts

TEXTS = Texts("en")
WIDTH = 336.0
SUM_EDGES = [16.0, 36.0, 61.0, 81.0]


def document(**changes: Any) -> dict[str, Any]:
    plain = {"scoring": "lower_of_traits", "edges": [20, 38, 54, 68], "points": 40.0}
    return plain | {"capacity": 60.0, "tolerance": 40.0} | changes


def bar_width(figure: str) -> float:
    return float(re.findall(r'class="score-bar deciding"[^/]*?width="([\d.]+)"', figure)[0])


@given(capacity=st.floats(0, 100), tolerance=st.floats(0, 100))
def test_the_lower_score_decides_and_capacity_does_at_a_tie(
    capacity: float, tolerance: float
) -> None:
    chart = profile_chart(document(capacity=capacity, tolerance=tolerance), TEXTS)
    assert [row.is_deciding for row in chart.rows] == [capacity <= tolerance, capacity > tolerance]
    assert bar_width(chart.figure) == pytest.approx(WIDTH * min(capacity, tolerance) / 100, abs=0.1)
    assert [row.shown for row in chart.rows] == [TEXTS.number(capacity), TEXTS.number(tolerance)]


@given(points=st.floats(-60, 150))
def test_a_sum_lies_within_open_ends_one_mean_level_beyond_the_edges(points: float) -> None:
    chart = profile_chart(document(scoring="sum", edges=SUM_EDGES, points=points), TEXTS)
    mean_level = (81 - 16) / 3
    low, high = min(16 - mean_level, points), max(81 + mean_level, points)
    assert bar_width(chart.figure) == pytest.approx(WIDTH * (points - low) / (high - low), abs=0.1)
    (row,) = chart.rows
    assert row.level == f"C{1 + sum(points >= edge for edge in SUM_EDGES)}"
    assert re.findall(r'class="tick"[^>]*>([^<]+)<', chart.figure) == ["16", "36", "61", "81"]


def test_an_edge_below_zero_carries_a_minus_and_one_in_between_its_decimal() -> None:
    chart = profile_chart(document(scoring="sum", edges=[-5, 2.5, 10, 20], points=0.0), TEXTS)
    ticks = re.findall(r'class="tick"[^>]*>([^<]+)<', chart.figure)
    assert ticks == ["\u22125", "2.5", "10", "20"]


def test_reasons_are_sorted_without_losing_one() -> None:
    codes = [
        "profile.tolerance_binds", "profile.cap_age", "profile.age_lifted",
        "profile.purpose_growth", "profile.contradiction_k2",
    ]  # fmt: skip
    kinds = reasons_by_kind([{"code": code} for code in codes])
    found = (kinds.score, kinds.caps, kinds.purpose, kinds.contradictions)
    assert [[one["code"] for one in kind] for kind in found] == [
        codes[:1], codes[1:3], codes[3:4], codes[4:],
    ]  # fmt: skip
