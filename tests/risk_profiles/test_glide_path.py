"""Glide paths: what begins them, what carries wealth along, and whether a planner would nod."""

from dataclasses import replace
from datetime import date
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from life_world import (
    BOOK,
    PARAMETERS,
    REFERENCE,
    RULEBOOK,
    path_of,
    with_facts,
    with_wealth,
    worked_up,
    yuan,
)

from allocator.life_cycle.needs import Goal
from allocator.life_cycle.path_simulation import simulate_paths
from allocator.life_cycle.return_shocks import match_growth
from allocator.market.model import Vector
from allocator.money import ZERO, Money
from allocator.product_classes import CLASSES, TRAITS, ProductClass
from api.advice_parts import diagnose_workup
from api.client_file import ClientRecord
from risk_profiles.cash_flows import cash_flows_of
from risk_profiles.glide_path import LEAST_WEALTH, GlidePath, glide_path
from risk_profiles.levels import ProfileLevel
from risk_profiles.life_path import LifePath, goal_payments
from risk_profiles.person import is_earning
from risk_profiles.profile import make_profile

CASH = CLASSES.index(ProductClass.DEMAND_DEPOSIT)
# Solver and rounding to the cent leave this much in a share of wealth.
HAIR = 1e-4


@cache
def path(client_id: str) -> LifePath:
    return path_of(BOOK[client_id])


def median_rates(glide: GlidePath) -> Vector:
    """Return the yearly growth that a path without volatility needs to grow at the median rate."""
    growth = match_growth(expected_returns=glide.real_returns, volatilities=glide.real_volatilities)
    return np.asarray(np.expm1(12 * growth.drift))


@pytest.mark.parametrize("client_id", BOOK)
def test_the_path_begins_with_the_optimum_that_the_diagnosis_measures_against(
    client_id: str,
) -> None:
    best = diagnose_workup(worked_up(BOOK[client_id])).best
    first = path(client_id).glide.points[0]
    assert first.weights is not None
    assert first.weights.values == pytest.approx(best.weights.values, abs=1e-7)
    assert first.wealth == BOOK[client_id].balance_sheet.investable_wealth
    assert first.age == BOOK[client_id].facts.age_on(first.day)
    real = (1 + best.expected_return) / (1 + PARAMETERS.inflation) - 1
    assert first.real_return == pytest.approx(real, abs=1e-9)
    assert first.real_volatility == pytest.approx(best.volatility / (1 + PARAMETERS.inflation))


@pytest.mark.parametrize("client_id", BOOK)
def test_wealth_follows_the_simulation_of_a_world_without_volatility(client_id: str) -> None:
    follows_a_simulation(BOOK[client_id], path(client_id))


def test_median_wealth_pays_nothing_from_what_is_locked() -> None:
    record = with_facts(
        "negative-savings",
        lambda f: replace(f, goals=(Goal("home", yuan("15000"), date(2027, 5, 1)),)),
    )
    held = tuple(replace(h, locked_until=date(2029, 3, 1)) for h in record.balance_sheet.holdings)
    locked = replace(record, balance_sheet=replace(record.balance_sheet, holdings=held))
    found = path_of(locked)
    follows_a_simulation(locked, found)
    # Nothing is spent in two years, all of it in the third.
    assert float(found.glide.points[2].wealth) >= 0.95 * float(found.glide.points[0].wealth)
    assert path_of(record).glide.points[2].wealth == ZERO


def follows_a_simulation(record: ClientRecord, found: LifePath) -> None:
    rates = median_rates(found.glide)
    payments = goal_payments(record.facts, record.balance_sheet)
    simulated = simulate_paths(
        wealth=float(record.balance_sheet.investable_wealth),
        expected_returns=rates,
        volatilities=np.zeros(len(rates)),
        flows=found.flows.net,
        payments=payments,
        paths=100,
        seed=1,
        locked=found.locked,
    )
    wealth = [float(point.wealth) for point in found.glide.points[1:]]
    expected = [end.median.estimate for end in simulated.year_ends[:-1]]
    assert wealth == pytest.approx(expected, abs=2.0, rel=1e-6)


