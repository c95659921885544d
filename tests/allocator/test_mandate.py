"""The mandate: its closed forms, and the numbers it refuses."""

import math

import pytest

from allocator.errors import InputError
from allocator.mandate import Mandate
from allocator.product_classes import ProductClass

CLASSES = (ProductClass.DEMAND_DEPOSIT, ProductClass.GOLD)


def mandate(**changes: object) -> Mandate:
    values: dict[str, object] = {
        "classes": CLASSES,
        "risk_aversion": 5.0,
        "human_capital_ratio": 0.0,
        "income_beta": 0.0,
        "volatility_cap": 0.1,
        "risky_share_cap": 0.5,
        "liquidity_floor": 0.1,
        "stable_floor": 0.2,
        "current": (1.0, 0.0),
        "fixed": (0.0, 0.0),
        "class_caps": (1.0, 1.0),
        "buyable": (True, True),
        "buy_cost": (0.0, 0.0),
        "sell_cost": (0.0, 0.0),
    }
    return Mandate(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("ratio", "weight", "gamma"), [(0.0, 0.0, 5.0), (1.0, 0.5, 10 / 3), (3.0, 0.75, 20 / 7)]
)
def test_human_capital_lowers_the_risk_aversion_of_financial_wealth(
    ratio: float, weight: float, gamma: float
) -> None:
    made = mandate(human_capital_ratio=ratio)
    assert made.human_capital_weight == pytest.approx(weight)
    assert made.financial_risk_aversion == pytest.approx(gamma)


def test_however_large_human_capital_counts_for_no_more_than_financial_wealth() -> None:
    assert mandate(human_capital_ratio=1e9).financial_risk_aversion > 2.5
    assert mandate(human_capital_ratio=1e9).financial_risk_aversion == pytest.approx(2.5)


@pytest.mark.parametrize("field", ["risk_aversion", "volatility_cap", "cost_horizon_years"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_what_must_be_positive_is_named_when_it_is_not(field: str, value: float) -> None:
    with pytest.raises(InputError, match=field):
        mandate(**{field: value})


@pytest.mark.parametrize(
    "field", ["human_capital_ratio", "risky_share_cap", "liquidity_floor", "stable_floor"]
)
@pytest.mark.parametrize("value", [-0.1, math.nan, math.inf])
def test_what_must_not_be_negative_is_named_when_it_is(field: str, value: float) -> None:
    mandate(**{field: 0.0})
    with pytest.raises(InputError, match=field):
        mandate(**{field: value})


def test_a_floor_above_one_is_a_need_and_is_kept() -> None:
    assert mandate(liquidity_floor=3.0).liquidity_floor == 3.0


@pytest.mark.parametrize(
    "field", ["current", "fixed", "class_caps", "buyable", "buy_cost", "sell_cost"]
)
def test_a_vector_of_the_wrong_length_is_refused(field: str) -> None:
    with pytest.raises(InputError, match="2 entries"):
        mandate(**{field: (0.0,)})


def test_a_beta_that_is_no_number_is_refused_and_a_negative_one_is_not() -> None:
    assert mandate(income_beta=-0.3).income_beta == -0.3
    with pytest.raises(InputError, match="income_beta"):
        mandate(income_beta=math.nan)
