"""Returns a year follow from a file's dates; uneven files are refused."""

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.market.assumptions import load_default_table
from allocator.market.history import ReturnHistory
from allocator.market.model import Vector
from allocator.market.model_building import build_model
from allocator.market.price_file import read_price_csv
from allocator.market.price_frequency import TRADING_DAYS_PER_YEAR, find_frequency

FIRST, LAST = date(2013, 1, 4), date(2022, 12, 30)
SATURDAY = 5
# Month and days of holidays; they leave 238 to 244 trading days a year, much as in China.
HOLIDAYS = [(1, 1, 3), (2, 8, 14), (4, 4, 6), (5, 1, 4), (6, 20, 21), (9, 15, 16), (10, 1, 7)]


def is_holiday(day: date) -> bool:
    return any(day.month == m and first <= day.day <= last for m, first, last in HOLIDAYS)


def calendar_days(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + timedelta(days=t) for t in range((last - first).days + 1)]


def weekdays(first: date = FIRST, last: date = LAST) -> list[date]:
    return [day for day in calendar_days(first, last) if day.weekday() < SATURDAY]


def trading_days(first: date = FIRST, last: date = LAST) -> list[date]:
    return [day for day in weekdays(first, last) if not is_holiday(day)]


def lasts(days: Sequence[date], period: Callable[[date], object]) -> list[date]:
    """Return the last day of each period."""
    return list({period(day): day for day in days}.values())


def weeks() -> list[date]:
    return lasts(trading_days(), lambda day: day.isocalendar()[:2])


def months() -> list[date]:
    return lasts(trading_days(), lambda day: (day.year, day.month))


def first_days() -> list[date]:
    return sorted(lasts(trading_days()[::-1], lambda day: (day.year, day.month)))


def mondays() -> list[date]:
    return [day for day in trading_days() if day.weekday() == 0]


def years() -> list[date]:
    return [date(year, 12, 31) for year in range(1995, 2025)]


EVEN = {
    "trading days": (trading_days, 241),
    "weekdays": (weekdays, 261),
    "calendar days": (calendar_days, 365),
    "weeks": (weeks, 51),
    "Mondays": (mondays, 48),
    "months": (months, 12),
    "first days of months": (first_days, 12),
    "years": (years, 1),
}


def read(dates: Sequence[date], levels: Vector) -> ReturnHistory:
    rows = [f"{day},{level!r}" for day, level in zip(dates, levels.tolist(), strict=True)]
    return read_price_csv("\n".join(["date,gold", *rows]))


def refusal(dates: Sequence[date]) -> str:
    with pytest.raises(InputError) as caught:
        read(dates, np.ones(len(dates)))
    assert caught.value.code == "invalid_prices"
    return str(caught.value)


def calendar_years(dates: Sequence[date]) -> float:
    return (dates[-1] - dates[0]).days / 365.25


@pytest.mark.parametrize(("days", "periods_per_year"), EVEN.values(), ids=EVEN)
def test_an_even_file_has_as_many_returns_a_year_as_the_calendar_says(
    days: Callable[[], list[date]], periods_per_year: int
) -> None:
    dates = days()
    history = read(dates, np.ones(len(dates)))
    assert history.periods_per_year == periods_per_year
    # Rounded to a whole number of returns a year, which is half a return in 48.
    assert history.years == pytest.approx(calendar_years(dates), rel=0.01)


@pytest.mark.parametrize(("days", "periods_per_year"), EVEN.values(), ids=EVEN)
def test_returns_of_known_size_have_their_volatility_and_mean(
    days: Callable[[], list[date]], periods_per_year: int
) -> None:
    dates = days()
    dates = dates[: len(dates) - 1 + len(dates) % 2]
    # 3 % a year, with as many equal steps up as down whose squares add up to 0.2**2 a year.
    count, span = len(dates) - 1, calendar_years(dates)
    steps = 0.2 * math.sqrt(span / count) * (-1.0) ** np.arange(count)
    returns = 0.03 * span / count + steps
    history = read(dates, np.cumprod([1.0, *(1 + returns)]))
    origin = build_model(history, prior=load_default_table()).table.provenance
    assert origin is not None
    (series,) = origin.series
    # Half a return in a year of 48 is a hundredth of a mean, and half of that of a volatility.
    assert series.volatility == pytest.approx(0.2 * math.sqrt(count / (count - 1)), rel=0.005)
    assert series.mean == pytest.approx(0.03, rel=0.01)
    assert origin.periods_per_year == periods_per_year
    assert origin.sample_years == pytest.approx(span, rel=0.01)


