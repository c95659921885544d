"""Least slacks and what needs can be missed by at most.

Misses are convex in the weights, so no weights miss a need by more than some single class does.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from nine_classes import nine_class_mandate, nine_class_market
from random_mandates import wishful_mandates

from allocator.errors import SolverError
from allocator.mandate import Mandate
from allocator.optimizer.inputs import NEEDS, OFF, WISHES, Inputs, inputs_of
from allocator.optimizer.problem import CompiledProblem
from allocator.optimizer.relaxation import any_slack, least_slack, least_slacks, relax

MARKET = nine_class_market()


def misses(inputs: Inputs, weights: np.ndarray) -> dict[str, float]:
    volatility = float(np.linalg.norm(inputs.factor @ weights))
    mean = float(inputs.net_returns @ weights)
    return {
        "risky_share": float(inputs.risky @ weights) - inputs.risky_share,
        "volatility": volatility - inputs.volatility,
        "class_caps": float(np.maximum(weights - inputs.caps, 0).sum()),
        "liquidity": inputs.liquidity_floor - float(inputs.liquid @ weights),
        "stable": inputs.stable_floor - float(inputs.stable @ weights),
        "equity_cap": float(inputs.equity @ weights) - inputs.equity_cap,
        "equity_floor": inputs.equity_floor - float(inputs.equity @ weights),
        "shortfall": inputs.shortfall - (mean - inputs.deviations * volatility),
        "desired_return": inputs.desired_return - mean,
    }


@given(wishful_mandates())
@settings(max_examples=60)
def test_no_weights_miss_a_need_by_more_than_any_slack_which_is_not_far_beyond(
    mandate: Mandate,
) -> None:
    inputs = inputs_of(mandate, MARKET, with_costs=False)
    worst = [misses(inputs, alone) for alone in np.eye(9)]
    for need, slack in zip(NEEDS, any_slack(inputs), strict=True):
        most = max(0.0, *(miss[need] for miss in worst))
        assert most < slack
        # A slack that could be a thousand would cost the solver three of its digits.
        assert slack <= most + (1.0 if need in ("class_caps", "shortfall") else 0.1) + 1e-9


@given(wishful_mandates())
@settings(max_examples=40)
def test_the_least_slacks_are_reached_within_the_limits_of_those_before(mandate: Mandate) -> None:
    inputs = inputs_of(mandate, MARKET, with_costs=False)
    for answer in least_slacks(inputs).answers:
        missed = misses(inputs, answer.solution.weights)
        for need in NEEDS[: NEEDS.index(answer.need)]:
            assert missed[need] <= answer.limits[NEEDS.index(need)] + 2e-7
        assert missed[answer.need] <= answer.value + 2e-7


def test_a_need_that_no_solver_answers_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = inputs_of(
        nine_class_mandate(risk_aversion=5, liquidity_floor=1.3), MARKET, with_costs=False
    )
    slacks = least_slacks(inputs)
    monkeypatch.setattr(CompiledProblem, "attempt", lambda *_: None)
    with pytest.raises(SolverError, match="liquidity"):
        least_slacks(inputs)
    with pytest.raises(SolverError, match="stable"):
        least_slack(inputs, need="stable", limits=any_slack(inputs))
    # Without class caps that give there is nothing left to solve.
    assert relax(inputs, slacks, widening=1.0) is not None


@given(wishful_mandates())
@settings(max_examples=40)
def test_what_is_eased_has_the_wishes_that_were_set_and_no_other(mandate: Mandate) -> None:
    with_wishes = inputs_of(mandate, MARKET, with_costs=False)
    nobody: dict[str, Any] = {wish: OFF[wish] for wish in WISHES}
    for inputs in (with_wishes, replace(with_wishes, **nobody, deviations=0.0)):
        relaxed = relax(inputs, least_slacks(inputs), widening=1.0)
        assert relaxed is not None
        eased, _ = relaxed
        assert [eased.is_off(need) for need in NEEDS] == [inputs.is_off(need) for need in NEEDS]
        assert eased.has_wishes == inputs.has_wishes
        assert eased.risky_share > inputs.risky_share
