"""Views of an investment committee: who believes what, how firmly, and why.

    committee = "Investment committee"
    met = 2026-11-20

    [[view]]
    weights = { a_share_equity_fund = 1.0, bond_fund = -1.0 }
    net_return = 0.03
    confidence = 0.4
    reason = "valuations are low against their own history"

`net_return` is what the weights are expected to earn in a year, net of fees. Weights sum to one, or
to zero for a view on a difference. Confidence is the fraction of the way the view moves what was
believed before; above one half a committee would outweigh decades of data, so that is the limit
unless a deployment sets another.
"""

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from allocator.errors import InputError
from allocator.market.field_reader import FieldReader
from allocator.product_classes import ProductClass

HIGHEST_CONFIDENCE = 0.5
_FIELDS = {"weights", "net_return", "confidence", "reason"}


@dataclass(frozen=True, slots=True)
class CommitteeView:
    """One view: `weights` earn `net_return` a year, believed with `confidence`."""

    weights: Mapping[ProductClass, float]
    net_return: float
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Committee:
    """Who met when, and what was decided."""

    name: str
    met: date
    views: tuple[CommitteeView, ...]


def parse_committee(
    text: str, *, highest_confidence: float = HIGHEST_CONFIDENCE, today: date | None = None
) -> Committee:
    """Read a file of views.

    Args:
        text: The file.
        highest_confidence: The boldest view that is accepted.
        today: A meeting of a later day is refused: it has decided nothing yet.

    Raises:
        InputError: code invalid_views; unreadable TOML, no view, an unknown class, weights that
            sum to neither one nor zero, a confidence outside (0, highest_confidence], no reason, a
            meeting to come. Every problem names view, field and value.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", code="invalid_views") from None
    reader = FieldReader("the views cannot be used", "invalid_views")
    reader.only(document, {"committee", "met", "view"}, at="")
    committee = read_committee(reader, document, at="", highest_confidence=highest_confidence)
    if today is not None and committee.met > today:
        remedy = "write the day on which the views were decided"
        reader.refuse("/met", f"lies after today, {today}", committee.met.isoformat(), remedy)
    reader.finish()
    return committee


def read_committee(
    reader: FieldReader, document: Mapping[str, object], *, at: str, highest_confidence: float
) -> Committee:
    """Read the fields of a committee; what is wrong is noted in `reader`."""
    rows = reader.tables(document, "view", at=at)
    if not rows:
        reader.refuse(f"{at}/view", "is missing", None, "add a [[view]], or leave the file out")
    return Committee(
        name=reader.words(document, "committee", at=at),
        met=reader.day(document, "met", at=at),
        views=tuple(
            _read_view(reader, row, at=f"{at}/view/{number}", highest=highest_confidence)
            for number, row in enumerate(rows)
        ),
    )


def _read_view(
    reader: FieldReader, row: Mapping[str, object], *, at: str, highest: float
) -> CommitteeView:
    reader.only(row, _FIELDS, at=at)
    weights = reader.table(row, "weights", at=at)
    found: dict[ProductClass, float] = {}
    for name in weights:
        product_class = reader.product_class(name, at=f"{at}/weights/{name}")
        if product_class is not None:
            found[product_class] = reader.number(weights, name, f"{at}/weights", -10, 10)
    total = math.fsum(found.values())
    if not any(found.values()) or min(abs(total), abs(total - 1)) > 1e-9:
        remedy = "let them sum to one, or to zero for a difference"
        reader.refuse(f"{at}/weights", f"sum to {total:g}", dict(weights), remedy)
    confidence = reader.number(row, "confidence", at, 0, 1)
    if not 0 < confidence <= highest:
        detail = f"must lie above 0 and at most at {highest:g}"
        remedy = "a view without confidence is left out; a bolder one needs a raised limit"
        reader.refuse(f"{at}/confidence", detail, row.get("confidence"), remedy)
    return CommitteeView(
        weights=found,
        net_return=reader.number(row, "net_return", at, -1, 5),
        confidence=confidence,
        reason=reader.words(row, "reason", at=at),
    )
