"""What we know of a person besides the answers: facts that capacity and life cycle rest on."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal
from allocator.money import ZERO, Money

ADULT_AGE = 18
OLDEST_AGE = 110
OLDEST_RETIREMENT_AGE = 85


class WorkCategory(StrEnum):
    """Statutory category that fixes the retirement age (reform in force from 2025)."""

    MAN = "man"  # 60 -> 63
    WOMAN_55 = "woman_55"  # 55 -> 58
    WOMAN_50 = "woman_50"  # 50 -> 55


class IncomeKind(StrEnum):
    """Where income comes from; it sets the risk of human capital and the emergency fund."""

    PUBLIC = "public"  # civil servants, state institutions
    SALARIED = "salaried"
    COMMISSION = "commission"  # sales, finance, platform work
    ENTREPRENEUR = "entrepreneur"
    RETIRED = "retired"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Dependant:
    """A person who lives on the client's income until `independent_on`."""

    birth_date: date
    independent_on: date
    annual_need: Money


@dataclass(frozen=True, slots=True)
class ClientFacts:
    """Facts of a client at the balance sheet's date. Income is after tax, spending is monthly.

    Attributes:
        essential_spending: Monthly outgo that cannot be put off, debt service included.
        spending: All monthly outgo; at least `essential_spending`.
        earners: Incomes the household lives on.
        monthly_pension: Pension in today's money, expected or already paid.
        retirement_age: Planned age in years, or None for the statutory one.
        is_qualified_investor: Evidence of qualification is on file.
    """

    name: str
    birth_date: date
    work_category: WorkCategory
    income_kind: IncomeKind
    annual_income: Money
    monthly_pension: Money
    essential_spending: Money
    spending: Money
    earners: int
    dependants: tuple[Dependant, ...]
    goals: tuple[Goal, ...]
    is_qualified_investor: bool
    retirement_age: int | None = None

    def age_on(self, day: date) -> int:
        """Return completed years of age on `day`."""
        return age_between(self.birth_date, day)


def age_between(birth_date: date, day: date) -> int:
    """Return the years completed from `birth_date` to `day`.

    >>> age_between(date(1960, 2, 29), date(2026, 2, 28))
    65
    """
    birthday_passed = (day.month, day.day) >= (birth_date.month, birth_date.day)
    return day.year - birth_date.year - (not birthday_passed)


def check_facts(facts: ClientFacts, as_of: date) -> None:
    """Check that the facts can be true together on `as_of`.

    Raises:
        InputError: one problem for each fact that cannot be; the pointers start at /facts.
    """
    problems = [
        *_birth_problems(facts, as_of),
        *_money_problems(facts),
        *_work_problems(facts, as_of),
        *_dependant_problems(facts, as_of),
        *_goal_problems(facts, as_of),
    ]
    if problems:
        raise InputError("these facts cannot be used", code="invalid_facts", problems=problems)


def is_earning(kind: IncomeKind) -> bool:
    """True if the kind of income is a wage or a profit that can stop.

    >>> is_earning(IncomeKind.PUBLIC), is_earning(IncomeKind.RETIRED)
    (True, False)
    """
    return kind not in (IncomeKind.RETIRED, IncomeKind.NONE)


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
    elif planned <= age and facts.income_kind is not IncomeKind.RETIRED:
        yield Problem(
            "/facts/retirement_age",
            f"is not above the present age of {age}",
            planned,
            "plan a later age, or set income_kind to retired",
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
