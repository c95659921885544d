"""How often a price file has a row, and how many returns make a year of it.

    returns a year = returns / calendar years                 daily and weekly files, whole number
                   = 12, 1                                    monthly and yearly files
                   = 243                                      a daily file of less than a year

Variances add up over time, so a year's is the mean square of a return times the returns that a
year of this very file holds: about 243 where China's holidays are left out, 252 where America's
are, 365 where a fund is valued every day. Years counted so agree with the calendar's. Holidays
crowd together; within less than a year their number says little, and 243 is China's mean over
2005-2023.

The usual distance of two dates only proposes a frequency. Distances and the number of rows must
then bear it out: prices of every third day, or a daily file with a quarter of its rows gone, are
refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from allocator.errors import Problem

TRADING_DAYS_PER_YEAR = 243
_DAYS_PER_YEAR = 365.25
_SATURDAY = 5
# Two rows in seven fall on a weekend where every calendar day has one, and next to none elsewhere.
_WEEKEND_SHARE = 0.15
_WORST_GAPS = 5
_ADD = "add the missing dates, or keep evenly spaced ones: one a week or one a month"


@dataclass(frozen=True, slots=True)
class _Frequency:
    """What a file of this frequency looks like.

    Attributes:
        usual: Median distances that propose it, in days.
        allowed: Every distance must be one of these. Long holidays stretch a trading day to twelve
            days and a week of Fridays to three; they move the first or last trading day of a month
            by a week or more, and the last of a week to a Monday.
        fewest, most: Returns a year. A file of Mondays loses five to holidays.
        slack: Returns by which a window may miss these, because it may begin or end in a holiday.
        periods_per_year: None where the file's own number counts.
    """

    name: str
    usual: range
    allowed: range
    fewest: float
    most: float
    slack: float
    periods_per_year: int | None


_TRADING_DAYS = _Frequency("daily", range(1, 2), range(1, 13), 235, 262, 8, None)
_CALENDAR_DAYS = _Frequency("calendar-day", range(1, 2), range(1, 2), 365, 366, 1, 365)
_FREQUENCIES = (
    _TRADING_DAYS,
    _Frequency("weekly", range(5, 10), range(3, 22), 47, 52.5, 4, None),
    _Frequency("monthly", range(27, 34), range(20, 42), 12, 12, 1.1, 12),
    _Frequency("yearly", range(360, 371), range(358, 374), 1, 1, 0.1, 1),
)


@dataclass(frozen=True, slots=True)
class FrequencyFound:
    """Returns a year; None beside what speaks against each frequency."""

    periods_per_year: int | None
    problems: tuple[Problem, ...] = ()


def find_frequency(dates: Sequence[date]) -> FrequencyFound:
    """Return how many returns make a year of a file with these dates.

    Args:
        dates: At least two, rising.

    Returns:
        The number, or the problems: distances that the usual one does not allow, or too many or too
        few rows a year, with the longest gaps.
    """
    days = sorted((late - early).days for early, late in pairwise(dates))
    usual = days[len(days) // 2]
    frequency = next((f for f in _FREQUENCIES if usual in f.usual), None)
    if frequency is None:
        return FrequencyFound(None, (_unknown(dates, usual=usual),))
    if frequency is _TRADING_DAYS and _has_weekends(dates):
        frequency = _CALENDAR_DAYS
    wrong = [
        (early, late)
        for early, late in pairwise(dates)
        if (late - early).days not in frequency.allowed
    ]
    years = _years(dates)
    low, high = frequency.fewest * years, frequency.most * years
    if len(days) < low - frequency.slack:
        told = _uneven(dates, frequency=frequency, remedy=_ADD)
        gaps = _gaps(_widest(dates, usual=usual), frequency=frequency)
        return FrequencyFound(None, (told, *gaps))
    if len(days) > high + frequency.slack:
        remedy = f"remove the rows that a {frequency.name} file does not have"
        told = _uneven(dates, frequency=frequency, remedy=remedy)
        return FrequencyFound(None, (told, *_gaps(wrong, frequency=frequency)))
    if wrong:
        return FrequencyFound(None, _gaps(wrong, frequency=frequency))
    if frequency.periods_per_year is not None:
        return FrequencyFound(frequency.periods_per_year)
    if frequency is _TRADING_DAYS and years < 1:
        return FrequencyFound(TRADING_DAYS_PER_YEAR)
    return FrequencyFound(round(len(days) / years))


def _years(dates: Sequence[date]) -> float:
    return (dates[-1] - dates[0]).days / _DAYS_PER_YEAR


def _has_weekends(dates: Sequence[date]) -> bool:
    return sum(day.weekday() >= _SATURDAY for day in dates) > _WEEKEND_SHARE * len(dates)


def _unknown(dates: Sequence[date], *, usual: int) -> Problem:
    rate = (len(dates) - 1) / _years(dates)
    detail = f"from {dates[0]} to {dates[-1]} are usually {usual} days apart, {rate:.0f} a year, "
    detail += "which is no known frequency"
    remedy = "send daily, weekly, monthly or yearly prices"
    if usual < 5:
        remedy = "send every trading day, or keep one price a week"
    elif usual < 27:
        remedy = "send weekly prices, or keep one price a month"
    elif usual < 360:
        remedy = "send monthly prices, or keep one price a year"
    return Problem("/date", detail, None, remedy)


def _widest(dates: Sequence[date], *, usual: int) -> list[tuple[date, date]]:
    longer = [(early, late) for early, late in pairwise(dates) if (late - early).days > usual]
    return sorted(sorted(longer, key=lambda pair: pair[0] - pair[1])[:_WORST_GAPS])


def _gaps(pairs: Sequence[tuple[date, date]], *, frequency: _Frequency) -> tuple[Problem, ...]:
    remedy = "add the missing dates or remove the extra ones"
    return tuple(
        Problem(
            f"/date/{late}",
            f"lies {(late - early).days} days after {early} in a {frequency.name} file",
            None,
            remedy,
        )
        for early, late in pairs
    )


def _uneven(dates: Sequence[date], *, frequency: _Frequency, remedy: str) -> Problem:
    rate = (len(dates) - 1) / _years(dates)
    expected = f"{frequency.fewest:g}"
    if frequency.most != frequency.fewest:
        expected += f" to {frequency.most:g}"
    detail = f"from {dates[0]} to {dates[-1]} come {rate:.1f} times a year; "
    detail += f"{frequency.name} prices come {expected} times"
    return Problem("/date", detail, None, remedy)
