"""A floor alone in the way: too much of all wealth, or of classes that are not there."""

from typing import Any

import pytest
from nine_classes import nine_class_market

from allocator.mandate import Mandate
from allocator.optimizer.conflict_reasons import conflict_reasons
from allocator.optimizer.conflicts import Limit, conflict_statements, find_conflicts
from allocator.product_classes import TRAITS, ProductClass

MARKET = nine_class_market()
RISKY_ONLY = (ProductClass.GOLD, ProductClass.PRIVATE_FUND_OR_TRUST)
FLOORS = {
    "liquidity_floor": (ProductClass.DEMAND_DEPOSIT, ProductClass.GOLD),
    "stable_floor": (ProductClass.TIME_DEPOSIT, ProductClass.GOLD),
    "equity_floor": (ProductClass.OVERSEAS_EQUITY_FUND, ProductClass.GOLD),
}


def of(classes: tuple[ProductClass, ...], **changes: Any) -> Mandate:
    """Return a mandate of nothing but what changes over a few classes."""
    n = len(classes)
    values: dict[str, Any] = {
        "classes": classes,
        "risk_aversion": 5.0,
        "human_capital_ratio": 0.0,
        "income_beta": 0.0,
        "volatility_cap": 3.0,
        "risky_share_cap": 1.0,
        "liquidity_floor": 0.0,
        "stable_floor": 0.0,
        "current": (1.0, *(0.0,) * (n - 1)),
        "fixed": (0.0,) * n,
        "class_caps": (1.0,) * n,
        "buyable": (True,) * n,
        "buy_cost": (0.0,) * n,
        "sell_cost": (0.0,) * n,
    }
    return Mandate(**values | changes)


def said(mandate: Mandate) -> list[str]:
    """Return the codes of what stands in the way of the only need that gives."""
    (conflict,) = find_conflicts(mandate, MARKET.over(mandate.classes))
    return [statement.code for statement in conflict_reasons(conflict, mandate)]


@pytest.mark.parametrize("floor", FLOORS)
@pytest.mark.parametrize("level", [0.05, 0.3, 1.0])
def test_a_floor_without_a_class_to_fill_it_is_not_called_more_than_all_wealth(
    floor: str, level: float
) -> None:
    assert not any(TRAITS[c].liquid or TRAITS[c].stable for c in RISKY_ONLY)
    assert said(of(RISKY_ONLY, **{floor: level})) == ["conflict.no_such_class"]


def test_what_counts_towards_one_floor_need_not_count_towards_another() -> None:
    classes = FLOORS["stable_floor"]
    assert said(of(classes, liquidity_floor=0.3)) == ["conflict.no_such_class"]
    assert said(of(classes, equity_floor=0.3)) == ["conflict.no_such_class"]
    assert said(of(classes, stable_floor=1.4)) == ["conflict.with_wealth"]


@pytest.mark.parametrize("floor", ["liquidity_floor", "stable_floor"])
def test_a_floor_beyond_all_wealth_is_called_that_where_a_class_could_fill_it(floor: str) -> None:
    assert said(of(FLOORS[floor], **{floor: 1.4})) == ["conflict.with_wealth"]


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_whose_class_may_not_be_bought_is_held_by_suitability(floor: str) -> None:
    mandate = of(FLOORS[floor], **{floor: 0.3, "current": (0.0, 1.0), "buyable": (False, True)})
    assert said(mandate) == ["conflict.suitability"]


def test_what_is_no_floor_lacks_no_class() -> None:
    mandate = of(RISKY_ONLY, volatility_cap=0.01)
    (conflict,) = find_conflicts(mandate, MARKET.over(RISKY_ONLY))
    assert conflict.limits == (Limit.VOLATILITY,)
    assert conflict_reasons(conflict, mandate) == conflict_statements(conflict)
