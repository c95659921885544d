"""The grid of months: its three functions agree, at month ends and leap days too."""

from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from risk_profiles.months import month_of, months_later, months_until

days = st.dates(date(1900, 1, 1), date(2200, 12, 31))
numbers = st.integers(0, 1500)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2027, 1, 31), 1, date(2027, 2, 28)),
        (date(2027, 1, 31), 13, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 1), -12, date(2025, 12, 1)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_a_month_ends_on_its_day_or_on_the_last_there_is(
    start: date, months: int, end: date
) -> None:
    assert months_later(start, months) == end


@given(days, numbers)
def test_months_later_lies_in_the_month_counted_and_never_runs_over(
    start: date, months: int
) -> None:
    end = months_later(start, months)
    assert 12 * (end.year - start.year) + end.month - start.month == months
    assert end.day == start.day or (
        end.day < start.day and (end + timedelta(days=1)).month != end.month
    )


@given(days, days)
@example(date(2027, 1, 31), date(2027, 2, 28))
@example(date(2027, 1, 31), date(2027, 3, 1))
def test_whole_months_passed_and_the_month_of_a_day_enclose_it(start: date, day: date) -> None:
    whole, number = months_until(start, day), month_of(start, day)
    if day <= start:
        assert (whole, number) == (0, 1)
        return
    assert months_later(start, whole) <= day < months_later(start, whole + 1)
    assert months_later(start, number - 1) < day <= months_later(start, number)
    assert number - whole == (months_later(start, whole) != day)


@given(days, numbers)
@example(date(2027, 1, 31), 1)
@example(date(2024, 2, 29), 12)
def test_the_end_of_a_month_belongs_to_it(start: date, months: int) -> None:
    end = months_later(start, months)
    assert months_until(start, end) == months
    assert month_of(start, end) == max(1, months)
