"""The form of a what-if: filled with what is, read strictly, with a sentence for each wrong entry.

What is left as it was is no part of the question. Addresses carry the entries, so that a question
can be kept as a link; a name that the form does not have is refused like a wrong entry.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from marshmallow import ValidationError

from allocator.errors import InputError
from allocator.money import ZERO, Money
from api.client_file import ClientRecord
from api.schemas.life_paths import WhatIfSchema, make_what_if
from api.texts import Texts
from risk_profiles.cash_flows import cash_flows_of
from risk_profiles.life_cycle_parameters import LifeCycleParameters
from risk_profiles.months import MONTHS_A_YEAR
from risk_profiles.person import OLDEST_RETIREMENT_AGE, ClientFacts, is_earning
from risk_profiles.what_if import WhatIf, most_to_save
from risk_profiles.working_life import retirement_date_of

WHOLE, MORE, LESS = "whole", "more", "less"
_LANGUAGE = "lang"
_AGE, _INCOME, _SAVING, _WAY = "retirement_age", "annual_income", "saving", "saving_way"
_NUMBER = re.compile(r"[0-9]{1,3}")
_GOAL = re.compile(r"/facts/goals/(\d+)/(amount|due)")


@dataclass(frozen=True, slots=True)
class WhatIfForm:
    """What the page shows of a form.

    Attributes:
        typed: By field, what stands in it.
        errors: By field, what is wrong with it; `WHOLE` for what concerns no single field.
        goal_names: In the order of the facts.
        has_work: Income can still change and end.
        was_asked: Something was sent.
        question: What to ask; None while nothing can be.
    """

    typed: Mapping[str, str]
    errors: Mapping[str, str]
    goal_names: tuple[str, ...]
    has_work: bool
    was_asked: bool
    question: WhatIf | None


def read_what_if(
    sent: Mapping[str, str], record: ClientRecord, *, parameters: LifeCycleParameters, texts: Texts
) -> WhatIfForm:
    """Return the form with what was sent, or with what is when nothing was."""
    facts = record.facts
    usual = _usual(record, parameters)
    entries = {name: value.strip() for name, value in sent.items() if name != _LANGUAGE}
    typed = usual | {name: value for name, value in entries.items() if name in usual}
    form = WhatIfForm(
        typed=typed,
        errors={},
        goal_names=tuple(goal.name for goal in facts.goals),
        has_work=is_earning(facts.income_kind),
        was_asked=bool(entries),
        question=None,
    )
    if not form.was_asked:
        return form
    if unknown := entries.keys() - usual.keys():
        shown = ", ".join(sorted(unknown))
        return replace(form, errors={WHOLE: texts.say("page.what_if.problem.unknown", name=shown)})
    body = _body(typed, usual)
    try:
        asked = _without_the_same(make_what_if(WhatIfSchema().load(body)), facts)
    except ValidationError as error:
        names = _wrong_fields(error.messages_dict, body)
        return replace(form, errors={name: _sentence(name, record, texts) for name in names})
    if asked.is_empty:
        return replace(form, errors={WHOLE: texts.say("page.what_if.problem.empty")})
    return replace(form, question=asked)


def with_refusal(
    form: WhatIfForm,
    error: InputError,
    record: ClientRecord,
    *,
    parameters: LifeCycleParameters,
    texts: Texts,
) -> WhatIfForm:
    """Return the form with what cannot be asked beside the fields it is about.

    Raises:
        InputError: `error` itself, when it is about something that the form does not have.
    """
    errors = dict[str, str]()
    for problem in error.problems:
        if problem.field == "/monthly_saving":
            errors[_SAVING] = _too_much(record, parameters, texts)
        elif problem.field == "/facts/retirement_age":
            errors[_AGE] = _sentence(_AGE, record, texts)
        elif goal := _GOAL.fullmatch(problem.field):
            name = f"goal_{goal[1]}_{goal[2]}"
            errors[name] = _sentence(name, record, texts)
        else:
            raise error
    return replace(form, errors=errors, question=None)


def asked_in_words(question: WhatIf, record: ClientRecord, texts: Texts) -> list[str]:
    """Return what a question changes, one sentence each."""
    said = []
    if question.retirement_age is not None:
        said.append(texts.say("page.what_if.asked.age", age=str(question.retirement_age)))
    if question.annual_income is not None:
        income = texts.money(question.annual_income.amount)
        said.append(texts.say("page.what_if.asked.income", amount=income))
    if question.monthly_saving is not None:
        amount = question.monthly_saving.amount
        way = LESS if amount < 0 else MORE
        said.append(texts.say(f"page.what_if.asked.{way}", amount=texts.money(abs(amount))))
    for change in question.goals:
        goal = record.facts.goals[change.place]
        amount = (change.amount or goal.amount).amount
        due = texts.date(change.due or goal.due)
        shown = {"name": goal.name, "amount": texts.money(amount), "due": due}
        said.append(texts.say("page.what_if.asked.goal", **shown))
    return said


def _usual(record: ClientRecord, parameters: LifeCycleParameters) -> dict[str, str]:
    """Return what stands in each field when nothing is changed."""
    facts = record.facts
    usual = {_WAY: MORE, _SAVING: "0"}
    if is_earning(facts.income_kind):
        ends = retirement_date_of(facts, record.balance_sheet.as_of, parameters=parameters)
        # The statutory age is reached with the month of birth, some days before the birthday.
        months = MONTHS_A_YEAR * (ends.year - facts.birth_date.year)
        reached = (months + ends.month - facts.birth_date.month) // MONTHS_A_YEAR
        age = reached if facts.retirement_age is None else facts.retirement_age
        usual = {_AGE: str(age), _INCOME: _plain(facts.annual_income), **usual}
    for place, goal in enumerate(facts.goals):
        usual |= {
            f"goal_{place}_amount": _plain(goal.amount),
            f"goal_{place}_due": goal.due.isoformat(),
        }
    return usual


def _plain(amount: Money) -> str:
    """Return an amount as one types it: without cents that are none."""
    is_whole = amount.amount == amount.amount.to_integral_value()
    return format(amount.amount.quantize(Decimal(1)) if is_whole else amount.amount, "f")


def _body(typed: Mapping[str, str], usual: Mapping[str, str]) -> dict[str, Any]:
    """Return the question as the API takes it: what was changed, thousands without commas."""
    changed = {name: text for name, text in typed.items() if text and text != usual[name]}
    body: dict[str, Any] = {}
    if age := changed.get(_AGE):
        body["retirement_age"] = int(age) if _NUMBER.fullmatch(age) else age
    if income := changed.get(_INCOME):
        body["annual_income"] = income.replace(",", "")
    if saving := changed.get(_SAVING):
        # A second sign is no amount, so that "less" cannot be turned into more.
        signs = {MORE: "" if saving[0] != "-" else "-", LESS: "-"}
        body["monthly_saving"] = signs.get(typed[_WAY], typed[_WAY]) + saving.replace(",", "")
    elif typed[_WAY] not in (MORE, LESS):
        body["monthly_saving"] = typed[_WAY]
    goals: dict[int, dict[str, Any]] = {}
    for name, text in changed.items():
        if name.startswith("goal_"):
            place, part = name.removeprefix("goal_").split("_")
            goal = goals.setdefault(int(place), {"place": int(place)})
            goal[part] = text.replace(",", "") if part == "amount" else text
    return body | ({"goals": list(goals.values())} if goals else {})


def _without_the_same(asked: WhatIf, facts: ClientFacts) -> WhatIf:
    """Return the question without entries that say in other digits what is."""
    goals = tuple(
        change
        for change in asked.goals
        if change.amount not in (None, facts.goals[change.place].amount)
        or change.due not in (None, facts.goals[change.place].due)
    )
    is_same_income = asked.annual_income == facts.annual_income
    return replace(
        asked,
        annual_income=None if is_same_income else asked.annual_income,
        monthly_saving=None if asked.monthly_saving == ZERO else asked.monthly_saving,
        goals=goals,
    )


def _wrong_fields(messages: Mapping[str, Any], body: Mapping[str, Any]) -> list[str]:
    """Return the fields that the schema complains of, by their names in the form."""
    named = {"monthly_saving": _SAVING}
    found = [named.get(name, name) for name in messages if name != "goals"]
    for number, parts in messages.get("goals", {}).items():
        place = body["goals"][number]["place"]
        found += [f"goal_{place}_{part}" for part in parts]
    return found


def _too_much(record: ClientRecord, parameters: LifeCycleParameters, texts: Texts) -> str:
    flows = cash_flows_of(record.facts, record.balance_sheet, parameters=parameters)
    own = Money.rounded(float(flows.own_spending[0]))
    spare = most_to_save(record.facts, own_spending=own)
    if spare <= ZERO:
        return texts.say("page.what_if.problem.no_spare")
    return texts.say("page.what_if.problem.spare", spare=texts.money(spare.amount))


def _sentence(name: str, record: ClientRecord, texts: Texts) -> str:
    """Return what to enter in a field in place of what cannot be used."""
    facts, today = record.facts, record.balance_sheet.as_of
    if name == _AGE:
        lowest = str(facts.age_on(today) + 1)
        highest = str(OLDEST_RETIREMENT_AGE)
        return texts.say("page.what_if.problem.age", lowest=lowest, highest=highest)
    if name.endswith("_due"):
        return texts.say("page.what_if.problem.due", today=texts.date(today))
    if name.startswith("goal_"):
        return texts.say("page.what_if.problem.goal_amount")
    return texts.say(f"page.what_if.problem.{name}")
