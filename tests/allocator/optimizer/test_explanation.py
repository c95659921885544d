"""Reasons of single classes: what a level keeps out, and what gave way."""

from dataclasses import replace

import pytest
from nine_classes import CLASSES, OP2_CAPS, nine_class_mandate, nine_class_market

from allocator.mandate import Mandate
from allocator.optimizer.explanation import MOST_KEPT_OUT, explain
from allocator.optimizer.prices import group_price
from allocator.optimizer.solver import optimize
from allocator.product_classes import TRAITS, ProductClass, RiskLevel

MARKET = nine_class_market()
PRIVATE = CLASSES.index(ProductClass.PRIVATE_FUND_OR_TRUST)


def kept_out(mandate: Mandate, level: RiskLevel) -> list[object]:
    found = optimize(mandate, MARKET)
    return [
        reason.evidence["product_class"]
        for reason in explain(found, mandate, highest_risk_level=level)
        if reason.code == "reason.not_for_you"
    ]


def gains(mandate: Mandate, level: RiskLevel) -> dict[ProductClass, float]:
    """Return what opening each class above a level gains, by solving the whole mandate again."""
    base = optimize(mandate, MARKET).objective
    found = {}
    for n, product_class in enumerate(CLASSES):
        if TRAITS[product_class].risk_level > level:
            buyable = list(mandate.buyable)
            buyable[n] = True
            opened = optimize(replace(mandate, buyable=tuple(buyable)), MARKET)
            found[product_class] = opened.objective - base
    return found


@pytest.mark.parametrize(("kept", "is_said"), [(0.01, True), (4e-5, False)])
def test_everyday_cash_is_a_reason_unless_its_share_would_be_shown_as_nothing(
    kept: float, is_said: bool
) -> None:
    account = CLASSES.index(ProductClass.DEMAND_DEPOSIT)
    fixed = [0.0] * 9
    fixed[account] = kept
    held = [0.0] * 9
    held[account] = 1.0
    mandate = nine_class_mandate(risk_aversion=3, current=held, fixed=fixed, liquidity_floor=0.0)
    codes = [reason.code for reason in explain(optimize(mandate, MARKET), mandate)]
    assert ("reason.everyday_cash" in codes) == is_said


@pytest.mark.parametrize("level", [RiskLevel.R2, RiskLevel.R3, RiskLevel.R4])
@pytest.mark.parametrize("risk_aversion", [2.0, 5.0, 15.0])
@pytest.mark.parametrize("volatility_cap", [0.01, 0.03, 0.15])
def test_the_classes_named_as_kept_out_are_those_that_would_gain_most(
    level: RiskLevel, risk_aversion: float, volatility_cap: float
) -> None:
    mandate = nine_class_mandate(
        risk_aversion=risk_aversion,
        volatility_cap=volatility_cap,
        buyable=[TRAITS[c].risk_level <= level for c in CLASSES],
    )
    by_gain = sorted(
        ((gain, c) for c, gain in gains(mandate, level).items() if gain > 5e-5), reverse=True
    )
    assert kept_out(mandate, level) == [c for _, c in by_gain[:MOST_KEPT_OUT]]


def test_a_class_held_beyond_its_cap_is_not_kept_out_by_suitability() -> None:
    # More than its cap is locked: opened, not one yuan more of it could be bought.
    held = [0.0] * 9
    held[0], held[PRIVATE] = 0.85, 0.15
    fixed = [0.0] * 9
    fixed[PRIVATE] = 0.15
    mandate = nine_class_mandate(
        risk_aversion=2,
        current=held,
        fixed=fixed,
        class_caps=OP2_CAPS,
        buyable=[TRAITS[c].risk_level <= RiskLevel.R4 for c in CLASSES],
    )
    assert TRAITS[CLASSES[PRIVATE]].risk_level > RiskLevel.R4
    assert optimize(mandate, MARKET).solution.buy_limit_dual[PRIVATE] > 1e-3
    assert kept_out(mandate, RiskLevel.R4) == []


