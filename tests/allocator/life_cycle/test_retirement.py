from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.retirement import (
    statutory_retirement_date,
    statutory_retirement_months,
    whole_years,
)

MAN = {"base_age": 60, "cap_months": 36, "step_months": 4}
WOMAN_55 = {"base_age": 55, "cap_months": 36, "step_months": 4}
WOMAN_50 = {"base_age": 50, "cap_months": 60, "step_months": 2}


@pytest.mark.parametrize(
    ("category", "year", "month", "delay"),
    [
        (MAN, 1964, 12, 0),
        (MAN, 1950, 6, 0),
        (MAN, 1965, 1, 1),
        (MAN, 1970, 6, 17),
        (MAN, 1976, 8, 35),
        (MAN, 1976, 9, 36),
        (MAN, 2009, 1, 36),
        (WOMAN_55, 1981, 9, 36),
        (WOMAN_50, 1975, 1, 1),
        (WOMAN_50, 1984, 10, 59),
        (WOMAN_50, 1984, 11, 60),
    ],
)
def test_the_delay_matches_the_published_spot_values(
    category: dict[str, int], year: int, month: int, delay: int
) -> None:
    months = statutory_retirement_months(birth_date=date(year, month, 28), **category)
    assert months == 12 * category["base_age"] + delay


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.sampled_from([MAN, WOMAN_55, WOMAN_50]))
def test_a_later_birth_never_retires_younger(birth: date, category: dict[str, int]) -> None:
    later = date(birth.year + (birth.month == 12), birth.month % 12 + 1, 1)
    now = statutory_retirement_months(birth_date=birth, **category)
    assert 0 <= statutory_retirement_months(birth_date=later, **category) - now <= 1


@pytest.mark.parametrize(
    ("category", "birth", "reached"),
    [
        # The reform begins with those whose original month is January 2025.
        (MAN, date(1964, 12, 31), date(2024, 12, 1)),
        (MAN, date(1965, 1, 1), date(2025, 2, 1)),
        (MAN, date(1965, 4, 30), date(2025, 5, 1)),
        (MAN, date(1965, 5, 1), date(2025, 7, 1)),
        (MAN, date(1970, 6, 15), date(2031, 11, 1)),
        (MAN, date(1976, 8, 31), date(2039, 7, 1)),
        (MAN, date(1976, 9, 1), date(2039, 9, 1)),
        (MAN, date(2009, 12, 31), date(2072, 12, 1)),
        (WOMAN_55, date(1969, 12, 31), date(2024, 12, 1)),
        (WOMAN_55, date(1970, 1, 1), date(2025, 2, 1)),
        (WOMAN_55, date(1981, 8, 31), date(2039, 7, 1)),
        (WOMAN_55, date(1981, 9, 1), date(2039, 9, 1)),
        (WOMAN_50, date(1974, 12, 31), date(2024, 12, 1)),
        (WOMAN_50, date(1975, 1, 1), date(2025, 2, 1)),
        (WOMAN_50, date(1975, 2, 28), date(2025, 3, 1)),
        (WOMAN_50, date(1975, 3, 1), date(2025, 5, 1)),
        (WOMAN_50, date(1984, 10, 31), date(2039, 9, 1)),
        (WOMAN_50, date(1984, 11, 1), date(2039, 11, 1)),
    ],
)
def test_the_statutory_age_is_reached_in_the_month_of_the_tables(
    category: dict[str, int], birth: date, reached: date
) -> None:
    assert statutory_retirement_date(birth_date=birth, **category) == reached


@given(st.dates(date(1930, 1, 1), date(2020, 1, 1)), st.sampled_from([MAN, WOMAN_55, WOMAN_50]))
def test_the_month_reached_lies_a_delay_after_the_original_one(
    birth: date, category: dict[str, int]
) -> None:
    reached = statutory_retirement_date(birth_date=birth, **category)
    later = birth.replace(year=birth.year + (birth.month == 12), month=birth.month % 12 + 1, day=1)
    months = 12 * (reached.year - birth.year) + reached.month - birth.month
    delay = months - 12 * category["base_age"]
    assert reached.day == 1
    assert 0 <= delay <= category["cap_months"]
    # Whoever was to retire before 2025 is not delayed, and long after the start all are in full.
    original = birth.year + category["base_age"]
    assert delay == 0 or original >= 2025
    assert delay == category["cap_months"] or original < 2037
    assert statutory_retirement_date(birth_date=later, **category) > reached


def test_months_round_to_the_nearest_age() -> None:
    assert [whole_years(12 * 60 + extra) for extra in (0, 5, 6, 36)] == [60, 60, 61, 63]


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="step_months"):
        statutory_retirement_months(
            birth_date=date(1980, 1, 1), base_age=60, cap_months=36, step_months=0
        )
