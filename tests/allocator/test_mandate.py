"""The mandate: its closed forms, and the numbers it refuses."""

import math
from dataclasses import fields

import numpy as np
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


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"risk_aversion": 1e4}, "risk_aversion"),
        ({"volatility_cap": 11.0}, "volatility_cap"),
        ({"risky_share_cap": 30.0}, "risky_share_cap"),
        ({"liquidity_floor": 1e16}, "liquidity_floor"),
        ({"cost_horizon_years": 1e-4}, "cost_horizon_years"),
        ({"income_beta": 11.0}, "income_beta"),
        ({"current": (0.6, 0.6)}, "current"),
        ({"current": (1.1, -0.1)}, "current/0"),
        ({"fixed": (0.0, -0.1)}, "fixed/1"),
        ({"fixed": (math.nan, 0.0)}, "fixed/0"),
        ({"class_caps": (1.0, math.inf)}, "class_caps/1"),
        ({"buy_cost": (0.0, 1.1)}, "buy_cost/1"),
        ({"sell_cost": (-0.1, 0.0)}, "sell_cost/0"),
        ({"equity_cap": 1.1}, "equity_cap"),
        ({"equity_floor": -0.1}, "equity_floor"),
        ({"shortfall": -6.0}, "shortfall"),
        ({"shortfall_deviations": -1.0}, "shortfall_deviations"),
        ({"desired_return": math.inf}, "desired_return"),
    ],
)
def test_a_number_out_of_range_is_named_with_its_value_and_a_remedy(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(InputError) as refused:
        mandate(**changes)
    problem = next(p for p in refused.value.problems if p.field == field)
    assert problem.value is not None
    assert problem.remedy


def test_every_number_out_of_range_is_named_at_once() -> None:
    with pytest.raises(InputError) as refused:
        mandate(risk_aversion=-1.0, fixed=(0.0, 2.0), desired_return=9.0)
    assert [p.field for p in refused.value.problems] == [
        "risk_aversion",
        "desired_return",
        "fixed/1",
    ]


def test_every_number_of_a_mandate_has_a_range() -> None:
    for field in fields(Mandate):
        if field.name in ("classes", "buyable"):
            continue
        wrong: object = math.nan
        if field.name in ("current", "fixed", "class_caps", "buy_cost", "sell_cost"):
            wrong = (math.nan, math.nan)
        with pytest.raises(InputError, match=field.name):
            mandate(**{field.name: wrong})


SCALARS = [f.name for f in fields(Mandate) if f.type in ("float", float)]
OPTIONAL = ["equity_cap", "equity_floor", "shortfall", "desired_return"]


@pytest.mark.parametrize("field", SCALARS)
@pytest.mark.parametrize("value", [None, "0.1", True, 0.1j, [0.1], 10**400])
def test_what_is_no_number_is_refused_by_name_with_its_value_and_a_remedy(
    field: str, value: object
) -> None:
    assert len(SCALARS) == 9
    with pytest.raises(InputError) as refused:
        mandate(**{field: value})
    (problem,) = refused.value.problems
    assert problem.field == field
    assert problem.value is value
    assert problem.remedy
    assert ("not set" in problem.detail) == (value is None)


@pytest.mark.parametrize("field", OPTIONAL)
def test_only_what_no_profile_sets_may_be_left_unset(field: str) -> None:
    assert getattr(mandate(**{field: None}), field) is None
    with pytest.raises(InputError, match="is no number"):
        mandate(**{field: "0.1"})


@pytest.mark.parametrize("kind", [float, np.float64, np.float32, np.int64, int])
def test_a_number_of_any_kind_is_one(kind: type) -> None:
    assert mandate(risk_aversion=kind(5)).risk_aversion == 5


@pytest.mark.parametrize(
    "field", ["current", "fixed", "class_caps", "buyable", "buy_cost", "sell_cost"]
)
def test_what_is_no_vector_or_holds_no_numbers_is_refused_by_name(field: str) -> None:
    with pytest.raises(InputError, match=f"{field}: needs 2 entries"):
        mandate(**{field: None})
    with pytest.raises(InputError) as refused:
        mandate(**{field: (None, "x")})
    assert [p.field for p in refused.value.problems] == [f"{field}/0", f"{field}/1"]
    assert all(p.remedy for p in refused.value.problems)
