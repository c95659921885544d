"""What the life path says in words: every number read back, no chance of none or all."""

import re
from calendar import month_name
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from life_cases import case_of, fan, goal_case, lasting_case, locked_case, with_debt
from life_world import BOOK, yuan

from allocator.money import ZERO, Money
from allocator.statements import Statement
from api.documents import statement_document
from api.texts import Language, Texts
from risk_profiles.goal_saving import LIKELY, SavingWanted
from risk_profiles.life_path_findings import find_of_life
from risk_profiles.person import IncomeKind


def every_finding() -> list[Statement]:
    records = [
        BOOK["negative-savings"],
        fan(lambda f: replace(f, income_kind=IncomeKind.NONE)),
        fan(lambda f: replace(f, retirement_age=50)),
        with_debt(fan(lambda f: replace(f, retirement_age=37))),
        with_debt(fan(lambda f: replace(f, spending=yuan("2000"), essential_spending=ZERO))),
        with_debt(BOOK["equity-fan"], annual_rate=Decimal("0.36")),
        with_debt(BOOK["equity-fan"], monthly_payment=yuan("1")),
    ]
    wanted = SavingWanted(yuan("1200"), LIKELY)
    cases = [
        *(case_of(record) for record in records),
        locked_case(300, 900),
        *(goal_case(count, wanted) for count in (3, 300, 990)),
        *(lasting_case(count) for count in (3, 300, 990)),
    ]
    return [s for case in cases for s in find_of_life(case)]


FINDINGS = every_finding()
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")


def numbers_meant(statement: Statement) -> list[float]:
    found: list[float] = []
    for value in statement.evidence.values():
        if isinstance(value, date):
            found += [value.year, value.month, value.day]
        elif isinstance(value, float):
            found.append(round(100 * value, 2))
        elif isinstance(value, int):
            found.append(value)
        elif isinstance(value, Money):
            found.append(float(value.amount))
    return sorted(found)


def test_the_cases_lead_to_every_finding_there_is() -> None:
    assert {s.code for s in FINDINGS} == {
        f"life.{name}"
        for name in (
            "age_lowers_level", "debt_in_retirement", "debt_never_ends", "debt_outlasts_plan",
            "goal_at_risk", "goal_locked", "goal_on_the_way", "goal_out_of_reach", "goal_saving",
            "income_not_counted", "money_ends", "money_lasts", "money_may_end", "money_will_end",
            "no_income_yet", "no_pension_yet", "spending_above_income", "spending_too_low",
        )
    }  # fmt: skip


@pytest.mark.parametrize("language", Language)
def test_every_number_of_a_finding_can_be_read_back_from_its_sentence(language: Language) -> None:
    months = {name: number for number, name in enumerate(month_name) if name}
    for statement in FINDINGS:
        text = Texts(language).statement(statement_document(statement))
        assert "{" not in text
        named = re.sub(r"\b(C\d)\b|C\d", "", text.replace("CN¥", "").replace("¥", ""))
        read = [float(n.strip("%").replace(",", "")) for n in _NUMBER.findall(named)]
        if language is Language.EN:
            read += [months[m] for m in re.findall(r"\d ([A-Z][a-z]+) \d{4}", named)]
        assert sorted(read) == pytest.approx(numbers_meant(statement), abs=0.005), text


@pytest.mark.parametrize("language", Language)
def test_no_probability_is_told_as_certain_or_impossible(language: Language) -> None:
    for statement in FINDINGS:
        text = Texts(language).statement(statement_document(statement))
        told = {float(p) for p in re.findall(r"(?<![\d.])(\d+(?:\.\d+)?)%", text)}
        assert not told & {0.0, 100.0}, text
