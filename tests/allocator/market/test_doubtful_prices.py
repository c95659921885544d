"""Prices that look wrong are used with a warning that names series and dates."""

import math
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest

from allocator.market.assumptions import load_default_table
from allocator.market.doubtful_prices import (
    FEWEST_STANDING_STEPS,
    LARGEST_VOLATILITY_MULTIPLE,
    LONGEST_STANDING_DAYS,
    StandingPrice,
    longest_standing_price,
)
from allocator.market.model import Vector
from allocator.market.model_building import BuiltModel, build_model
from allocator.market.price_file import read_price_csv
from allocator.product_classes import ProductClass
from allocator.statements import Severity, Statement

PRIOR = load_default_table()
FIRST = date(2018, 1, 1)


def built(prices: Vector, *, step: timedelta | None = None, column: str = "gold") -> BuiltModel:
    """Build from monthly prices of gold, or from prices `step` apart."""
    days = [date(2018 + t // 12, t % 12 + 1, 28) for t in range(len(prices))]
    if step is not None:
        days = [FIRST + t * step for t in range(len(prices))]
    rows = [f"{day},{price!r}" for day, price in zip(days, prices.tolist(), strict=True)]
    history = read_price_csv(
        "\n".join([f"date,{column}", *rows]), columns={column: ProductClass.GOLD}
    )
    return build_model(history, prior=PRIOR, columns={ProductClass.GOLD: column})


def warning(model: BuiltModel, code: str) -> Statement | None:
    found = [s for s in model.statements if s.code == code]
    assert all(s.severity is Severity.WARNING for s in found)
    return found[0] if found else None


def moving(count: int) -> Vector:
    return np.exp(np.cumsum(0.01 * np.random.default_rng(1).normal(size=count)))


def test_gold_frozen_for_half_its_months_is_named_with_the_days() -> None:
    prices = moving(60)
    prices[20:50] = prices[20]
    told = warning(built(prices, column="Au9999"), "model.prices_stand_still")
    assert told is not None
    assert told.evidence == {
        "series": "Au9999",
        "start": date(2019, 9, 28),
        "end": date(2022, 2, 28),
        "prices": 30,
    }


@pytest.mark.parametrize(
    ("days_apart", "equal", "is_told"),
    [
        (1, LONGEST_STANDING_DAYS + 1, False),
        (1, LONGEST_STANDING_DAYS + 2, True),
        (7, FEWEST_STANDING_STEPS, False),
        (7, FEWEST_STANDING_STEPS + 1, True),
    ],
)
def test_a_price_may_stand_for_two_weeks_and_for_two_steps(
    days_apart: int, equal: int, is_told: bool
) -> None:
    prices = moving(200)
    prices[50 : 50 + equal] = prices[50]
    # A shorter run before and after does not stand in for the longest one.
    prices[10:12], prices[150:152] = prices[10], prices[150]
    model = built(prices, step=timedelta(days=days_apart))
    told = warning(model, "model.prices_stand_still")
    assert (told is not None) == is_told
    if told is not None:
        assert told.evidence["start"] == FIRST + timedelta(days=50 * days_apart)
        assert told.evidence["prices"] == equal


def test_three_equal_months_are_two_steps_and_four_are_too_many() -> None:
    prices = moving(60)
    prices[20:23] = prices[20]
    assert warning(built(prices), "model.prices_stand_still") is None
    prices[20:24] = prices[20]
    told = warning(built(prices), "model.prices_stand_still")
    assert told is not None
    assert told.evidence["prices"] == 4


def test_runs_at_either_end_count_and_a_series_that_always_moves_has_none() -> None:
    days = [FIRST + timedelta(days=t) for t in range(6)]
    still, up = 0.0, 0.1
    head = longest_standing_price(np.array([still, still, up, up, still]), days=days)
    assert head == StandingPrice(days[0], days[2], 3)
    tail = longest_standing_price(np.array([still, up, up, still, still]), days=days)
    assert tail == StandingPrice(days[3], days[5], 3)
    whole = longest_standing_price(np.zeros(5), days=days)
    assert whole == StandingPrice(days[0], days[5], 6)
    assert longest_standing_price(np.full(5, up), days=days) is None


def swinging(volatility: float, *, count: int = 120) -> Vector:
    """Return prices with exactly this sample volatility a year, up and down in turn."""
    size = volatility / math.sqrt(12 * count / (count - 1))
    return np.cumprod([1.0, *(1 + size * np.resize([1.0, -1.0], count))])


def test_a_series_that_swings_five_times_as_far_as_its_class_is_named() -> None:
    expected = next(r.volatility for r in PRIOR.classes if r.product_class is ProductClass.GOLD)
    limit = LARGEST_VOLATILITY_MULTIPLE * expected
    told = warning(built(swinging(1.01 * limit), column="au"), "model.series_swings_far")
    assert told is not None
    assert told.evidence["series"] == "au"
    assert told.evidence["volatility"] == pytest.approx(1.01 * limit, rel=1e-9)
    assert told.evidence["prior_volatility"] == expected
    assert told.evidence["multiple"] == Decimal("5.0")
    assert warning(built(swinging(0.99 * limit)), "model.series_swings_far") is None


def test_the_largest_step_of_a_swinging_series_is_named_by_its_day() -> None:
    prices = moving(60)
    prices[30:] *= 5
    told = warning(built(prices), "model.series_swings_far")
    assert told is not None
    assert told.evidence["day"] == date(2020, 7, 28)
    assert told.evidence["step"] == pytest.approx(prices[30] / prices[29] - 1, rel=1e-9)
