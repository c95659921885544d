"""The frame of a chart over a life: ages along, values up, numbered marks, a key below.

Figures are 360 units wide, as wide as a small phone, so that a unit is about a pixel there. Words
never stand inside the plot, where they would meet lines and each other: events are numbered above
it, and the key below says what each number and each shape means.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width

from markupsafe import Markup

WIDTH = 360.0
LEFT, RIGHT = 48.0, 350.0
# Letters of 13 units: what a wide and what a narrow one takes.
_WIDE, _NARROW = 13.0, 7.0
_UNIT_HEIGHT, _NO_UNIT_HEIGHT, _TICKS_HEIGHT = 29.0, 12.0, 24.0
_MARK_ROW, _KEY_ROW = 19.0, 23.0
_MARK_RADIUS = 8.0
_SWATCH = 22.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A value of an axis and what is written there."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """From where to where values are drawn, what is written along, and their unit."""

    low: float
    high: float
    ticks: tuple[Tick, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class AgeMark:
    """Something that happens at an age, years with a fraction; `name` is its style."""

    age: float
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """A shape of the figure, by its style, and what it means."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot within a figure: where ages and values lie, between `top` and `bottom`."""

    ages: Axis
    values: Axis
    top: float
    bottom: float

    def x(self, age: float) -> float:
        """Return where an age lies; ages off the axis at its end."""
        share = (age - self.ages.low) / (self.ages.high - self.ages.low)
        return LEFT + (RIGHT - LEFT) * min(max(share, 0.0), 1.0)

    def y(self, value: float) -> float:
        """Return where a value lies; values off the axis at its end."""
        share = (value - self.values.low) / (self.values.high - self.values.low)
        return self.bottom - (self.bottom - self.top) * min(max(share, 0.0), 1.0)

    def line(self, points: Iterable[tuple[float, float]]) -> str:
        """Return the path through points of age and value."""
        places = [f"{number(self.x(age))} {number(self.y(value))}" for age, value in points]
        return "M" + " L".join(places)

    def area(self, edges: Sequence[tuple[float, float, float]]) -> str:
        """Return the path around ages with a low and a high value each."""
        over = [(age, high) for age, _, high in edges]
        under = [(age, low) for age, low, _ in reversed(edges)]
        return self.line([*over, *under]) + "Z"

    def steps(self, values: Sequence[tuple[float, float | None]]) -> str:
        """Return a path that holds each value for a year; a year without one is a gap."""
        runs: list[list[tuple[float, float]]] = []
        follows = False
        for age, value in values:
            if value is None:
                follows = False
                continue
            if not follows:
                runs.append([])
            runs[-1] += [(age, value), (age + 1, value)]
            follows = True
        return " ".join(self.line(run) for run in runs)


def step_of(span: float, *, most: int = 5) -> float:
    """Return the smallest of 1, 2, 5, 10, 20 ... (and tenths) that cuts a span in `most` or fewer.

    >>> step_of(43.0), step_of(0.9)
    (10.0, 0.2)
    """
    size = 1e-6
    while True:
        for factor in (1, 2, 5):
            if span <= factor * size * most:
                return round(factor * size, 6)
        size *= 10


def drawing(
    name: str, parts: Iterable[Markup], *, height: float, title: str, description: str
) -> Markup:
    """Return a whole figure, which says what it shows to those who hear it."""
    return Markup("").join(
        [
            Markup(
                '<svg class="life-chart {}" viewBox="0 0 360 {}" role="img" aria-label="{}">'
            ).format(name, number(height), f"{title}. {description}"),
            Markup("<title>{}</title><desc>{}</desc>").format(title, description),
            *parts,
            Markup("</svg>"),
        ]
    )


def panel_below(
    top: float, *, ages: Axis, values: Axis, height: float, marks: Sequence[AgeMark] = ()
) -> Panel:
    """Return the plot that begins under its unit and the marks above it."""
    rows = max(_mark_rows(ages, marks), default=-1) + 1
    start = _marks_top(top, values) + rows * _MARK_ROW
    return Panel(ages, values, start, start + height)


def axes(panel: Panel, *, top: float) -> list[Markup]:
    """Return lines and words of both axes; the unit of values stands at `top`."""
    parts = list[Markup]()
    if panel.values.unit:
        unit = Markup('<text class="tick" x="2" y="{}">{}</text>')
        parts.append(unit.format(number(top + 14), panel.values.unit))
    for tick in panel.values.ticks:
        y = panel.y(tick.value)
        parts.append(
            Markup(
                '<line class="{}" x1="{}" y1="{y}" x2="{}" y2="{y}"/>'
                '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>'
            ).format(
                "life-zero" if tick.value == 0 else "axis",
                number(LEFT),
                number(RIGHT),
                number(LEFT - 6),
                number(y + 4.5),
                tick.label,
                y=number(y),
            )
        )
    return parts + _age_ticks(panel)


