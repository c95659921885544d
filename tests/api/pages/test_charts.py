"""Charts draw what they are given, inside their frame, and speak to those who cannot see them."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.product_classes import Dimension
from api.pages.charts import RadarShape, ScoreBar, bar, level_bars, paired_bars, radar

NAMES = [dimension.value for dimension in Dimension]
LABELS = {dimension: (dimension.value, "50") for dimension in Dimension}
SVG = "{http://www.w3.org/2000/svg}"
scores = st.fixed_dictionaries({d.value: st.floats(0, 100) for d in Dimension})


def drawn(
    *shapes: RadarShape, labels: dict[Dimension, tuple[str, str]] | None = None
) -> ET.Element:
    svg = radar(shapes, labels=labels or LABELS, title="Title", description="Description")
    return ET.fromstring(svg)  # noqa: S314 # our own drawing


def corners(element: ET.Element) -> list[tuple[float, float]]:
    pairs = element.attrib["points"].split()
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in pairs)]


def shapes_of(svg: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in svg.iter("polygon") if e.attrib["class"] == f"shape {name}"]


@given(before=scores, after=scores)
def test_a_radar_puts_every_score_at_its_distance_from_the_centre(
    before: dict[str, float], after: dict[str, float]
) -> None:
    svg = drawn(RadarShape("before", before), RadarShape("after", after))
    centre_x, centre_y = 190.0, 140.0
    for name, given_scores in (("before", before), ("after", after)):
        (shape,) = shapes_of(svg, name)
        top, right, bottom, left = corners(shape)
        expected = [given_scores[d] * 1.04 for d in ("liquidity", "protection", "safety", "growth")]
        found = [centre_y - top[1], right[0] - centre_x, bottom[1] - centre_y, centre_x - left[0]]
        assert found == pytest.approx(expected, abs=0.051)


def test_a_radar_says_what_it_shows() -> None:
    svg = drawn(RadarShape("after", dict.fromkeys(NAMES, 50.0)))
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == "Title. Description"
    assert [e.text for e in svg.iter("text")] == NAMES
    assert [e.text for e in svg.iter("tspan")] == ["50"] * 4


def test_labels_cannot_break_out_of_the_drawing() -> None:
    evil = '"/><script>alert(1)</script>'
    svg = drawn(
        RadarShape("after", dict.fromkeys(NAMES, 1.0)),
        labels=dict.fromkeys(Dimension, (evil, evil)),
    )
    assert [e.text for e in svg.iter("text")] == [evil] * 4
    assert [e.text for e in svg.iter("tspan")] == [evil] * 4
    assert not list(svg.iter("script"))


@given(share=st.floats(-1, 2, allow_nan=False))
def test_a_bar_is_as_wide_as_its_share_and_never_leaves_its_track(share: float) -> None:
    widths = [float(w) for w in re.findall(r'width="([\d.]+)"', bar(share))]
    assert widths == pytest.approx([100, 100 * min(max(share, 0), 1)], abs=0.006)


def test_paired_bars_show_before_over_after() -> None:
    widths = re.findall(
        r'class="bar-(before|fill)"[^/]*?width="([\d.]+)"', paired_bars(before=0.25, after=0.5)
    )
    assert widths == [("before", "25.00"), ("fill", "50.00")]


EDGES = (20.0, 38.0, 54.0, 68.0)
LEVELS = ("C1", "C2", "C3", "C4", "C5")


def scale(
    *bars: ScoreBar, edges: tuple[float, ...] = EDGES, ends: tuple[float, float] = (0, 100)
) -> ET.Element:
    svg = level_bars(
        bars,
        edges=edges,
        ends=ends,
        levels=LEVELS,
        ticks=[(edge, f"{edge:g}") for edge in edges],
        title="Title",
        description="Description",
    )
    return ET.fromstring(svg)  # noqa: S314 # our own drawing


def of_class(svg: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in svg.iter() if e.attrib.get("class", "").split()[:1] == [name]]


@given(capacity=st.floats(0, 100), tolerance=st.floats(0, 100))
def test_a_scale_draws_each_score_in_the_band_it_belongs_to(
    capacity: float, tolerance: float
) -> None:
    lower_first = capacity <= tolerance
    svg = scale(
        ScoreBar("Capacity", "x", capacity, lower_first),
        ScoreBar("Tolerance", "y", tolerance, not lower_first),
    )
    widths = [float(e.attrib["width"]) for e in of_class(svg, "score-bar")]
    assert widths == pytest.approx([3.36 * capacity, 3.36 * tolerance], abs=0.051)
    bands = of_class(svg, "band")
    reached = [e.attrib["class"] == "band reached" for e in bands]
    level = sum(min(capacity, tolerance) >= edge for edge in EDGES)
    assert reached == [step == level for step in range(5)]
    (mark,) = of_class(svg, "mark")
    end = 12 + 3.36 * min(capacity, tolerance)
    assert float(mark.attrib["x1"]) == float(mark.attrib["x2"]) == pytest.approx(end, abs=0.051)
    band = bands[level]
    assert float(band.attrib["x"]) - 0.6 <= end
    assert end <= float(band.attrib["x"]) + float(band.attrib["width"]) + 0.6


def test_a_scale_of_sums_runs_between_its_own_ends() -> None:
    svg = scale(
        ScoreBar("Points", "-3", -3.0, True), edges=(16.0, 36.0, 61.0, 81.0), ends=(-10, 110)
    )
    (drawn,) = of_class(svg, "score-bar")
    assert float(drawn.attrib["width"]) == pytest.approx(336 * 7 / 120, abs=0.051)
    places = [float(e.attrib["x"]) for e in of_class(svg, "tick")]
    expected = [12 + 336 * (edge + 10) / 120 for edge in (16, 36, 61, 81)]
    assert places == pytest.approx(expected, abs=0.051)
    widths = [float(e.attrib["width"]) for e in of_class(svg, "band")]
    assert sum(widths) == pytest.approx(336 - 5, abs=0.3)


def test_a_scale_says_what_it_shows_and_holds_its_words_in() -> None:
    evil = '"/><script>alert(1)</script>'
    svg = scale(ScoreBar(evil, evil, 50.0, True))
    assert svg.attrib["aria-label"] == "Title. Description"
    assert [e.text for e in svg.iter("tspan")] == [evil]
    assert not list(svg.iter("script"))
    assert [e.text for e in of_class(svg, "band-name")] == [*LEVELS]


def test_no_chart_carries_a_style_or_a_script() -> None:
    chart = radar(
        [RadarShape("after", dict.fromkeys(NAMES, 10.0))],
        labels=LABELS,
        title="t",
        description="d",
    )
    levels = level_bars(
        [ScoreBar("n", "1", 1.0, True)],
        edges=EDGES,
        ends=(0, 100),
        levels=LEVELS,
        ticks=[],
        title="t",
        description="d",
    )
    for drawing in (chart, levels, bar(0.3), paired_bars(before=0.1, after=0.2)):
        assert "style" not in drawing
        assert "script" not in drawing