def test_a_goal_due_within_the_month_is_paid_before_the_first_return() -> None:
    goal = Goal("bill", yuan("70000"), date(2026, 12, 1))
    found = path_of(with_facts("young-renter", lambda f: replace(f, goals=(goal,))))
    first, second = found.glide.points[:2]
    growth = 1 + median_rates(found.glide)[0]
    left = float(first.wealth) - 70_000.0
    saved = sum(found.flows.net[m] * growth ** ((11 - m) / 12) for m in range(12))
    assert float(second.wealth) == pytest.approx(left * growth + saved, abs=0.01)


@pytest.mark.parametrize("client_id", BOOK)
def test_there_is_a_point_for_every_year_of_the_flows(client_id: str) -> None:
    found = path(client_id)
    assert [p.years for p in found.glide.points] == list(range(found.flows.years))
    start = found.flows.start
    assert [p.day for p in found.glide.points] == [
        date(start.year + y, start.month, start.day) for y in range(found.flows.years)
    ]


def test_who_begins_without_wealth_saves_at_the_rate_of_the_account_and_invests_from_then_on() -> (
    None
):
    record = with_wealth(BOOK["equity-fan"], ZERO)
    found = path_of(record)
    first, second = found.glide.points[:2]
    assert (first.allocation, first.weights, first.limits) == (None, None, ())
    assert (first.growth_share, first.human_capital_ratio, first.wealth) == (0.0, 0.0, ZERO)
    nominal = REFERENCE.market.net_returns[CASH]
    real = (1 + nominal) / (1 + PARAMETERS.inflation) - 1
    assert first.real_return == pytest.approx(real)
    monthly = (1 + median_rates(found.glide)[0]) ** (1 / 12)
    saved = sum(found.flows.net[m] * monthly ** (11 - m) for m in range(12))
    assert float(second.wealth) == pytest.approx(saved, abs=0.01)
    assert second.weights is not None
    assert second.growth_share > 0.3


def test_where_the_money_runs_out_there_is_nothing_to_allocate_and_the_last_returns_stay() -> None:
    points = path("negative-savings").glide.points
    spent = [point.years for point in points if point.wealth <= LEAST_WEALTH]
    assert spent == list(range(2, len(points)))
    for point in points[2:]:
        assert (point.allocation, point.growth_share, point.limits) == (None, 0.0, ())
        assert point.real_return == points[1].real_return
        assert point.real_volatility == points[1].real_volatility


def test_savings_dilute_what_may_not_be_bought() -> None:
    # A client of level C2 holds funds that it may keep but not add to.
    found = path("couple-saving-for-a-house")
    checked = 0
    for before, after in pairwise(found.glide.points):
        assert after.allocation is not None
        assert before.weights is not None
        grown = float(before.wealth) * (1 + median_rates(found.glide)[before.years])
        share = min(1.0, grown / float(after.wealth))
        for i, product_class in enumerate(CLASSES):
            if after.allocation.inputs.buy_limit[i] <= 0 and TRAITS[product_class].risky:
                assert after.allocation.weights.values[i] <= (
                    before.weights.values[i] * share + HAIR
                )
                checked += share < 1
    assert checked > 50


@pytest.mark.parametrize("client_id", ["equity-fan", "young-renter", "retiree-68"])
def test_the_level_of_a_year_is_the_one_its_age_leaves(client_id: str) -> None:
    answers = BOOK[client_id].answers
    assert answers is not None
    for point in path(client_id).glide.points:
        profile = make_profile(REFERENCE.questionnaire, answers, age=point.age)
        assert point.level is profile.level


def test_the_age_bands_lower_an_enterprising_client_step_by_step() -> None:
    points = path("equity-fan").glide.points
    levels = [
        (after.age, after.level)
        for before, after in pairwise(points)
        if before.level != after.level
    ]
    assert levels == [(55, ProfileLevel.C4), (65, ProfileLevel.C3), (75, ProfileLevel.C2)]


