"""Facts that can be true together on a day, or one problem for each that cannot.

Facts age: what was true when it was sent may no longer be. A goal comes due, a planned age is
reached, and an income that only the statutory age would have ended has no end once that age has
passed; nobody but the client can say when it will.
"""

from collections.abc import Iterator
from datetime import date

from allocator.errors import InputError, Problem
from allocator.life_cycle.retirement import statutory_retirement_date
from allocator.money import ZERO
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import (
    ADULT_AGE,
    OLDEST_AGE,
    OLDEST_RETIREMENT_AGE,
    ClientFacts,
    is_earning,
)


def check_facts(facts: ClientFacts, as_of: date, *, parameters: LifeCycleParameters) -> None:
    """Check that the facts can be true together on `as_of`.

    Args:
        parameters: For the statutory retirement age, and whether an income has to end.

    Raises:
        InputError: one problem for each fact that cannot be; the pointers start at /facts.
    """
    problems = [
        *_birth_problems(facts, as_of),
        *_money_problems(facts),
        *_work_problems(facts, as_of),
        *_endless_income_problems(facts, as_of, parameters),
        *_dependant_problems(facts, as_of),
        *_goal_problems(facts, as_of),
    ]
    if problems:
        raise InputError("these facts cannot be used", code="invalid_facts", problems=problems)


def _birth_problems(facts: ClientFacts, as_of: date) -> Iterator[Problem]:
    field, born = "/facts/birth_date", facts.birth_date.isoformat()
    if not facts.name.strip():
        yield Problem("/facts/name", "is empty", facts.name, "send the client's name")
    if facts.birth_date > as_of:
        yield Problem(field, f"lies after {as_of}", born, "send the date of birth")
    elif facts.age_on(as_of) > OLDEST_AGE:
        yield Problem(field, f"means an age above {OLDEST_AGE}", born, "correct the year")
    elif facts.age_on(as_of) < ADULT_AGE:
        yield Problem(
            field, f"means an age below {ADULT_AGE}", born, "only an adult can be advised"
        )


def _money_problems(facts: ClientFacts) -> Iterator[Problem]:
    amounts = {
        "annual_income": facts.annual_income,
        "monthly_pension": facts.monthly_pension,
        "essential_spending": facts.essential_spending,
        "spending": facts.spending,
    }
    if facts.retirement_spending is not None:
        amounts["retirement_spending"] = facts.retirement_spending
    for name, amount in amounts.items():
        if amount < ZERO:
            yield Problem(f"/facts/{name}", "is negative", str(amount.amount), "send 0 or more")
    if facts.essential_spending > facts.spending:
        yield Problem(
            "/facts/essential_spending",
            f"exceeds all spending of {facts.spending.amount}",
            str(facts.essential_spending.amount),
            "spending includes essential spending; raise the one or lower the other",
        )


def _work_problems(facts: ClientFacts, as_of: date) -> Iterator[Problem]:
    if facts.earners < 0:
        yield Problem("/facts/earners", "is negative", facts.earners, "send 0 or more")
    planned, age = facts.retirement_age, facts.age_on(as_of)
    if planned is None:
        return
    if not 0 < planned <= OLDEST_RETIREMENT_AGE:
        yield Problem(
            "/facts/retirement_age",
            f"must lie between 1 and {OLDEST_RETIREMENT_AGE}",
            planned,
            "send the planned age in years, or null for the statutory one",
        )
    elif planned <= age and is_earning(facts.income_kind):
        yield Problem(
            "/facts/retirement_age",
            f"is not above the present age of {age}",
            planned,
            "plan a later age, or set income_kind to retired",
        )


def _endless_income_problems(
    facts: ClientFacts, as_of: date, parameters: LifeCycleParameters
) -> Iterator[Problem]:
    has_end = facts.retirement_age is not None or not is_earning(facts.income_kind)
    if has_end or not parameters.income_needs_an_end:
        return
    reform = parameters.retirement[facts.work_category]
    statutory = statutory_retirement_date(
        birth_date=facts.birth_date,
        base_age=reform.base_age,
        cap_months=reform.cap_months,
        step_months=reform.step_months,
    )
    if statutory <= as_of:
        yield Problem(
            "/facts/retirement_age",
            f"is missing, and the statutory age was reached on {statutory}: an income without end",
            None,
            "send the age at which this income ends, or set income_kind to retired",
        )


def _dependant_problems(facts: ClientFacts, as_of: date) -> Iterator[Problem]:
    for place, dependant in enumerate(facts.dependants):
        field = f"/facts/dependants/{place}"
        born, until = dependant.birth_date, dependant.independent_on
        if born > as_of:
            yield Problem(
                f"{field}/birth_date", f"lies after {as_of}", born.isoformat(), "correct the date"
            )
        if until <= born:
            yield Problem(
                f"{field}/independent_on",
                f"is not after the birth on {born}",
                until.isoformat(),
                "send the date from which this person needs no support",
            )
        if dependant.annual_need < ZERO:
            need = str(dependant.annual_need.amount)
            yield Problem(f"{field}/annual_need", "is negative", need, "send 0 or more")


def _goal_problems(facts: ClientFacts, as_of: date) -> Iterator[Problem]:
    for place, goal in enumerate(facts.goals):
        field = f"/facts/goals/{place}"
        if goal.amount <= ZERO:
            amount = str(goal.amount.amount)
            yield Problem(f"{field}/amount", "is not positive", amount, "send what it will cost")
        if goal.due <= as_of:
            yield Problem(
                f"{field}/due",
                f"is not after {as_of}",
                goal.due.isoformat(),
                "send a date still to come, or leave the goal out",
            )
        elif facts.age_on(goal.due) > OLDEST_AGE:
            yield Problem(
                f"{field}/due",
                f"comes when the client is older than {OLDEST_AGE}",
                goal.due.isoformat(),
                "send a date within the client's life",
            )
