"""A user's price file: a CSV of dates and price levels, one column a series.

    date,money_fund,bond_fund,a_share_equity_fund
    2020-12-31,1.0000,1.2034,2.113
    2021-01-31,1.0017,1.2050,2.164

Columns are named by product class, or the caller says which column stands for which class; then the
other columns are not read. Prices are taken as net of fees (net asset values, or indices the user
accepts as such) with distributions reinvested. A series may start late or end early; the window is
where all exist. Nothing is filled in: a gap, a repeated day or a missing month is refused by series
and date. How many returns make a year follows from the dates (`allocator.market.price_frequency`).
"""

import csv
import io
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from allocator.errors import InputError, Problem
from allocator.market.history import ReturnHistory
from allocator.market.model import Matrix
from allocator.market.price_frequency import find_frequency
from allocator.product_classes import ProductClass

# 25 prices give the 24 returns that a model is built from.
FEWEST_ROWS = 25
FEWEST_YEARS = 3
LARGEST_ROW_COUNT = 20_000
# A price that grows or shrinks tenfold in one period is a slipped decimal point or a split.
LARGEST_STEP = 10.0
_MOST_PROBLEMS = 20


# What a person would write: no signs, underscores or words such as "inf".
_PRICE = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class _Column:
    """A column to read: its name as written, its place in a row, the class it stands for."""

    name: str
    place: int
    product_class: ProductClass


