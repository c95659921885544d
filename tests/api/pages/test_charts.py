"""Charts draw what they are given, inside their frame, and speak to those who cannot see them."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.product_classes import Dimension
from api.pages.charts import RadarShape, bar, paired_bars, radar

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


def test_no_chart_carries_a_style_or_a_script() -> None:
    chart = radar(
        [RadarShape("after", dict.fromkeys(NAMES, 10.0))],
        labels=LABELS,
        title="t",
        description="d",
    )
    for drawing in (chart, bar(0.3), paired_bars(before=0.1, after=0.2)):
        assert "style" not in drawing
        assert "script" not in drawing
