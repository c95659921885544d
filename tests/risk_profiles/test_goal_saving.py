"""The saving a goal wants: an annuity where nothing is uncertain, and what a what-if confirms."""

import math
from dataclasses import replace
from datetime import date
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from life_world import BOOK, path_of, with_facts, worked_up, yuan

from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from api.what_if_documents import what_if_document
from risk_profiles.glide_path import GlidePath
from risk_profiles.goal_saving import LIKELY, SavingWanted, saving_wanted
from risk_profiles.life_path import LifePath
from risk_profiles.person import IncomeKind
from risk_profiles.what_if import WhatIf, most_to_save

# The renter, if everything could be spared but the debts.
FACTS = replace(BOOK["young-renter"].facts, essential_spending=ZERO)
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
    made = saving_wanted(found, FACTS, wealth=wealth, goal=0)
    assert made is not None
    return float(made.monthly)


@settings(max_examples=25)
@given(st.sampled_from([0.0, 0.02, 0.05]), st.integers(12, 150), st.integers(5, 40))
def test_without_volatility_it_is_the_growing_annuity_that_fills_the_gap_in_full_hundreds(
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
    wages = found.flows.wages
    annuity = sum(wages[m] / wages[0] * growth ** (months - 1 - m) for m in range(months))
    made = saving_wanted(found, FACTS, wealth=WEALTH, goal=0)
    steps = max(1, math.ceil(gap / annuity / 100 - 1e-6))
    own = Money.rounded(float(found.flows.own_spending[0]))
    if 100 * steps > most_to_save(FACTS, own_spending=own).amount:
        assert made is None
    else:
        assert made == SavingWanted(yuan(str(100 * steps)), LIKELY)


def test_nothing_is_stated_for_what_is_due_within_months() -> None:
    assert saving_wanted(path("160000", date(2027, 11, 19)), FACTS, wealth=WEALTH, goal=0) is None
    assert saving_wanted(path("160000", date(2027, 11, 20)), FACTS, wealth=WEALTH, goal=0)


def test_no_more_is_stated_than_can_be_spared() -> None:
    found = path("1200000", date(2040, 11, 20))
    asked, spending = wanted(found), FACTS.spending
    for spare, is_told in ((asked, True), (asked - 0.01, False), (0.0, False)):
        facts = replace(FACTS, essential_spending=spending - Money.rounded(spare))
        made = saving_wanted(found, facts, wealth=WEALTH, goal=0)
        assert (made is not None) == is_told
    # What goes to debts and dependants cannot be saved either, whatever is called essential.
    own = np.full(found.flows.months, asked - 1)
    bound = found.flows.support + found.flows.own_spending - own
    flows = replace(found.flows, own_spending=own, support=bound)
    assert saving_wanted(replace(found, flows=flows), FACTS, wealth=WEALTH, goal=0) is None


def test_nothing_is_stated_for_those_who_earn_no_wage() -> None:
    goal = Goal("home", yuan("1200000"), date(2040, 11, 20))
    retired = with_facts("retiree-68", lambda f: replace(f, goals=(goal,), essential_spending=ZERO))
    assert retired.facts.income_kind is IncomeKind.RETIRED
    wealth = float(retired.balance_sheet.investable_wealth)
    found = path_of(retired, paths=100)
    assert saving_wanted(found, retired.facts, wealth=wealth, goal=0) is None


@pytest.mark.parametrize(
    ("client_id", "amount", "due"),
    [
        ("young-renter", "700000", date(2036, 6, 30)),
        ("civil-servant-family", "1600000", date(2040, 6, 30)),
        ("civil-servant-family", "3000000", date(2046, 6, 30)),
        ("card-debt-idle-cash", "1600000", date(2040, 6, 30)),
        ("entrepreneur", "9000000", date(2042, 6, 30)),
    ],
)
def test_a_what_if_with_that_saving_finds_the_goal_likely(
    client_id: str, amount: str, due: date
) -> None:
    goals = (Goal("home", yuan(amount), due),)
    record = with_facts(client_id, lambda f: replace(f, goals=goals))
    wealth = float(record.balance_sheet.investable_wealth)
    made = saving_wanted(path_of(record, paths=100), record.facts, wealth=wealth, goal=0)
    assert made is not None
    answer = what_if_document(worked_up(record), WhatIf(monthly_saving=made.monthly))
    before, after = (answer[side]["goals"][0]["met"] for side in ("before", "after"))
    assert before["estimate"] < LIKELY
    assert after["estimate"] >= LIKELY - 3 * after["standard_error"]
    # Neither does it ask for much more than is wanted.
    assert after["estimate"] < 0.9


def test_what_is_locked_does_not_count_as_saved() -> None:
    found = path("700000", date(2036, 6, 30))
    goal = found.goals[0]
    held = replace(goal, payment=replace(goal.payment, locked=60_000.0))
    assert wanted(replace(found, goals=(held,))) > wanted(found)


def test_what_is_locked_is_not_drawn_either_and_is_there_when_the_goal_is_due() -> None:
    found = certain(path("30000", date(2036, 11, 20)), 0.0)
    net = np.full(found.flows.months, -500.0)
    flows = replace(found.flows, support=found.flows.support + found.flows.net - net)
    found = replace(found, flows=flows)
    assert found.flows.net == pytest.approx(net)
    # Ten years of that take 60 000 of 75 000 yuan.
    assert wanted(found) > 100
    assert wanted(replace(found, locked=np.full(found.flows.months, WEALTH))) == 100


def test_an_earlier_goal_has_to_be_saved_for_too() -> None:
    alone = certain(path("800000", date(2040, 11, 20)), 0.0)
    both = certain(path("800000", date(2040, 11, 20), earlier="60000"), 0.0)
    wages = alone.flows.wages
    months = float(wages[:168].sum() / wages[0])
    assert months * (wanted(both) - wanted(alone)) == pytest.approx(60_000, abs=months * 100)


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
        wages = found.flows.wages
        pension = found.flows.pension + by * wages / wages[0]
        return replace(found, flows=replace(found.flows, pension=pension))

    # With that much saved anyway the smallest step is left, and one before it a second is wanted.
    assert wanted(more(monthly - 100)) == 100
    assert wanted(more(monthly - 200)) == 200
