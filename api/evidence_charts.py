"""Charts of evidence: data in, SVG out, without a script, an inline style or a word.

Every chart stretches to the width it is given beside the same figures in words, so each is hidden
from those who hear the page. Positions are percentages of the axis.
"""

from collections.abc import Sequence

from markupsafe import Markup

from risk_profiles.evidence.estimates import Absent, Measured

_HEIGHT = 20.0
_MIDDLE = _HEIGHT / 2
_CAP = 4.0
_HEAD = Markup(
    '<svg class="{}" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">'
)
_LINE = Markup('<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>')
_RECT = Markup('<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>')
_END = Markup("</svg>")


def whisker(
    figure: Measured,
    *,
    low: float = 0.0,
    high: float = 1.0,
    gate: float | None = None,
    has_bar: bool = False,
) -> Markup:
    """Return a figure on an axis from `low` to `high` with its interval as a whisker.

    Args:
        figure: What is drawn; nothing but the axis where it is absent.
        low, high: Ends of the axis; what lies beyond is drawn at the end.
        gate: Where a threshold is marked.
        has_bar: Fill the way from zero to the figure, for shares.
    """

    def x(value: float) -> str:
        return _number(100 * (min(max(value, low), high) - low) / (high - low))

    parts = [_HEAD.format("whisker"), _line("track", "0.00", "100.00", _MIDDLE)]
    if low < 0 < high:
        parts.append(_tick("zero", x(0.0), _MIDDLE))
    if gate is not None:
        parts.append(_tick("gate", x(gate), _MIDDLE))
    if not isinstance(figure, Absent):
        if has_bar:
            start, width = x(0.0), _number(float(x(figure.value)) - float(x(0.0)))
            parts.append(_RECT.format("fill", start, "4", width, "12"))
        parts.append(_line("reach", x(figure.low), x(figure.high), _MIDDLE))
        parts += [_tick("reach", x(end), _CAP) for end in (figure.low, figure.high)]
        parts.append(_tick("point", x(figure.value), _CAP + 2))
    return Markup("").join([*parts, _END])


def stack(shares: Sequence[Measured]) -> Markup:
    """Return one bar divided by shares, in their order, from pale to dark."""
    parts = [_HEAD.format("stack")]
    left = 0.0
    for place, share in enumerate(shares):
        if isinstance(share, Absent):
            continue
        width = 100 * share.value
        parts.append(_RECT.format(f"part-{place}", _number(left), "2", _number(width), "16"))
        left += width
    return Markup("").join([*parts, _END])


def _line(name: str, start: str, end: str, height: float) -> Markup:
    return _LINE.format(name, start, f"{height:g}", end, f"{height:g}")


def _tick(name: str, at: str, reach: float) -> Markup:
    return _LINE.format(name, at, f"{_MIDDLE - reach:g}", at, f"{_MIDDLE + reach:g}")


def _number(value: float) -> str:
    return f"{value + 0.0:.2f}"