def below(panel: Panel) -> float:
    """Return where the next part of a figure may begin, under the ages."""
    return panel.bottom + _TICKS_HEIGHT


def mark_lines(panel: Panel, marks: Sequence[AgeMark], *, top: float) -> list[Markup]:
    """Return each mark as a line through the plot under its number, apart from its neighbours."""
    parts = []
    for count, (mark, row) in enumerate(
        zip(marks, _mark_rows(panel.ages, marks), strict=True), start=1
    ):
        x = panel.x(mark.age)
        y = _marks_top(top, panel.values) + row * _MARK_ROW + _MARK_RADIUS - 2
        parts.append(
            Markup('<line class="life-mark {}" x1="{x}" y1="{}" x2="{x}" y2="{}"/>').format(
                mark.name, number(y + _MARK_RADIUS), number(panel.bottom), x=number(x)
            )
        )
        parts.append(_disc(x, y, count, mark.name))
    return parts


def key(
    top: float, *, entries: Sequence[KeyEntry], marks: Sequence[AgeMark]
) -> tuple[list[Markup], float]:
    """Return what shapes and numbers mean, side by side where they fit, and where it ends."""
    parts, x, y = list[Markup](), 4.0, top + 14
    swatches = [(_swatch(entry.name), entry.label) for entry in entries]
    discs = [
        (_disc(8.0, -4.5, count, mark.name), mark.label)
        for count, mark in enumerate(marks, start=1)
    ]
    for drawn, label in (*swatches, *discs):
        shown = _fitting(label, WIDTH - _SWATCH - 12)
        width = _SWATCH + 6 + _width(shown)
        if x > 4 and x + width > WIDTH - 4:
            x, y = 4.0, y + _KEY_ROW
        parts.append(
            Markup(
                '<g transform="translate({} {})">{}<text class="life-key" x="{}">{}</text></g>'
            ).format(number(x), number(y), drawn, number(_SWATCH + 4), shown)
        )
        x += width + 14
    return parts, y + 10


def number(value: float) -> str:
    """Return a coordinate."""
    return f"{value + 0.0:.1f}"


def _age_ticks(panel: Panel) -> list[Markup]:
    parts = []
    for tick in panel.ages.ticks:
        x = number(panel.x(tick.value))
        parts.append(
            Markup(
                '<line class="life-tick" x1="{x}" y1="{}" x2="{x}" y2="{}"/>'
                '<text class="tick" x="{x}" y="{}" text-anchor="middle">{}</text>'
            ).format(
                number(panel.bottom),
                number(panel.bottom + 4),
                number(panel.bottom + 18),
                tick.label,
                x=x,
            )
        )
    unit = Markup('<text class="tick" x="2" y="{}">{}</text>')
    parts.append(unit.format(number(panel.bottom + 18), panel.ages.unit))
    return parts


def _marks_top(top: float, values: Axis) -> float:
    return top + (_UNIT_HEIGHT if values.unit else _NO_UNIT_HEIGHT)


def _mark_rows(ages: Axis, marks: Sequence[AgeMark]) -> list[int]:
    """Return the row of each mark: the first in which it does not touch another."""
    scale = (RIGHT - LEFT) / (ages.high - ages.low)
    ends, rows = list[float](), list[int]()
    for mark in marks:
        x = (mark.age - ages.low) * scale
        row = next((n for n, end in enumerate(ends) if x - end >= 2 * _MARK_RADIUS + 2), len(ends))
        ends[row : row + 1] = [x]
        rows.append(row)
    return rows


def _disc(x: float, y: float, count: int, name: str) -> Markup:
    return Markup(
        '<circle class="life-disc {}" cx="{}" cy="{}" r="{}"/>'
        '<text class="life-count" x="{}" y="{}" text-anchor="middle">{}</text>'
    ).format(name, number(x), number(y), _MARK_RADIUS, number(x), number(y + 4), count)


def _swatch(name: str) -> Markup:
    if name.endswith("-line"):
        return Markup('<path class="{}" d="M0 -4.5 L{} -4.5"/>').format(name, _SWATCH - 2)
    return Markup('<rect class="{}" x="0" y="-10" width="{}" height="11"/>').format(
        name, _SWATCH - 2
    )


def _width(text: str) -> float:
    return sum(_WIDE if east_asian_width(letter) in "WF" else _NARROW for letter in text)


def _fitting(text: str, width: float) -> str:
    if _width(text) <= width:
        return text
    while text and _width(text) > width - _WIDE:
        text = text[:-1]
    return text + "…"
