"""What if: each field changes what it says, nothing else, and what cannot be is refused."""

from dataclasses import fields, replace
from datetime import date

import pytest
from life_world import FACTS, SHEET, flows_of, yuan

from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money
from risk_profiles.person import ClientFacts, IncomeKind
from risk_profiles.what_if import GoalChange, WhatIf, changed_facts

GOALS = (
    Goal("school", yuan("300000"), date(2036, 9, 1)),
    Goal("home", yuan("900000"), date(2031, 9, 1)),
)
CLIENT = replace(FACTS, goals=GOALS)
OWN, PLANNED = yuan("8800"), yuan("10000")


def asked(what_if: WhatIf, facts: ClientFacts = CLIENT, own: Money = OWN) -> ClientFacts:
    return changed_facts(facts, what_if, own_spending=own, planned_retirement_spending=PLANNED)


def refused(what_if: WhatIf, facts: ClientFacts = CLIENT, own: Money = OWN) -> list[Problem]:
    with pytest.raises(InputError) as refusal:
        asked(what_if, facts, own)
    assert refusal.value.code == "invalid_what_if"
    assert all(problem.remedy for problem in refusal.value.problems)
    return list(refusal.value.problems)


def differences(after: ClientFacts, before: ClientFacts = CLIENT) -> dict[str, object]:
    names = [field.name for field in fields(ClientFacts)]
    return {n: getattr(after, n) for n in names if getattr(after, n) != getattr(before, n)}


@pytest.mark.parametrize(
    ("what_if", "changes"),
    [
        (
            WhatIf(retirement_age=65),
            {"retirement_age": 65, "retirement_spending": PLANNED},
        ),
        (WhatIf(annual_income=yuan("300000")), {"annual_income": yuan("300000")}),
        (WhatIf(annual_income=ZERO), {"annual_income": ZERO}),
        (
            WhatIf(monthly_saving=yuan("1000")),
            {"spending": yuan("13000"), "retirement_spending": PLANNED},
        ),
        (
            WhatIf(monthly_saving=yuan("-1000")),
            {"spending": yuan("15000"), "retirement_spending": PLANNED},
        ),
        (
            WhatIf(goals=(GoalChange(1, amount=yuan("5")),)),
            {"goals": (GOALS[0], replace(GOALS[1], amount=yuan("5")))},
        ),
        (
            WhatIf(goals=(GoalChange(0, due=date(2040, 1, 1)),)),
            {"goals": (replace(GOALS[0], due=date(2040, 1, 1)), GOALS[1])},
        ),
    ],
)
def test_each_field_changes_what_it_says_and_nothing_else(
    what_if: WhatIf, changes: dict[str, object]
) -> None:
    assert differences(asked(what_if)) == changes


def test_everything_can_be_asked_at_once() -> None:
    goals = (GoalChange(1, amount=yuan("5"), due=date(2040, 1, 1)), GoalChange(0, amount=yuan("6")))
    after = asked(WhatIf(62, yuan("1"), yuan("2"), goals))
    assert set(differences(after)) == {
        "retirement_age",
        "annual_income",
        "spending",
        "retirement_spending",
        "goals",
    }
    assert after.goals == (
        replace(GOALS[0], amount=yuan("6")),
        replace(GOALS[1], amount=yuan("5"), due=date(2040, 1, 1)),
    )


def test_saving_more_keeps_the_standard_of_retirement_and_saves_what_it_says() -> None:
    before = flows_of(CLIENT)
    planned = Money.rounded(float(before.own_spending[-1]))
    after = flows_of(
        changed_facts(
            CLIENT,
            WhatIf(monthly_saving=yuan("1000")),
            own_spending=Money.rounded(float(before.own_spending[0])),
            planned_retirement_spending=planned,
        )
    )
    assert after.net[0] - before.net[0] == pytest.approx(1_000)
    # It grows with the wage, as spending does.
    growth = before.wages[239] / before.wages[0]
    assert after.net[239] - before.net[239] == pytest.approx(1_000 * growth)
    assert after.net[240:] == pytest.approx(before.net[240:], abs=0.01)


def test_what_is_essential_or_bound_cannot_be_saved() -> None:
    assert asked(WhatIf(monthly_saving=yuan("5000"))).spending == CLIENT.essential_spending
    (problem,) = refused(WhatIf(monthly_saving=yuan("5000.01")))
    assert (problem.field, problem.value) == ("/monthly_saving", "5000.01")
    assert "5000" in str(problem.remedy)
    (bound,) = refused(WhatIf(monthly_saving=yuan("2000")), own=yuan("1999"))
    assert "1999" in str(bound.remedy)


def test_what_is_saved_never_leaves_spending_unexplained() -> None:
    # Essentials that leave out the loan: all of one's own could be saved, the loan could not.
    facts = replace(CLIENT, essential_spending=yuan("100"))
    flows = flows_of(facts)
    own = Money.rounded(float(flows.own_spending[0]))
    most = asked(WhatIf(monthly_saving=own), facts, own)
    assert flows_of(most).unexplained == ZERO
    refused(WhatIf(monthly_saving=own + yuan("0.01")), facts, own)


@pytest.mark.parametrize(
    ("what_if", "pointers"),
    [
        (WhatIf(), [""]),
        (WhatIf(goals=(GoalChange(2, amount=yuan("1")),)), ["/goals/0/place"]),
        (WhatIf(goals=(GoalChange(-1, amount=yuan("1")),)), ["/goals/0/place"]),
        (WhatIf(goals=(GoalChange(0),)), ["/goals/0"]),
        (
            WhatIf(goals=(GoalChange(0, yuan("1")), GoalChange(0, yuan("2")))),
            ["/goals/1/place"],
        ),
        (
            WhatIf(monthly_saving=yuan("9999"), goals=(GoalChange(0), GoalChange(7, yuan("1")))),
            ["/monthly_saving", "/goals/0", "/goals/1/place"],
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_pointer(
    what_if: WhatIf, pointers: list[str]
) -> None:
    assert [problem.field for problem in refused(what_if)] == pointers


def test_a_client_without_goals_is_told_to_leave_them_out() -> None:
    (problem,) = refused(WhatIf(goals=(GoalChange(0, yuan("1")),)), FACTS)
    assert problem.remedy == "leave it"


def test_those_who_do_not_earn_have_no_income_to_change_and_the_retired_no_age() -> None:
    both = WhatIf(retirement_age=70, annual_income=yuan("1"))
    retired = replace(CLIENT, income_kind=IncomeKind.RETIRED, retirement_age=None)
    assert [p.field for p in refused(both, retired)] == ["/retirement_age", "/annual_income"]
    idle = replace(CLIENT, income_kind=IncomeKind.NONE)
    assert [p.field for p in refused(both, idle)] == ["/annual_income"]
    assert asked(WhatIf(retirement_age=70), idle).retirement_age == 70


def test_the_retired_save_more_for_life() -> None:
    retired = replace(CLIENT, income_kind=IncomeKind.RETIRED, retirement_age=None)
    after = flows_of(asked(WhatIf(monthly_saving=yuan("1000")), retired), SHEET)
    more = after.net - flows_of(retired, SHEET).net
    assert set(more.round(6)) == {1_000.0}


def test_only_the_plain_question_is_empty() -> None:
    assert WhatIf().is_empty
    assert not WhatIf(monthly_saving=ZERO).is_empty
