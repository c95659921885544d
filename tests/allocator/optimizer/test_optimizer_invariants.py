"""What must not change an answer, what must change it one way, and threads that do not meet."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nine_classes import CLASSES, nine_class_market
from random_mandates import mandates, wishful_mandates

from allocator.mandate import Mandate
from allocator.market.model import MarketModel
from allocator.optimizer.inputs import NEEDS, OFF, inputs_of
from allocator.optimizer.solver import optimize, solve_verified

MARKET = nine_class_market()
VECTORS = ("current", "fixed", "class_caps", "buyable", "buy_cost", "sell_cost")
THREADS = 8


def permuted(mandate: Mandate, order: list[int]) -> tuple[Mandate, MarketModel]:
    changes: dict[str, object] = {v: tuple(getattr(mandate, v)[i] for i in order) for v in VECTORS}
    changes["classes"] = tuple(CLASSES[i] for i in order)
    moved = replace(mandate, **changes)  # type: ignore[arg-type]
    return moved, MARKET.over(CLASSES[i] for i in order)


@given(wishful_mandates(), st.permutations(range(9)))
@settings(max_examples=40)
def test_the_order_of_classes_changes_nothing(mandate: Mandate, order: list[int]) -> None:
    one, other = optimize(mandate, MARKET), optimize(*permuted(mandate, order))
    if one.relaxations:
        # Room that is left may be used a little differently.
        assert [r.need for r in one.relaxations] == [r.need for r in other.relaxations]
        return
    assert other.objective == pytest.approx(one.objective, abs=1e-8)
    # Where two classes are almost as good, weights are known less well than the objective.
    assert other.weights.aligned_to(CLASSES) == pytest.approx(
        one.weights.aligned_to(CLASSES), abs=1e-4
    )


@given(mandates(), st.floats(0.25, 4))
@settings(max_examples=40)
def test_a_change_of_the_unit_of_return_changes_no_weight(mandate: Mandate, unit: float) -> None:
    """Returns, costs and variances scale together; the volatility cap with their root."""
    inputs = inputs_of(mandate, MARKET, with_costs=True)
    scaled = replace(
        inputs,
        tilt=inputs.tilt * unit,
        net_returns=inputs.net_returns * unit,
        factor=inputs.factor * unit**0.5,
        buy_cost=inputs.buy_cost * unit,
        sell_cost=inputs.sell_cost * unit,
        volatility=inputs.volatility * unit**0.5,
    )
    one, other = solve_verified(inputs), solve_verified(scaled)
    assert (one is None) == (other is None)
    if one and other:
        assert other[0].weights == pytest.approx(one[0].weights, abs=1e-4)


@given(mandates(), st.sampled_from(NEEDS[:5]), st.floats(0.001, 0.2))
@settings(max_examples=60)
def test_no_limit_that_tightens_raises_the_objective(
    mandate: Mandate, need: str, more: float
) -> None:
    tighter = {
        "risky_share": {"risky_share_cap": mandate.risky_share_cap * (1 - more)},
        "volatility": {"volatility_cap": mandate.volatility_cap * (1 - more)},
        "class_caps": {"class_caps": tuple(c * (1 - more) for c in mandate.class_caps)},
        "liquidity": {"liquidity_floor": mandate.liquidity_floor + more},
        "stable": {"stable_floor": mandate.stable_floor + more},
    }[need]
    loose = optimize(mandate, MARKET)
    tight = optimize(replace(mandate, **tighter), MARKET)  # type: ignore[arg-type]
    if loose.relaxations:
        assert tight.relaxations
    elif not tight.relaxations:
        assert tight.objective <= loose.objective + 1e-8


@given(mandates())
@settings(max_examples=30)
def test_a_wish_that_cannot_bind_changes_nothing(mandate: Mandate) -> None:
    wished = replace(mandate, equity_cap=1.0, equity_floor=0.0, shortfall=-5.0, desired_return=-5.0)
    one, other = optimize(mandate, MARKET), optimize(wished, MARKET)
    assert [r.need for r in one.relaxations] == [r.need for r in other.relaxations]
    if not one.relaxations:
        assert other.objective == pytest.approx(one.objective, abs=1e-8)


def test_limits_that_are_off_cannot_be_missed_by_any_weights_within_the_ranges() -> None:
    # Weights of a part lie between 0 and 1, net returns between -5 and 5, and nothing is deducted.
    inputs = inputs_of(nine_class_none(), MARKET, with_costs=False)
    assert OFF["equity_cap"] > 1
    assert OFF["equity_floor"] < 0
    assert max(OFF["shortfall"], OFF["desired_return"]) < -5
    assert inputs.deviations == 0
    assert not inputs.has_wishes
    assert np.abs(inputs.net_returns).max() < 5


def nine_class_none() -> Mandate:
    cash = (1.0, *(0.0,) * 8)
    return Mandate(
        classes=CLASSES,
        risk_aversion=5.0,
        human_capital_ratio=0.0,
        income_beta=0.0,
        volatility_cap=0.1,
        risky_share_cap=0.5,
        liquidity_floor=0.1,
        stable_floor=0.2,
        current=cash,
        fixed=(0.0,) * 9,
        class_caps=(1.0,) * 9,
        buyable=(True,) * 9,
        buy_cost=(0.0,) * 9,
        sell_cost=(0.0,) * 9,
    )


def test_many_threads_give_the_answers_of_one() -> None:
    dice = np.random.default_rng(7)
    asked = [
        replace(
            nine_class_none(),
            risk_aversion=float(dice.uniform(1, 20)),
            volatility_cap=float(dice.uniform(0.02, 0.2)),
            liquidity_floor=float(dice.uniform(0, 0.5)),
            equity_cap=None if number % 2 else float(dice.uniform(0.05, 0.5)),
        )
        for number in range(160)
    ]

    def answer(mandate: Mandate) -> tuple[float, ...]:
        return optimize(mandate, MARKET).weights.values

    alone = [answer(mandate) for mandate in asked]
    with ThreadPoolExecutor(THREADS) as pool:
        together = list(pool.map(answer, asked))
    assert together == alone
