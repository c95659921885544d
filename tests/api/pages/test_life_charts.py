"""Charts of a life draw the document's numbers, in their order, inside their frame."""

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.life_path_documents import life_path_document
from api.pages.life_charts import (
    FanLabels,
    GlideLabels,
    SharePoint,
    WealthPoint,
    glide_chart,
    wealth_fan,
)
from api.pages.life_figures import (
    flow_figure,
    glide_figure,
    money_axis,
    wealth_figure,
    what_if_figure,
)
from api.pages.life_words import EVERYDAY_LIMITS
from api.pages.plot_frame import LEFT, RIGHT, WIDTH, AgeMark, Axis, Panel, Tick, step_of
from api.reference_data import reference_data_of
from api.rough_money import rough_money
from api.schemas.client_file import load_client_file
from api.settings import Settings
from api.texts import Language, Texts
from api.what_if_documents import what_if_document
from api.workup import Workup, work_up
from risk_profiles.what_if import WhatIf

BOOK = Path(str(files("api.sample_book")))
NAMES = sorted(path.stem for path in BOOK.glob("*.json"))
AGES = Axis(30.0, 95.0, (Tick(40.0, "40"),), "Age")
VALUES = Axis(0.0, 100.0, (Tick(0.0, "0"), Tick(100.0, "100")), "CNY")


@cache
def worked_up(name: str) -> Workup:
    reference = reference_data_of(Settings.from_environment())
    record = load_client_file(
        json.loads((BOOK / f"{name}.json").read_text(encoding="utf-8")),
        shelf=reference.shelf,
        parameters=reference.life_cycle,
    )
    day = record.balance_sheet.as_of
    return work_up(record, assessed_on=day, valid_until=day, reference=reference)


@cache
def path_of(name: str) -> Any:
    return life_path_document(worked_up(name))


def parsed(svg: Markup) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 # our own drawing


def paths(svg: ET.Element, name: str) -> list[list[tuple[float, float]]]:
    """Return the corners of each path of a style, keys aside."""
    found = []
    for path in svg.findall("path"):
        if path.attrib["class"] == name:
            pairs = re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"])
            found.append([(float(x), float(y)) for x, y in pairs])
    return found


@dataclass(frozen=True)
class Ruler:
    """Reads values back from a figure by its drawn ticks."""

    zero: float
    one: float

    def value(self, y: float) -> float:
        return (y - self.zero) / (self.one - self.zero)


def ruler(svg: ET.Element, *, unit: float) -> Ruler:
    """Return the scale of values, from the first and the last number written along it."""
    ticks = [
        (float(text.attrib["y"]) - 4.5, text.text or "")
        for text in svg.findall("text")
        if text.attrib.get("text-anchor") == "end"
    ]

    def meant(label: str) -> float:
        plain = label.replace("\u2212", "-").replace(",", "")
        return float(plain.rstrip("%")) * unit

    (low_y, low), (high_y, high) = ticks[0], ticks[-1]
    slope = (high_y - low_y) / (meant(high) - meant(low))
    zero = low_y - slope * meant(low)
    return Ruler(zero, zero + slope)


