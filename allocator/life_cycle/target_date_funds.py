"""Glide paths that target-date funds publish, to set beside an advised one.

    centre(t) = line between the two published points around t        t in years to the target date
    band(t)   = [centre(t) - down, centre(t) + up], within [0, 1]

Outside its first and last point a fund has said nothing, and nothing is said for it. A band shows
what others do. It limits no advice.

The figures stand in a TOML file, each with the basis it rests on; a value between two points is as
well founded as the weaker of them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from itertools import pairwise

from allocator.errors import InputError
from allocator.market.field_reader import FieldReader

_CODE = "invalid_target_date_funds"
_FIRST_YEAR, _LAST_YEAR = -40.0, 60.0


class GlideBasis(StrEnum):
    """What a figure of a glide path rests on, the best founded first."""

    PUBLISHED = "published"
    DERIVED = "derived"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True)
class GlidePoint:
    """The share of equities so many years before the target date."""

    years: float
    share: float
    basis: GlideBasis


@dataclass(frozen=True, slots=True)
class GlideTolerance:
    """How far a fund may stray above and below its centre, in fractions of its assets."""

    up: float
    down: float
    basis: GlideBasis


@dataclass(frozen=True, slots=True)
class GlideBand:
    """A fund's share of equities at one time.

    Attributes:
        centre: What it aims at.
        basis: The weaker of the points the centre rests on.
        low, high: Within which it stays; None where the fund publishes no tolerance.
        tolerance_basis: What low and high rest on beside the centre.
    """

    centre: float
    basis: GlideBasis
    low: float | None = None
    high: float | None = None
    tolerance_basis: GlideBasis | None = None


@dataclass(frozen=True, slots=True)
class TargetDateFund:
    """A fund's published glide path.

    Attributes:
        fund_id: Stable name in the file.
        market: Country code of its clients, such as cn.
        as_of: Day the figures describe.
        source, source_zh: Where they come from, in English and in Chinese.
        note: How they were mapped to years, and what was assumed.
        points: The longest time to go first.
    """

    fund_id: str
    name: str
    market: str
    as_of: date
    source: str
    source_zh: str
    note: str
    tolerance: GlideTolerance | None
    points: tuple[GlidePoint, ...]

    def band_at(self, years_to_target: float) -> GlideBand | None:
        """Return the band, or None before the first and after the last published point."""
        for early, late in pairwise(self.points):
            if late.years <= years_to_target <= early.years:
                part = (years_to_target - late.years) / (early.years - late.years)
                centre = late.share + part * (early.share - late.share)
                met = [p.basis for p in (early, late) if p.years == years_to_target]
                return self._band(centre, tuple(met or (early.basis, late.basis)))
        return None

    def _band(self, centre: float, bases: tuple[GlideBasis, ...]) -> GlideBand:
        basis = max(bases, key=list(GlideBasis).index)
        if self.tolerance is None:
            return GlideBand(centre, basis)
        low, high = max(0.0, centre - self.tolerance.down), min(1.0, centre + self.tolerance.up)
        return GlideBand(centre, basis, low, high, self.tolerance.basis)


def load_default_target_date_funds() -> tuple[TargetDateFund, ...]:
    """Return the shipped funds."""
    resource = files("allocator") / "life_cycle/data/target_date_funds.toml"
    return parse_target_date_funds(resource.read_text(encoding="utf-8"))


def parse_target_date_funds(text: str) -> tuple[TargetDateFund, ...]:
    """Read funds from TOML text.

    Raises:
        InputError: code invalid_target_date_funds; not TOML, or every field that is wrong.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"not TOML: {error}", code=_CODE) from None
    reader = FieldReader("the file of target-date funds cannot be read", _CODE)
    reader.only(document, {"version", "fund"}, at="")
    reader.words(document, "version", at="")
    rows = reader.tables(document, "fund")
    funds = tuple(_fund(reader, row, at=f"/fund/{i}") for i, row in enumerate(rows))
    if len({fund.fund_id for fund in funds}) != len(funds) or not funds:
        reader.refuse("/fund", "needs funds with different ids", None, "rename or add one")
    reader.finish()
    return funds


def _fund(reader: FieldReader, row: Mapping[str, object], *, at: str) -> TargetDateFund:
    texts = {"id", "name", "market", "source", "source_zh", "note"}
    reader.only(row, texts | {"as_of", "tolerance", "points"}, at=at)
    points = tuple(
        GlidePoint(
            years=reader.number(point, "years", f"{at}/points/{i}", _FIRST_YEAR, _LAST_YEAR),
            share=reader.number(point, "share", f"{at}/points/{i}", 0, 1),
            basis=_basis(reader, point, at=f"{at}/points/{i}"),
        )
        for i, point in enumerate(reader.tables(row, "points", at=at))
    )
    if len(points) < 2 or any(early.years <= late.years for early, late in pairwise(points)):
        detail = "must hold two points or more, the longest time to go first"
        reader.refuse(f"{at}/points", detail, None, "sort them by falling years")
    return TargetDateFund(
        fund_id=reader.words(row, "id", at=at),
        name=reader.words(row, "name", at=at),
        market=reader.words(row, "market", at=at),
        as_of=reader.day(row, "as_of", at=at),
        source=reader.words(row, "source", at=at),
        source_zh=reader.words(row, "source_zh", at=at),
        note=reader.words(row, "note", at=at),
        tolerance=_tolerance(reader, row, at=at),
        points=points,
    )


def _tolerance(reader: FieldReader, row: Mapping[str, object], *, at: str) -> GlideTolerance | None:
    if "tolerance" not in row:
        return None
    table, place = reader.table(row, "tolerance", at=at), f"{at}/tolerance"
    return GlideTolerance(
        up=reader.number(table, "up", place, 0, 1),
        down=reader.number(table, "down", place, 0, 1),
        basis=_basis(reader, table, at=place),
    )


def _basis(reader: FieldReader, row: Mapping[str, object], *, at: str) -> GlideBasis:
    value = row.get("basis")
    if value in tuple(GlideBasis):
        return GlideBasis(str(value))
    reader.refuse(f"{at}/basis", "is no basis", value, f"write {', '.join(GlideBasis)}")
    return GlideBasis.UNVERIFIED
