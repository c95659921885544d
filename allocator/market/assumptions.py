"""Capital-market assumptions: a readable TOML file turned into a market model.

The file (`allocator/market/data/assumptions_cn.toml`) carries one table a class and one row a
pair, each figure with the range it rests on, so that a person can disagree with a single number.
Covariance is volatility_i * volatility_j * correlation_ij; nothing is padded or repaired, and a
matrix that is not positive semidefinite is refused.
"""

import hashlib
import math
import tomllib
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import combinations

import numpy as np

from allocator.errors import InputError
from allocator.market.field_reader import FieldReader
from allocator.market.model import (
    LARGEST_FEE,
    LARGEST_RETURN,
    LARGEST_VOLATILITY,
    PSD_TOLERANCE,
    MarketModel,
    Matrix,
)
from allocator.market.provenance import Provenance, read_provenance
from allocator.product_classes import CLASSES, ProductClass


@dataclass(frozen=True, slots=True)
class PanelBasis:
    """The estimate from monthly prices that a class's volatility rests on.

    Attributes:
        series: Fraction by column of the price panel, rebalanced monthly.
        window: First and last month of the returns, "2013-01/2023-12".
        months: Number of monthly returns.
        volatility: The estimate itself, per year, before judgement.
    """

    series: Mapping[str, float]
    window: str
    months: int
    volatility: float


@dataclass(frozen=True, slots=True)
class ClassAssumption:
    """One class: figures per year (simple, arithmetic, CNY nominal) and their basis in words."""

    product_class: ProductClass
    expected_return: float
    fee: float
    volatility: float
    range: str
    source: str
    seen: date
    volatility_basis: str
    panel: PanelBasis | None

    @property
    def net_return(self) -> float:
        """Expected return less fee."""
        return self.expected_return - self.fee


@dataclass(frozen=True, slots=True)
class PairAssumption:
    """One correlation; `estimate` is the panel's figure, None where the basis is judgement."""

    pair: frozenset[ProductClass]
    correlation: float
    estimate: float | None
    window: str
    months: int
    basis: str


@dataclass(frozen=True, slots=True)
class AssumptionTable:
    """The whole file, checked: every class once, every pair once.

    `provenance` is None where the figures were set by people, each with its own basis.
    """

    version: str
    as_of: date
    classes: tuple[ClassAssumption, ...]
    pairs: tuple[PairAssumption, ...]
    content_hash: str
    provenance: Provenance | None = None

    def correlation_matrix(self) -> Matrix:
        """Return the correlations in the order of `CLASSES`, shape (13, 13)."""
        matrix = np.eye(len(CLASSES))
        for row in self.pairs:
            i, j = sorted(CLASSES.index(c) for c in row.pair)
            matrix[i, j] = matrix[j, i] = row.correlation
        return matrix

    def model(self) -> MarketModel:
        """Return the market model these figures describe."""
        volatilities = np.array([c.volatility for c in self.classes])
        return MarketModel(
            classes=tuple(c.product_class for c in self.classes),
            expected_returns=np.array([c.expected_return for c in self.classes]),
            fees=np.array([c.fee for c in self.classes]),
            covariance=np.outer(volatilities, volatilities) * self.correlation_matrix(),
            version=self.version,
            as_of=self.as_of,
            content_hash=self.content_hash,
            provenance=self.provenance,
        )


def load_default_assumptions() -> MarketModel:
    """Return the model of the assumption file that ships with the package."""
    return load_default_table().model()


def load_default_table() -> AssumptionTable:
    """Return the shipped figures with the words that stand beside them."""
    text = (files("allocator") / "market/data/assumptions_cn.toml").read_text(encoding="utf-8")
    return parse_table(text)


def parse_assumptions(text: str, *, name: str = "the assumptions") -> MarketModel:
    """Read a market model from TOML text.

    Args:
        text: The file.
        name: What errors call it.

    Raises:
        InputError: see `parse_table`.
    """
    return parse_table(text, name=name).model()


