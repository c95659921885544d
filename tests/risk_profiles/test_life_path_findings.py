"""Findings of the life path: each when it should be said, with its numbers, and not otherwise."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from life_cases import (
    HOME,
    case_of,
    fan,
    goal_case,
    lasting_case,
    locked_case,
    odds,
    one,
    said,
    with_debt,
)
from life_world import AS_OF, BOOK, with_facts, yuan

from allocator.balance_sheet import BalanceSheet, DebtKind
from allocator.life_cycle.simulated_figures import Probability
from allocator.money import ZERO, Money
from allocator.statements import Severity
from risk_profiles.goal_saving import LIKELY, SavingWanted
from risk_profiles.levels import ProfileLevel
from risk_profiles.life_path import GoalOutlook
from risk_profiles.life_path_findings import HIGHEST_TOLD, LOWEST_TOLD, LifeCase, find_of_life
from risk_profiles.person import IncomeKind


def test_spending_above_income_says_for_how_long_wealth_covers_it() -> None:
    found = one(case_of(BOOK["negative-savings"]), "spending_above_income")
    assert found.severity is Severity.WARNING
    assert found.evidence == {"gap": yuan("1400"), "wealth": yuan("21000"), "months": 15}
    assert not said(case_of(BOOK["equity-fan"]), "spending_above_income")
    # The retired live on their wealth as planned: retirement has findings of its own.
    retiree = with_facts("retiree-68", lambda f: replace(f, spending=yuan("20000")))
    assert not said(case_of(retiree), "spending_above_income")


@pytest.mark.parametrize(("gap", "speaks"), [("1060", True), ("1050", False), ("0.004", False)])
def test_a_gap_that_wealth_covers_for_the_whole_plan_is_no_warning(gap: str, speaks: bool) -> None:
    # 759 000 yuan cover 1 054.17 a month for the 720 months of this plan.
    record = BOOK["equity-fan"]
    monthly = record.facts.annual_income.amount / 12 + Decimal(gap)
    facts = replace(record.facts, spending=Money.rounded(monthly))
    assert bool(said(case_of(replace(record, facts=facts)), "spending_above_income")) == speaks


def test_spending_below_debts_and_dependants_is_told_with_both_sums() -> None:
    poor = fan(lambda f: replace(f, spending=yuan("2000"), essential_spending=yuan("2000")))
    found = one(case_of(with_debt(poor)), "spending_too_low")
    assert found.evidence == {"stated": yuan("2000"), "bound": yuan("3200")}
    assert not said(case_of(with_debt(BOOK["equity-fan"])), "spending_too_low")


def test_an_income_without_work_is_told_as_not_counted() -> None:
    idle = fan(lambda f: replace(f, income_kind=IncomeKind.NONE))
    found = one(case_of(idle), "income_not_counted")
    assert found.evidence == {"income": idle.facts.annual_income}
    unpaid = replace(idle, facts=replace(idle.facts, annual_income=ZERO))
    assert not said(case_of(unpaid), "income_not_counted")
    assert not said(case_of(BOOK["equity-fan"]), "income_not_counted")


GOAL = {"goal": "home", "amount": HOME.amount, "due": HOME.due}


def at_least(chance: Probability) -> float:
    """Return the largest whole per cent that the interval allows, at most 98 %."""
    whole = max(n for n in range(101) if n / 100 <= chance.low)
    return min(whole / 100, HIGHEST_TOLD)


def below(chance: Probability) -> float:
    """Return the smallest whole per cent that the interval allows, at least 2 %."""
    whole = min(n for n in range(101) if n / 100 >= chance.high)
    return max(whole / 100, LOWEST_TOLD)


@pytest.mark.parametrize(
    ("count", "code", "severity"),
    [
        (1000, "goal_on_the_way", Severity.STRENGTH),
        (800, "goal_on_the_way", Severity.STRENGTH),
        (799, "goal_at_risk", Severity.NOTICE),
        (500, "goal_at_risk", Severity.NOTICE),
        (499, "goal_at_risk", Severity.WARNING),
        (20, "goal_at_risk", Severity.WARNING),
        (19, "goal_out_of_reach", Severity.WARNING),
        (0, "goal_out_of_reach", Severity.WARNING),
    ],
)
def test_a_goal_is_told_by_how_likely_it_is(count: int, code: str, severity: Severity) -> None:
    found = one(goal_case(count), code)
    assert found.severity is severity
    told = [s.code for s in find_of_life(goal_case(count)) if s.code.startswith("life.goal")]
    assert told == [found.code]
    met = odds(count)
    numbers = {
        "goal_on_the_way": {"probability": at_least(met)},
        "goal_at_risk": {"probability": round(met.estimate, 2), "error": met.standard_error},
        "goal_out_of_reach": {"probability": below(met)},
    }
    assert found.evidence == GOAL | numbers[code]


def test_the_saving_that_makes_a_goal_likely_is_told_only_where_it_is_not() -> None:
    wanted = SavingWanted(yuan("1200"), LIKELY)
    found = one(goal_case(300, wanted), "goal_saving")
    assert found.severity is Severity.NOTICE
    assert found.evidence == {"goal": "home", "saving": yuan("1200"), "probability": LIKELY}
    assert one(goal_case(5, wanted), "goal_saving")
    assert not said(goal_case(300), "goal_saving")
    assert not said(goal_case(900, wanted), "goal_saving")


@pytest.mark.parametrize(
    ("met", "free", "speaks"),
    [(499, 500, True), (799, 800, True), (100, 900, True), (500, 799, False), (800, 900, False)],
)
def test_a_goal_that_only_a_lock_keeps_from_being_paid_is_told_with_the_sum(
    met: int, free: int, speaks: bool
) -> None:
    case = locked_case(met, free)
    held = case.path.goals[0]
    later = replace(held, goal=replace(HOME, name="later", due=date(2034, 5, 1)))

    def with_goals(*goals: GoalOutlook) -> LifeCase:
        path = replace(case.path, goals=goals)
        return replace(case, path=path, wanted=(None,) * len(goals))

    locked = with_goals(later, held)
    if not speaks:
        assert not said(locked, "goal_locked")
        return
    found = one(locked, "goal_locked")
    assert found.severity is Severity.WARNING
    assert found.evidence == GOAL | {"locked": yuan("600000")}
    # What is free on the day is not held up by a lock.
    free_then = replace(held, payment=replace(held.payment, locked=0.0))
    assert not said(with_goals(free_then), "goal_locked")


@pytest.mark.parametrize(
    ("count", "code", "severity", "ends"),
    [
        (1000, "money_lasts", Severity.STRENGTH, False),
        (800, "money_lasts", Severity.STRENGTH, False),
        (799, "money_may_end", Severity.NOTICE, False),
        (500, "money_may_end", Severity.NOTICE, False),
        (499, "money_may_end", Severity.WARNING, True),
        (19, "money_will_end", Severity.WARNING, True),
    ],
)
def test_whether_the_money_lasts_is_told_once_and_when_it_ends_if_that_is_more_likely(
    count: int, code: str, severity: Severity, ends: bool
) -> None:
    case = lasting_case(count)
    found = one(case, code)
    assert found.severity is severity
    outlook, lasts = case.path.retirement, odds(count)
    told = {
        "money_lasts": {"probability": at_least(lasts)},
        "money_may_end": {"probability": round(lasts.estimate, 2), "error": lasts.standard_error},
        "money_will_end": {"probability": below(lasts)},
    }
    assert found.evidence == told[code] | {
        "age": outlook.last_age,
        "spending": outlook.spending,
        "pension": outlook.pension,
    }
    codes = {"life.money_lasts", "life.money_may_end", "life.money_will_end"}
    assert sum(s.code in codes for s in find_of_life(case)) == 1
    # Month 30 from 20 November 2026 ends in May 2029, at 37.
    assert [s.evidence for s in said(case, "money_ends")] == ([{"age": 37}] if ends else [])


def test_the_age_at_which_money_ends_counts_the_birthday_that_comes_first() -> None:
    case = lasting_case(0)
    born = replace(case.facts, birth_date=date(1991, 5, 20))
    assert one(replace(case, facts=born), "money_ends").evidence == {"age": 38}


def test_years_without_wage_and_pension_are_told_with_both_days() -> None:
    early = fan(lambda f: replace(f, retirement_age=50))
    found = one(case_of(early), "no_pension_yet")
    assert found.evidence == {
        "begins": date(2041, 10, 5),
        "pension_begins": date(2051, 10, 5),
    }
    assert not said(case_of(early), "no_income_yet")
    assert not said(case_of(BOOK["equity-fan"]), "no_pension_yet")
    without = replace(early, facts=replace(early.facts, monthly_pension=ZERO))
    assert not said(case_of(without), "no_pension_yet")


def test_who_has_no_work_is_told_when_the_pension_comes_and_not_that_work_ends() -> None:
    idle = fan(lambda f: replace(f, income_kind=IncomeKind.NONE))
    found = one(case_of(idle), "no_income_yet")
    assert found.evidence == {"pension_begins": date(2054, 10, 1)}
    assert not said(case_of(idle), "no_pension_yet")
    assert not said(case_of(BOOK["retiree-68"]), "no_income_yet")


def test_a_debt_that_never_ends_names_its_interest() -> None:
    case = case_of(with_debt(BOOK["equity-fan"], annual_rate=Decimal("0.36")))
    found = one(case, "debt_never_ends")
    assert found.evidence == {
        "kind": DebtKind.MORTGAGE,
        "payment": yuan("3200"),
        "interest": yuan("3600"),
    }
    assert not said(case, "debt_outlasts_plan")
    assert not said(case_of(with_debt(BOOK["equity-fan"])), "debt_never_ends")


@pytest.mark.parametrize(("rate", "payment"), [("0", "1"), ("0", "0"), ("0.12", "1200")])
def test_a_debt_that_outlasts_the_plan_names_what_is_owed(rate: str, payment: str) -> None:
    record = with_debt(BOOK["equity-fan"], annual_rate=Decimal(rate), monthly_payment=yuan(payment))
    case = case_of(record)
    found = one(case, "debt_outlasts_plan")
    assert found.evidence == {
        "kind": DebtKind.MORTGAGE,
        "payment": yuan(payment),
        "balance": yuan("120000"),
        "age": case.path.retirement.last_age,
    }
    assert not said(case, "debt_never_ends")


def test_a_debt_that_runs_into_retirement_is_told_to_those_who_earn() -> None:
    soon = fan(lambda f: replace(f, retirement_age=37))
    found = one(case_of(with_debt(soon)), "debt_in_retirement")
    assert found.evidence == {
        "kind": DebtKind.MORTGAGE,
        "payment": yuan("3200"),
        "day": date(2030, 1, 20),
        "begins": date(2028, 10, 5),
    }
    later = fan(lambda f: replace(f, retirement_age=40))
    assert not said(case_of(with_debt(later)), "debt_in_retirement")
    assert not said(case_of(with_debt(BOOK["retiree-68"])), "debt_in_retirement")
    repaid = with_debt(soon, balance=ZERO)
    assert not [s for s in find_of_life(case_of(repaid)) if "debt" in s.code]


def test_each_step_down_of_the_level_is_told_with_its_age() -> None:
    found = said(case_of(BOOK["equity-fan"]), "age_lowers_level")
    assert [s.evidence for s in found] == [
        {"age": 55, "level": ProfileLevel.C4},
        {"age": 65, "level": ProfileLevel.C3},
        {"age": 75, "level": ProfileLevel.C2},
    ]
    assert not said(case_of(BOOK["widow-76"]), "age_lowers_level")


def test_warnings_come_first_and_strengths_last() -> None:
    order = [Severity.WARNING, Severity.NOTICE, Severity.STRENGTH]
    for record in (BOOK["negative-savings"], BOOK["young-renter"]):
        places = [order.index(s.severity) for s in find_of_life(case_of(record))]
        assert places == sorted(places)


def test_an_empty_book_of_wealth_still_has_its_findings() -> None:
    record = replace(BOOK["negative-savings"], balance_sheet=BalanceSheet(AS_OF, ()))
    found = one(case_of(record), "spending_above_income")
    assert found.evidence["months"] == 0
