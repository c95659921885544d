"""Conflicts: the worked cases, and sets that are infeasible and minimal on random mandates."""

from collections import Counter
from dataclasses import replace
from typing import Any

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from nine_classes import OP2_CAPS, nine_class_mandate, nine_class_market
from random_mandates import mandates, wishful_mandates

from allocator.errors import InfeasibleMandateError
from allocator.mandate import Mandate
from allocator.optimizer.conflicts import (
    Conflict,
    Limit,
    conflict_statements,
    find_conflicts,
)
from allocator.optimizer.inputs import NEEDS, Inputs, inputs_of
from allocator.optimizer.relaxation import ROOM_OTHERWISE, LeastSlack, least_slack, met_today
from allocator.optimizer.solver import optimize

MARKET = nine_class_market()
LOCKED = (0, 0.55, 0, 0, 0, 0, 0, 0, 0.10)
# Worked cases: locks against a floor, a return against a volatility, equities against a share.
LOCKS_AND_FLOOR = nine_class_mandate(
    risk_aversion=5, liquidity_floor=0.40, current=(0.35, *LOCKED[1:]), fixed=LOCKED
)
RETURN_AND_RISK = replace(
    nine_class_mandate(risk_aversion=5, volatility_cap=0.03, liquidity_floor=0.1125),
    desired_return=0.05,
)
EQUITY_AND_SHARE = replace(
    nine_class_mandate(risk_aversion=5, risky_share_cap=0.25), equity_floor=0.30
)


@pytest.mark.parametrize(
    ("mandate", "limits", "by"),
    [
        (LOCKS_AND_FLOOR, (Limit.LOCKS, Limit.LIQUIDITY), 0.05),
        (RETURN_AND_RISK, (Limit.VOLATILITY, Limit.DESIRED_RETURN), 0.020098),
        (EQUITY_AND_SHARE, (Limit.RISKY_SHARE, Limit.EQUITY_FLOOR), 0.05),
    ],
)
def test_the_worked_conflicts_are_named_with_the_least_that_gives(
    mandate: Mandate, limits: tuple[Limit, ...], by: float
) -> None:
    (conflict,) = find_conflicts(mandate, MARKET)
    assert conflict.limits == limits
    assert conflict.gives is limits[-1]
    assert conflict.by == pytest.approx(by, abs=2e-6)
    (relaxed,) = optimize(mandate, MARKET).relaxations
    assert relaxed.need == limits[-1]
    assert relaxed.wanted - relaxed.granted == pytest.approx(by, abs=2e-6)


def test_without_a_lock_the_cap_that_it_lifts_stands_as_it_was() -> None:
    # Three fifths of wealth are locked in deposits that may be a fifth; the stable classes may be
    # three fifths together, so nineteen twentieths are out of reach, locked or not, sold or not.
    deposits = (0.1, 0.6, 0, 0.3, 0, 0, 0, 0, 0)
    mandate = nine_class_mandate(
        risk_aversion=5,
        stable_floor=0.95,
        class_caps=(0.2, 0.2, 0.2, *OP2_CAPS[3:]),
        current=deposits,
        fixed=(0, 0.6, *(0,) * 7),
        buyable=(True, True, False, *(True,) * 6),
    )
    (*_, conflict) = find_conflicts(mandate, MARKET)
    assert conflict.limits == (Limit.CLASS_CAPS, Limit.STABLE)


def test_what_is_met_today_never_gives_for_what_stays_broken() -> None:
    # A locked fund of shares breaks the volatility cap, and bonds would calm it by a hair more
    # than money in the account, which is the emergency fund.
    mandate = nine_class_mandate(
        risk_aversion=5,
        volatility_cap=0.05,
        liquidity_floor=0.4,
        current=(0.45, 0, 0, 0, 0.55, 0, 0, 0, 0),
        fixed=(0, 0, 0, 0, 0.55, 0, 0, 0, 0),
    )
    met = met_today(inputs_of(mandate, MARKET, with_costs=False))
    assert {"liquidity", "stable"} <= met
    found = optimize(mandate, MARKET)
    assert {r.need for r in found.relaxations} & met == set()
    assert sum(found.weights.values[:1]) >= 0.4 - 2e-6
    # What is not held today has its old place in the order.
    empty = replace(mandate, current=(0, 0.45, 0, 0, 0.55, 0, 0, 0, 0))
    assert "liquidity" not in met_today(inputs_of(empty, MARKET, with_costs=False))


def test_the_return_that_is_granted_is_the_highest_within_the_volatility() -> None:
    found = optimize(RETURN_AND_RISK, MARKET)
    assert found.expected_return == pytest.approx(0.029902, abs=2e-6)
    assert found.volatility <= 0.03 + 2e-6