def parse_table(text: str, *, name: str = "the assumptions") -> AssumptionTable:
    """Read all figures and their basis from TOML text.

    Args:
        text: The file.
        name: What errors call it.

    Raises:
        InputError: unreadable TOML; a class or pair missing, repeated or unknown; a figure that
            is not a finite number in its range; correlations that no returns could have. Every
            problem names class or pair, field and value.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{name}: not TOML: {error}", code="invalid_assumptions") from None
    reader = FieldReader(f"{name} cannot be used", "invalid_assumptions")
    reader.only(document, {"version", "as_of", "class", "correlations", "provenance"}, at="")
    version = reader.words(document, "version", at="")
    as_of = reader.day(document, "as_of", at="")
    classes = _read_classes(reader, reader.tables(document, "class"))
    named = {row.product_class for row in classes}
    pairs = _read_pairs(reader, reader.tables(document, "correlations"), named=named)
    provenance = read_provenance(reader, document)
    reader.finish()
    content_hash = hashlib.sha256(text.encode()).hexdigest()
    table = AssumptionTable(version, as_of, classes, pairs, content_hash, provenance)
    lowest = float(np.linalg.eigvalsh(table.correlation_matrix())[0])
    if lowest < -PSD_TOLERANCE:
        detail = f"contradict each other: the lowest eigenvalue is {lowest:.4f}"
        reader.refuse("/correlations", detail, None, "bring the boldest ones closer to zero")
        reader.finish()
    return table


def _read_classes(
    reader: FieldReader, rows: list[Mapping[str, object]]
) -> tuple[ClassAssumption, ...]:
    found: dict[ProductClass, ClassAssumption] = {}
    known = {"name", "expected_return", "fee", "volatility", "range", "source", "seen"}
    known |= {"volatility_basis", "panel"}
    for number, row in enumerate(rows):
        product_class = reader.product_class(row.get("name"), at=f"/class/{number}/name")
        if product_class is None:
            continue
        at = f"/class/{product_class}"
        if product_class in found:
            reader.refuse(at, "is given twice", product_class, "delete one")
        reader.only(row, known, at=at)
        found[product_class] = ClassAssumption(
            product_class=product_class,
            expected_return=reader.number(row, "expected_return", at, -1, LARGEST_RETURN),
            fee=reader.number(row, "fee", at, 0, LARGEST_FEE),
            volatility=reader.number(row, "volatility", at, 1e-6, LARGEST_VOLATILITY),
            range=reader.words(row, "range", at=at),
            source=reader.words(row, "source", at=at),
            seen=reader.day(row, "seen", at=at),
            volatility_basis=reader.words(row, "volatility_basis", at=at),
            panel=_read_panel(reader, row.get("panel"), at=f"{at}/panel"),
        )
    for missing in [c for c in CLASSES if c not in found]:
        remedy = "add a [[class]] table, or let robo market build fill it from our own"
        reader.refuse(f"/class/{missing}", "is missing", None, remedy)
    return tuple(found[c] for c in CLASSES if c in found)


def _read_panel(reader: FieldReader, row: object, *, at: str) -> PanelBasis | None:
    if row is None:
        return None
    if not isinstance(row, dict) or not isinstance(row.get("series"), dict):
        reader.refuse(at, "needs a table of series", row, "write series = { name = 1.0 }")
        return None
    reader.only(row, {"series", "window", "months", "volatility"}, at=at)
    series = {name: reader.number(row["series"], name, at, 0, 1) for name in row["series"]}
    if abs(math.fsum(series.values()) - 1) > 1e-9:
        reader.refuse(f"{at}/series", "must sum to one", series, "mend the fractions")
    return PanelBasis(
        series=series,
        window=reader.words(row, "window", at=at),
        months=int(reader.number(row, "months", at, 2, 10_000)),
        volatility=reader.number(row, "volatility", at, 1e-6, LARGEST_VOLATILITY),
    )


def _read_pairs(
    reader: FieldReader, rows: list[Mapping[str, object]], *, named: Set[ProductClass]
) -> tuple[PairAssumption, ...]:
    found: dict[frozenset[ProductClass], PairAssumption] = {}
    for number, row in enumerate(rows):
        at = f"/correlations/{number}"
        names = row.get("pair")
        if not isinstance(names, list) or len(names) != 2 or names[0] == names[1]:
            reader.refuse(f"{at}/pair", "is not two different classes", names, "name two classes")
            continue
        classes = [reader.product_class(name, at=f"{at}/pair") for name in names]
        pair = frozenset(c for c in classes if c is not None)
        if len(pair) < 2:
            continue
        at = f"/correlations/{names[0]}~{names[1]}"
        if pair in found:
            reader.refuse(at, "is given twice", row.get("value"), "delete one")
        reader.only(row, {"pair", "value", "estimate", "window", "months", "basis"}, at=at)
        estimated = "estimate" in row
        found[pair] = PairAssumption(
            pair=pair,
            correlation=reader.number(row, "value", at, -1, 1),
            estimate=reader.number(row, "estimate", at, -1, 1) if estimated else None,
            window=reader.words(row, "window", at=at) if estimated else "",
            months=int(reader.number(row, "months", at, 2, 10_000)) if estimated else 0,
            # A figure without an estimate must say on what it rests.
            basis=str(row.get("basis", "")) if estimated else reader.words(row, "basis", at=at),
        )
    for a, b in combinations(CLASSES, 2):
        # A class that is missing is reported once, not again in each of its pairs.
        if {a, b} <= named and frozenset((a, b)) not in found:
            reader.refuse(f"/correlations/{a}~{b}", "is missing", None, "add a row for the pair")
    return tuple(found.values())
