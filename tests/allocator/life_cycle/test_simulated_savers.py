"""People who follow the optimum hold the shares by age that were published for it."""

import functools

import numpy as np
import pytest

from allocator.errors import InputError
from allocator.life_cycle.dynamic_programme import LifeCyclePolicy, solve
from allocator.life_cycle.mortality import load_default_mortality_table
from allocator.life_cycle.policy_value import with_shares
from allocator.life_cycle.reference_life import reference_life
from allocator.life_cycle.simulated_savers import simulate_savers


@functools.cache
def policy(risk_aversion: float) -> LifeCyclePolicy:
    table = load_default_mortality_table()
    return solve(reference_life(risk_aversion=risk_aversion, mortality=table))


@pytest.mark.parametrize(
    ("gamma", "published"),
    [
        (4.5, {35: 0.99, 40: 0.91, 45: 0.79, 50: 0.68, 55: 0.59, 60: 0.51, 65: 0.48}),
        (5.0, {35: 0.95, 45: 0.69, 50: 0.59, 55: 0.51, 60: 0.46}),
        (6.5, {35: 0.72, 37: 0.65, 45: 0.47, 50: 0.41, 55: 0.37, 60: 0.34, 63: 0.33}),
        (8.0, {35: 0.51, 45: 0.35, 50: 0.31, 55: 0.28, 60: 0.27}),
    ],
)
def test_wealth_weighted_shares_by_age_are_the_published_ones(
    gamma: float, published: dict[int, float]
) -> None:
    savers = simulate_savers(policy(gamma), people=5_000, seed=20261122)
    got = [savers.share_at(age) for age in published]
    assert got == pytest.approx(list(published.values()), abs=0.015)


def test_people_who_all_hold_the_same_share_hold_it_on_average() -> None:
    best = policy(5.0)
    flat = with_shares(best, np.full(best.shares.shape, 0.4))
    savers = simulate_savers(flat, people=200, seed=1)
    assert savers.shares == pytest.approx(np.full(75, 0.4))
    assert savers.ages == tuple(range(25, 100))


def test_wealth_is_built_up_to_retirement_and_used_up_after() -> None:
    savers = simulate_savers(policy(5.0), people=2_000, seed=2)
    at_work, after = savers.wealth_to_income[:39], savers.wealth_to_income[39:]
    assert (np.diff(at_work[2:]) > 0).all()
    assert (np.diff(after) < 0).all()


def test_the_same_seed_gives_the_same_people() -> None:
    one, other, third = (simulate_savers(policy(5.0), people=100, seed=s) for s in (3, 3, 4))
    assert one.shares.tolist() == other.shares.tolist()
    assert one.shares.tolist() != third.shares.tolist()


def test_nobody_and_ages_outside_are_refused() -> None:
    with pytest.raises(InputError, match="at least one"):
        simulate_savers(policy(5.0), people=0, seed=1)
    with pytest.raises(InputError, match="was not simulated"):
        simulate_savers(policy(5.0), people=10, seed=1).share_at(100)