def read_price_csv(
    text: str,
    *,
    columns: Mapping[str, ProductClass] | None = None,
    today: date | None = None,
) -> ReturnHistory:
    """Read a price panel and return its simple returns.

    Args:
        text: CSV with a `date` column (YYYY-MM-DD, rising) and a column a series.
        columns: Which column stands for which class. Without it every column is named by its
            class; with it, columns it does not name are not read.
        today: A price of a later day is refused: nobody can know it.

    Raises:
        InputError: each problem names series, date, value and remedy; code "invalid_prices".
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"))) if any(row)]
    except csv.Error as error:
        raise _error([Problem("/", f"is not CSV: {error}", None, "send plain CSV")]) from None
    if not rows:
        raise _error(
            [Problem("/", "is empty", None, f"send a header and at least {FEWEST_ROWS} rows")]
        )
    read = _read_header(rows[0], columns=columns)
    if len(rows) - 1 > LARGEST_ROW_COUNT:
        remedy = f"send at most {LARGEST_ROW_COUNT}"
        raise _error([Problem("/", "has too many rows", len(rows) - 1, remedy)])
    dates = _read_dates(rows[1:], width=len(rows[0]))
    _check_known(dates, today=today)
    prices = _read_prices(rows[1:], dates=dates, columns=read)
    first, last = _common_window(prices, dates=dates, columns=read)
    prices, days = prices[first : last + 1], dates[first : last + 1]
    _check_length(days)
    periods_per_year = _infer_frequency(days)
    _check_steps(prices, dates=days, columns=read)
    return ReturnHistory(
        classes=tuple(column.product_class for column in read),
        start=days[0],
        dates=tuple(days[1:]),
        returns=prices[1:] / prices[:-1] - 1,
        periods_per_year=periods_per_year,
        annual_fees=(0.0,) * len(read),
        source="prices supplied by the user, taken as net of fees",
        left_out=len(dates) - len(days),
    )


def _read_header(
    header: list[str], *, columns: Mapping[str, ProductClass] | None
) -> tuple[_Column, ...]:
    names = [name.strip() for name in header]
    if names[0] != "date" or len(names) < 2:
        remedy = "begin the header with date, then one series a column"
        raise _error([Problem("/header", "does not begin with date and a series", names, remedy)])
    problems = []
    found = []
    for place, name in enumerate(names[1:], start=1):
        if columns is not None and name not in columns:
            continue
        if names.count(name) > 1:
            problems.append(Problem(f"/{name}", "appears twice", name, "keep one column"))
            continue
        try:
            product_class = ProductClass(name) if columns is None else columns[name]
        except ValueError:
            remedy = f"use one of {', '.join(ProductClass)}, or say which class it stands for"
            problems.append(Problem(f"/{name}", "is not a product class", name, remedy))
            continue
        found.append(_Column(name, place, product_class))
    for name in columns or ():
        if name not in names[1:]:
            problems.append(Problem(f"/{name}", "is no column of the file", name, "mend the name"))
    if columns is not None and not columns:
        problems.append(Problem("/header", "holds no series to read", None, "name a column"))
    for product_class in {column.product_class for column in found}:
        sharing = [c.name for c in found if c.product_class is product_class]
        if len(sharing) > 1:
            detail = f"stand for the same class {product_class}"
            problems.append(Problem(f"/{sharing[0]}", detail, sharing, "keep one of them"))
    _refuse(problems)
    return tuple(found)


def _read_dates(rows: list[list[str]], *, width: int) -> list[date]:
    problems = []
    dates: list[date] = []
    for number, row in enumerate(rows, start=1):
        written = row[0].strip()
        if len(row) != width:
            detail = f"has {len(row)} fields instead of {width}"
            problems.append(Problem(f"/rows/{number}", detail, written, "mend the row"))
        try:
            # fromisoformat also takes 20240131 and week dates; only one form is documented.
            day = date.fromisoformat(written if len(written) == 10 else "")
        except ValueError:
            problems.append(Problem(f"/rows/{number}/date", "is no date", written, "YYYY-MM-DD"))
            continue
        if dates and day <= dates[-1]:
            detail = f"does not come after {dates[-1]}"
            remedy = "sort the rows and keep one a date"
            problems.append(Problem(f"/rows/{number}/date", detail, written, remedy))
        dates.append(day)
    _refuse(problems)
    return dates


def _check_known(dates: list[date], *, today: date | None) -> None:
    if today is not None and dates and dates[-1] > today:
        detail = f"lies after today, {today}"
        remedy = "mend the dates, or leave out what is no price yet"
        at = f"/rows/{len(dates)}/date"
        raise _error([Problem(at, detail, dates[-1].isoformat(), remedy)])


def _read_prices(
    rows: list[list[str]], *, dates: list[date], columns: tuple[_Column, ...]
) -> Matrix:
    problems = []
    prices = np.full((len(rows), len(columns)), np.nan)
    for t, row in enumerate(rows):
        for i, column in enumerate(columns):
            written = row[column.place].strip()
            if not written:
                continue
            price = float(written) if _PRICE.fullmatch(written) else math.nan
            if not (math.isfinite(price) and price > 0):
                at = f"/{column.name}/{dates[t]}"
                problems.append(Problem(at, "is not a positive price", written, "mend the price"))
            prices[t, i] = price
    _refuse(problems)
    return prices


def _common_window(
    prices: Matrix,
    *,
    dates: list[date],
    columns: tuple[_Column, ...],
) -> tuple[int, int]:
    first, last = 0, len(dates) - 1
    problems = []
    for i, column in enumerate(columns):
        present = np.flatnonzero(~np.isnan(prices[:, i]))
        if present.size == 0:
            problems.append(Problem(f"/{column.name}", "has no price", None, "drop the column"))
            continue
        inside = prices[present[0] : present[-1] + 1, i]
        for t in np.flatnonzero(np.isnan(inside)):
            at = f"/{column.name}/{dates[present[0] + t]}"
            problems.append(Problem(at, "is missing inside the series", "", "add the price"))
        first, last = max(first, int(present[0])), min(last, int(present[-1]))
    if not problems and first > last:
        problems.append(Problem("/", "no date on which every series has a price"))
    _refuse(problems)
    return first, last


def _check_length(dates: list[date]) -> None:
    years = (dates[-1] - dates[0]).days / 365.25
    # Three calendar years may fall a leap day short of 3 * 365.25.
    if len(dates) < FEWEST_ROWS and years < FEWEST_YEARS - 0.01:
        detail = f"share {len(dates)} rows over {years:.1f} years, {dates[0]} to {dates[-1]}"
        remedy = f"send at least {FEWEST_ROWS} common prices"
        remedy += f"; a back-test takes yearly ones from {FEWEST_YEARS} years on"
        raise _error([Problem("/date", detail, None, remedy)])


def _infer_frequency(dates: list[date]) -> int:
    found = find_frequency(dates)
    if found.periods_per_year is None:
        raise _error(list(found.problems))
    return found.periods_per_year


def _check_steps(
    prices: Matrix,
    *,
    dates: list[date],
    columns: tuple[_Column, ...],
) -> None:
    ratios = prices[1:] / prices[:-1]
    jumps = np.argwhere((ratios > LARGEST_STEP) | (ratios < 1 / LARGEST_STEP))
    _refuse(
        [
            Problem(
                f"/{columns[i].name}/{dates[t + 1]}",
                f"is {ratios[t, i]:.4g} times the price before it",
                float(prices[t + 1, i]),
                "check for a slipped decimal point or a split",
            )
            for t, i in jumps
        ]
    )


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise _error(problems)


def _error(problems: list[Problem]) -> InputError:
    shown, more = problems[:_MOST_PROBLEMS], len(problems) - _MOST_PROBLEMS
    message = "the price file cannot be used"
    if more > 0:
        message += f" ({more} more problems not shown)"
    return InputError(message, code="invalid_prices", problems=shown)
