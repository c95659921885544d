"""Months between days: the grid that cash flows are laid on.

Month m of a grid that begins at `start` ends on the day m months later, or on the last day of that
month where it has no such day.
"""

from calendar import monthrange
from datetime import date

MONTHS_A_YEAR = 12


def months_later(start: date, months: int) -> date:
    """Return the day so many months after `start`.

    >>> months_later(date(2026, 8, 31), 6)
    datetime.date(2027, 2, 28)
    """
    years, month = divmod(start.month - 1 + months, MONTHS_A_YEAR)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def months_until(start: date, day: date) -> int:
    """Return how many whole months pass from `start` to `day`; 0 if it is past.

    >>> months_until(date(2026, 11, 20), date(2027, 1, 19))
    1
    """
    passed = MONTHS_A_YEAR * (day.year - start.year) + day.month - start.month
    return max(0, passed - (day < months_later(start, passed)))


def month_of(start: date, day: date) -> int:
    """Return the number of the month by whose end `day` has come, at least 1.

    >>> month_of(date(2026, 11, 20), date(2027, 1, 21))
    3
    """
    passed = MONTHS_A_YEAR * (day.year - start.year) + day.month - start.month
    return max(1, passed + (day > months_later(start, passed)))
