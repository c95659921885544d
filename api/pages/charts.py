"""Charts: data in, SVG out, without a script or an inline style.

Every chart is drawn beside a table of the same numbers; the radar and the scale of scores carry a
title and a description for those who hear the page, plain bars are decoration and hidden from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

from markupsafe import Markup

from allocator.product_classes import Dimension

_CENTRE_X, _CENTRE_Y, _RADIUS = 190.0, 140.0, 104.0
# Clockwise from the top, so that liquidity and safety face each other across the figure.
_AXES = (Dimension.LIQUIDITY, Dimension.PROTECTION, Dimension.SAFETY, Dimension.GROWTH)
# Where a label begins, and by how much its number is moved from the name: aside or below.
_LABELS = {
    Dimension.LIQUIDITY: (190.0, 24.0, "middle", False),
    Dimension.PROTECTION: (302.0, 137.0, "start", True),
    Dimension.SAFETY: (190.0, 266.0, "middle", False),
    Dimension.GROWTH: (78.0, 137.0, "end", True),
}

# The scale of scores leaves room for half a number beside its ends.
_SCALE_LEFT, _SCALE_RIGHT, _SCALE_TOP, _BAR_STEP, _SCALE_FOOT = 12.0, 348.0, 24.0, 56.0, 8.0


@dataclass(frozen=True, slots=True)
class RadarShape:
    """One polygon of a radar: its style class and a score from 0 to 100 by dimension."""

    name: str
    scores: Mapping[str, float]


def radar(
    shapes: Sequence[RadarShape],
    *,
    labels: Mapping[Dimension, tuple[str, str]],
    title: str,
    description: str,
) -> Markup:
    """Return a radar of the four dimensions.

    Args:
        shapes: Drawn in this order; the last one carries dots.
        labels: Name and score of each dimension, in words.
        title, description: What the figure shows, for those who hear it.
    """
    parts = [
        Markup('<svg class="radar" viewBox="0 0 380 280" role="img" aria-label="{}">').format(
            f"{title}. {description}"
        ),
        Markup("<title>{}</title><desc>{}</desc>").format(title, description),
    ]
    for level in (100, 75, 50, 25):
        ring = _points(dict.fromkeys(_AXES, float(level)))
        parts.append(Markup('<polygon class="ring" points="{}"/>').format(ring))
    for place in range(len(_AXES)):
        x, y = _point(place, 100.0)
        line = Markup('<line class="axis" x1="{}" y1="{}" x2="{}" y2="{}"/>')
        parts.append(line.format(_number(_CENTRE_X), _number(_CENTRE_Y), _number(x), _number(y)))
    for shape in shapes:
        points = _points(shape.scores)
        parts.append(Markup('<polygon class="shape {}" points="{}"/>').format(shape.name, points))
    for place, dimension in enumerate(_AXES):
        for shape in shapes[-1:]:
            x, y = _point(place, shape.scores[dimension])
            dot = Markup('<circle class="dot {}" cx="{}" cy="{}" r="3.5"/>')
            parts.append(dot.format(shape.name, _number(x), _number(y)))
        parts.append(_label(dimension, *labels[dimension]))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def bar(share: float) -> Markup:
    """Return a horizontal bar filled to `share`, a fraction shown within 0 and 1."""
    return Markup(
        '<svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-track" width="100" height="6"/>'
        '<rect class="bar-fill" width="{}" height="6"/></svg>'
    ).format(_width(share))


def paired_bars(*, before: float, after: float) -> Markup:
    """Return two bars, one over the other: the fraction before and the fraction after."""
    return Markup(
        '<svg class="bar paired" viewBox="0 0 100 12" preserveAspectRatio="none" '
        'aria-hidden="true"><rect class="bar-track" width="100" height="12"/>'
        '<rect class="bar-before" width="{}" height="5"/>'
        '<rect class="bar-fill" y="7" width="{}" height="5"/></svg>'
    ).format(_width(before), _width(after))


@dataclass(frozen=True, slots=True)
class ScoreBar:
    """One bar of a scale: its name, its score in words and as a number, and whether it decides."""

    name: str
    shown: str
    score: float
    is_deciding: bool


def level_bars(
    bars: Sequence[ScoreBar],
    *,
    edges: Sequence[float],
    ends: tuple[float, float],
    levels: Sequence[str],
    ticks: Sequence[tuple[float, str]],
    title: str,
    description: str,
) -> Markup:
    """Return bars on one scale that is cut into levels.

    Args:
        bars: From top to bottom; a mark drops from the end of the one that decides.
        edges: Where each level but the first begins, rising.
        ends: Where the scale begins and ends; scores and edges lie within.
        levels: Names of the levels, one more than edges.
        ticks: Places of the scale and what is written below them.
        title, description: What the figure shows, for those who hear it.
    """
    scale = _Scale(*ends, bottom=_SCALE_TOP + _BAR_STEP * len(bars) + _SCALE_FOOT)
    deciding = next((one.score for one in bars if one.is_deciding), None)
    reached = None if deciding is None else sum(deciding >= edge for edge in edges)
    bounds = [ends[0], *edges, ends[1]]
    parts = [
        Markup('<svg class="levels" viewBox="0 0 360 {}" role="img" aria-label="{}">').format(
            _number(scale.bottom + 22), f"{title}. {description}"
        ),
        Markup("<title>{}</title><desc>{}</desc>").format(title, description),
    ]
    for step, name in enumerate(levels):
        parts.append(_band(scale, bounds[step], bounds[step + 1], name, step == reached))
    for row, one in enumerate(bars):
        parts.append(_score_bar(scale, one, _SCALE_TOP + _BAR_STEP * row))
    for value, words in ticks:
        tick = Markup('<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>')
        parts.append(tick.format(_number(scale.x(value)), _number(scale.bottom + 16), words))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a score lies between the ends of a scale, and how deep its figure reaches."""

    low: float
    high: float
    bottom: float

    def x(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return _SCALE_LEFT + (_SCALE_RIGHT - _SCALE_LEFT) * min(max(share, 0.0), 1.0)


def _band(scale: _Scale, start: float, end: float, name: str, is_reached: bool) -> Markup:
    left, right = scale.x(start), scale.x(end)
    # A gap of one keeps neighbours apart without a line of its own.
    return Markup(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>'
        '<text class="band-name" x="{}" y="16" text-anchor="middle">{}</text>'
    ).format(
        "band reached" if is_reached else "band",
        _number(left + 0.5),
        _number(_SCALE_TOP),
        _number(max(right - left - 1, 0.0)),
        _number(scale.bottom - _SCALE_TOP),
        _number((left + right) / 2),
        name,
    )


def _score_bar(scale: _Scale, one: ScoreBar, top: float) -> Markup:
    left, end = _number(_SCALE_LEFT), scale.x(one.score)
    drawn = Markup(
        '<text class="bar-name" x="{}" y="{}">{} <tspan class="bar-score">{}</tspan></text>'
        '<rect class="{}" x="{}" y="{}" width="{}" height="14" rx="3"/>'
    ).format(
        _number(_SCALE_LEFT + 8),
        _number(top + 24),
        one.name,
        one.shown,
        "score-bar deciding" if one.is_deciding else "score-bar",
        left,
        _number(top + 33),
        _number(end - _SCALE_LEFT),
    )
    if not one.is_deciding:
        return drawn
    mark = Markup('<line class="mark" x1="{0}" y1="{1}" x2="{0}" y2="{2}"/>')
    return drawn + mark.format(_number(end), _number(_SCALE_TOP), _number(scale.bottom))


def _label(dimension: Dimension, name: str, score: str) -> Markup:
    left, top, anchor, is_stacked = _LABELS[dimension]
    x = _number(left)
    aside = Markup('<tspan class="radar-score" dx="6">{}</tspan>').format(score)
    below = Markup('<tspan class="radar-score" x="{}" dy="20">{}</tspan>').format(x, score)
    return Markup('<text class="radar-label" x="{}" y="{}" text-anchor="{}">{}{}</text>').format(
        x, _number(top), anchor, name, below if is_stacked else aside
    )


def _points(scores: Mapping[str, float]) -> str:
    places = (_point(place, scores[dimension]) for place, dimension in enumerate(_AXES))
    return " ".join(f"{_number(x)},{_number(y)}" for x, y in places)


def _point(place: int, score: float) -> tuple[float, float]:
    angle = -pi / 2 + place * pi / 2
    length = _RADIUS * min(max(score, 0.0), 100.0) / 100
    return _CENTRE_X + length * cos(angle), _CENTRE_Y + length * sin(angle)


def _number(value: float) -> str:
    return f"{value:.1f}"


def _width(share: float) -> str:
    return f"{100 * min(max(share, 0.0), 1.0) + 0.0:.2f}"  # adding zero turns -0.0 into 0.0
