"""Charts: data in, SVG out, without a script or an inline style.

Every chart is drawn beside a table of the same numbers; the radar carries a title and a
description for those who hear the page, the bars are decoration and hidden from them.
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
