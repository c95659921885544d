"""The saving a goal wants: an annuity where nothing is uncertain."""

import math
from dataclasses import replace
from datetime import date
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_world import BOOK, path_of, with_facts, yuan

from allocator.life_cycle.needs import Goal
from risk_profiles.glide_path import GlidePath
from risk_profiles.goal_saving import LIKELY, SavingWanted, saving_wanted
from risk_profiles.life_path import LifePath

WEALTH = float(BOOK["young-renter"].balance_sheet.investable_wealth)


@cache
def path(amount: str, due: date, earlier: str | None = None) -> LifePath:
    goals: tuple[Goal, ...] = (Goal("home", yuan(amount), due),)
    if earlier is not None:
        goals = (*goals, Goal("car", yuan(earlier), date(2028, 11, 20)))
    return path_of(with_facts("young-renter", lambda f: replace(f, goals=goals)), paths=100)


def certain(found: LifePath, rate: float) -> LifePath:
    """Return the same plan in a world that pays `rate` every year."""
    points = tuple(replace(p, real_return=rate, real_volatility=0.0) for p in found.glide.points)
    return replace(found, glide=GlidePath(points))


def wanted(found: LifePath, wealth: float = WEALTH) -> float:
    made = saving_wanted(found, wealth=wealth, goal=0)
    assert made is not None
    return float(made.monthly)


@settings(max_examples=25)
@given(st.sampled_from([0.0, 0.02, 0.05]), st.integers(12, 150), st.integers(5, 40))
def test_without_volatility_it_is_the_annuity_that_fills_the_gap_in_full_hundreds(
    rate: float, months: int, size: int
) -> None:
    found = certain(path("800000", date(2040, 11, 20)), rate)
    goal = found.goals[0]
    payment = replace(goal.payment, month=months, amount=100_000.0 * size)
    found = replace(found, goals=(replace(goal, payment=payment),))
    growth = (1 + rate) ** (1 / 12)
    there = WEALTH * growth**months
    there += sum(found.flows.net[m] * growth ** (months - 1 - m) for m in range(months))
    gap = payment.amount - there
    annuity = sum(growth**m for m in range(months))
    made = saving_wanted(found, wealth=WEALTH, goal=0)
    steps = max(1, math.ceil(gap / annuity / 100 - 1e-6))
    if steps > int(2 * payment.amount / months / 100) + 1:
        assert made is None
    else:
        assert made == SavingWanted(yuan(str(100 * steps)), LIKELY)


def test_nothing_is_stated_for_what_is_due_within_months_or_out_of_reach() -> None:
    assert saving_wanted(path("500000", date(2027, 10, 20)), wealth=WEALTH, goal=0) is None
    assert saving_wanted(path("500000", date(2027, 11, 20)), wealth=WEALTH, goal=0) is not None
    # Debts of wealth and flows that twice the goal cannot fill.
    found = certain(path("200000", date(2030, 11, 20)), 0.0)
    flows = replace(found.flows, wages=0 * found.flows.wages)
    assert saving_wanted(replace(found, flows=flows), wealth=0.0, goal=0) is None


def test_an_earlier_goal_has_to_be_saved_for_too() -> None:
    alone = certain(path("800000", date(2040, 11, 20)), 0.0)
    both = certain(path("800000", date(2040, 11, 20), earlier="60000"), 0.0)
    assert 168 * (wanted(both) - wanted(alone)) == pytest.approx(60_000, abs=168 * 100)


def test_a_later_goal_changes_nothing() -> None:
    found = path("60000", date(2028, 11, 20))
    later = with_facts(
        "young-renter",
        lambda f: replace(
            f, goals=(found.goals[0].goal, Goal("late", yuan("900000"), date(2050, 1, 1)))
        ),
    )
    both = replace(path_of(later, paths=100), glide=found.glide)
    wealth = 10_000.0
    assert wanted(both, wealth) == wanted(found, wealth)


def test_a_dearer_goal_wants_more_and_more_wealth_wants_less() -> None:
    asked = [
        wanted(path(amount, date(2040, 11, 20))) for amount in ("900000", "1200000", "1500000")
    ]
    assert asked == sorted(set(asked))
    found = path("1500000", date(2040, 11, 20))
    assert wanted(found, 0.0) > wanted(found, 100_000.0) > wanted(found, 200_000.0)


def test_the_saving_stated_is_enough_and_a_step_less_is_not() -> None:
    found = path("1200000", date(2040, 11, 20))
    monthly = wanted(found)

    def more(by: float) -> LifePath:
        return replace(found, flows=replace(found.flows, wages=found.flows.wages + by))

    # With that much saved anyway the smallest step is left, and one before it a second is wanted.
    assert wanted(more(monthly - 100)) == 100
    assert wanted(more(monthly - 200)) == 200
