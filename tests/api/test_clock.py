"""Clocks and the business day."""

from datetime import UTC, date, datetime, timedelta

import pytest

from api.clock import DemoClock, FixedClock, SystemClock, shanghai_date


def test_a_demo_clock_runs_whole_days_ahead_of_the_machine() -> None:
    ahead = DemoClock(lambda: 3).now() - SystemClock().now()
    assert abs(ahead - timedelta(days=3)) < timedelta(minutes=1)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        FixedClock(datetime(2026, 1, 1))  # noqa: DTZ001


def test_the_business_day_changes_at_midnight_in_shanghai() -> None:
    assert shanghai_date(datetime(2026, 9, 29, 15, 59, 59, tzinfo=UTC)) == date(2026, 9, 29)
    assert shanghai_date(datetime(2026, 9, 29, 16, 0, 0, tzinfo=UTC)) == date(2026, 9, 30)
