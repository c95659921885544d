"""Mortality: the probability to die within a year of each age, as a table a user can replace.

    survival(x, k)  = (1 - q_x) * (1 - q_(x+1)) * ... * (1 - q_(x+k-1))
    expectancy(x)   = 1/2 + sum_{k>=1} survival(x, k)               deaths halfway through a year
    annuity_due(x)  = sum_{k>=0} survival(x, k) / (1 + rate)**k     1 a year, the first paid today

A table is a CSV text with one row a year of age and the columns age, men, women:

    # name: my table
    # status: verified
    # source: where the figures come from
    age,men,women
    0,0.000566,0.000453

A line `# name_zh:` may give the name in Chinese.

A table says whether somebody has compared it with its official print. The shipped one nobody has:
that stands in its status and is to be shown wherever a figure rests on it.
"""

import csv
import io
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

from allocator.errors import InputError, Problem

_COLUMNS = ("age", "men", "women")
_FIRST_AGES = (0, 18)
_MOST_PROBLEMS = 20
_MOST_ROWS = 130
_HEADER = re.compile(r"#\s*(name|name_zh|status|source|note)\s*:\s*(.+)")
# What a person would write: no signs, underscores or words such as "inf".
_PROBABILITY = re.compile(r"[0-9]+(\.[0-9]*)?([eE]-?[0-9]+)?")


