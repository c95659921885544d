"""Facts that time has overtaken, in the visitor's words."""

import re
from datetime import date

from allocator.errors import InputError, Problem
from api.texts import Texts
from risk_profiles.fact_checks import check_facts
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.person import ClientFacts

_GOAL_DUE = re.compile(r"/facts/goals/(\d+)/due")


def outdated_facts(
    facts: ClientFacts, *, today: date, parameters: LifeCycleParameters, texts: Texts
) -> tuple[str, ...]:
    """Return a sentence for each fact that keeps advice from being given, with its remedy."""
    try:
        check_facts(facts, today, parameters=parameters)
    except InputError as error:
        return tuple(_sentence(problem, facts, texts) for problem in error.problems)
    return ()


def _sentence(problem: Problem, facts: ClientFacts, texts: Texts) -> str:
    if goal := _GOAL_DUE.fullmatch(problem.field):
        reached = facts.goals[int(goal[1])]
        return texts.say("page.facts.goal", name=reached.name, date=texts.date(reached.due))
    if problem.field == "/facts/retirement_age" and facts.retirement_age is None:
        return texts.say("page.facts.endless_income")
    if problem.field == "/facts/retirement_age":
        return texts.say("page.facts.retirement_age", age=str(facts.retirement_age))
    return texts.say("page.facts.other", field=problem.field)
