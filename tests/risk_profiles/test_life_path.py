"""Life paths: probabilities by a slow simulation of one's own, closed forms where there are any."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from life_world import (
    AS_OF,
    BOOK,
    PARAMETERS,
    RULEBOOK,
    SHEET,
    holding,
    path_of,
    with_facts,
    with_wealth,
    worked_up,
    yuan,
)

from allocator.balance_sheet import HeldAt
from allocator.life_cycle.mortality import MortalityTable, TableStatus
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO
from api.client_file import ClientRecord
from risk_profiles.life_path import SEED, STATED_PATHS, LifePath, goal_payments, life_path
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory

PATHS = 4_000


def with_table(record: ClientRecord, table: MortalityTable, paths: int = 400) -> LifePath:
    made = worked_up(record)
    return life_path(
        record.facts,
        record.balance_sheet,
        answers=record.answers or {},
        profile=made.profile,
        assessed_on=made.assessed_on,
        rulebook=replace(RULEBOOK, mortality=table),
        paths=paths,
    )


def slow_simulation(
    found: LifePath, wealth: float, seed: int
) -> tuple[list[float], float, list[float]]:
    """Return how often goals are met, how often the money lasts, and medians by year.

    Months are drawn as the documentation of the model says: a normal with the variance of a storm
    in one month of twenty, of a calm one otherwise; its scale fits the year's mean and deviation.
    """
    random = np.random.default_rng(seed)
    storm = 1 + math.sqrt(38)
    calm = (1 - 0.05 * storm) / 0.95
    balance, lasting = np.full(PATHS, wealth), np.ones(PATHS, dtype=bool)
    met = [0.0] * len(found.goals)
    medians = []
    for month, flow in enumerate(found.flows.net, start=1):
        year = (month - 1) // 12
        mu, sigma = found.glide.real_returns[year], found.glide.real_volatilities[year]
        scale = math.sqrt(math.log(1 + sigma**2 / (1 + mu) ** 2) / 12)
        variance = np.where(random.random(PATHS) < 0.05, storm, calm)
        shocks = np.exp(scale * np.sqrt(variance) * random.standard_normal(PATHS))
        mean = 0.05 * math.exp(scale**2 * storm / 2) + 0.95 * math.exp(scale**2 * calm / 2)
        balance = balance * shocks * (1 + mu) ** (1 / 12) / mean + flow
        lasting &= (balance >= 0) | (flow >= 0)
        balance = np.maximum(balance, 0)
        for place, outlook in enumerate(found.goals):
            if outlook.payment.month == month:
                met[place] = float(np.mean(balance >= outlook.payment.amount))
                balance = np.maximum(balance - outlook.payment.amount, 0)
        if month % 12 == 0:
            medians.append(float(np.median(balance)))
    return met, float(np.mean(lasting)), medians


def stretched(facts: ClientFacts) -> ClientFacts:
    """Return the renter who wants to live better than that saving may carry."""
    house = Goal("home", yuan("900000"), date(2045, 5, 1))
    return replace(facts, goals=(*facts.goals, house), retirement_spending=yuan("6500"))


def test_probabilities_and_percentiles_are_those_of_a_slow_simulation() -> None:
    record = with_facts("young-renter", stretched)
    found = path_of(record, paths=PATHS)
    wealth = float(record.balance_sheet.investable_wealth)
    met, lasts, medians = slow_simulation(found, wealth, seed=7)
    # Two counts of 4 000 paths differ by less than four standard errors of their difference.
    error = 4 * math.sqrt(2 * 0.25 / PATHS)
    assert [g.met.estimate for g in found.goals] == pytest.approx(met, abs=error)
    assert found.retirement.lasts.estimate == pytest.approx(lasts, abs=error)
    assert any(0.1 < g.met.estimate < 0.9 for g in found.goals)
    assert 0.02 < lasts < 0.98
    for year in (1, 10, 20, 30):
        end = found.simulation.year_ends[year - 1]
        assert end.median.estimate == pytest.approx(medians[year - 1], rel=0.06)


def test_stated_paths_and_the_seed_are_the_same_for_everybody() -> None:
    assert STATED_PATHS == 20_000
    assert {path_of(BOOK[c]).simulation.seed for c in ("retiree-68", "widow-76")} == {SEED}


def test_goals_are_paid_from_what_whole_months_have_brought_in_the_order_of_the_facts() -> None:
    days = [date(2030, 11, 21), date(2026, 11, 21), date(2026, 12, 20), date(2026, 12, 21)]
    goals = tuple(Goal(str(i), yuan(str(100 + i)), day) for i, day in enumerate(days))
    facts = replace(BOOK["young-renter"].facts, goals=goals)
    payments = goal_payments(facts, SHEET)
    assert [(p.month, p.amount) for p in payments] == [(48, 100), (0, 101), (1, 102), (1, 103)]


def test_what_is_due_tomorrow_is_not_paid_from_the_saving_of_the_month() -> None:
    # The renter has 75 000 yuan and saves some 3 200 a month.
    for amount, due, met in (
        ("75000", date(2026, 11, 21), 1.0),
        ("77000", date(2026, 11, 21), 0.0),
        ("77000", date(2026, 12, 19), 0.0),
    ):
        goal = Goal("bill", yuan(amount), due)
        found = path_of(with_facts("young-renter", lambda f, g=goal: replace(f, goals=(g,))))  # type: ignore[misc]
        (outlook,) = found.goals
        assert outlook.payment.month == 0
        assert outlook.met.estimate == met
        assert outlook.funding.ratio == pytest.approx(75_000 / float(yuan(amount).amount))


def locked_away(opens: date, due: date, held_at: HeldAt = HeldAt.HERE) -> LifePath:
    """Return the path of the renter with 600 000 yuan locked and a goal of 400 000."""
    record = with_facts(
        "young-renter", lambda f: replace(f, goals=(Goal("home", yuan("400000"), due),))
    )
    annuity = replace(
        holding("600000", "annuity"), locked_until=opens, held_at=held_at, product_id=None
    )
    sheet = replace(record.balance_sheet, holdings=(annuity,))
    return path_of(replace(record, balance_sheet=sheet))


@pytest.mark.parametrize("held_at", HeldAt)
def test_what_is_locked_pays_for_no_goal_before_its_day(held_at: HeldAt) -> None:
    due = date(2028, 1, 1)
    found = locked_away(date(2040, 1, 1), due, held_at)
    (outlook,) = found.goals
    assert (outlook.met.estimate, outlook.payment.locked) == (0.0, 600_000.0)
    assert outlook.met_if_free.estimate > 0.98
    # The day itself counts, not the month: what opens on it is there.
    for opens, locked in ((due, 0.0), (date(2028, 1, 2), 600_000.0)):
        (outlook,) = locked_away(opens, due, held_at).goals
        assert outlook.payment.locked == locked
        assert outlook.met_if_free.estimate > 0.98
        assert (outlook.met.estimate > 0.98) == (not locked)


def test_what_is_locked_is_not_lived_on_before_its_month_is_over() -> None:
    found = locked_away(date(2030, 1, 20), date(2045, 1, 1))
    assert list(found.locked[:40]) == [600_000.0] * 37 + [0.0] * 3
    assert list(locked_away(date(2030, 1, 21), date(2045, 1, 1)).locked[36:40]) == [
        600_000.0,
        600_000.0,
        0.0,
        0.0,
    ]
    record = BOOK["negative-savings"]
    held = tuple(replace(h, locked_until=date(2028, 1, 1)) for h in record.balance_sheet.holdings)
    sheet = replace(record.balance_sheet, holdings=held)
    locked = path_of(replace(record, balance_sheet=sheet)).simulation
    assert path_of(record).simulation.lasted_through(12).estimate == 1.0
    assert locked.lasted_through(1).estimate == 0.0


def test_goals_keep_their_own_outcome_whatever_their_order() -> None:
    small, large = (
        Goal("small", yuan("1000"), date(2031, 1, 1)),
        Goal("large", yuan("90000000"), date(2029, 1, 1)),
    )
    for goals in ((small, large), (large, small)):
        found = path_of(
            with_facts("equity-fan", lambda f, goals=goals: replace(f, goals=goals))  # type: ignore[misc]
        )
        by_name = {outlook.goal.name: outlook for outlook in found.goals}
        assert by_name["large"].met.estimate == 0
        # What the large one could not take in full it took all the same; saving began again.
        assert by_name["small"].met.estimate == 1
        assert float(by_name["large"].goal.amount) == by_name["large"].payment.amount
        ratio = by_name["large"].funding.ratio
        assert ratio is not None
        assert 0 < ratio < 0.1


@pytest.mark.parametrize(
    ("category", "expected"), [(WorkCategory.MAN, 0.25), (WorkCategory.WOMAN_50, 0.6)]
)
def test_the_money_outlasts_those_who_die_before_the_gap(
    category: WorkCategory, expected: float
) -> None:
    # 21 000 yuan cover 1 400 a month for fifteen months: every path fails in the second year.
    record = with_facts("negative-savings", lambda f: replace(f, work_category=category))
    age = record.facts.age_on(AS_OF)
    table = MortalityTable(
        name="two ages",
        status=TableStatus.UNVERIFIED,
        source="made up",
        note="",
        first_age=age,
        men=(0.25, 1.0),
        women=(0.6, 1.0),
    )
    found = with_table(record, table)
    gaps = [found.simulation.lasting_paths[m] / 400 for m in (11, 23)]
    assert gaps == [1.0, 0.0]
    assert found.retirement.outlasts_life == pytest.approx(expected)


def test_who_is_older_than_the_table_is_taken_for_its_last_age() -> None:
    table = MortalityTable("t", TableStatus.UNVERIFIED, "made up", "", 18, (0.5, 1.0), (0.5, 1.0))
    found = with_table(BOOK["negative-savings"], table)
    assert found.retirement.outlasts_life == 1.0


def retired(change: Callable[[ClientFacts], ClientFacts]) -> LifePath:
    return path_of(with_facts("retiree-68", change))


def test_retirement_begins_today_for_those_who_do_not_earn() -> None:
    outlook = path_of(BOOK["retiree-68"]).retirement
    facts = BOOK["retiree-68"].facts
    assert (outlook.begins, outlook.pension_begins) == (AS_OF, AS_OF)
    assert outlook.spending == facts.spending
    assert outlook.pension == facts.monthly_pension
    assert outlook.last_age == PARAMETERS.planning_age
    idle = with_facts(
        "negative-savings",
        lambda f: replace(f, income_kind=IncomeKind.NONE, monthly_pension=yuan("2000")),
    )
    waiting = path_of(idle).retirement
    assert waiting.begins == AS_OF
    assert waiting.pension_begins > date(2050, 1, 1)
    assert waiting.pension == yuan("2000")


def test_retirement_is_told_for_the_month_in_which_the_pension_begins() -> None:
    record = with_facts("equity-fan", lambda f: replace(f, retirement_age=50))
    found = path_of(record)
    outlook, flows = found.retirement, found.flows
    month = next(m for m, pension in enumerate(flows.pension) if pension > 0)
    assert outlook.begins == date(2041, 10, 5)
    assert outlook.pension_begins == date(2051, 10, 5)
    assert float(outlook.spending) == pytest.approx(flows.spending[month], abs=0.01)
    assert float(outlook.own_spending) == pytest.approx(flows.own_spending[month], abs=0.01)
    assert float(outlook.pension) == pytest.approx(flows.pension[month], abs=0.01)


def test_the_funding_of_retirement_counts_its_withdrawals_discounted_at_the_safe_rate() -> None:
    record = BOOK["young-renter"]
    found = path_of(record)
    flows = found.flows.net
    first = next(m for m, wage in enumerate(found.flows.wages) if wage == 0)
    v = (1 + PARAMETERS.real_riskless_rate) ** (-1 / 12)
    worth = [flow * v ** (month + 1) for month, flow in enumerate(flows)]
    goals = sum(g.payment.amount * v**g.payment.month for g in found.goals)
    funding = found.retirement.funding
    assert funding.need == pytest.approx(-sum(worth[first:]))
    resources = float(record.balance_sheet.investable_wealth) + sum(worth[:first]) - goals
    assert funding.resources == pytest.approx(resources)


def test_the_funding_of_a_goal_counts_wealth_and_saving_up_to_its_month_at_the_safe_rate() -> None:
    record = BOOK["young-renter"]
    found = path_of(record)
    (goal,) = found.goals
    v = (1 + PARAMETERS.real_riskless_rate) ** (-1 / 12)
    month = goal.payment.month
    saved = sum(flow * v ** (m + 1) for m, flow in enumerate(found.flows.net[:month]))
    wealth = float(record.balance_sheet.investable_wealth)
    assert goal.funding.need == pytest.approx(180_000 * v**month)
    assert goal.funding.resources == pytest.approx(wealth + saved)


def test_without_wealth_there_is_a_life_path_too() -> None:
    found = path_of(with_wealth(BOOK["equity-fan"], ZERO))
    assert found.simulation.year_ends[0].median.estimate > 0
    assert found.retirement.lasts.estimate > 0.9


def test_more_wealth_never_lowers_a_probability_under_the_same_weather() -> None:
    poor = path_of(with_facts("young-renter", stretched))
    record = with_facts("young-renter", stretched)
    rich = path_of(with_wealth(record, yuan("2000000")))
    assert rich.retirement.lasts.estimate > poor.retirement.lasts.estimate
    for more, less in zip(rich.goals, poor.goals, strict=True):
        assert more.met.estimate >= less.met.estimate
