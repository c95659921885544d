"""Limits after fees: what a fee alone can miss, and whom it is forgiven."""

from dataclasses import replace

import numpy as np
import pytest
from nine_classes import CLASSES, nine_class_mandate, nine_class_market

from allocator.optimizer.inputs import OFF, SOFT_NEEDS, Inputs, inputs_of
from allocator.optimizer.objective import breaches, breaches_after_fees, spared_by_fees

N = len(CLASSES)
ACCOUNT = 0
FEES = 0.001


def inputs(**changes: object) -> Inputs:
    mandate = nine_class_mandate(
        risk_aversion=5, volatility_cap=0.15, risky_share_cap=0.45, liquidity_floor=0.1125
    )
    made = inputs_of(mandate, nine_class_market(), with_costs=True)
    return replace(made, **changes)  # type: ignore[arg-type]


def paid_from(i: Inputs, number: int) -> np.ndarray:
    """A third in every one of three classes, and the fees paid out of one of them."""
    held = np.zeros(N)
    held[[ACCOUNT, number, N - 1]] = 1 / 3
    held[ACCOUNT] -= FEES
    return held


def test_a_cap_that_is_just_met_is_missed_by_the_fees_unless_they_are_spared() -> None:
    caps = np.full(N, 1 / 3)
    i = inputs(caps=caps, liquidity_floor=0.0, stable_floor=0.0, risky_share=1.0, volatility=1.0)
    held = paid_from(i, 2)
    nobody, all_caps = np.zeros(4 + N, dtype=np.bool_), np.ones(4 + N, dtype=np.bool_)
    after = breaches_after_fees(i, held, spared=nobody, account=ACCOUNT)
    # A third of what was there is a third/(1 - fees) of what is left, in two classes.
    grown = 1 / 3 / (1 - FEES) - 1 / 3
    assert after[[4 + 2, 4 + N - 1]] == pytest.approx([grown, grown], rel=1e-9)
    assert after.sum() == pytest.approx(2 * grown, rel=1e-9)
    spared = breaches_after_fees(i, held, spared=all_caps, account=ACCOUNT)
    assert spared == pytest.approx(0, abs=1e-12)


def test_a_floor_is_missed_by_what_is_missing_and_by_the_fees_only_where_they_count() -> None:
    i = inputs(liquidity_floor=0.4, stable_floor=0.0, risky_share=1.0, volatility=1.0)
    held = np.zeros(N)
    held[ACCOUNT], held[N - 1] = 0.3, 0.7 - FEES
    left = 1 - FEES
    nobody = np.zeros(4 + N, dtype=np.bool_)
    liquidity_alone = np.arange(4 + N) == 2
    counted = breaches_after_fees(i, held, spared=nobody, account=ACCOUNT)[2]
    assert counted == pytest.approx(0.4 - 0.3 / left, rel=1e-9)
    spared = breaches_after_fees(i, held, spared=liquidity_alone, account=ACCOUNT)[2]
    assert spared == pytest.approx((0.4 - 0.3 - FEES) / left, rel=1e-9)


def test_without_fees_it_does_not_matter_who_is_spared() -> None:
    i, dice = inputs(), np.random.default_rng(5)
    for _ in range(20):
        w = dice.dirichlet(np.ones(N))
        some = dice.random(4 + N) < 0.5
        found = breaches_after_fees(i, w, spared=some, account=ACCOUNT)
        assert found == pytest.approx(breaches(i, w), abs=1e-12)


@pytest.mark.parametrize(
    ("need", "spared"),
    [("risky_share", [0]), ("volatility", [1]), ("liquidity", [2]), ("stable", [3])],
)
def test_a_need_that_gave_way_is_spared_and_no_other(need: str, spared: list[int]) -> None:
    found = spared_by_fees(inputs(), gave={need}, fees=FEES)
    assert np.flatnonzero(found).tolist() == spared


def test_all_caps_are_spared_when_they_gave_and_one_that_locked_holdings_fill() -> None:
    i = inputs()
    assert not spared_by_fees(i, gave=(), fees=FEES).any()
    gave = spared_by_fees(i, gave={"class_caps"}, fees=FEES)
    assert np.flatnonzero(gave).tolist() == list(range(4, 4 + N))
    for share, is_spared in ((1.0, True), (1 - FEES / 2, True), (1 - 2 * FEES, False)):
        full = replace(i, fixed=np.where(np.arange(N) == 3, i.caps * share, 0.0))
        found = spared_by_fees(full, gave=(), fees=FEES)
        assert np.flatnonzero(found).tolist() == ([7] if is_spared else [])


@pytest.mark.parametrize(
    ("share", "is_spared"), [(1.01, False), (1.0, True), (1 - FEES / 2, True), (0.99, False)]
)
def test_a_cap_that_is_filled_but_not_passed_is_spared(share: float, is_spared: bool) -> None:
    i = inputs()
    held = i.caps[3] * share
    full = replace(i, current=np.where(np.arange(N) == 3, held, (1 - held) / (N - 1)))
    found = spared_by_fees(full, gave=(), fees=FEES)
    assert np.flatnonzero(found).tolist() == ([7] if is_spared else [])


def test_wishes_come_last_in_the_order_of_breaches() -> None:
    i = inputs(equity_cap=0.1)
    assert "equity_cap" in OFF
    assert len(breaches(i, i.current)) == 4 + N + 4
    found = spared_by_fees(i, gave={"shortfall", *SOFT_NEEDS[:1]}, fees=0.0)
    assert np.flatnonzero(found).tolist() == [0, 4 + N + 2]