def test_a_need_that_gave_is_no_reason_with_what_was_left_of_it() -> None:
    mandate = nine_class_mandate(
        risk_aversion=5,
        liquidity_floor=0.4,
        current=(0.2, 0.8, *(0,) * 7),
        fixed=(0, 0.8, *(0,) * 7),
    )
    found = optimize(mandate, MARKET)
    assert [given.need for given in found.relaxations] == ["liquidity"]
    assert "reason.liquidity_floor" not in {r.code for r in explain(found, mandate)}


def test_a_cap_is_stated_with_its_price_where_it_can_be_seen() -> None:
    mandate = nine_class_mandate(risk_aversion=1.5, class_caps=[TRAITS[c].cap for c in CLASSES])
    found = optimize(mandate, MARKET)
    reasons = [r for r in explain(found, mandate) if r.code == "reason.class_cap_price"]
    assert reasons
    for reason in reasons:
        n = CLASSES.index(ProductClass(str(reason.evidence["product_class"])))
        caps = [1.0 if k == n else c for k, c in enumerate(mandate.class_caps)]
        free = optimize(replace(mandate, class_caps=tuple(caps)), MARKET)
        assert reason.evidence["price"] == pytest.approx(free.objective - found.objective, abs=1e-8)


@pytest.mark.parametrize(
    ("floor", "order"),
    [(0.02, ("volatility_cap", "liquidity_floor")), (0.4, ("liquidity_floor", "volatility_cap"))],
)
def test_reasons_stand_with_the_dearest_first(floor: float, order: tuple[str, str]) -> None:
    mandate = nine_class_mandate(risk_aversion=2, volatility_cap=0.06, liquidity_floor=floor)
    free = [
        optimize(replace(mandate, volatility_cap=3.0), MARKET).objective,
        optimize(replace(mandate, liquidity_floor=0.0), MARKET).objective,
    ]
    # Dropping the dearer one leaves the higher objective.
    assert (free[0] > free[1]) == (order[0] == "volatility_cap")
    found = optimize(mandate, MARKET)
    reasons = [r for r in explain(found, mandate) if "limit" in r.evidence]
    assert [r.code for r in reasons] == [f"reason.{limit}" for limit in order]


@pytest.mark.parametrize("level", [RiskLevel.R2, RiskLevel.R3, RiskLevel.R4])
def test_a_class_of_the_clients_own_level_is_kept_out_by_something_else(level: RiskLevel) -> None:
    mandate = nine_class_mandate(risk_aversion=2, buyable=(True, *(False,) * 8))
    own = [c for c in CLASSES if TRAITS[c].risk_level == level]
    assert own
    # Opening it would gain something, and the level is not what stands against it.
    below = RiskLevel(level - 1)
    assert set(own) & {*gains_above(mandate, below)}
    assert not set(own) & {*kept_out(mandate, level)}


def gains_above(mandate: Mandate, level: RiskLevel) -> list[ProductClass]:
    return [c for c, gain in gains(mandate, level).items() if gain > 5e-5]


def test_needs_that_share_a_price_are_not_named_together_beside_one_of_them() -> None:
    # Equity may be 30 % at least and at most and so may risk; dropping the floor frees all three.
    mandate = replace(
        nine_class_mandate(
            risk_aversion=10,
            liquidity_floor=0.3,
            stable_floor=0.5,
            risky_share_cap=0.3,
            buyable=(True, True, False, False, True, True, True, False, True),
        ),
        equity_cap=0.3,
        equity_floor=0.3,
    )
    found = optimize(mandate, MARKET)
    together = group_price(found)
    assert together is not None
    assert together.total > 1e-3
    codes = [r.code for r in explain(found, mandate)]
    assert "reason.equity_floor" in codes
    assert "equity_floor" in together.needs
    assert not [code for code in codes if "together" in code]