def yuan_a_unit(svg: ET.Element) -> float:
    unit = next(t.text for t in svg.findall("text") if t.attrib["class"] == "tick")
    return {"元": 1.0, "万元": 1e4, "亿元": 1e8, "CNY": 1.0, "CNY thousand": 1e3}.get(
        str(unit), 1e6
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_the_fan_draws_the_percentiles_of_the_document(name: str, language: str) -> None:
    document = path_of(name)
    svg = parsed(wealth_figure(document, Texts(language)))
    scale = ruler(svg, unit=yuan_a_unit(svg))
    ((_, *median),) = paths(svg, "life-median-line")
    shown = [scale.value(y) for _, y in median]
    expected = [float(end["percentiles"]["50"]["estimate"]) for end in document["wealth"]]
    # A coordinate is written to a tenth of a unit.
    step = abs(scale.value(0.06) - scale.value(0.0)) * 2
    assert shown == pytest.approx(expected, abs=step)
    (most,) = paths(svg, "life-most")
    assert len(most) == 2 * (len(expected) + 1)
    highest = [float(end["percentiles"]["95"]["estimate"]) for end in document["wealth"]]
    assert [scale.value(y) for _, y in most[1 : len(highest) + 1]] == pytest.approx(
        highest, abs=step
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_glide_chart_holds_each_share_of_the_document_for_a_year(name: str) -> None:
    document = path_of(name)
    svg = parsed(glide_figure(document, Texts("en")))
    scale = ruler(svg, unit=0.01)
    (line,) = paths(svg, "life-advised-line")
    invested = [year["growth_share"] for year in document["years"] if year["weights"]]
    assert [scale.value(y) for _, y in line[0::2]] == pytest.approx(invested, abs=0.001)
    assert [scale.value(y) for _, y in line[1::2]] == pytest.approx(invested, abs=0.001)
    centres = [[p["centre"] for p in fund["points"]] for fund in document["target_date_funds"]]
    drawn = [[scale.value(y) for _, y in one] for one in paths(svg, "life-fund-line")]
    assert drawn == [pytest.approx(c, abs=0.001) for c in centres if len(c) > 1]


@pytest.mark.parametrize("name", NAMES)
def test_a_lane_is_drawn_for_each_year_a_limit_binds(name: str) -> None:
    document = path_of(name)
    svg = parsed(glide_figure(document, Texts("en")))
    bound = sorted({one for year in document["years"] for one in year["limits"]} - EVERYDAY_LIMITS)
    names = [t.text for t in svg.findall("text") if t.attrib["class"] == "life-lane-name"]
    assert names == [Texts("en").say(f"limit.{limit}") for limit in bound]
    runs = [
        p.attrib["d"].count("M") for p in svg.findall("path") if p.attrib["class"] == "life-lane"
    ]
    years = [sum(limit in year["limits"] for year in document["years"]) for limit in bound]
    assert runs == years


@pytest.mark.parametrize("name", NAMES)
def test_the_flow_chart_draws_what_is_saved_each_year(name: str) -> None:
    document = path_of(name)
    svg = parsed(flow_figure(document, Texts("zh")))
    scale = ruler(svg, unit=yuan_a_unit(svg))
    (line,) = paths(svg, "life-saving-line")
    step = abs(scale.value(0.06) - scale.value(0.0)) * 2
    saved = [float(year["saving"]) for year in document["years"]]
    assert [scale.value(y) for _, y in line[0::2]] == pytest.approx(saved, abs=step)
    for kind, sign in (("wages", 1), ("spending", -1)):
        outline = [corner for run in paths(svg, f"life-{kind}") for corner in run]
        peak = max(float(year[kind]) for year in document["years"])
        reached = max((sign * scale.value(y) for _, y in outline), default=0.0)
        assert reached == pytest.approx(peak, abs=step)


@pytest.mark.parametrize("name", NAMES)
def test_debt_service_lies_below_spending_and_pension_above_wages_for_whole_years(
    name: str,
) -> None:
    document = path_of(name)
    svg = parsed(flow_figure(document, Texts("zh")))
    scale = ruler(svg, unit=yuan_a_unit(svg))
    step = abs(scale.value(0.06) - scale.value(0.0)) * 2
    years = document["years"]
    for kind, first, sign in (("debt", "spending", -1), ("pension", "wages", 1)):
        second = "debt_service" if kind == "debt" else "pension"
        drawn = [year for year in years if float(year[second]) > 0]
        corners = [corner for run in paths(svg, f"life-{kind}") for corner in run]
        assert len(corners) == 4 * len(drawn)
        ends = {round(scale.value(y) * sign / step / 4) for _, y in corners}
        for year in drawn:
            for end in (float(year[first]), float(year[first]) + float(year[second])):
                assert min(abs(round(end / step / 4) - found) for found in ends) <= 1
        width = (RIGHT - LEFT) / len(years)
        spans = sorted({x for x, _ in corners})
        assert all(b - a >= width - 0.11 for a, b in pairwise(spans))


@pytest.mark.parametrize("name", NAMES)
def test_what_happens_at_an_age_is_drawn_above_that_age(name: str) -> None:
    document = path_of(name)
    first, last = int(document["age"]), int(document["wealth"][-1]["age"])

    def at(age: float) -> float:
        return LEFT + (RIGHT - LEFT) * (age - first) / (last - first)

    svg = parsed(wealth_figure(document, Texts("en")))
    (median,) = paths(svg, "life-median-line")
    ages = [first, *(end["age"] for end in document["wealth"])]
    assert [x for x, _ in median] == pytest.approx([at(age) for age in ages], abs=0.06)
    written = {
        str(t.text): float(t.attrib["x"])
        for t in svg.findall("text")
        if t.attrib.get("text-anchor") == "middle" and t.attrib["class"] == "tick"
    }
    assert written == {age: pytest.approx(at(int(age)), abs=0.06) for age in written}
    assert len(written) >= 2
    lines = [
        float(e.attrib["x1"])
        for e in svg.findall("line")
        if e.attrib["class"] in {"life-mark event", "life-mark goal"}
    ]
    start = date.fromisoformat(document["as_of"])
    days = sorted({date.fromisoformat(event["day"]) for event in document["events"]})
    assert sorted(lines) == pytest.approx(
        [at(first + (day - start).days / 365.25) for day in days], abs=0.06
    )


def test_the_what_if_chart_draws_both_plans() -> None:
    document = what_if_document(worked_up("young-renter"), WhatIf(retirement_age=60))
    svg = parsed(what_if_figure(document, Texts("en")))
    for side in ("before", "after"):
        wealth, shares = paths(svg, f"life-{side}-line")
        assert len(wealth) == len(document[side]["years"])
        assert len(shares) == 2 * len(document[side]["years"])
        # Higher on the page is more money.
        most = max(document[side]["years"], key=lambda year: float(year["wealth"]))
        highest = min(wealth, key=lambda corner: corner[1])
        assert highest == wealth[document[side]["years"].index(most)]
    labels = [t.text for t in svg.iter("text") if t.attrib["class"] == "life-key"]
    days = [Texts("en").date(document[s]["retirement"]["begins"]) for s in ("before", "after")]
    assert days[0] != days[1]
    assert f"Retirement as it is: {days[0]}" in labels
    assert f"Retirement as asked: {days[1]}" in labels


@pytest.mark.parametrize("language", Language)
def test_what_is_heard_is_what_is_drawn(language: str) -> None:
    document, texts = path_of("civil-servant-family"), Texts(language)
    heard = parsed(wealth_figure(document, texts)).findtext("desc") or ""
    last = document["wealth"][-1]["percentiles"]
    for percent in ("5", "50", "95"):
        assert rough_money(last[percent]["estimate"], texts) in heard
    assert "长子大学学费" in heard
    glide = parsed(glide_figure(document, texts)).findtext("desc") or ""
    assert texts.percent(document["years"][-1]["growth_share"], places=0) in glide
    for fund in document["target_date_funds"]:
        assert fund["name"] in glide
    flows = parsed(flow_figure(document, texts)).findtext("desc") or ""
    assert rough_money(document["years"][0]["debt_service"], texts) in flows


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", NAMES)
def test_no_figure_leaves_its_frame_or_carries_a_style(name: str, language: str) -> None:
    document, texts = path_of(name), Texts(language)
    for figure in (wealth_figure, glide_figure, flow_figure):
        svg = parsed(figure(document, texts))
        _, _, width, height = (float(part) for part in svg.attrib["viewBox"].split())
        assert width == WIDTH
        for path in svg.findall("path"):
            for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.attrib["d"]):
                assert 0 <= float(x) <= RIGHT
                assert 0 <= float(y) <= height
        assert all("style" not in element.attrib for element in svg.iter())
        assert "nan" not in str(figure(document, texts))


@pytest.mark.parametrize("name", NAMES)
def test_events_are_numbered_apart_from_each_other(name: str) -> None:
    svg = parsed(wealth_figure(path_of(name), Texts("zh")))
    discs = [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in svg.findall("circle")]
    for count, (x, y) in enumerate(discs):
        for other_x, other_y in discs[:count]:
            assert abs(x - other_x) >= 16 or abs(y - other_y) >= 16
    numbers = [t.text for t in svg.iter("text") if t.attrib["class"] == "life-count"]
    assert numbers == [str(n) for n in range(1, len(discs) + 1)] * 2


def test_money_that_may_run_out_is_marked_at_the_age_that_is_said() -> None:
    document = path_of("negative-savings")
    age = next(
        statement["evidence"]["age"]["value"]
        for statement in document["findings"]
        if statement["code"] == "life.money_ends"
    )
    svg = parsed(wealth_figure(document, Texts("en")))
    (line,) = [e for e in svg.findall("line") if e.attrib["class"] == "life-mark ends"]
    years = [end["age"] for end in document["wealth"]]
    ((_, *median),) = paths(svg, "life-median-line")
    assert float(line.attrib["x1"]) == pytest.approx(median[years.index(int(age))][0], abs=0.05)


def test_a_year_without_wealth_breaks_the_line_instead_of_showing_nothing_as_advice() -> None:
    shares = [SharePoint(30, 0.5), SharePoint(31, None), SharePoint(32, 0.25)]
    svg = parsed(
        glide_chart(
            shares,
            funds=(),
            limits=(),
            ages=AGES,
            values=Axis(0.0, 1.0, (Tick(0.0, "0%"), Tick(1.0, "100%")), ""),
            marks=(),
            labels=GlideLabels("advised", "centre", "band", "limits"),
            title="Title",
            description="Description",
        )
    )
    (line,) = [p for p in svg.findall("path") if p.attrib["class"] == "life-advised-line"]
    assert line.attrib["d"].count("M") == 2
    keys = [t.text for t in svg.iter("text") if t.attrib["class"] == "life-key"]
    assert keys == ["advised"]


def test_labels_cannot_break_out_of_a_figure_and_long_ones_are_cut() -> None:
    evil = '"/><script>alert(1)</script>' * 3
    svg = parsed(
        wealth_fan(
            [WealthPoint(30, 1, 1, 1, 1, 1), WealthPoint(31, 1, 1, 1, 1, 1)],
            ages=AGES,
            values=VALUES,
            marks=[AgeMark(30.5, evil, "event")],
            labels=FanLabels("median", "half", "most"),
            title=evil,
            description=evil,
        )
    )
    assert svg.findtext("title") == evil
    assert all(element.tag != "script" for element in svg.iter())
    (cut,) = [t.text or "" for t in svg.iter("text") if (t.text or "").endswith("…")]
    assert evil.startswith(cut[:-1])


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("power", range(13))
def test_the_words_of_an_axis_begin_within_the_figure(language: str, power: int) -> None:
    texts = Texts(language)
    for most in (1.2, 4.9, 9.9):
        axis = money_axis(0.0, most * 10.0**power, texts)
        for tick in axis.ticks:
            # What stands left of the plot has letters of seven units at most.
            assert 7 * len(tick.label) <= LEFT - 6, tick.label


@pytest.mark.parametrize(("least", "most"), [(0.0, 0.0), (0.0, 0.31), (-0.2, 0.0)])
def test_next_to_nothing_is_drawn_along_a_thousand_yuan(least: float, most: float) -> None:
    axis = money_axis(least, most, Texts("zh"))
    assert axis.high - axis.low >= 1_000
    assert {tick.label for tick in axis.ticks} >= {"0", "200", "400"}
    assert axis.low <= least <= most <= axis.high


@given(low=st.floats(0, 100), high=st.floats(0, 100))
def test_more_is_never_drawn_lower(low: float, high: float) -> None:
    panel = Panel(AGES, VALUES, top=20.0, bottom=200.0)
    low, high = sorted((low, high))
    assert panel.y(low) >= panel.y(high)
    assert panel.x(30 + low / 2) <= panel.x(30 + high / 2)


@given(span=st.floats(0.01, 1e9))
def test_an_axis_has_from_two_to_five_steps(span: float) -> None:
    step = step_of(span)
    assert 2 <= span / step * (1 + 1e-9) <= 5.0 * (1 + 1e-9)


@pytest.mark.parametrize(
    ("amount", "zh", "en"),
    [
        ("0.00", "0 元", "CN¥0"),
        ("-8500.00", "-8,500 元", "-CN¥8.5 thousand"),
        ("123456.78", "12.3 万元", "CN¥123.5 thousand"),
        ("1234567.89", "123.5 万元", "CN¥1.23 million"),
        ("123456789.00", "1.23 亿元", "CN¥123.46 million"),
        ("12345678900.00", "123.46 亿元", "CN¥12.35 billion"),
        ("2345678900000.00", "2.35 万亿元", "CN¥2,345.68 billion"),
    ],
)
def test_rough_money_counts_as_each_language_does(amount: str, zh: str, en: str) -> None:
    assert rough_money(amount, Texts("zh")) == zh
    assert rough_money(amount, Texts("en")) == en
