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


def whole_years(months: int) -> int:
    """Return months of life as the nearest whole age.

    >>> whole_years(737), whole_years(747)
    (61, 62)
    """
    return (months + 6) // 12
