"""What a market model was built from: prices, prior, views, and what it took to combine them.

Every figure here is read back from the model's file and never used to compute with: it is kept so
that a reader can repeat the computation, and so that two models can be told apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from allocator.market.committee import Committee, read_committee
from allocator.market.field_reader import FieldReader
from allocator.product_classes import ProductClass

_HASH_LENGTH = 64


@dataclass(frozen=True, slots=True)
class SeriesBasis:
    """One column of prices: what it showed on its own, per year, net of fees."""

    product_class: ProductClass
    column: str
    mean: float
    volatility: float


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a built model.

    Attributes:
        prices_hash: Content hash of the return history.
        start, end: Dates of the first and the last price used.
        periods, periods_per_year: Number of returns, and how many make a year.
        shrinkage: Ledoit-Wolf's delta.
        prior_version, prior_hash: The assumptions the prices were set against.
        prior_years: Years of data the prior counts for.
        largest_shift: Largest change of any correlation that the repair made.
        lowest_before, lowest_after: Smallest eigenvalue of the correlations around the repair.
        series: One row a class that has prices; the others keep the prior.
        committee: Views that were applied, None without any.
    """

    prices_hash: str
    start: date
    end: date
    periods: int
    periods_per_year: int
    shrinkage: float
    prior_version: str
    prior_hash: str
    prior_years: float
    largest_shift: float
    lowest_before: float
    lowest_after: float
    series: tuple[SeriesBasis, ...]
    committee: Committee | None

    @property
    def sample_years(self) -> float:
        """Years of data in the prices, by counting periods."""
        return self.periods / self.periods_per_year

    @property
    def prior_weight(self) -> float:
        """Weight of the prior's mean beside the sample's: prior_years / (prior_years + T)."""
        return self.prior_years / (self.prior_years + self.sample_years)


def read_provenance(reader: FieldReader, document: Mapping[str, object]) -> Provenance | None:
    """Read the table `provenance` of an assumption file; None where there is none."""
    if "provenance" not in document:
        return None
    at = "/provenance"
    row = reader.table(document, "provenance", at="")
    reader.only(row, set(Provenance.__dataclass_fields__), at=at)
    return Provenance(
        prices_hash=_hash(reader, row, "prices_hash", at=at),
        start=reader.day(row, "start", at=at),
        end=reader.day(row, "end", at=at),
        periods=reader.count(row, "periods", at, 2, 1_000_000),
        periods_per_year=reader.count(row, "periods_per_year", at, 1, 366),
        shrinkage=reader.number(row, "shrinkage", at, 0, 1),
        prior_version=reader.words(row, "prior_version", at=at),
        prior_hash=_hash(reader, row, "prior_hash", at=at),
        prior_years=reader.number(row, "prior_years", at, 0, 10_000),
        largest_shift=reader.number(row, "largest_shift", at, 0, 2),
        lowest_before=reader.number(row, "lowest_before", at, -100, 1),
        lowest_after=reader.number(row, "lowest_after", at, -1, 1),
        series=tuple(
            _read_series(reader, series, at=f"{at}/series/{number}")
            for number, series in enumerate(reader.tables(row, "series", at=at))
        ),
        committee=_read_committee(reader, row, at=at),
    )


def _read_series(reader: FieldReader, row: Mapping[str, object], *, at: str) -> SeriesBasis:
    reader.only(row, set(SeriesBasis.__dataclass_fields__), at=at)
    found = reader.product_class(row.get("product_class"), at=f"{at}/product_class")
    return SeriesBasis(
        product_class=found or ProductClass.DEMAND_DEPOSIT,
        column=reader.words(row, "column", at=at),
        mean=reader.number(row, "mean", at, -1e6, 1e6),
        volatility=reader.number(row, "volatility", at, 0, 1e6),
    )


def _read_committee(reader: FieldReader, row: Mapping[str, object], *, at: str) -> Committee | None:
    if "committee" not in row:
        return None
    table = reader.table(row, "committee", at=at)
    reader.only(table, {"committee", "met", "view"}, at=f"{at}/committee")
    # The limit on confidence was checked when the views were applied; a deployment may raise it.
    return read_committee(reader, table, at=f"{at}/committee", highest_confidence=1.0)


def _hash(reader: FieldReader, row: Mapping[str, object], name: str, *, at: str) -> str:
    value = reader.words(row, name, at=at)
    if value and (len(value) != _HASH_LENGTH or not set(value) <= set("0123456789abcdef")):
        reader.refuse(f"{at}/{name}", "is not a SHA-256 in hexadecimal", value, "build it again")
    return value