def test_a_need_beyond_all_wealth_conflicts_with_nothing_else() -> None:
    (conflict,) = find_conflicts(nine_class_mandate(risk_aversion=5, liquidity_floor=1.3), MARKET)
    assert conflict == Conflict((Limit.LIQUIDITY,), Limit.LIQUIDITY, conflict.by)
    assert conflict.by == pytest.approx(0.3, abs=2e-6)
    assert [s.code for s in conflict_statements(conflict)] == ["conflict.with_wealth"]


@pytest.mark.parametrize("floor", [1.5, 2.0, 3.0, 10.0, 1000.0])
@pytest.mark.parametrize("need", ["liquidity", "stable"])
def test_a_floor_of_many_times_the_wealth_gives_all_that_wealth_leaves_of_it(
    need: str, floor: float
) -> None:
    floors: dict[str, Any] = {f"{need}_floor": floor}
    mandate = nine_class_mandate(risk_aversion=5, **floors)
    (conflict,) = find_conflicts(mandate, MARKET)
    # One is the most that weights can reach.
    assert conflict.by == pytest.approx(floor - 1, abs=2e-6)
    (relaxed,) = optimize(mandate, MARKET).relaxations
    assert relaxed.wanted - relaxed.granted == pytest.approx(conflict.by, abs=1e-9)


def test_needs_that_can_be_met_have_no_conflict() -> None:
    assert find_conflicts(nine_class_mandate(risk_aversion=5, liquidity_floor=0.2), MARKET) == ()


def test_what_stands_in_the_way_is_said_without_the_need_itself() -> None:
    (conflict,) = find_conflicts(LOCKS_AND_FLOOR, MARKET)
    assert [s.code for s in conflict_statements(conflict)] == ["conflict.locks"]


@pytest.mark.parametrize(
    ("fixed", "buyable", "limits"),
    [
        ((0.6, 0.6, *(0,) * 7), (True,) * 9, {"locks"}),
        ((0, 0.3, *(0,) * 7), (True, False, *(True,) * 7), {"locks", "suitability"}),
    ],
)
def test_locks_that_leave_no_allocation_are_refused_by_name(
    fixed: tuple[float, ...], buyable: tuple[bool, ...], limits: set[str]
) -> None:
    mandate = nine_class_mandate(risk_aversion=5, fixed=fixed, buyable=buyable)
    with pytest.raises(InfeasibleMandateError) as refused:
        optimize(mandate, MARKET)
    assert set(refused.value.conflict) == limits
    (conflict,) = find_conflicts(mandate, MARKET)
    assert set(conflict.limits) == limits
    assert conflict.gives is None


def least_miss(mandate: Mandate, limits: frozenset[Limit]) -> float:
    """Return the least by which one of these limits must be missed: a problem of its own."""
    inputs = inputs_of(mandate, MARKET, with_costs=False)
    # A lock lifts the cap of its class.
    lifted = np.maximum(mandate.class_caps, mandate.fixed)
    caps = lifted if Limit.LOCKS in limits else np.array(mandate.class_caps)
    n, miss = len(inputs.tilt), cp.Variable(nonneg=True)
    w, over_caps = cp.Variable(n, nonneg=True), cp.Variable(n, nonneg=True)
    mean, risk = inputs.net_returns @ w, cp.norm(inputs.factor @ w)
    constraints = {
        Limit.LOCKS: w >= inputs.fixed,
        Limit.SUITABILITY: w <= inputs.current + inputs.buy_limit,
        Limit.RISKY_SHARE: inputs.risky @ w <= inputs.risky_share + miss,
        Limit.VOLATILITY: risk <= inputs.volatility + miss,
        Limit.CLASS_CAPS: w <= caps + over_caps,
        Limit.LIQUIDITY: inputs.liquid @ w >= inputs.liquidity_floor - miss,
        Limit.STABLE: inputs.stable @ w >= inputs.stable_floor - miss,
        Limit.EQUITY_CAP: inputs.equity @ w <= inputs.equity_cap + miss,
        Limit.EQUITY_FLOOR: inputs.equity @ w >= inputs.equity_floor - miss,
        Limit.SHORTFALL: mean - inputs.deviations * risk >= inputs.shortfall - miss,
        Limit.DESIRED_RETURN: mean >= inputs.desired_return - miss,
    }
    kept = [constraints[limit] for limit in limits]
    problem = cp.Problem(cp.Minimize(miss), [cp.sum(w) == 1, cp.sum(over_caps) <= miss, *kept])
    problem.solve(solver="CLARABEL", tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10)
    return float(miss.value)


def assert_first_conflict_is_infeasible_and_minimal(mandate: Mandate) -> None:
    found = find_conflicts(mandate, MARKET)
    if not found:
        assert least_miss(mandate, frozenset(Limit)) <= ROOM_OTHERWISE
        return
    limits = frozenset(found[0].limits)
    assert least_miss(mandate, limits) > ROOM_OTHERWISE
    # Whatever a subset can meet, a smaller one can: it is enough to leave out one.
    for limit in limits:
        assert least_miss(mandate, limits - {limit}) <= ROOM_OTHERWISE, (limits, limit)


