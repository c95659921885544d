"""Charts of a life path: wealth, growth share, yearly flows, and two plans side by side.

Each stands beside a table of the same numbers and says in words what it shows. Values come with
their axes, which carry what is written along them; colours come from the style sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup

from api.pages.plot_frame import (
    LEFT,
    AgeMark,
    Axis,
    KeyEntry,
    Panel,
    axes,
    below,
    drawing,
    key,
    mark_lines,
    number,
    panel_below,
)

_FAN_HEIGHT, _GLIDE_HEIGHT, _FLOW_HEIGHT, _PLAN_HEIGHT = 190.0, 180.0, 190.0, 130.0
_LANE = 21.0


@dataclass(frozen=True, slots=True)
class WealthPoint:
    """Simulated wealth at an age, in yuan: percentiles 5, 25, 50, 75 and 95."""

    age: float
    lowest: float
    lower: float
    median: float
    upper: float
    highest: float


@dataclass(frozen=True, slots=True)
class FanLabels:
    """What the shapes of a fan mean."""

    median: str
    half: str
    most: str


@dataclass(frozen=True, slots=True)
class SharePoint:
    """The growth share advised for the year from `age` on; None where nothing is left to invest."""

    age: float
    share: float | None


@dataclass(frozen=True, slots=True)
class FundPoint:
    """What a target-date fund holds at an age: its centre, and its band where it publishes one."""

    age: float
    centre: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class LimitLane:
    """A limit and the ages at which the advice of that year leans on it."""

    label: str
    ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class GlideLabels:
    """What the shapes of a glide path mean; `limits` heads the lanes below it."""

    advised: str
    fund_centre: str
    fund_band: str
    limits: str


@dataclass(frozen=True, slots=True)
class YearFlows:
    """What comes in and goes out in the year from `age` on, in yuan; `saving` may be negative."""

    age: float
    wages: float
    pension: float
    spending: float
    debt_service: float
    saving: float


@dataclass(frozen=True, slots=True)
class FlowLabels:
    """What the shapes of yearly flows mean."""

    wages: str
    pension: str
    spending: str
    debt_service: str
    saving: str


@dataclass(frozen=True, slots=True)
class PlanPoint:
    """Wealth on the middle path at an age, in yuan, and the growth share advised from then on."""

    age: float
    wealth: float
    share: float | None


@dataclass(frozen=True, slots=True)
class PlanLabels:
    """What the shapes of two plans mean, and what each panel shows."""

    before: str
    after: str
    wealth: str
    share: str


def wealth_fan(
    points: Sequence[WealthPoint],
    *,
    ages: Axis,
    values: Axis,
    marks: Sequence[AgeMark],
    labels: FanLabels,
    title: str,
    description: str,
) -> Markup:
    """Return simulated wealth by age: nine paths in ten, every second one, and the middle."""
    panel = panel_below(0.0, ages=ages, values=values, height=_FAN_HEIGHT, marks=marks)
    most = panel.area([(p.age, p.lowest, p.highest) for p in points])
    half = panel.area([(p.age, p.lower, p.upper) for p in points])
    median = panel.line([(p.age, p.median) for p in points])
    entries = [
        KeyEntry("life-median-line", labels.median),
        KeyEntry("life-half", labels.half),
        KeyEntry("life-most", labels.most),
    ]
    said, end = key(below(panel), entries=entries, marks=marks)
    parts = [
        *axes(panel, top=0.0),
        _path("life-most", most),
        _path("life-half", half),
        _path("life-median-line", median),
        *mark_lines(panel, marks, top=0.0),
        *said,
    ]
    return drawing("wealth-fan", parts, height=end, title=title, description=description)


def glide_chart(
    points: Sequence[SharePoint],
    *,
    funds: Sequence[Sequence[FundPoint]],
    limits: Sequence[LimitLane],
    ages: Axis,
    values: Axis,
    marks: Sequence[AgeMark],
    labels: GlideLabels,
    title: str,
    description: str,
) -> Markup:
    """Return the advised growth share by age over what target-date funds publish.

    Args:
        points: One a year.
        funds: Each fund where it has published something; what is shorter than a year is left out.
        limits: Drawn as lanes under the ages.
        ages, values: Axes; values are fractions.
        marks: Events, in the order of their ages.
        labels: What the shapes mean.
        title, description: What the figure shows, for those who hear it.
    """
    panel = panel_below(0.0, ages=ages, values=values, height=_GLIDE_HEIGHT, marks=marks)
    entries = [KeyEntry("life-advised-line", labels.advised)]
    bands, centres = list[Markup](), list[Markup]()
    for fund in funds:
        published = [(p.age, p.low, p.high) for p in fund if p.low is not None]
        band = [(age, low, high) for age, low, high in published if high is not None]
        if len(band) > 1:
            bands.append(_path("life-fund", panel.area(band)))
        if len(fund) > 1:
            centres.append(_path("life-fund-line", panel.line([(p.age, p.centre) for p in fund])))
    if centres:
        entries.append(KeyEntry("life-fund-line", labels.fund_centre))
    if bands:
        entries.append(KeyEntry("life-fund", labels.fund_band))
    lanes, lanes_end = _lanes(panel, limits, heading=labels.limits)
    said, end = key(lanes_end, entries=entries, marks=marks)
    parts = [
        *bands,
        *axes(panel, top=0.0),
        *centres,
        _path("life-advised-line", panel.steps([(p.age, p.share) for p in points])),
        *mark_lines(panel, marks, top=0.0),
        *lanes,
        *said,
    ]
    return drawing("glide-path", parts, height=end, title=title, description=description)


def flow_chart(
    years: Sequence[YearFlows],
    *,
    ages: Axis,
    values: Axis,
    marks: Sequence[AgeMark],
    labels: FlowLabels,
    title: str,
    description: str,
) -> Markup:
    """Return yearly income above the line, spending below it, and what is saved or drawn."""
    panel = panel_below(0.0, ages=ages, values=values, height=_FLOW_HEIGHT, marks=marks)
    stacks = {
        "life-wages": [(y.age, 0.0, y.wages) for y in years],
        "life-pension": [(y.age, y.wages, y.wages + y.pension) for y in years],
        "life-spending": [(y.age, 0.0, -y.spending) for y in years],
        "life-debt": [(y.age, -y.spending, -y.spending - y.debt_service) for y in years],
    }
    shown = {
        "life-wages": labels.wages,
        "life-pension": labels.pension,
        "life-spending": labels.spending,
        "life-debt": labels.debt_service,
    }
    # A kind of flow that never occurs needs no explanation.
    drawn = {name: _bars(panel, stack) for name, stack in stacks.items()}
    entries = [KeyEntry(name, shown[name]) for name, bars in drawn.items() if bars]
    entries.append(KeyEntry("life-saving-line", labels.saving))
    said, end = key(below(panel), entries=entries, marks=marks)
    parts = [
        *(_path(name, bars) for name, bars in drawn.items() if bars),
        *axes(panel, top=0.0),
        _path("life-saving-line", panel.steps([(y.age, y.saving) for y in years])),
        *mark_lines(panel, marks, top=0.0),
        *said,
    ]
    return drawing("life-flows", parts, height=end, title=title, description=description)


def what_if_chart(
    before: Sequence[PlanPoint],
    after: Sequence[PlanPoint],
    *,
    ages: Axis,
    values: Axis,
    shares: Axis,
    marks: Sequence[AgeMark],
    labels: PlanLabels,
    title: str,
    description: str,
) -> Markup:
    """Return wealth on the middle path over the growth share, as they are and as asked."""
    first = panel_below(18.0, ages=ages, values=values, height=_PLAN_HEIGHT, marks=marks)
    second_top = below(first) + 24.0
    second = panel_below(second_top, ages=ages, values=shares, height=_PLAN_HEIGHT)
    entries = [
        KeyEntry("life-after-line", labels.after),
        KeyEntry("life-before-line", labels.before),
    ]
    said, end = key(below(second), entries=entries, marks=marks)
    heading = Markup('<text class="life-heading" x="2" y="{}">{}</text>')
    parts = [
        heading.format("14", labels.wealth),
        *axes(first, top=18.0),
        *(
            _path(name, first.line([(p.age, p.wealth) for p in plan]))
            for name, plan in (("life-before-line", before), ("life-after-line", after))
        ),
        *mark_lines(first, marks, top=18.0),
        heading.format(number(second_top - 3), labels.share),
        *axes(second, top=second_top),
        *(
            _path(name, second.steps([(p.age, p.share) for p in plan]))
            for name, plan in (("life-before-line", before), ("life-after-line", after))
        ),
        *said,
    ]
    return drawing("what-if", parts, height=end, title=title, description=description)


def _path(name: str, d: str) -> Markup:
    return Markup('<path class="{}" d="{}"/>').format(name, d)


def _bars(panel: Panel, stack: Sequence[tuple[float, float, float]]) -> str:
    """Return the outline of neighbouring bars, one a year; years of nothing are left out."""
    runs = [list(run) for is_drawn, run in groupby(stack, key=lambda s: s[1] != s[2]) if is_drawn]
    edges = [[(a, *ends) for age, *ends in run for a in (age, age + 1)] for run in runs]
    return " ".join(panel.area([(a, low, high) for a, low, high in run]) for run in edges)


def _lanes(
    panel: Panel, limits: Sequence[LimitLane], *, heading: str
) -> tuple[list[Markup], float]:
    top = below(panel)
    if not limits:
        return [], top
    parts = [
        Markup('<text class="life-heading" x="2" y="{}">{}</text>').format(
            number(top + 16), heading
        )
    ]
    top += 20.0
    for lane in limits:
        runs = [f"M{panel.x(a):.1f} {top + 18:.1f}H{panel.x(a + 1):.1f}" for a in lane.ages]
        name = Markup('<text class="life-lane-name" x="{}" y="{}">{}</text>')
        parts.append(name.format(number(LEFT), number(top + 13), lane.label))
        parts.append(_path("life-lane", "".join(runs)))
        top += _LANE
    return parts, top + 8.0
