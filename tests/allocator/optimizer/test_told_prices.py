"""Which prices are told: figures that a reader could use, and no others."""

from dataclasses import replace

import pytest
from nine_classes import CLASSES, nine_class_mandate, nine_class_market

from allocator.optimizer.explanation import explain
from allocator.optimizer.price_ranges import PriceRange
from allocator.optimizer.prices import cap_price
from allocator.optimizer.solver import optimize
from allocator.optimizer.told_prices import ToldPrice, told_prices
from allocator.product_classes import ProductClass

MARKET = nine_class_market()
FLOOR = nine_class_mandate(risk_aversion=5, liquidity_floor=0.2)
SHARES = CLASSES.index(ProductClass.A_SHARE_EQUITY_FUND)


def told_of_liquidity() -> ToldPrice:
    (told,) = [t for t in told_prices(optimize(FLOOR, MARKET), FLOOR) if t.needs == ("liquidity",)]
    return told


@pytest.mark.parametrize(("width", "is_told"), [(5e-4, False), (0.0, False), (2e-3, True)])
def test_a_price_that_holds_for_less_than_a_tenth_of_a_point_is_not_told(
    width: float, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_of_liquidity().reach is not None
    reach = PriceRange(0.2 - width / 2, 0.2 + width / 2, least=0.01, most=0.012)
    monkeypatch.setattr("allocator.optimizer.told_prices.price_range", lambda *_: reach)
    told = told_of_liquidity()
    assert told.reach == (reach if is_told else None)
    assert (told.marginal is not None) == is_told
    # What all of it costs holds at any width.
    assert told.total > 1e-3


def test_a_class_that_is_capped_at_nothing_has_a_price_and_a_reason() -> None:
    caps = [0.0 if n == SHARES else 1.0 for n in range(9)]
    mandate = nine_class_mandate(risk_aversion=2, class_caps=caps)
    found = optimize(mandate, MARKET)
    (told,) = [t for t in told_prices(found, mandate) if t.needs == ("class_caps",)]
    free = optimize(replace(mandate, class_caps=(1.0,) * 9), MARKET)
    assert told.product_class is ProductClass.A_SHARE_EQUITY_FUND
    assert told.limit == 0
    assert told.total == pytest.approx(free.objective - found.objective, abs=1e-8)
    assert told.total > 1e-3
    # It cannot be lowered: a point less of it has no price.
    price = cap_price(found, SHARES)
    assert price is not None
    assert price.marginal is None
    assert told.marginal is None
    assert told.reach is None
    (reason,) = [r for r in explain(found, mandate) if "product_class" in r.evidence]
    assert reason.code == "reason.single_product_cap"
    assert reason.evidence["product_class"] is ProductClass.A_SHARE_EQUITY_FUND


@pytest.mark.parametrize("risk_aversion", [2, 5])
def test_a_cap_of_nothing_is_told_only_where_the_class_would_be_held(risk_aversion: float) -> None:
    # What may not be bought, and what nobody wants, is kept out by no cap.
    caps = [0.0 if n in (SHARES, 0) else 1.0 for n in range(9)]
    mandate = nine_class_mandate(
        risk_aversion=risk_aversion,
        current=(0, 1, *(0,) * 7),
        class_caps=caps,
        buyable=[n != SHARES for n in range(9)],
    )
    found = optimize(mandate, MARKET)
    assert found.solution.cap_dual[SHARES] > 1e-3
    assert [t for t in told_prices(found, mandate) if t.needs == ("class_caps",)] == []
    assert [r for r in explain(found, mandate) if r.code != "reason.not_for_you"] == []
    # Held already, it would be kept without the cap.
    held = replace(mandate, current=(0.0, 0.8, 0.0, 0.0, 0.2, *(0.0,) * 4))
    (told,) = [t for t in told_prices(optimize(held, MARKET), held) if t.needs == ("class_caps",)]
    assert told.product_class is ProductClass.A_SHARE_EQUITY_FUND