@given(mandates())
@settings(max_examples=60)
def test_a_conflict_cannot_be_met_and_without_any_one_of_its_limits_it_can(
    mandate: Mandate,
) -> None:
    assert_first_conflict_is_infeasible_and_minimal(mandate)


@given(wishful_mandates())
@settings(max_examples=60)
def test_a_conflict_of_wishes_cannot_be_met_and_without_any_one_of_its_limits_it_can(
    mandate: Mandate,
) -> None:
    assert_first_conflict_is_infeasible_and_minimal(mandate)


@given(wishful_mandates())
@settings(max_examples=40)
def test_every_need_that_gives_has_a_conflict_that_names_it(mandate: Mandate) -> None:
    found = find_conflicts(mandate, MARKET)
    relaxed = [r.need for r in optimize(mandate, MARKET, with_costs=False).relaxations]
    assert [c.gives for c in found] == relaxed
    for conflict in found:
        assert conflict.gives in conflict.limits
        assert conflict.by > 0
        # A need can only be in the way of those that are kept after it, or if it is met today.
        met = met_today(inputs_of(mandate, MARKET, with_costs=False))
        assert conflict.gives not in met
        assert all(
            limit in met or NEEDS.index(limit) <= NEEDS.index(conflict.gives or "")
            for limit in conflict.limits
            if limit in NEEDS
        )


def everything_set(seed: int) -> Mandate:
    """Draw a mandate with locks, suitability and every wish, most of them out of reach."""
    dice = np.random.default_rng(seed)
    current = dice.dirichlet(np.full(9, 0.5))
    mandate = nine_class_mandate(
        risk_aversion=5,
        volatility_cap=dice.uniform(0.002, 0.1),
        risky_share_cap=dice.uniform(0.02, 0.6),
        liquidity_floor=dice.uniform(0, 0.6),
        stable_floor=dice.uniform(0, 0.9),
        current=current.tolist(),
        fixed=(current * dice.random(9)).tolist(),
        class_caps=(np.array(OP2_CAPS) * dice.uniform(0.5, 1.2)).tolist(),
        buyable=(True, *(dice.random(7) < 0.6).tolist(), False),
    )
    return replace(
        mandate,
        equity_cap=dice.uniform(0.02, 0.6),
        equity_floor=dice.uniform(0, 0.5),
        shortfall=dice.uniform(-0.15, 0.02),
        shortfall_deviations=dice.uniform(0.5, 3),
        desired_return=dice.uniform(0.005, 0.06),
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The needs of the solves that conflicts took beyond those that find what gives."""
    needs: list[str] = []

    def counted(inputs: Inputs, *, need: str, limits: np.ndarray) -> LeastSlack:
        needs.append(need)
        return least_slack(inputs, need=need, limits=limits)

    monkeypatch.setattr("allocator.optimizer.conflicts.least_slack", counted)
    return needs


def test_a_conflict_takes_at_most_eight_solves_with_all_eleven_groups_set(
    asked: list[str],
) -> None:
    conflicts = 0
    for seed in range(60):
        found = find_conflicts(everything_set(seed), MARKET)
        conflicts += len(found)
        assert max(Counter(asked).values(), default=0) <= 8
        # No group is named but after a solve that met the others without it.
        assert all(asked.count(str(c.gives)) >= len(c.limits) - 1 for c in found)
        asked.clear()
    assert conflicts > 60


def test_groups_with_no_multiplier_take_no_solve(asked: list[str]) -> None:
    everything = replace(
        nine_class_mandate(
            risk_aversion=5,
            volatility_cap=0.03,
            risky_share_cap=0.3,
            liquidity_floor=0.1,
            stable_floor=0.2,
            current=(0.8, 0.2, *(0,) * 7),
            fixed=(0, 0.2, *(0,) * 7),
            buyable=(*(True,) * 8, False),
        ),
        desired_return=0.05,
    )
    (conflict,) = find_conflicts(everything, MARKET)
    assert conflict.limits == (Limit.VOLATILITY, Limit.DESIRED_RETURN)
    # Of seven groups two have a price at the highest return: the volatility and the lock.
    assert asked == ["desired_return"] * 2


@pytest.mark.parametrize("seed", range(40))
def test_a_conflict_of_everything_cannot_be_met_and_without_any_one_of_its_limits_it_can(
    seed: int,
) -> None:
    assert_first_conflict_is_infeasible_and_minimal(everything_set(seed))


def test_the_groups_are_the_hard_limits_and_the_needs_in_their_order() -> None:
    assert tuple(Limit)[2:] == NEEDS
