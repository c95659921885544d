"""The simulator against two years worked by hand, and blind to the future."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.backtest.policy import FixedTarget
from allocator.backtest.simulator import simulate
from allocator.errors import InputError
from allocator.market.history import ReturnHistory, load_default_history
from allocator.product_classes import ProductClass
from allocator.weights import Weights

CASH, SHARES = ProductClass.MONEY_FUND, ProductClass.A_SHARE_EQUITY_FUND
FREE = {CASH: 0.0, SHARES: 0.0}
HALF = Weights((CASH, SHARES), (0.5, 0.5))


def years(
    *rows: tuple[float, float], fees: tuple[float, float] = (0.0, 0.0), per_year: int = 1
) -> ReturnHistory:
    return ReturnHistory(
        classes=(CASH, SHARES),
        start=date(1999, 12, 31),
        dates=tuple(date(2000 + t, 12, 31) for t in range(len(rows))),
        returns=np.array(rows),
        periods_per_year=per_year,
        annual_fees=fees,
        source="a test",
    )


@dataclass(frozen=True)
class TrendFollower:
    """Holds more of what rose: a policy whose decisions hang on every past return."""

    def decide(self, past: ReturnHistory, current: Weights | None) -> Weights:
        growth = np.exp(past.returns.sum(axis=0))
        shares = growth / growth.sum()
        return Weights(past.classes, tuple(shares.tolist()))


@dataclass(frozen=True)
class Idle:
    def decide(self, past: ReturnHistory, current: Weights | None) -> None:
        return None


def test_two_years_of_drift_and_trades_are_those_worked_by_hand() -> None:
    history = years((0.0, 0.5), (0.0, -0.2))
    buy, sell = {CASH: 0.0, SHARES: 0.01}, {CASH: 0.0, SHARES: 0.02}
    simulation = simulate(history, FixedTarget(HALF, 0.05), buy_cost=buy, sell_cost=sell)
    # Purchase: 0.5 of shares at 1 %. Then 0.5 + 0.75 = 1.25. Shares stand at 0.6 and 0.1 is
    # sold at 2 %. Then 0.5 + 0.4 = 0.9.
    first = (1 - 0.005) * 1.25
    second = first * (1 - 0.002) * 0.9
    assert simulation.value_path == pytest.approx((1.0, first, second), abs=1e-15)
    assert list(simulation.returns) == pytest.approx([first - 1, second / first - 1], abs=1e-15)
    assert simulation.turnover == pytest.approx(0.1, abs=1e-15)
    assert simulation.trading_cost == pytest.approx(0.007, abs=1e-15)
    assert [d.on for d in simulation.decisions] == [date(1999, 12, 31), date(2000, 12, 31)]


def test_inside_the_band_nothing_is_traded_and_weights_drift() -> None:
    history = years((0.0, 0.5), (0.0, 0.5))
    simulation = simulate(history, FixedTarget(HALF, 0.11), buy_cost=FREE, sell_cost=FREE)
    assert len(simulation.decisions) == 1
    assert simulation.turnover == 0
    # Buy and hold: half stays, half grows by 1.5 twice.
    assert simulation.value_path[-1] == pytest.approx(0.5 + 0.5 * 1.5**2, abs=1e-15)


def test_a_band_of_zero_trades_back_every_period() -> None:
    history = years((0.0, 0.5), (0.0, 0.5), (0.0, 0.5))
    simulation = simulate(history, FixedTarget(HALF, 0.0), buy_cost=FREE, sell_cost=FREE)
    assert len(simulation.decisions) == 3
    assert simulation.value_path[-1] == pytest.approx(1.25**3, abs=1e-15)


def test_fees_are_charged_by_the_period_only_where_returns_are_gross() -> None:
    history = years((0.0, 0.0), (0.0, 0.0), fees=(0.0, 0.012), per_year=12)
    simulation = simulate(history, FixedTarget(HALF, 0.1), buy_cost=FREE, sell_cost=FREE)
    assert simulation.value_path[-1] == pytest.approx(0.5 + 0.5 * 0.999**2, abs=1e-15)
    assert simulation.fees == pytest.approx(0.001, rel=1e-3)


def test_costs_only_ever_lower_the_path() -> None:
    history = load_default_history().over([CASH, SHARES])
    dear = {CASH: 0.001, SHARES: 0.01}
    policy = FixedTarget(HALF, 0.05)
    free = simulate(history, policy, buy_cost=FREE, sell_cost=FREE)
    paid = simulate(history, policy, buy_cost=dear, sell_cost=dear)
    assert all(p < f for p, f in zip(paid.value_path[1:], free.value_path[1:], strict=True))
    assert paid.decisions_hash == free.decisions_hash


# Shared machines stall now and then; the property is about values, not speed.
@settings(deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    known=st.integers(0, 13),
    band=st.sampled_from([0.0, 0.02, 0.05]),
    trend=st.booleans(),
)
def test_returns_after_a_date_never_change_the_decisions_before_it(
    seed: int, known: int, band: float, trend: bool
) -> None:
    history = load_default_history().over([CASH, SHARES])
    noisy = history.returns.copy()
    noisy[known:] = np.random.default_rng(seed).uniform(-0.9, 3.0, noisy[known:].shape)
    other = replace(history, returns=noisy)
    policy = TrendFollower() if trend else FixedTarget(HALF, band)
    one = simulate(history, policy, buy_cost=FREE, sell_cost=FREE)
    two = simulate(other, policy, buy_cost=FREE, sell_cost=FREE)
    # The decision at the end of the last known period is the last that must agree, bit for bit.
    seen = history.past(known).end
    assert [d for d in one.decisions if d.on <= seen] == [d for d in two.decisions if d.on <= seen]
    assert one.value_path[: known + 1] == two.value_path[: known + 1]


def test_noise_in_the_future_does_change_later_decisions() -> None:
    history = load_default_history().over([CASH, SHARES])
    noisy = history.returns.copy()
    noisy[6:] = noisy[6:][::-1] * 3 / 4
    one = simulate(history, TrendFollower(), buy_cost=FREE, sell_cost=FREE)
    two = simulate(replace(history, returns=noisy), TrendFollower(), buy_cost=FREE, sell_cost=FREE)
    assert one.decisions[:7] == two.decisions[:7]
    assert one.decisions[7:] != two.decisions[7:]
    assert one.decisions_hash != two.decisions_hash


def test_a_policy_must_start_with_weights_over_the_same_classes() -> None:
    history = years((0.0, 0.1))
    with pytest.raises(InputError, match="must choose weights at the start"):
        simulate(history, Idle(), buy_cost=FREE, sell_cost=FREE)
    gold = FixedTarget(Weights((ProductClass.GOLD,), (1.0,)), 0.1)
    with pytest.raises(InputError, match="gold"):
        simulate(history, gold, buy_cost=FREE, sell_cost=FREE)


def test_impossible_costs_bands_and_empty_histories_are_refused() -> None:
    history = years((0.0, 0.1))
    policy = FixedTarget(HALF, 0.1)
    with pytest.raises(InputError, match="buy_cost has no entry"):
        simulate(history, policy, buy_cost={CASH: 0.0}, sell_cost=FREE)
    for cost in (-0.01, 0.2, float("nan")):
        with pytest.raises(InputError, match=r"sell_cost must lie in \[0, 0.2\)"):
            simulate(history, policy, buy_cost=FREE, sell_cost={CASH: 0.0, SHARES: cost})
    for band in (-0.1, 1.1, float("nan")):
        with pytest.raises(InputError, match="band"):
            FixedTarget(HALF, band)
    with pytest.raises(InputError, match="at least one period"):
        simulate(history.past(0), policy, buy_cost=FREE, sell_cost=FREE)