def test_one_path_has_the_same_volatility_however_often_it_is_looked_at() -> None:
    everyday = calendar_days()
    steps = np.random.default_rng(7).normal(size=len(everyday)) * 0.2 / math.sqrt(365.25)
    level = dict(zip(everyday, np.exp(np.cumsum(steps)).tolist(), strict=True))
    for days in (calendar_days, weekdays, trading_days, weeks, mondays, months):
        dates = days()
        history = read(dates, np.array([level[day] for day in dates]))
        found = history.returns.std(ddof=1) * math.sqrt(history.periods_per_year)
        # Three standard errors of a volatility from so many returns; 0.5 % for whole numbers.
        assert found == pytest.approx(0.2, rel=3 / math.sqrt(2 * len(dates)) + 0.005)


def test_a_money_fund_valued_every_day_earns_what_it_earned() -> None:
    dates = calendar_days(date(2020, 1, 1), date(2022, 12, 31))
    noise = 1 + 1e-6 * np.random.default_rng(1).normal(size=len(dates))
    history = read(dates, np.cumprod(np.full(len(dates), 1 + 0.02 / 365)) * noise)
    assert history.returns.mean() * history.periods_per_year == pytest.approx(0.02, rel=1e-3)
    assert history.years == pytest.approx(3, abs=0.01)


@pytest.mark.parametrize(
    ("distance", "told"),
    [
        (2.0, "usually 2 days apart, 183 a year"),
        (3.5, "usually 3 days apart, 104 a year"),
        (4.0, "usually 4 days apart, 91 a year"),
    ],
)
def test_two_or_three_prices_a_week_are_refused_with_the_remedy(distance: float, told: str) -> None:
    dates = [FIRST + timedelta(days=int(distance * t)) for t in range(500)]
    message = refusal(dates)
    assert f"/date: from {dates[0]} to {dates[-1]} are {told}" in message
    assert "send every trading day, or keep one price a week" in message


@pytest.mark.parametrize(
    ("distance", "told", "remedy"),
    [
        (14, "usually 14 days apart, 26 a year", "keep one price a month"),
        (91, "usually 91 days apart, 4 a year", "send monthly prices"),
        (500, "usually 500 days apart, 1 a year", "send daily, weekly, monthly or yearly prices"),
        (28, "come 13.0 times a year; monthly prices come 12 times", "remove the rows that"),
    ],
)
def test_other_distances_are_refused_with_the_remedy(distance: int, told: str, remedy: str) -> None:
    message = refusal([FIRST + timedelta(days=distance * t) for t in range(60)])
    assert told in message
    assert remedy in message


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("days", [trading_days, weekdays, weeks], ids=lambda days: days.__name__)
def test_a_quarter_of_the_rows_gone_is_refused_with_the_longest_gaps(
    days: Callable[[], list[date]], seed: int
) -> None:
    chance = np.random.default_rng(seed)
    dates = [day for day in days() if chance.random() > 0.25][: 3 * 180]
    message = refusal(dates)
    assert f"/date: from {dates[0]} to {dates[-1]} come" in message
    gaps = [(late - early).days for early, late in pairwise(dates)]
    widest = gaps.index(max(gaps))
    told = f"/date/{dates[widest + 1]}: lies {max(gaps)} days after {dates[widest]}"
    assert told in message


def test_a_file_that_is_half_daily_and_half_weekly_is_refused() -> None:
    middle = date(2018, 1, 1)
    dates = trading_days(last=middle) + [day for day in weeks() if day > middle]
    assert "come 146.2 times a year; daily prices come 235 to 262 times" in refusal(dates)


def test_a_calendar_day_that_is_missing_is_named() -> None:
    dates = calendar_days(last=date(2014, 1, 4))
    dates.remove(date(2013, 6, 8))
    told = "/date/2013-06-09: lies 2 days after 2013-06-07 in a calendar-day file"
    assert told in refusal(dates)
    # Three of them are all named, and nothing else is called a gap.
    for day in (date(2013, 8, 8), date(2013, 10, 8)):
        dates.remove(day)
    message = refusal(dates)
    assert "calendar-day prices come 365 to 366 times" in message
    assert message.count(" lies ") == message.count(" lies 2 days after") == 3


