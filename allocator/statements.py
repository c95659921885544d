"""Statements: what the domain has to say to a person, as a code and its evidence.

The domain never writes sentences. It returns a code and typed evidence; `api` holds one text per
code and language, and a test parses every number back out of the sentence.

The type of a piece of evidence says how it is written:

    Money    currency            float    a fraction, shown as a percentage
    int      a whole number      Decimal  a plain number with one decimal (months, basis points)
    date     a date              StrEnum  a term of the glossary, translated
    str      taken as it is      Points   a difference of fractions, in percentage points
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from allocator.money import Money
from allocator.product_classes import Dimension


class Points(float):
    """A difference of two fractions: 0.0037 is 0.37 percentage points."""

    __slots__ = ()


Evidence = Money | float | int | Decimal | date | StrEnum | str


class Severity(StrEnum):
    """How a statement is to be read."""

    STRENGTH = "strength"
    NOTICE = "notice"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing to say: a finding, a reason, a relaxation."""

    code: str
    severity: Severity = Severity.NOTICE
    dimension: Dimension | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
