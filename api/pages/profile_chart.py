"""The scores of a profile on one scale, and its reasons by what they are about.

Where the lower of two scores decides, both are drawn on the scale from 0 to 100; where points are
added up, the sum is drawn between the edges of the form, whose first and last level have open ends.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from api.pages.charts import ScoreBar, level_bars
from api.texts import Texts
from risk_profiles.levels import HIGHEST_SCORE, ProfileLevel, level_of_score
from risk_profiles.questionnaire import Scoring

_CAPS = ("profile.cap_", "profile.age_lifted")
_CONTRADICTIONS = "profile.contradiction_"
_PURPOSE = "profile.purpose_"


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One score as the table beside the figure shows it, with the level it alone points to."""

    name: str
    shown: str
    level: str
    is_deciding: bool


@dataclass(frozen=True, slots=True)
class ProfileChart:
    """The figure and the rows of its table."""

    figure: Markup
    rows: tuple[ScoreRow, ...]
    is_sum: bool


@dataclass(frozen=True, slots=True)
class Reasons:
    """Statements of a profile: what the score says, what lowered it, what contradicts, the rest."""

    score: tuple[Mapping[str, Any], ...]
    caps: tuple[Mapping[str, Any], ...]
    contradictions: tuple[Mapping[str, Any], ...]
    purpose: tuple[Mapping[str, Any], ...]


def profile_chart(profile: Mapping[str, Any], texts: Texts) -> ProfileChart:
    """Return the scores of a profile document as a figure with its table."""
    is_sum = profile["scoring"] == Scoring.SUM
    edges = tuple(float(edge) for edge in profile["edges"])
    if is_sum:
        scores = {"points": float(profile["points"])}
        width = (edges[-1] - edges[0]) / (len(edges) - 1)
        ends = (min(edges[0] - width, *scores.values()), max(edges[-1] + width, *scores.values()))
        shown_ends: tuple[float, ...] = ()
    else:
        scores = {name: float(profile[name]) for name in ("capacity", "tolerance")}
        ends = shown_ends = (0.0, HIGHEST_SCORE)
    # At a tie capacity is said to decide, as in the reason beside the figure.
    deciding = min(scores, key=lambda name: scores[name])
    names = {name: texts.say(f"page.profile.{name}") for name in scores}
    rows = tuple(
        ScoreRow(
            names[name],
            texts.number(score),
            level_of_score(score, edges).value,
            name == deciding,
        )
        for name, score in scores.items()
    )
    figure = level_bars(
        [
            ScoreBar(row.name, row.shown, score, row.is_deciding)
            for row, score in zip(rows, scores.values(), strict=True)
        ],
        edges=edges,
        ends=ends,
        levels=[level.value for level in ProfileLevel],
        ticks=[(value, _tick(value)) for value in sorted((*edges, *shown_ends))],
        title=texts.say("page.profile.chart"),
        description="; ".join(
            texts.say("page.profile.chart_row", name=row.name, score=row.shown, level=row.level)
            for row in rows
        ),
    )
    return ProfileChart(figure, rows, is_sum)


def reasons_by_kind(reasons: Sequence[Mapping[str, Any]]) -> Reasons:
    """Return the statements of a profile document, sorted by what they are about."""
    caps = tuple(r for r in reasons if r["code"].startswith(_CAPS))
    contradictions = tuple(r for r in reasons if r["code"].startswith(_CONTRADICTIONS))
    purpose = tuple(r for r in reasons if r["code"].startswith(_PURPOSE))
    others = (*caps, *contradictions, *purpose)
    return Reasons(tuple(r for r in reasons if r not in others), caps, contradictions, purpose)


def _tick(value: float) -> str:
    # Edges are whole or have one decimal; a sign is kept, for sums may fall below zero.
    return f"{value:g}".replace("-", "\u2212")
