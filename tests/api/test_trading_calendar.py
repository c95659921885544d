"""Trading days, the cut-off and the days of confirmation."""

from datetime import date, datetime

import pytest

from allocator.shelf import SettlementCycle
from allocator.trading.orders import Side
from api.clock import SHANGHAI
from api.errors import ConflictError
from api.trading_calendar import confirmation_date, is_session, session_after, trade_date


@pytest.mark.parametrize(
    ("day", "sessions", "expected"),
    [
        ("2026-09-30", 0, "2026-09-30"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-10-03", 0, "2026-10-08"),
        ("2026-10-03", 1, "2026-10-08"),
        ("2026-10-03", 2, "2026-10-09"),
        # Spring Festival of 2026, as the exchange announced it.
        ("2026-02-13", 1, "2026-02-24"),
    ],
)
def test_trading_days_are_counted_over_weekends_and_holidays(
    day: str, sessions: int, expected: str
) -> None:
    assert session_after(date.fromisoformat(day), sessions) == date.fromisoformat(expected)


@pytest.mark.parametrize("hour", range(24))
def test_a_trade_date_is_a_session_and_never_in_the_past(hour: int) -> None:
    for day in range(1, 31):
        instant = datetime(2026, 9, day, hour, tzinfo=SHANGHAI)
        traded_on = trade_date(instant)
        assert is_session(traded_on)
        assert traded_on >= instant.date()
        assert (traded_on == instant.date()) == (is_session(instant.date()) and hour < 15)


def test_a_sale_waits_for_its_cash_and_a_purchase_does_not() -> None:
    day = date(2026, 9, 28)

    def confirmed(side: Side, cycle: SettlementCycle) -> date:
        return confirmation_date(day, side=side, settlement=cycle, redemption_days=3)

    assert confirmed(Side.BUY, SettlementCycle.INSTANT) == day
    assert confirmed(Side.BUY, SettlementCycle.NAV_T1) == date(2026, 9, 29)
    assert confirmed(Side.SELL, SettlementCycle.NAV_T1) == date(2026, 10, 8)


@pytest.mark.parametrize("day", [date(2014, 12, 31), date(2099, 1, 1)])
def test_beyond_the_announced_years_there_is_an_error_and_no_guess(day: date) -> None:
    for ask in (is_session, lambda one: session_after(one, 1)):
        with pytest.raises(ConflictError) as caught:
            ask(day)
        assert caught.value.code == "calendar_ended"