class TableStatus(StrEnum):
    """Whether somebody has compared a table with its official print."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


class Sex(StrEnum):
    """The column of a mortality table."""

    MEN = "men"
    WOMEN = "women"


@dataclass(frozen=True, slots=True)
class MortalityTable:
    """Probabilities to die within a year, from `first_age` on; the last is 1.

    Attributes:
        name: Of the table, with its years.
        status: Whether it was compared with its official print.
        source: Where the figures come from.
        note: What a reader must know beside it; may be empty.
        first_age: 0 or 18.
        men, women: One probability an age.
        name_zh: The name in Chinese; empty where the table gives none.
    """

    name: str
    status: TableStatus
    source: str
    note: str
    first_age: int
    men: tuple[float, ...]
    women: tuple[float, ...]
    name_zh: str = ""

    def __post_init__(self) -> None:
        if len(self.men) != len(self.women) or not self.men:
            raise InputError("a mortality table needs men and women of the same ages")
        for column in (self.men, self.women):
            if not all(0 < q <= 1 for q in column) or column[-1] != 1 or 1 in column[:-1]:
                raise InputError("probabilities lie in (0, 1), and only the last is 1")

    @property
    def last_age(self) -> int:
        """The age that nobody outlives."""
        return self.first_age + len(self.men) - 1

    def death_probability(self, sex: Sex, *, age: int) -> float:
        """Return the probability to die between `age` and the next birthday.

        Raises:
            InputError: an age outside the table.
        """
        return self._from(sex, age)[0]

    def survival_probabilities(self, sex: Sex, *, age: int) -> tuple[float, ...]:
        """Return the probability to be alive k years after `age`, k = 0, 1, ... to the last age.

        Raises:
            InputError: an age outside the table.
        """
        alive, chances = 1.0, [1.0]
        for death in self._from(sex, age)[:-1]:
            alive *= 1 - death
            chances.append(alive)
        return tuple(chances)

    def life_expectancy(self, sex: Sex, *, age: int) -> float:
        """Return the years still to live on average, deaths falling halfway through a year.

        Raises:
            InputError: an age outside the table.
        """
        return 0.5 + math.fsum(self.survival_probabilities(sex, age=age)[1:])

    def annuity_due(self, sex: Sex, *, age: int, rate: float) -> float:
        """Return the present value of 1 a year for life, the first paid today.

        Args:
            rate: Per year; above -1.

        Raises:
            InputError: an age outside the table, or a rate of -100 % or less.
        """
        if not math.isfinite(rate) or rate <= -1:
            raise InputError(f"the rate must be finite and above -1, got {rate}")
        chances = self.survival_probabilities(sex, age=age)
        return math.fsum(chance / (1 + rate) ** k for k, chance in enumerate(chances))

    def _from(self, sex: Sex, age: int) -> tuple[float, ...]:
        if not self.first_age <= age <= self.last_age:
            raise InputError(
                f"{self.name} covers ages {self.first_age} to {self.last_age}, got {age}"
            )
        column = self.men if sex is Sex.MEN else self.women
        return column[age - self.first_age :]


def load_default_mortality_table() -> MortalityTable:
    """Return the shipped table: CL5 and CL6 of 2010-2013, not compared with the official print."""
    resource = files("allocator") / "life_cycle/data/mortality_cn.csv"
    return parse_mortality_table(resource.read_text(encoding="utf-8"), name="mortality_cn.csv")


def parse_mortality_table(text: str, *, name: str) -> MortalityTable:
    """Read a table from CSV text.

    Args:
        text: Lines that begin with # may give name, name_zh, status, source and note; then the
            columns.
        name: Of the table, where no line of the text gives one. Without a status it is unverified.

    Raises:
        InputError: code invalid_mortality_table, with every row that is wrong and its remedy.
    """
    lines = text.removeprefix("\ufeff").splitlines()
    found = {m[1]: m[2].strip() for line in lines if (m := _HEADER.fullmatch(line.strip()))}
    rows = [
        (number, row)
        for number, line in enumerate(lines, start=1)
        if line.strip() and not line.lstrip().startswith("#")
        for row in csv.reader(io.StringIO(line))
    ]
    status = found.get("status", TableStatus.UNVERIFIED.value)
    problems = _problems(rows, status)
    if problems:
        raise InputError(
            f"{name} is no mortality table",
            code="invalid_mortality_table",
            problems=problems[:_MOST_PROBLEMS],
        )
    figures = [row for _, row in rows[1:]]
    return MortalityTable(
        name=found.get("name", name),
        status=TableStatus(status),
        source=found.get("source", "not given"),
        note=found.get("note", ""),
        first_age=int(figures[0][0]),
        men=tuple(float(row[1]) for row in figures),
        women=tuple(float(row[2]) for row in figures),
        name_zh=found.get("name_zh", ""),
    )


def _problems(rows: list[tuple[int, list[str]]], status: str) -> list[Problem]:
    """Return what is wrong with the rows, each a line number and its cells."""
    problems = []
    if status not in tuple(TableStatus):
        problems.append(
            Problem("/status", "is no status", status, f"write {' or '.join(TableStatus)}")
        )
    header = tuple(cell.strip() for cell in rows[0][1]) if rows else ()
    if header != _COLUMNS:
        remedy = f"begin the table with the line {','.join(_COLUMNS)}"
        return [*problems, Problem("/header", "has other columns", ",".join(header), remedy)]
    if not 1 < len(rows) <= _MOST_ROWS + 1:
        detail = f"holds {len(rows) - 1} ages"
        return [*problems, Problem("/rows", detail, None, f"give 1 to {_MOST_ROWS} ages")]
    first = rows[1][1][0].strip()
    start = int(first) if first in map(str, _FIRST_AGES) else _FIRST_AGES[0]
    for place, (number, row) in enumerate(rows[1:]):
        is_last = place == len(rows) - 2
        problems += _row_problems(f"/lines/{number}", row, age=start + place, is_last=is_last)
    return problems


def _row_problems(at: str, row: list[str], *, age: int, is_last: bool) -> list[Problem]:
    if len(row) != len(_COLUMNS):
        return [Problem(at, "must have three cells", ",".join(row), "write age,men,women")]
    problems = []
    if row[0].strip() != str(age):
        remedy = "begin at age 0 or 18 and give every age once, in order"
        problems.append(Problem(f"{at}/age", f"must be {age}", row[0], remedy))
    for column, cell in zip(_COLUMNS[1:], row[1:], strict=True):
        value = float(cell) if _PROBABILITY.fullmatch(cell.strip()) else math.nan
        if is_last and value != 1:
            detail, remedy = "must be 1 at the last age", "end with the age nobody outlives"
        elif not is_last and not 0 < value < 1:
            detail, remedy = "must lie between 0 and 1", "write a fraction such as 0.0012"
        else:
            continue
        problems.append(Problem(f"{at}/{column}", detail, cell, remedy))
    return problems
