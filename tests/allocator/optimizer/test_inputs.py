"""The numbers of one solve: the tilt as its formula, and models that do not fit the mandate."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from nine_classes import CLASSES, nine_class_mandate, nine_class_market

from allocator.errors import InputError
from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.conflicts import find_conflicts
from allocator.optimizer.inputs import inputs_of, tilt_of
from allocator.optimizer.solver import optimize
from allocator.product_classes import ProductClass

MARKET = nine_class_market()
WAGES = nine_class_mandate(risk_aversion=6, human_capital_ratio=1.0, income_beta=0.3)
VECTORS = ("current", "fixed", "class_caps", "buyable", "buy_cost", "sell_cost")


def over(mandate: Mandate, classes: tuple[ProductClass, ...]) -> Mandate:
    """Return the mandate over some of its classes, with all wealth in the first."""
    n = len(classes)
    rows = [CLASSES.index(c) for c in classes]
    changes: dict[str, object] = {v: tuple(getattr(mandate, v)[i] for i in rows) for v in VECTORS}
    changes |= {"classes": classes, "current": (1.0, *(0.0,) * (n - 1))}
    return replace(mandate, **changes)  # type: ignore[arg-type]


def test_wages_that_move_with_shares_lower_every_return_by_its_covariance_with_them() -> None:
    # k = 1/2, so financial risk aversion is 6/1.5 = 4 and the hedge 4 * 0.5 * 0.3 = 0.6.
    shares = MARKET.covariance[:, CLASSES.index(ProductClass.A_SHARE_EQUITY_FUND)]
    assert tilt_of(WAGES, MARKET) == pytest.approx(MARKET.net_returns - 0.6 * shares, abs=1e-15)


@pytest.mark.parametrize("ask", [optimize, find_conflicts])
@pytest.mark.parametrize(
    "market",
    [
        replace(MARKET, classes=tuple(reversed(CLASSES))),
        MARKET.over(CLASSES[:2]),
    ],
)
def test_a_model_of_other_classes_is_refused_whatever_is_asked(
    ask: Callable[[Mandate, MarketModel], object], market: MarketModel
) -> None:
    with pytest.raises(InputError, match="same classes") as refused:
        ask(nine_class_mandate(risk_aversion=5, liquidity_floor=0.4), market)
    (problem,) = refused.value.problems
    assert problem.field == "classes"
    assert problem.value == list(CLASSES)
    assert all(c in problem.remedy for c in market.classes)


def test_wages_cannot_be_hedged_against_a_class_that_the_model_has_not() -> None:
    some = (ProductClass.DEMAND_DEPOSIT, ProductClass.GOLD)
    mandate, market = over(WAGES, some), MARKET.over(some)
    with pytest.raises(InputError) as refused:
        optimize(mandate, market)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == ("income_beta", 0.3)
    assert ProductClass.A_SHARE_EQUITY_FUND in problem.detail
    assert ProductClass.A_SHARE_EQUITY_FUND in problem.remedy
    # Where wages do not move with shares, or nobody earns any, there is nothing to hedge.
    for calm in (replace(mandate, income_beta=0.0), replace(mandate, human_capital_ratio=0.0)):
        assert tilt_of(calm, market) == pytest.approx(market.net_returns, abs=1e-15)


def test_a_need_that_is_off_is_beyond_every_return_that_a_model_may_have() -> None:
    inputs = inputs_of(WAGES, MARKET, with_costs=False)
    wild = replace(
        MARKET, expected_returns=np.full(9, -5.0) + MARKET.fees, covariance=MARKET.covariance
    )
    lowest = float(inputs_of(WAGES, wild, with_costs=False).net_returns.min())
    assert lowest == pytest.approx(-5.0, abs=1e-12)
    assert inputs.desired_return < lowest
    assert inputs.shortfall < lowest
