"""What if: the same client with one thing changed, to see what moves.

    retire at another age, earn more or less, save more or less a month, pay another amount for a
    goal or on another day

Saving more is spending less until retirement: the stated spending falls by as much, and never below
what is essential or goes to debts and dependants; the saving grows with the wage, as spending does.
The standard of living planned for retirement stays, whatever is saved and whenever work ends. The
retired save more for life. Nothing else changes; answers and profile stay. A what-if is a question,
not advice.
"""

from dataclasses import dataclass, replace
from datetime import date

from allocator.errors import InputError, Problem
from allocator.life_cycle.needs import Goal
from allocator.money import Money
from risk_profiles.person import ClientFacts, IncomeKind, is_earning


@dataclass(frozen=True, slots=True)
class GoalChange:
    """Another amount or day for the goal at `place` in the facts; None leaves what is."""

    place: int
    amount: Money | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What to change; None and an empty tuple leave what is.

    Attributes:
        monthly_saving: Saved besides, per month in today's money; negative to save less.
    """

    retirement_age: int | None = None
    annual_income: Money | None = None
    monthly_saving: Money | None = None
    goals: tuple[GoalChange, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is changed."""
        return self == WhatIf()


def changed_facts(
    facts: ClientFacts, what_if: WhatIf, *, own_spending: Money, planned_retirement_spending: Money
) -> ClientFacts:
    """Return the facts with what is asked about in place; they still have to be checked.

    Args:
        facts: As they are.
        what_if: What to change.
        own_spending: The part of monthly spending that is neither support nor debt service.
        planned_retirement_spending: What the client now plans to spend on itself in retirement.

    Raises:
        InputError: code invalid_what_if; nothing is changed, there is no such goal, no wage or
            retirement to change, or more would be saved than can be spared.
    """
    problems = [
        *_empty(what_if),
        *_work_problems(facts, what_if),
        *_saving_problems(facts, what_if, own_spending=own_spending),
        *_goal_problems(facts, what_if),
    ]
    if problems:
        raise InputError("this cannot be asked", code="invalid_what_if", problems=problems)
    changed = facts
    if what_if.retirement_age is not None:
        changed = replace(
            changed,
            retirement_age=what_if.retirement_age,
            retirement_spending=planned_retirement_spending,
        )
    if what_if.annual_income is not None:
        changed = replace(changed, annual_income=what_if.annual_income)
    if what_if.monthly_saving is not None:
        changed = replace(
            changed,
            spending=changed.spending - what_if.monthly_saving,
            retirement_spending=planned_retirement_spending,
        )
    goals = list(changed.goals)
    for change in what_if.goals:
        goals[change.place] = _changed_goal(goals[change.place], change)
    return replace(changed, goals=tuple(goals))


def most_to_save(facts: ClientFacts, *, own_spending: Money) -> Money:
    """Return how much more can be saved a month: what is neither essential nor bound.

    Args:
        facts: As they are.
        own_spending: The part of monthly spending that is neither support nor debt service.
    """
    return min(facts.spending - facts.essential_spending, own_spending)


def _changed_goal(goal: Goal, change: GoalChange) -> Goal:
    amount = goal.amount if change.amount is None else change.amount
    return replace(goal, amount=amount, due=goal.due if change.due is None else change.due)


def _empty(what_if: WhatIf) -> list[Problem]:
    if not what_if.is_empty:
        return []
    return [Problem("", "changes nothing", None, "change at least one thing")]


def _work_problems(facts: ClientFacts, what_if: WhatIf) -> list[Problem]:
    problems, age, income = [], what_if.retirement_age, what_if.annual_income
    if age is not None and facts.income_kind is IncomeKind.RETIRED:
        detail = "cannot change: this client is retired"
        problems.append(Problem("/retirement_age", detail, age, "leave it out"))
    if income is not None and not is_earning(facts.income_kind):
        detail, given = "would not count: this client does not earn", str(income.amount)
        problems.append(Problem("/annual_income", detail, given, "leave it out"))
    return problems


def _saving_problems(facts: ClientFacts, what_if: WhatIf, *, own_spending: Money) -> list[Problem]:
    more, spare = what_if.monthly_saving, most_to_save(facts, own_spending=own_spending)
    if more is None or more <= spare:
        return []
    detail = f"is more than the {spare.amount} a month that can be spared"
    remedy = f"send up to {spare.amount}"
    return [Problem("/monthly_saving", detail, str(more.amount), remedy)]


def _goal_problems(facts: ClientFacts, what_if: WhatIf) -> list[Problem]:
    problems, seen = [], set[int]()
    for number, change in enumerate(what_if.goals):
        at = f"/goals/{number}"
        if not 0 <= change.place < len(facts.goals):
            remedy = f"send a place from 0 to {len(facts.goals) - 1}" if facts.goals else "leave it"
            problems.append(
                Problem(f"{at}/place", "is no goal of this client", change.place, remedy)
            )
        elif change.place in seen:
            remedy = "change each goal once"
            problems.append(Problem(f"{at}/place", "is changed twice", change.place, remedy))
        elif change.amount is None and change.due is None:
            remedy = "send an amount or a day"
            problems.append(Problem(at, "changes nothing", None, remedy))
        seen.add(change.place)
    return problems
