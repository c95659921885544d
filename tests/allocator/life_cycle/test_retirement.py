from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.retirement import statutory_retirement_months, whole_years

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


def test_months_round_to_the_nearest_age() -> None:
    assert [whole_years(12 * 60 + extra) for extra in (0, 5, 6, 36)] == [60, 60, 61, 63]


def test_a_step_of_zero_is_refused() -> None:
    with pytest.raises(InputError, match="step_months"):
        statutory_retirement_months(
            birth_date=date(1980, 1, 1), base_age=60, cap_months=36, step_months=0
        )
