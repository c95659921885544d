"""What another share costs: a year by hand, never a gain, and little for the rule."""

import functools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.errors import InputError
from allocator.life_cycle.dynamic_programme import LifeCyclePolicy, solve
from allocator.life_cycle.life_cycle_problem import year_shocks
from allocator.life_cycle.mortality import load_default_mortality_table
from allocator.life_cycle.policy_value import PolicyValue, loss, value_policy, with_shares
from allocator.life_cycle.reference_life import reference_life
from allocator.life_cycle.rule_accuracy import (
    RulePrices,
    capped_shares,
    rule_shares,
    yearly_share,
)

CASH = np.array([1.0, 3.0, 6.0, 12.0, 25.0])
PRICES = RulePrices(shock_price=0.55, pension_spread=0.022)


@functools.cache
def optimum(first_age: int = 25) -> LifeCyclePolicy:
    life = reference_life(risk_aversion=5.0, mortality=load_default_mortality_table())
    passed = first_age - life.first_age
    return solve(
        replace(
            life,
            first_age=first_age,
            income_path=life.income_path[passed:],
            survival=life.survival[passed:],
            nodes=5,
        )
    )


@functools.cache
def best_value(first_age: int = 25) -> PolicyValue:
    return value_policy(optimum(first_age))


def test_a_life_of_one_decision_is_valued_as_by_hand() -> None:
    life = replace(
        optimum(60).problem, first_age=63, last_age=64, income_path=(1.0,), survival=(0.9,)
    )
    policy, wealth = solve(life), 20.0
    best = policy.share(age=63, wealth_to_income=wealth)
    assert 0 < best < 1
    shocks = year_shocks(life, age=63)
    cash = float(np.interp(wealth, policy.wealth, policy.cash[0]))
    value = []
    for share in (best, 0.2):
        last = wealth * (1.01 + share * shocks.excess) + 0.45
        later = 0.96 * 0.9 * float(shocks.weights @ last**-4.0)
        value.append(((cash - wealth) ** -4.0 + later) ** (-1 / 4))
    flat = with_shares(policy, np.full(policy.shares.shape, 0.2))
    lost = loss(value_policy(policy), value_policy(flat), age=63, cash_to_income=np.array([cash]))
    assert value[0] > value[1]
    assert float(lost[0]) == pytest.approx(1 - value[1] / value[0], rel=0.02)


def test_the_best_share_costs_nothing() -> None:
    best = optimum(55)
    same = value_policy(with_shares(best, best.shares))
    assert loss(best_value(55), same, age=55, cash_to_income=CASH).tolist() == [0.0] * 5


@settings(max_examples=8)
@given(st.integers(0, 2**32 - 1), st.floats(0.02, 1.0))
def test_no_other_share_gains_anything(seed: int, reach: float) -> None:
    best = optimum(55)
    moves = np.random.default_rng(seed).uniform(-reach, reach, best.shares.shape)
    other = value_policy(with_shares(best, np.clip(best.shares + moves, 0, 1)))
    for age in (55, 63, 64, 90):
        assert (loss(best_value(55), other, age=age, cash_to_income=CASH) > -1e-7).all()


def test_half_the_distance_costs_about_a_quarter() -> None:
    best = optimum(55)
    # Where the best share lies inside its bounds all along: wealth many times the pension.
    cash, losses = np.array([150.0]), []
    for shares in (np.zeros(best.shares.shape), best.shares / 2):
        other = value_policy(with_shares(best, shares))
        losses.append(float(loss(best_value(55), other, age=70, cash_to_income=cash)[0]))
    assert losses[1] / losses[0] == pytest.approx(0.25, abs=0.03)


def test_the_rule_costs_next_to_nothing_and_the_cap_up_to_two_percent_of_consumption() -> None:
    best = optimum()
    wealth = best.wealth.copy()
    wealth[0] = wealth[1]  # the share of nothing is any
    losses = []
    for shares in (rule_shares, capped_shares):
        table = shares(
            best.problem,
            prices=PRICES,
            share=yearly_share(best.problem),
            ages=tuple(range(25, 100)),
            wealth_to_income=wealth,
        )
        other = value_policy(with_shares(best, table))
        losses.append(loss(best_value(), other, age=25, cash_to_income=CASH).max())
    rule, capped = losses
    assert rule < 0.0015
    assert 0.015 < capped < 0.025


def test_shares_and_ages_that_do_not_fit_are_refused() -> None:
    best = optimum(55)
    with pytest.raises(InputError, match="shares in"):
        with_shares(best, np.zeros((1, 1)))
    with pytest.raises(InputError, match="shares in"):
        with_shares(best, np.full(best.shares.shape, 1.1))
    for age in (54, 100):
        with pytest.raises(InputError, match="outside the problem"):
            best_value(55).at(age=age, cash_to_income=CASH)
