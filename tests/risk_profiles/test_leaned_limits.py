"""Limits are named if the optimum leans on them, and only then."""

from dataclasses import replace

import pytest

from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from risk_profiles.leaned_limits import leaned_limits

MARKET = load_default_assumptions()
N = len(CLASSES)
BOND = CLASSES.index(ProductClass.BOND_FUND)
FREE = Mandate(
    classes=CLASSES,
    risk_aversion=3.0,
    human_capital_ratio=0.0,
    income_beta=0.0,
    volatility_cap=10.0,
    risky_share_cap=1.0,
    liquidity_floor=0.0,
    stable_floor=0.0,
    current=(1.0, *(0.0,) * (N - 1)),
    fixed=(0.0,) * N,
    class_caps=(1.0,) * N,
    buyable=(True,) * N,
    buy_cost=(0.0,) * N,
    sell_cost=(0.0,) * N,
)


def at(position: int, weight: float) -> tuple[float, ...]:
    return tuple(weight if n == position else 0.0 for n in range(N))


def leaned(mandate: Mandate) -> tuple[Limit, ...]:
    return leaned_limits(optimize(mandate, MARKET, with_costs=False))


LIMITED = {
    Limit.LOCKS: replace(
        FREE,
        current=tuple(0.5 * (n == 0) + 0.5 * (n == BOND) for n in range(N)),
        fixed=at(BOND, 0.5),
    ),
    Limit.SUITABILITY: replace(FREE, buyable=tuple(not TRAITS[c].risky for c in CLASSES)),
    Limit.RISKY_SHARE: replace(FREE, risky_share_cap=0.2),
    Limit.VOLATILITY: replace(FREE, volatility_cap=0.03),
    Limit.CLASS_CAPS: replace(FREE, class_caps=(0.3,) * N),
    Limit.LIQUIDITY: replace(FREE, liquidity_floor=0.4),
    Limit.STABLE: replace(FREE, stable_floor=0.7),
    Limit.EQUITY_CAP: replace(FREE, equity_cap=0.1),
}


@pytest.mark.parametrize("limit", LIMITED)
def test_a_limit_that_shapes_the_optimum_is_named_and_no_other(limit: Limit) -> None:
    assert leaned(LIMITED[limit]) == (limit,)


def test_without_limits_nothing_is_named() -> None:
    assert leaned(FREE) == ()


def test_limits_that_leave_the_optimum_where_it_is_are_not_named() -> None:
    found = optimize(FREE, MARKET, with_costs=False)
    risky = sum(w for c, w in found.weights.as_dict().items() if TRAITS[c].risky)
    wide = replace(FREE, volatility_cap=found.volatility + 0.01, risky_share_cap=risky + 0.01)
    assert leaned(wide) == ()
    # Reached, but nothing is gained without it.
    assert leaned(replace(FREE, volatility_cap=found.volatility + 1e-7)) == ()


def test_cash_for_everyday_payments_is_not_called_a_lock() -> None:
    assert leaned(replace(FREE, fixed=at(0, 0.1))) == ()


@pytest.mark.parametrize(
    ("product_class", "limit"),
    [(ProductClass.GOLD, Limit.LOCKS), (ProductClass.OVERSEAS_EQUITY_FUND, Limit.CLASS_CAPS)],
)
def test_where_a_lock_fills_its_cap_the_one_that_is_felt_is_named(
    product_class: ProductClass, limit: Limit
) -> None:
    # Half in gold is far more than the optimum wants, a hundredth of overseas equity far less.
    position = CLASSES.index(product_class)
    held = 0.5 if limit is Limit.LOCKS else 0.01
    filled = replace(
        FREE,
        current=tuple((1 - held) * (n == 0) + held * (n == position) for n in range(N)),
        fixed=at(position, held),
        class_caps=tuple(held if n == position else 1.0 for n in range(N)),
    )
    assert leaned(filled) == (limit,)
