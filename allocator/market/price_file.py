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

from allocator.errors import Problem
from allocator.market.history import ReturnHistory
from allocator.market.model import Matrix
from allocator.market.price_frequency import find_frequency
from allocator.market.price_panel import (
    PricePanel,
    cut_to_window,
    price_error,
    refuse_large_steps,
    refuse_prices,
)
from allocator.market.window_length import FEWEST_PRICES, Shortage, shortage_for_backtest
from allocator.product_classes import ProductClass

LARGEST_ROW_COUNT = 20_000

# What a person would write: no signs, underscores or words such as "inf".
_PRICE = re.compile(r"[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")
_NUMBER_WITH_COMMAS = re.compile(r"[0-9][0-9.]*(,[0-9.]+)+")
_PRICE_WITH_UNIT = re.compile(r"[^0-9.,+-]*([0-9]+(?:\.[0-9]*)?)[^0-9.,]*")
_NO_PRICE = {"#n/a", "n/a", "na", "nan", "null", "none", "-", "--"}
# date.fromisoformat also takes 20240131 and the week date 2024-W05-3.
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "bars"}


@dataclass(frozen=True, slots=True)
class _Line:
    """The fields of a row and the line of the file on which it ends."""

    number: int
    fields: list[str]


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
    shortage: Shortage = shortage_for_backtest,
) -> ReturnHistory:
    """Read a price panel and return its simple returns.

    Args:
        text: CSV with a `date` column (YYYY-MM-DD, rising) and a column a series.
        columns: Which column stands for which class. Without it every column is named by its
            class; with it, columns it does not name are not read.
        today: A price of a later day is refused: nobody can know it.
        shortage: What the use of the prices needs beyond the window that the series share.

    Raises:
        InputError: each problem names series, date, value and remedy; what concerns a whole row
            names the line of the file; code "invalid_prices".
    """
    header, *lines = _split(text)
    read = _read_header(header.fields, columns=columns)
    if len(lines) > LARGEST_ROW_COUNT:
        remedy = f"send at most {LARGEST_ROW_COUNT}"
        refuse_prices([Problem("/", "has too many rows", len(lines), remedy)])
    dates = _read_dates(lines, width=len(header.fields))
    _refuse_days_to_come(lines, dates=dates, today=today)
    panel = PricePanel(
        names=tuple(column.name for column in read),
        dates=tuple(dates),
        prices=_read_prices(lines, dates=dates, columns=read),
    )
    window = cut_to_window(panel, shortage=shortage)
    periods_per_year = _returns_a_year(window)
    refuse_large_steps(window)
    return ReturnHistory(
        classes=tuple(column.product_class for column in read),
        start=window.dates[0],
        dates=window.dates[1:],
        returns=window.prices[1:] / window.prices[:-1] - 1,
        periods_per_year=periods_per_year,
        annual_fees=(0.0,) * len(read),
        source="prices supplied by the user, taken as net of fees",
        left_out=len(dates) - len(window.dates),
    )


def _returns_a_year(window: PricePanel) -> int:
    found = find_frequency(window.dates)
    if found.periods_per_year is None:
        raise price_error(found.problems)
    return found.periods_per_year


def _split(text: str) -> list[_Line]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")))
    lines: list[_Line] = []
    problems = []
    try:
        lines += [_Line(reader.line_num, fields) for fields in reader if any(fields)]
    except csv.Error as error:
        problems.append(Problem("/", f"is not CSV: {error}", None, "send plain CSV"))
    if not lines and not problems:
        remedy = f"send a header and at least {FEWEST_PRICES} rows"
        problems.append(Problem("/", "is empty", None, remedy))
    refuse_prices(problems)
    return lines


def _read_header(
    header: list[str], *, columns: Mapping[str, ProductClass] | None
) -> tuple[_Column, ...]:
    names = [name.strip() for name in header]
    if names[0] != "date" or len(names) < 2:
        remedy = _remedy_for_header(names)
        refuse_prices([Problem("/header", "does not begin with date and a series", names, remedy)])
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
    refuse_prices(problems)
    return tuple(found)


def _remedy_for_header(names: list[str]) -> str:
    for delimiter, called in _OTHER_DELIMITERS.items():
        if len(names) == 1 and delimiter in names[0]:
            return f"save the file with commas between the columns in place of {called}, and a "
            "point before decimals"
    return "begin the header with date in small letters, then one series a column"


def _read_dates(lines: list[_Line], *, width: int) -> list[date]:
    problems = []
    dates: list[date] = []
    for line in lines:
        at, written = f"/lines/{line.number}", line.fields[0].strip()
        if len(line.fields) != width:
            detail = f"has {len(line.fields)} fields instead of {width}"
            remedy = "mend the row"
            if len(line.fields) > width:
                remedy = "write one price a column, without a comma inside: 1234.5, not 1,234.5"
            problems.append(Problem(at, detail, written, remedy))
        try:
            day = date.fromisoformat(written if _DATE.fullmatch(written) else "")
        except ValueError:
            remedy = "write YYYY-MM-DD, such as 2024-01-31"
            problems.append(Problem(f"{at}/date", "is no date", written, remedy))
            continue
        if dates and day <= dates[-1]:
            detail = f"does not come after {dates[-1]}"
            remedy = "sort the rows and keep one a date"
            problems.append(Problem(f"{at}/date", detail, written, remedy))
        dates.append(day)
    refuse_prices(problems)
    return dates


def _refuse_days_to_come(lines: list[_Line], *, dates: list[date], today: date | None) -> None:
    if today is not None and dates and dates[-1] > today:
        detail = f"lies after today, {today}"
        remedy = "mend the dates, or leave out what is no price yet"
        at = f"/lines/{lines[-1].number}/date"
        refuse_prices([Problem(at, detail, dates[-1].isoformat(), remedy)])


def _read_prices(lines: list[_Line], *, dates: list[date], columns: tuple[_Column, ...]) -> Matrix:
    problems = []
    prices = np.full((len(lines), len(columns)), np.nan)
    for t, line in enumerate(lines):
        for i, column in enumerate(columns):
            written = line.fields[column.place].strip()
            if not written:
                continue
            price = float(written) if _PRICE.fullmatch(written) else math.nan
            if not (math.isfinite(price) and price > 0):
                at = f"/{column.name}/{dates[t]}"
                remedy = _remedy_for_price(written)
                problems.append(Problem(at, "is not a positive price", written, remedy))
            prices[t, i] = price
    refuse_prices(problems)
    return prices


def _remedy_for_price(written: str) -> str:
    if _NUMBER_WITH_COMMAS.fullmatch(written):
        return "write a point before decimals and nothing between thousands: 1234.5"
    if (found := _PRICE_WITH_UNIT.fullmatch(written)) and found[1] != written:
        return f"write the number alone: {found[1]}"
    if written.lower() in _NO_PRICE:
        return "add the price; leave the cell empty only before the series begins or after it ends"
    return "mend the price"
