"""Series of prices side by side: the window they share, and what speaks against using it.

A series may start late or end early; the window is where all exist. Nothing is filled in. What is
refused names the series, the date and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np

from allocator.errors import InputError, Problem
from allocator.market.model import Matrix
from allocator.market.window_length import Shortage, told_span

# A price that grows or shrinks tenfold in one period is a slipped decimal point or a split.
LARGEST_STEP = 10.0
# A price written ten times as large as the one before may miss ten by the rounding of a division.
_ROUNDING = 1e-9
_MOST_PROBLEMS = 20
# Where rows are usually days apart, a market may have been closed on one of them.
_DAILY = 4


@dataclass(frozen=True, slots=True, eq=False)
class PricePanel:
    """Prices as a file has them.

    Attributes:
        names: The series as the user wrote them.
        dates: Rising.
        prices: Shape (len(dates), len(names)), positive; NaN where there is none.
    """

    names: tuple[str, ...]
    dates: tuple[date, ...]
    prices: Matrix


def cut_to_window(panel: PricePanel, *, shortage: Shortage) -> PricePanel:
    """Return the rows from the day the last series begins to the day the first one ends.

    Raises:
        InputError: a series without a price or with a gap inside, series that never meet, or a
            window that `shortage` finds too short; code "invalid_prices".
    """
    refuse_prices(_gaps(panel))
    present = ~np.isnan(panel.prices)
    begins = present.argmax(axis=0)
    ends = len(present) - 1 - present[::-1].argmax(axis=0)
    late, early = int(begins.argmax()), int(ends.argmin())
    first, last = int(begins[late]), int(ends[early])
    if first > last:
        detail = f"is its first price, and {panel.names[early]} ends on {panel.dates[last]}: "
        detail += "no date has a price of every series"
        remedy = "send prices of the same years, or leave one of the two columns out"
        at = f"/{panel.names[late]}/{panel.dates[first]}"
        refuse_prices([Problem(at, detail, None, remedy)])
    dates = panel.dates[first : last + 1]
    needed = shortage(dates)
    if needed is not None:
        held = f"{len(dates)} common prices over {told_span(dates)}"
        remedy = f"{needed}, or leave the column out"
        problems = []
        if first > 0:
            at = f"/{panel.names[late]}/{dates[0]}"
            problems.append(Problem(at, f"begins last, and leaves {held}", None, remedy))
        if last < len(panel.dates) - 1:
            at = f"/{panel.names[early]}/{dates[-1]}"
            problems.append(Problem(at, f"ends first, and leaves {held}", None, remedy))
        refuse_prices(problems or [Problem("/date", f"the file holds {held}", None, needed)])
    return PricePanel(panel.names, dates, panel.prices[first : last + 1])


def refuse_large_steps(panel: PricePanel) -> None:
    """Go on if no price is ten times the one before it, or a tenth of it.

    Raises:
        InputError: code "invalid_prices".
    """
    ratios = panel.prices[1:] / panel.prices[:-1]
    largest = LARGEST_STEP * (1 - _ROUNDING)
    jumps = np.argwhere((ratios >= largest) | (ratios <= 1 / largest))
    refuse_prices(
        [
            Problem(
                f"/{panel.names[i]}/{panel.dates[t + 1]}",
                f"is {ratios[t, i]:.4g} times the price before it",
                float(panel.prices[t + 1, i]),
                "check for a slipped decimal point or a split",
            )
            for t, i in jumps
        ]
    )


def refuse_prices(problems: Sequence[Problem]) -> None:
    """Go on if there is no problem.

    Raises:
        InputError: code "invalid_prices".
    """
    if problems:
        raise price_error(problems)


def price_error(problems: Sequence[Problem]) -> InputError:
    """Return the error that names the first twenty problems and counts the others."""
    shown, more = problems[:_MOST_PROBLEMS], len(problems) - _MOST_PROBLEMS
    message = "the price file cannot be used"
    if more > 0:
        message += f" ({more} more problems not shown)"
    return InputError(message, code="invalid_prices", problems=shown)


def _gaps(panel: PricePanel) -> list[Problem]:
    problems = []
    remedy = "add the price"
    if _is_daily(panel.dates):
        remedy += ", or leave the row out if that market was closed; months avoid such days"
    for name, prices in zip(panel.names, panel.prices.T, strict=True):
        present = np.flatnonzero(~np.isnan(prices))
        if present.size == 0:
            problems.append(Problem(f"/{name}", "has no price", None, "drop the column"))
            continue
        inside = prices[present[0] : present[-1] + 1]
        for t in np.flatnonzero(np.isnan(inside)):
            at = f"/{name}/{panel.dates[present[0] + t]}"
            problems.append(Problem(at, "is missing inside the series", "", remedy))
    return problems


def _is_daily(dates: Sequence[date]) -> bool:
    distances = sorted((late - early).days for early, late in pairwise(dates))
    return bool(distances) and distances[len(distances) // 2] <= _DAILY
