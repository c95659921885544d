"""Single fields of a form's file: read one by one, and everything wrong collected."""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from allocator.errors import Problem

Kind = TypeVar("Kind", bound=StrEnum)
_HIGHEST_FIGURE = 1e6
_QUARTER = 0.25
# TOML's integers have 64 bits; tomllib reads longer ones, which Python cannot always print.
_LARGEST_INTEGER = 2**63 - 1


class FieldReader:
    """Reads fields of tables; a placeholder stands for what cannot be read, with a problem."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def complain(self, field: str, detail: str, value: object = None, remedy: str = "") -> None:
        """Note a problem."""
        shown = value if _is_plain(value) else None
        self.problems.append(Problem(field, detail, shown, remedy or "correct the file"))

    def refuse_unknown(self, row: Mapping[str, object], known: set[str], field: str) -> None:
        """Note every field that is not known."""
        for name in sorted(set(row) - known):
            self.complain(f"{field}/{name}", "is not a known field", row[name], "remove it")

    def tables(self, row: Mapping[str, object], name: str, field: str) -> list[dict[str, object]]:
        """Read a list of tables."""
        found = row.get(name)
        if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
            return found
        self.complain(f"{field}/{name}", "must be a list of tables with at least one entry")
        return []

    def text(self, row: Mapping[str, object], name: str, field: str) -> str:
        """Read a text that says something; of control characters only a line may end."""
        found = row.get(name)
        if not isinstance(found, str) or not found.strip():
            self.complain(f"{field}/{name}", "must be a text that is not empty", found)
            return ""
        if any(unicodedata.category(one) == "Cc" for one in found.replace("\n", "")):
            self.complain(f"{field}/{name}", "must hold no control characters", found)
            return ""
        return found

    def id(self, row: Mapping[str, object], field: str, pattern: str) -> str:
        """Read an id of a pattern."""
        found = self.text(row, "id", field)
        if found and not re.fullmatch(pattern, found):
            self.complain(f"{field}/id", f"must match {pattern}", found)
        return found

    def number(
        self,
        row: Mapping[str, object],
        name: str,
        field: str,
        *,
        highest: float,
        lowest: float = 0.0,
    ) -> float:
        """Read a number within bounds."""
        found = row.get(name)
        if is_number(found) and lowest <= float(str(found)) <= highest:
            return float(str(found))
        detail = f"must be a number from {lowest:g} to {highest:g}"
        self.complain(f"{field}/{name}", detail, found)
        return 0.0

    def whole(
        self, row: Mapping[str, object], name: str, field: str, *, lowest: int, highest: int
    ) -> int:
        """Read a whole number within bounds."""
        found = row.get(name)
        if is_number(found) and isinstance(found, int) and lowest <= found <= highest:
            return found
        detail = f"must be a whole number from {lowest} to {highest}"
        self.complain(f"{field}/{name}", detail, found)
        return lowest

    def quarters(
        self,
        row: Mapping[str, object],
        name: str,
        field: str,
        *,
        highest: float,
        lowest: float = 0.0,
    ) -> float:
        """Read points or a weight; quarters add up exactly, and 0.7 + 0.1 falls short of 0.8."""
        found = self.number(row, name, field, lowest=lowest, highest=highest)
        if found % _QUARTER:
            remedy = "use larger numbers, ten times all points or all weights for example"
            self.complain(f"{field}/{name}", "must be a multiple of 0.25", found, remedy)
        return found

    def figure(self, row: Mapping[str, object], name: str, field: str) -> Decimal:
        """Read an exact number."""
        found = row.get(name)
        if is_number(found) and abs(float(str(found))) <= _HIGHEST_FIGURE:
            return Decimal(str(found))
        self.complain(f"{field}/{name}", "must be a number", found)
        return Decimal(0)

    def member(
        self,
        row: Mapping[str, object],
        name: str,
        field: str,
        kind: type[Kind],
        *,
        required: bool = False,
    ) -> Kind | None:
        """Read a word of an enumeration; None where it is absent."""
        found = row.get(name)
        if isinstance(found, str) and found in list(kind):
            return kind(found)
        if found is not None or required:
            self.complain(f"{field}/{name}", f"must be one of {', '.join(kind)}", found)
        return None


def is_number(value: object) -> bool:
    """Return whether a TOML value is a finite number."""
    if isinstance(value, Decimal):
        return value.is_finite()
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return is_whole and _is_plain(value)


def is_printed(text: str) -> bool:
    """Return whether a text is one line of characters that all can be seen, or spaces."""
    return text.isprintable() and text == text.strip()


def name_of(row: Mapping[str, object], name: str, place: int) -> str:
    """Return what a row is called in problems: its own name, or its place where it has none."""
    found = row.get(name)
    return found if isinstance(found, str) and is_printed(found) else str(place)


def _is_plain(value: object) -> bool:
    """Return whether a value can be shown; long integers and deep tables cannot always be."""
    if isinstance(value, list):
        return all(not isinstance(one, list | dict) and _is_plain(one) for one in value)
    if isinstance(value, int):
        return abs(value) <= _LARGEST_INTEGER
    return not isinstance(value, dict)
