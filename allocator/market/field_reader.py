"""Reads typed fields of a TOML document and collects problems, so one answer lists all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from allocator.errors import InputError, Problem
from allocator.product_classes import ProductClass


@dataclass(frozen=True, slots=True)
class FieldReader:
    """A field that cannot be read is noted, and a harmless value of its type returned.

    Attributes:
        message, code: Of the one error that `finish` raises.
        problems: What was found so far.
    """

    message: str
    code: str
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, at: str, detail: str, value: object, remedy: str) -> None:
        """Note one problem."""
        self.problems.append(Problem(at, detail, value, remedy))

    def finish(self) -> None:
        """Go on if nothing was wrong.

        Raises:
            InputError: with every problem noted so far.
        """
        if self.problems:
            raise InputError(self.message, code=self.code, problems=self.problems)

    def only(self, row: Mapping[str, object], known: set[str], *, at: str) -> None:
        """Refuse fields nobody reads: a misspelt one would be ignored in silence."""
        for name in sorted(set(row) - known):
            self.refuse(f"{at}/{name}", "is not a known field", row[name], "remove it")

    def table(self, document: Mapping[str, object], name: str, *, at: str) -> Mapping[str, object]:
        """Return one table; an absent one is empty."""
        row = document.get(name, {})
        if isinstance(row, dict):
            return row
        self.refuse(f"{at}/{name}", "is not a table", row, f"write [{name}]")
        return {}

    def tables(
        self, document: Mapping[str, object], name: str, *, at: str = ""
    ) -> list[Mapping[str, object]]:
        """Return a list of tables; an absent one is empty."""
        rows = document.get(name, [])
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
            return rows
        self.refuse(f"{at}/{name}", "is not a list of tables", rows, "write one table a row")
        return []

    def product_class(self, name: object, *, at: str) -> ProductClass | None:
        """Return a class of the taxonomy, or None with a problem noted."""
        try:
            return ProductClass(str(name))
        except ValueError:
            self.refuse(at, "is not a product class", name, "take a name from the taxonomy")
            return None

    def number(
        self, row: Mapping[str, object], name: str, at: str, low: float, high: float
    ) -> float:
        """Return a finite number in [low, high]."""
        value = row.get(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and low <= float(str(value)) <= high:
            return float(str(value))
        self.refuse(f"{at}/{name}", f"must be a number in [{low:g}, {high:g}]", value, "mend it")
        return low

    def count(self, row: Mapping[str, object], name: str, at: str, low: int, high: int) -> int:
        """Return a whole number in [low, high]."""
        value = row.get(name)
        if type(value) is int and low <= value <= high:
            return value
        detail = f"must be a whole number in [{low}, {high}]"
        self.refuse(f"{at}/{name}", detail, value, "mend it")
        return low

    def words(self, row: Mapping[str, object], name: str, *, at: str) -> str:
        """Return a text that says something."""
        value = row.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.refuse(f"{at}/{name}", "must be a sentence in quotes", value, "say what it rests on")
        return ""

    def day(self, row: Mapping[str, object], name: str, *, at: str) -> date:
        """Return a date."""
        value = row.get(name)
        # A TOML date-time is also a date in Python, and says more than was asked.
        if type(value) is date:
            return value
        self.refuse(f"{at}/{name}", "must be a date such as 2026-11-20", value, "mend it")
        return date.min