def test_a_lifted_cap_of_age_ends_with_its_band() -> None:
    record = with_facts(
        "equity-fan", lambda f: replace(f, birth_date=date(1960, 10, 5), retirement_age=70)
    )
    answers, sheet = record.answers, record.balance_sheet
    assert answers is not None
    capped = make_profile(REFERENCE.questionnaire, answers, age=66)
    lifted = make_profile(REFERENCE.questionnaire, answers, age=66, has_age_lift=True)
    assert lifted.level.rank > capped.level.rank
    found = glide_path(
        record.facts,
        sheet,
        cash_flows_of(record.facts, sheet, parameters=PARAMETERS),
        answers=answers,
        profile=lifted,
        assessed_on=sheet.as_of,
        rulebook=RULEBOOK,
    )
    by_age = {point.age: point.level for point in found.points}
    assert {by_age[age] for age in range(66, 75)} == {lifted.level}
    assert by_age[75] is make_profile(REFERENCE.questionnaire, answers, age=75).level


def test_the_profile_made_at_an_earlier_age_serves_today_alone_once_the_band_is_left() -> None:
    record = with_facts("equity-fan", lambda f: replace(f, birth_date=date(1971, 10, 5)))
    answers, sheet = record.answers, record.balance_sheet
    assert answers is not None
    at_54 = make_profile(REFERENCE.questionnaire, answers, age=54)
    found = glide_path(
        record.facts,
        sheet,
        cash_flows_of(record.facts, sheet, parameters=PARAMETERS),
        answers=answers,
        profile=at_54,
        assessed_on=date(2026, 6, 1),
        rulebook=RULEBOOK,
    )
    assert found.points[0].level is at_54.level
    assert found.points[1].level is make_profile(REFERENCE.questionnaire, answers, age=56).level
    assert found.points[1].level is not at_54.level


@pytest.mark.parametrize("client_id", BOOK)
def test_after_retirement_growth_falls_unless_a_limit_or_free_wealth_explains_it(
    client_id: str,
) -> None:
    found = path(client_id)
    for before, after in pairwise(found.glide.points):
        if before.day < found.retirement.begins or after.allocation is None:
            continue
        # What rises is a limit that gives way: a lock that opens, a floor that weighs less on more
        # wealth. Without one the promise of a pension shrinks, and growth with it.
        gives_way = {*before.limits} & {"locks", "liquidity", "stable"}
        assert after.growth_share <= before.growth_share + HAIR or gives_way, (before, after)
        assert after.growth_share <= before.growth_share + 0.05, (client_id, after.age)


@pytest.mark.parametrize("client_id", BOOK)
def test_human_capital_shrinks_to_nothing_as_the_plan_ends(client_id: str) -> None:
    found, facts = path(client_id), BOOK[client_id].facts
    last = found.glide.points[-1]
    assert last.human_capital_ratio * float(last.wealth) <= 12 * 6 * float(facts.monthly_pension)
    capital = [p.human_capital_ratio * float(p.wealth) for p in found.glide.points]
    after = [
        c
        for c, p in zip(capital, found.glide.points, strict=True)
        if p.day >= found.retirement.begins
    ]
    if found.glide.points[-1].allocation is not None and is_earning(facts.income_kind):
        assert after == sorted(after, reverse=True)


def test_a_near_goal_keeps_growth_low_until_it_is_paid() -> None:
    by_age = {point.age: point for point in path("young-renter").glide.points}
    assert by_age[31].growth_share < by_age[28].growth_share - 0.2
    assert by_age[35].growth_share > by_age[31].growth_share + 0.4


def test_goals_are_paid_out_of_the_median_wealth() -> None:
    record = BOOK["couple-saving-for-a-house"]
    (goal,) = record.facts.goals
    without = path_of(with_facts(record.client_id, lambda f: replace(f, goals=())))
    year = next(p.years for p in path(record.client_id).glide.points if p.day >= goal.due)
    with_goal = path(record.client_id).glide.points[year].wealth
    gap = float(without.glide.points[year].wealth - with_goal)
    assert gap == pytest.approx(float(goal.amount), rel=0.06)


def test_dust_is_not_allocated() -> None:
    record = with_wealth(BOOK["equity-fan"], Money.parse("100.00"))
    assert path_of(record).glide.points[0].allocation is None
    more = with_wealth(BOOK["equity-fan"], yuan("100.01"))
    assert path_of(more).glide.points[0].allocation is not None
