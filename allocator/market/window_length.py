"""How long a window of prices must be, for a model and for a back-test.

A volatility from n normal returns has a standard error of 1 / sqrt(2 (n - 1)) of itself: 15 % for
24 returns, whatever their frequency. Twenty-four days are a month of one mood of the market all the
same, so a model asks for a quarter of a year besides.
"""

from collections.abc import Callable, Sequence
from datetime import date

FEWEST_RETURNS = 24
FEWEST_PRICES = FEWEST_RETURNS + 1
FEWEST_DAYS = 90
FEWEST_YEARS_OF_BACKTEST = 3

# What to send where the prices of these dates are too few; None where they are enough.
Shortage = Callable[[Sequence[date]], str | None]


def shortage_for_model(dates: Sequence[date]) -> str | None:
    """Return what a model needs beyond the prices of these rising dates, if anything."""
    if len(dates) >= FEWEST_PRICES and days_between(dates) >= FEWEST_DAYS:
        return None
    return f"send at least {FEWEST_PRICES} common prices that span {FEWEST_DAYS} days or more"


def shortage_for_backtest(dates: Sequence[date]) -> str | None:
    """Return what a back-test needs beyond the prices of these rising dates, if anything."""
    # Three calendar years may fall a leap day short of 3 * 365.25.
    years = days_between(dates) / 365.25
    if len(dates) >= FEWEST_PRICES or years >= FEWEST_YEARS_OF_BACKTEST - 0.01:
        return None
    remedy = f"send at least {FEWEST_PRICES} common prices"
    return f"{remedy}, or yearly ones over {FEWEST_YEARS_OF_BACKTEST} years or more"


def days_between(dates: Sequence[date]) -> int:
    """Return the days from the first date to the last."""
    return (dates[-1] - dates[0]).days


def told_span(dates: Sequence[date]) -> str:
    """Return the length of a window and its ends in words."""
    days = days_between(dates)
    length = f"{days} days" if days < 365 else f"{days / 365.25:.1f} years"
    return f"{length}, {dates[0]} to {dates[-1]}"