def test_neither_the_longest_holiday_nor_any_short_window_is_refused() -> None:
    dates = trading_days()
    for count in (25, 60, 243, 300):
        for begin in range(0, len(dates) - count, 7):
            found = find_frequency(dates[begin : begin + count])
            assert found.problems == ()
            if count == 60:
                assert found.periods_per_year == TRADING_DAYS_PER_YEAR


def thinned(dates: Sequence[date], *, keep: int) -> list[date]:
    """Return `keep` of the dates, the first and the last among them, evenly spread."""
    return [dates[round(place)] for place in np.linspace(0, len(dates) - 1, keep)]


def test_a_trading_day_may_lie_twelve_days_after_the_last_and_no_more() -> None:
    days = weekdays(last=date(2014, 12, 31))
    twelve = [d for d in days if not date(2014, 2, 7) < d < date(2014, 2, 19)]
    assert find_frequency(twelve).problems == ()
    thirteen = [d for d in days if not date(2014, 2, 6) < d < date(2014, 2, 19)]
    (problem,) = find_frequency(thirteen).problems
    assert problem.field == "/date/2014-02-19"
    assert "lies 13 days after 2014-02-06 in a daily file" in problem.detail


def test_a_year_of_days_may_miss_the_fewest_by_eight() -> None:
    # 235 returns a year are 234.8 in 365 days, so that 227 are enough and 226 are not.
    year = weekdays(date(2013, 1, 1), date(2014, 1, 1))
    assert find_frequency(thinned(year, keep=228)).problems == ()
    told = find_frequency(thinned(year, keep=227)).problems[0]
    assert "come 226.2 times a year; daily prices come 235 to 262 times" in told.detail


def test_weeks_come_52_and_a_half_times_a_year_at_most() -> None:
    # Every ninth week of a day less: 53 weeks a year, for twenty years.
    steps = [6 if t % 9 == 0 else 7 for t in range(20 * 53)]
    dates = [FIRST + timedelta(days=int(d)) for d in np.cumsum([0, *steps])]
    told = find_frequency(dates).problems[0]
    assert "come 53.0 times a year; weekly prices come 47 to 52.5 times" in told.detail


def test_a_file_with_saturdays_is_not_one_of_trading_days() -> None:
    dates = [day for day in calendar_days(last=date(2014, 1, 4)) if day.weekday() != SATURDAY + 1]
    told = find_frequency(dates).problems[0]
    assert "calendar-day prices come 365 to 366 times" in told.detail
    # A Saturday worked now and then leaves trading days what they are.
    worked = sorted([*trading_days(), *(date(year, 9, 28) for year in (2013, 2019))])
    assert find_frequency(worked).periods_per_year == 241


def test_a_month_may_be_41_days_long_and_no_more() -> None:
    firsts = [date(2013 + t // 12, t % 12 + 1, 1) for t in range(60)]
    place = firsts.index(date(2015, 6, 1))
    late = [*firsts[:place], date(2015, 6, 11), *firsts[place + 1 :]]
    assert find_frequency(late).periods_per_year == 12
    later = [*firsts[:place], date(2015, 6, 12), date(2015, 7, 2), *firsts[place + 2 :]]
    (problem,) = find_frequency(later).problems
    assert "lies 42 days after 2015-05-01 in a monthly file" in problem.detail


def test_years_of_five_days_more_are_no_years_in_the_long_run() -> None:
    dates = [FIRST + timedelta(days=370 * t) for t in range(10)]
    told = find_frequency(dates).problems[0]
    assert "yearly prices come 1 times" in told.detail


def test_from_a_year_on_the_days_of_a_file_are_counted() -> None:
    dates = weekdays(date(2013, 1, 1), date(2014, 6, 30))
    assert find_frequency(dates).periods_per_year == 261
    within = weekdays(date(2013, 1, 1), date(2013, 12, 30))
    assert find_frequency(within).periods_per_year == TRADING_DAYS_PER_YEAR
