"""Flags for a reviewer: half outside what an answer means, by hand; sittings; histories."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.balance_sheet import BalanceSheet, Debt, DebtKind, Holding
from allocator.money import ZERO, Money
from allocator.product_classes import ProductClass, RiskLevel
from allocator.statements import Statement
from risk_profiles.levels import ProfileLevel
from risk_profiles.person import ClientFacts, IncomeKind, WorkCategory
from risk_profiles.questionnaire_file import load_default_questionnaire
from risk_profiles.review_flags import (
    COOLING_OFF,
    PastAssessment,
    flag_history,
    flag_records,
    flag_sitting,
    takes_effect_at,
)

money = Money.parse
FORM = load_default_questionnaire()
# A tenth to a quarter of income is left, three to six months are ready, loans take up to a fifth.
ANSWERS = {q.id: q.options[1].id for q in FORM.questions} | {"q3": "c", "q4": "c", "q5": "b"}
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
FACTS = ClientFacts(
    name="Test",
    birth_date=date(1980, 1, 1),
    work_category=WorkCategory.MAN,
    income_kind=IncomeKind.SALARIED,
    annual_income=money("120000"),
    monthly_pension=money("4000"),
    essential_spending=money("6000"),
    spending=money("8000"),
    earners=1,
    dependants=(),
    goals=(),
    is_qualified_investor=False,
)


def sheet(ready: str = "30000", payments: str = "0") -> BalanceSheet:
    cash = Holding("cash", ProductClass.DEMAND_DEPOSIT, money(ready), RiskLevel.R1)
    paid = money(payments)
    debt = Debt("d", DebtKind.MORTGAGE, money("100000"), money("0.03").amount, paid)
    return BalanceSheet(NOW.date(), (cash,), (debt,) if paid > ZERO else ())


def codes(flags: tuple[Statement, ...]) -> list[str]:
    return [flag.code for flag in flags]


def recorded(
    answers: dict[str, str] = ANSWERS,
    facts: ClientFacts = FACTS,
    balance_sheet: BalanceSheet | None = None,
) -> list[str]:
    at = sheet() if balance_sheet is None else balance_sheet
    return codes(flag_records(FORM, answers, facts=facts, balance_sheet=at))


def test_answers_that_agree_with_the_records_are_not_flagged() -> None:
    assert recorded() == []


# Spending of 7,200 with a tenth to a quarter left means an income of 8,000 to 9,600 a month.
@pytest.mark.parametrize(
    ("annual_income", "is_flagged"),
    [("48000", False), ("47999.88", True), ("172800", False), ("172800.12", True)],
)
def test_an_income_is_flagged_from_half_outside_what_the_answer_means(
    annual_income: str, is_flagged: bool
) -> None:
    facts = replace(FACTS, spending=money("7200"), annual_income=money(annual_income))
    assert ("review.k8_income" in recorded(facts=facts)) is is_flagged


def test_the_flag_names_the_record_and_the_nearest_figure_the_answer_means() -> None:
    facts = replace(FACTS, spending=money("7200"), annual_income=money("240000"))
    flags = flag_records(FORM, ANSWERS, facts=facts, balance_sheet=sheet())
    assert [(flag.code, dict(flag.evidence)) for flag in flags] == [
        (
            "review.k8_income",
            {
                "question": "q3",
                "recorded": money("20000.00"),
                "means": money("9600.00"),
                "limit": 0.5,
            },
        )
    ]


def test_whoever_draws_on_savings_may_have_any_income_up_to_what_is_spent() -> None:
    answers = ANSWERS | {"q3": "a"}
    for income, is_flagged in [("0", False), ("1", False), ("144000", False), ("144000.12", True)]:
        facts = replace(FACTS, annual_income=money(income))
        assert ("review.k8_income" in recorded(answers, facts)) is is_flagged


def test_an_open_share_left_over_leaves_income_open_above() -> None:
    answers = ANSWERS | {"q3": "e"}
    assert recorded(answers, replace(FACTS, annual_income=money("99000000"))) == []
    low = replace(FACTS, annual_income=money("60000"), spending=money("8000"))
    assert recorded(answers, low) == ["review.k8_income"]


def test_the_pension_is_the_income_of_those_who_no_longer_earn() -> None:
    retired = replace(
        FACTS,
        income_kind=IncomeKind.RETIRED,
        annual_income=ZERO,
        monthly_pension=money("10000"),
    )
    assert recorded(facts=retired, balance_sheet=sheet(payments="1500")) == []
    assert recorded(facts=replace(retired, monthly_pension=money("1000"))) == ["review.k8_income"]


def test_without_spending_there_is_nothing_to_compare() -> None:
    facts = replace(FACTS, spending=ZERO, essential_spending=ZERO)
    assert recorded(facts=facts) == []


# Three to six months: flagged below one and a half and above nine.
@pytest.mark.parametrize(
    ("ready", "is_flagged"),
    [("9000", False), ("8999.99", True), ("54000", False), ("54000.01", True), ("0", True)],
)
def test_a_reserve_is_flagged_from_half_outside_the_months_answered(
    ready: str, is_flagged: bool
) -> None:
    assert ("review.k8_reserve" in recorded(balance_sheet=sheet(ready))) is is_flagged


# Loans take 20 to 35 % of 10,000 a month: flagged below 1,000 and above 5,250.
@pytest.mark.parametrize(
    ("payments", "is_flagged"),
    [("0", True), ("999.99", True), ("1000", False), ("5250", False), ("5250.01", True)],
)
def test_payments_are_flagged_from_half_outside_the_share_answered(
    payments: str, is_flagged: bool
) -> None:
    found = recorded(ANSWERS | {"q5": "c"}, balance_sheet=sheet(payments=payments))
    assert ("review.k8_debts" in found) is is_flagged


def test_any_payment_contradicts_the_answer_that_there_are_no_loans() -> None:
    for facts in (FACTS, replace(FACTS, annual_income=ZERO)):
        answers = ANSWERS | {"q3": "a", "q5": "a"}
        assert recorded(answers, facts, sheet(payments="0.01")) == ["review.k8_debts"]
        assert recorded(answers, facts) == []


@pytest.mark.parametrize("share", ["b", "c", "d", "e"])
def test_without_income_a_share_of_it_is_not_compared(share: str) -> None:
    facts = replace(FACTS, annual_income=ZERO)
    answers = ANSWERS | {"q3": "a", "q5": share}
    assert recorded(answers, facts, sheet(payments="5000")) == []


@given(
    income=st.integers(0, 10**8),
    spending=st.integers(0, 10**7),
    ready=st.integers(1, 10**9),
    payments=st.integers(0, 10**7),
    kind=st.sampled_from(IncomeKind),
    picks=st.tuples(*[st.integers(0, 4)] * 3),
)
def test_every_record_leaves_some_answer_to_each_question_unflagged(
    income: int,
    spending: int,
    ready: int,
    payments: int,
    kind: IncomeKind,
    picks: tuple[int, int, int],
) -> None:
    """Any record is answerable: some option of each question goes unflagged."""
    facts = replace(
        FACTS,
        income_kind=kind,
        annual_income=Money.from_minor(income),
        spending=Money.from_minor(spending),
        essential_spending=Money.from_minor(spending // 2),
    )
    at = sheet(str(Money.from_minor(ready).amount), str(Money.from_minor(payments).amount))
    chosen = {q: FORM[q].options[p].id for q, p in zip(("q3", "q4", "q5"), picks, strict=True)}
    for question, code in [
        ("q3", "review.k8_income"),
        ("q4", "review.k8_reserve"),
        ("q5", "review.k8_debts"),
    ]:
        options = [option.id for option in FORM[question].options]
        found = [recorded(ANSWERS | chosen | {question: one}, facts, at) for one in options]
        assert any(code not in flags for flags in found)


@pytest.mark.parametrize(
    ("seconds", "is_flagged"), [(59.9, True), (60.0, False), (None, False), (0.0, True)]
)
def test_a_sheet_faster_than_it_can_be_read_is_flagged(
    seconds: float | None, is_flagged: bool
) -> None:
    varied = {q.id: q.options[i % 4].id for i, q in enumerate(FORM.questions)}
    found = codes(flag_sitting(FORM, varied, seconds=seconds))
    assert found == (["review.k9_fast"] if is_flagged else [])


def test_twelve_answers_at_one_position_are_flagged_and_eleven_are_not() -> None:
    def column(count: int) -> dict[str, str]:
        places = [0] * count + [1 + i % 3 for i in range(len(FORM.questions) - count)]
        return {q.id: q.options[p].id for q, p in zip(FORM.questions, places, strict=True)}

    assert flag_sitting(FORM, column(11), seconds=None) == ()
    (flag,) = flag_sitting(FORM, column(12), seconds=None)
    assert (flag.code, dict(flag.evidence)) == (
        "review.k9_same_position",
        {"count": 12, "position": 1},
    )


def test_short_questions_do_not_count_towards_one_position() -> None:
    short = replace(
        FORM, questions=tuple(replace(q, options=q.options[:3]) for q in FORM.questions)
    )
    assert flag_sitting(short, {q.id: "a" for q in short.questions}, seconds=None) == ()


def past(days: float, level: str = "C3") -> PastAssessment:
    return PastAssessment(NOW - timedelta(days=days), ProfileLevel(level))


@pytest.mark.parametrize(
    ("days", "is_flagged"),
    [([], False), ([1], False), ([1, 365], True), ([1, 366], False), ([400, 500], False)],
)
def test_the_third_test_within_a_year_is_flagged(days: list[int], is_flagged: bool) -> None:
    found = codes(flag_history(level=ProfileLevel.C3, now=NOW, earlier=[past(day) for day in days]))
    assert found == (["review.k10_third_test"] if is_flagged else [])


@pytest.mark.parametrize(
    ("earlier", "is_flagged"),
    [
        ([past(1, "C3")], False),
        ([past(1, "C2")], True),
        ([past(30, "C2")], True),
        ([past(31, "C2")], False),
        ([past(1, "C5")], False),
        # Two small steps within a month.
        ([past(1, "C3"), past(29, "C2")], True),
        ([past(1, "C3"), past(40, "C2")], False),
    ],
)
def test_two_levels_up_within_a_month_are_flagged_however_many_steps_they_take(
    earlier: list[PastAssessment], is_flagged: bool
) -> None:
    found = codes(flag_history(level=ProfileLevel.C4, now=NOW, earlier=earlier))
    assert ("review.k10_jump" in found) is is_flagged


def test_only_a_suspicious_rise_waits_a_day() -> None:
    jump = flag_history(level=ProfileLevel.C4, now=NOW, earlier=[past(1, "C2")])
    third = flag_history(level=ProfileLevel.C4, now=NOW, earlier=[past(90, "C4"), past(80, "C4")])
    assert codes(third) == ["review.k10_third_test"]
    fast = flag_sitting(FORM, ANSWERS, seconds=1)
    for level, in_force, flags, waits in [
        ("C4", "C2", jump, True),
        ("C4", "C4", jump, False),
        ("C4", "C5", jump, False),
        # Nothing in force is no way round the wait.
        ("C4", None, jump, True),
        ("C4", None, third, False),
        ("C4", "C4", third, False),
        ("C4", "C3", third, True),
        ("C4", "C2", fast, False),
        ("C4", "C2", (), False),
    ]:
        at = takes_effect_at(
            ProfileLevel(level),
            now=NOW,
            in_force=None if in_force is None else ProfileLevel(in_force),
            flags=flags,
        )
        assert at == (NOW + COOLING_OFF if waits else NOW)
    assert timedelta(hours=24) == COOLING_OFF
