"""What income to come does to the growth share, against optima found another way."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.life_cycle.human_capital import HumanCapital
from allocator.mandate import Mandate
from allocator.market.assumptions import load_default_assumptions
from allocator.money import Money
from allocator.optimizer.conflicts import Limit
from allocator.optimizer.solver import optimize
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from allocator.statements import Evidence, Statement
from risk_profiles.leaned_limits import leaned_limits
from risk_profiles.life_cycle_reasons import (
    LEAST_EFFECT,
    IncomeToCome,
    growth_share,
    life_cycle_reasons,
    without_limit,
)
from risk_profiles.person import IncomeKind

MARKET = load_default_assumptions()
N = len(CLASSES)
WEALTH = 1_000_000.0
MORE, EQUITIES = "reason.life_cycle_more", "reason.income_like_equities"
LIMITED, HELD = "reason.life_cycle_limited", "reason.life_cycle_held"
FREE = Mandate(
    classes=CLASSES,
    risk_aversion=8.0,
    human_capital_ratio=3.0,
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
BOND = CLASSES.index(ProductClass.BOND_FUND)
STABLE_ONLY = tuple(TRAITS[c].stable for c in CLASSES)


def reasons(mandate: Mandate, *, rule_share: float = 1.0) -> dict[str, Mapping[str, Evidence]]:
    capital = HumanCapital(
        wages=0.75 * mandate.human_capital_ratio * WEALTH,
        pension=0.25 * mandate.human_capital_ratio * WEALTH,
        beta=mandate.income_beta,
        wage_discount_rate=0.05,
        retirement_age=60,
        is_working=True,
    )
    income = IncomeToCome(capital, IncomeKind.ENTREPRENEUR, rule_share)
    best = optimize(mandate, MARKET, with_costs=False)
    found = life_cycle_reasons(best, mandate, MARKET, income=income)
    return {reason.code: reason.evidence for reason in found}


def share_of(mandate: Mandate) -> float:
    return growth_share(optimize(mandate, MARKET, with_costs=False))


def at(position: int, weight: float) -> tuple[float, ...]:
    return tuple(weight if n == position else 0.0 for n in range(N))


def test_a_sure_income_acts_like_a_smaller_risk_aversion() -> None:
    (code, evidence), *others = reasons(FREE).items()
    assert (code, others) == (MORE, [])
    # k = 3/4, so that of three times the wealth three quarters of it count.
    bolder = replace(FREE, human_capital_ratio=0.0, risk_aversion=8.0 / 1.75)
    assert evidence["share"] == pytest.approx(share_of(bolder), abs=1e-3)
    assert evidence["alone"] == pytest.approx(
        share_of(replace(bolder, risk_aversion=8.0)), abs=1e-3
    )
    assert evidence["amount"] == Money.parse("3000000.00")
    assert evidence["counted"] == Money.parse("750000.00")


def test_an_income_that_moves_with_equities_takes_growth_away_again() -> None:
    found = reasons(replace(FREE, income_beta=0.1))
    assert set(found) == {MORE, EQUITIES}
    hedged, more = found[EQUITIES], found[MORE]
    assert hedged["kind"] is IncomeKind.ENTREPRENEUR
    assert hedged["share"] == more["share"]
    assert hedged["sure"] == reasons(FREE)[MORE]["share"]
    assert float(str(more["alone"])) < float(str(hedged["share"])) < float(str(hedged["sure"]))


def test_an_income_that_is_nearly_equity_adds_no_growth_and_says_why() -> None:
    found = reasons(replace(FREE, income_beta=0.4))
    assert set(found) == {EQUITIES}


def test_without_income_to_come_nothing_is_said() -> None:
    assert reasons(replace(FREE, human_capital_ratio=0.0, volatility_cap=0.01)) == {}


def test_without_income_to_come_nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    mandate = replace(FREE, human_capital_ratio=0.0)
    best = optimize(mandate, MARKET, with_costs=False)
    monkeypatch.delattr("risk_profiles.life_cycle_reasons.optimize")
    capital = HumanCapital(0.0, 0.0, 0.0, 0.05, 60, is_working=False)
    income = IncomeToCome(capital, IncomeKind.RETIRED, 0.1)
    assert life_cycle_reasons(best, mandate, MARKET, income=income) == ()


def test_too_little_income_to_matter_is_not_spoken_of_whatever_binds() -> None:
    for limits in (FREE, replace(FREE, volatility_cap=0.02), replace(FREE, risky_share_cap=0.1)):
        assert reasons(replace(limits, human_capital_ratio=0.002)) == {}


LIMITS = {
    Limit.VOLATILITY: replace(FREE, volatility_cap=0.015),
    Limit.RISKY_SHARE: replace(FREE, risky_share_cap=0.1),
    Limit.SUITABILITY: replace(FREE, buyable=STABLE_ONLY),
    Limit.LOCKS: replace(
        FREE,
        current=tuple(0.05 * (n == 0) + 0.95 * (n == BOND) for n in range(N)),
        fixed=at(BOND, 0.95),
    ),
    Limit.LIQUIDITY: replace(FREE, liquidity_floor=0.98, stable_floor=0.98),
    Limit.STABLE: replace(FREE, liquidity_floor=0.1, stable_floor=0.98),
    Limit.CLASS_CAPS: replace(
        FREE, class_caps=tuple(0.01 if TRAITS[c].risky else 1.0 for c in CLASSES)
    ),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_the_limit_that_hides_income_is_named_beside_the_rule(limit: Limit) -> None:
    mandate = LIMITS[limit]
    found = reasons(mandate)
    assert found[LIMITED]["limit"] is limit
    assert found[LIMITED]["rule"] == 1.0
    assert found[LIMITED]["share"] == pytest.approx(share_of(mandate), abs=1e-3)
    freed = without_limit(mandate, limit)
    assert share_of(freed) - share_of(replace(freed, human_capital_ratio=0.0)) >= LEAST_EFFECT


@pytest.mark.parametrize("limit", LIMITS)
def test_dropping_a_limit_touches_nothing_else_and_ends_it(limit: Limit) -> None:
    freed = without_limit(LIMITS[limit], limit)
    assert freed != LIMITS[limit]
    expected = FREE
    if limit is Limit.LOCKS:
        expected = replace(expected, current=LIMITS[limit].current)
    if limit is Limit.STABLE:
        expected = replace(expected, liquidity_floor=0.1, stable_floor=0.1)
    assert freed == expected


@pytest.mark.parametrize("wish", ["equity_cap", "equity_floor", "shortfall", "desired_return"])
def test_a_wish_that_is_dropped_is_as_if_never_asked(wish: str) -> None:
    changes: dict[str, float] = {wish: 0.03}
    assert without_limit(replace(FREE, **changes), Limit(wish)) == FREE  # type: ignore[arg-type]


def test_cash_for_everyday_payments_stays_when_locks_are_dropped() -> None:
    fixed = tuple(0.1 if n in (0, BOND) else 0.0 for n in range(N))
    assert without_limit(replace(FREE, fixed=fixed), Limit.LOCKS).fixed == at(0, 0.1)


def test_a_limit_that_hides_only_a_part_is_named_beside_what_shows() -> None:
    # Between the share without income and the free one.
    found = reasons(FREE)[MORE]
    middle = (float(str(found["share"])) + float(str(found["alone"]))) / 2
    told = reasons(replace(FREE, risky_share_cap=middle))
    assert set(told) == {MORE, LIMITED}
    assert told[MORE]["share"] == pytest.approx(middle, abs=1e-3)
    assert told[LIMITED]["limit"] is Limit.RISKY_SHARE


def test_the_rule_is_not_told_where_it_allows_no_more_than_there_is() -> None:
    mandate = LIMITS[Limit.RISKY_SHARE]
    assert reasons(mandate, rule_share=0.1) == {HELD: {"limit": Limit.RISKY_SHARE}}


def test_a_limit_that_hides_a_hedge_is_named_without_the_rule() -> None:
    # Income like equities would lower the share; what is locked does not let it.
    equity = CLASSES.index(ProductClass.A_SHARE_EQUITY_FUND)
    mandate = replace(FREE, income_beta=0.4, current=at(equity, 1.0), fixed=at(equity, 1.0))
    assert reasons(mandate) == {HELD: {"limit": Limit.LOCKS}}


def test_a_limit_that_hides_the_hedge_alone_is_named() -> None:
    # What income adds, its hedge takes away: only beside a sure income does it show.
    sold = tuple(c is not ProductClass.GOLD for c in CLASSES)
    limited = replace(FREE, buyable=sold, liquidity_floor=0.9, stable_floor=0.9)
    mandate = replace(limited, income_beta=0.24)
    freed = without_limit(mandate, Limit.LIQUIDITY)
    alone = share_of(replace(freed, human_capital_ratio=0.0))
    assert abs(share_of(freed) - alone) < LEAST_EFFECT
    assert share_of(replace(freed, income_beta=0.0)) - share_of(freed) > LEAST_EFFECT
    # Gold that is not sold is leaned on too, and comes first where several hide it together.
    assert Limit.SUITABILITY in leaned_limits(optimize(mandate, MARKET, with_costs=False))
    assert reasons(mandate) == {HELD: {"limit": Limit.LIQUIDITY}}


def test_where_several_limits_hide_income_alike_the_first_of_them_is_named() -> None:
    both = replace(LIMITS[Limit.SUITABILITY], liquidity_floor=1.0, stable_floor=1.0)
    for limit in (Limit.SUITABILITY, Limit.LIQUIDITY):
        freed = without_limit(both, limit)
        assert share_of(freed) == pytest.approx(0, abs=1e-6)
    leaned = leaned_limits(optimize(both, MARKET, with_costs=False))
    named = Limit.SUITABILITY if Limit.SUITABILITY in leaned else Limit.LIQUIDITY
    assert reasons(both)[LIMITED]["limit"] is named


def test_of_several_limits_the_one_that_holds_the_share_most_is_named() -> None:
    # Gold that is not sold is leaned on too and comes first, but without it the share stays at 0.
    sold = tuple(c is not ProductClass.GOLD for c in CLASSES)
    held = replace(FREE, buyable=sold, risky_share_cap=0.1, liquidity_floor=0.05, stable_floor=1.0)
    leaned = leaned_limits(optimize(held, MARKET, with_costs=False))
    assert {Limit.SUITABILITY, Limit.LIQUIDITY, Limit.STABLE} <= {*leaned}
    without = {limit: share_of(without_limit(held, limit)) for limit in leaned}
    assert without[Limit.SUITABILITY] == pytest.approx(0, abs=1e-6)
    assert without[Limit.STABLE] == max(without.values()) > without[Limit.LIQUIDITY] + LEAST_EFFECT
    assert reasons(held)[LIMITED]["limit"] is Limit.STABLE


def test_of_two_limits_that_each_hide_income_the_one_that_hides_more_is_named() -> None:
    alone = float(str(reasons(FREE)[MORE]["alone"]))
    # Just below the share without income; a twentieth of liquidity lies within the stable floor.
    held = replace(FREE, liquidity_floor=0.05, stable_floor=1 - alone + 0.005)
    shown = {}
    for limit in (Limit.LIQUIDITY, Limit.STABLE):
        freed = without_limit(held, limit)
        shown[limit] = share_of(freed) - share_of(replace(freed, human_capital_ratio=0.0))
    assert LEAST_EFFECT < shown[Limit.LIQUIDITY] < shown[Limit.STABLE]
    assert reasons(held)[LIMITED]["limit"] is Limit.STABLE


def test_of_two_limits_on_one_face_volatility_is_named_first() -> None:
    sold = (ProductClass.DEMAND_DEPOSIT, ProductClass.A_SHARE_EQUITY_FUND)
    capped = replace(FREE, risky_share_cap=0.1, buyable=tuple(c in sold for c in CLASSES))
    reached = optimize(capped, MARKET, with_costs=False).volatility
    both = replace(capped, volatility_cap=reached + 1e-8)
    leaned = leaned_limits(optimize(both, MARKET, with_costs=False))
    assert {Limit.RISKY_SHARE, Limit.VOLATILITY} <= {*leaned}
    assert reasons(both)[LIMITED]["limit"] is Limit.VOLATILITY


def test_a_limit_behind_a_limit_is_found_and_the_one_in_front_is_named() -> None:
    # Nobody leans on a cap of risky assets who may not buy any.
    behind = replace(LIMITS[Limit.SUITABILITY], risky_share_cap=0.005)
    leaned = leaned_limits(optimize(behind, MARKET, with_costs=False))
    assert Limit.RISKY_SHARE not in leaned
    assert reasons(behind)[LIMITED]["limit"] is Limit.SUITABILITY


@given(ratio=st.floats(0.05, 100), beta=st.floats(0, 0.5), cap=st.floats(0.01, 0.2))
def test_what_is_said_is_never_below_a_point_and_never_counts_more_than_wealth(
    ratio: float, beta: float, cap: float
) -> None:
    mandate = replace(FREE, human_capital_ratio=ratio, income_beta=beta, volatility_cap=cap)
    found = reasons(mandate)
    if MORE in found:
        told = found[MORE]
        assert isinstance(told["counted"], Money)
        assert isinstance(told["amount"], Money)
        assert told["counted"] < Money.parse("1000000.00")
        assert told["counted"] <= told["amount"]
        assert float(str(told["share"])) - float(str(told["alone"])) >= LEAST_EFFECT - 1e-9
    if EQUITIES in found:
        told = found[EQUITIES]
        moved = float(str(told["share"])) - float(str(told["sure"]))
        assert abs(moved) >= LEAST_EFFECT - 1e-9
    shown = share_of(mandate)
    for other in (replace(mandate, human_capital_ratio=0.0), replace(mandate, income_beta=0.0)):
        if abs(share_of(other) - shown) >= LEAST_EFFECT + 1e-6:
            assert found


def test_trading_costs_play_no_part() -> None:
    mandate = replace(FREE, income_beta=0.1, risky_share_cap=0.5)
    dear = replace(mandate, buy_cost=(0.05,) * N, sell_cost=(0.05,) * N)
    assert reasons(dear) == reasons(mandate) != {}


def test_the_statements_are_the_same_every_time() -> None:
    mandate = replace(LIMITS[Limit.RISKY_SHARE], income_beta=0.1)
    first: dict[str, Mapping[str, Evidence]] = reasons(mandate)
    assert first == reasons(mandate)
    assert all(isinstance(Statement(code, evidence=e), Statement) for code, e in first.items())
