"""The statutory retirement age in mainland China, which rises month by month from 2025.

    delay = min(cap, ceil((months from 2025-01 to the original retirement month + 1) / step))

Someone whose original retirement month lies before January 2025 is not delayed. Men and women of
the 55 category wait one month more for every four, women of the 50 category one for every two.
Source: Decision of the Standing Committee of the National People's Congress of 13 September 2024
on gradually raising the statutory retirement age, and its tables.
"""

from datetime import date

from allocator.errors import InputError

REFORM_START = date(2025, 1, 1)


def statutory_retirement_months(
    *, birth_date: date, base_age: int, cap_months: int, step_months: int
) -> int:
    """Return the statutory retirement age in months of life.

    Args:
        birth_date: Only year and month count.
        base_age: Age in years before the reform.
        cap_months: Longest delay.
        step_months: Months of birth that share one month of delay.

    Raises:
        InputError: a base age, cap or step that is not positive.

    >>> statutory_retirement_months(
    ...     birth_date=date(1970, 6, 1), base_age=60, cap_months=36, step_months=4)
    737
    """
    if min(base_age, cap_months, step_months) <= 0:
        raise InputError(f"need positive {base_age=}, {cap_months=}, {step_months=}")
    years = birth_date.year + base_age - REFORM_START.year
    months = 12 * years + birth_date.month - REFORM_START.month
    delay = -(-(months + 1) // step_months)
    return 12 * base_age + min(cap_months, max(0, delay))


def statutory_retirement_date(
    *, birth_date: date, base_age: int, cap_months: int, step_months: int
) -> date:
    """Return the first day of the month in which the statutory age is reached.

    Args and errors are those of `statutory_retirement_months`.

    >>> statutory_retirement_date(
    ...     birth_date=date(1970, 6, 15), base_age=60, cap_months=36, step_months=4)
    datetime.date(2031, 11, 1)
    """
    months = statutory_retirement_months(
        birth_date=birth_date, base_age=base_age, cap_months=cap_months, step_months=step_months
    )
    years, month = divmod(birth_date.month - 1 + months, 12)
    return date(birth_date.year + years, month + 1, 1)


def whole_years(months: int) -> int:
    """Return months of life as the nearest whole age.

    >>> whole_years(737), whole_years(747)
    (61, 62)
    """
    return (months + 6) // 12
