"""A file of answers: read back as it was written, or refused cell by cell."""

import numpy as np
import pytest

from allocator.errors import InputError, Problem
from risk_profiles.evidence.answer_file import MOST_PROBLEMS, read_answer_file, write_answer_file
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares
from risk_profiles.evidence.simulated_answers import simulate_answers
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
QUESTIONS = [question.id for question in FORM.questions]
MIDDLE = {question.id: question.options[1].id for question in FORM.questions}
COLUMNS = ["respondent", "round", "age", *QUESTIONS, "weight", "held_equity_share"]


def sheet(**changes: str) -> dict[str, str]:
    base = {"respondent": "r1", "round": "1", "age": "40", "weight": "1", "held_equity_share": ""}
    return {**base, **MIDDLE, **changes}


def text_of(*sheets: dict[str, str], columns: list[str] | None = None) -> str:
    names = COLUMNS if columns is None else columns
    lines = [",".join(names), *(",".join(one[name] for name in names) for one in sheets)]
    return "\n".join(lines) + "\n"


def problems_of(text: str) -> tuple[Problem, ...]:
    with pytest.raises(InputError) as caught:
        read_answer_file(FORM, text)
    assert caught.value.code == "invalid_answer_file"
    return caught.value.problems


def test_what_is_written_is_read_back() -> None:
    drawn = simulate_answers(FORM, respondents=40, loading=0.6, rounds=2, seed=4)
    held = HeldShares(np.array([0, 7, 39]), np.array([0.0, 0.1, 1.0]))
    answers = AnswerSet(
        drawn.respondents, drawn.first, drawn.retest, weights=np.linspace(0.1, 3, 40), held=held
    )
    text = write_answer_file(FORM, answers)
    again = read_answer_file(FORM, text)
    assert again.respondents == answers.respondents
    assert (again.first.ages == answers.first.ages).all()
    for question in QUESTIONS:
        assert (again.first.places[question] == answers.first.places[question]).all()
    assert again.retest is not None
    assert answers.retest is not None
    for question in QUESTIONS:
        there, back = answers.retest.answers.places[question], again.retest.answers.places[question]
        assert (there == back).all()
    assert again.weights is not None
    assert (again.weights == np.linspace(0.1, 3, 40)).all()
    assert again.held is not None
    assert (again.held.respondents == held.respondents).all()
    assert (again.held.shares == held.shares).all()
    assert write_answer_file(FORM, again) == text


def test_optional_columns_may_be_missing_and_rows_may_stand_in_any_order() -> None:
    columns = ["age", "respondent", *reversed(QUESTIONS)]
    found = read_answer_file(
        FORM, text_of(sheet(respondent="b", q4="e"), sheet(respondent="a"), columns=columns)
    )
    assert found.respondents == ("b", "a")
    assert found.first.places["q4"].tolist() == [4, 1]
    assert (found.retest, found.weights, found.held) == (None, None, None)


def test_the_second_round_finds_its_respondent() -> None:
    found = read_answer_file(
        FORM,
        text_of(
            sheet(respondent="b", round="2", q4="e"),
            sheet(respondent="a"),
            sheet(respondent="b"),
        ),
    )
    assert found.respondents == ("a", "b")
    assert found.retest is not None
    assert found.retest.respondents.tolist() == [1]
    assert found.retest.answers.places["q4"].tolist() == [4]


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("q4", "z"),
        ("q4", ""),
        ("q4", "A"),
        ("age", "17"),
        ("age", "121"),
        ("age", "40.5"),
        ("age", "-40"),
        ("age", ""),
        ("round", "3"),
        ("round", ""),
        ("weight", "0"),
        ("weight", "-1"),
        ("weight", "nan"),
        ("weight", "1e999"),
        ("weight", ""),
        ("held_equity_share", "1.01"),
        ("held_equity_share", "-0.1"),
        ("held_equity_share", "25%"),
        ("respondent", ""),
        ("respondent", "x" * 65),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column_with_value_and_remedy(
    column: str, cell: str
) -> None:
    found = problems_of(text_of(sheet(respondent="r0"), sheet(**{column: cell})))
    assert [(p.field, p.value) for p in found] == [(f"/rows/2/{column}", cell)]
    assert found[0].remedy


def test_every_bad_cell_is_told_up_to_a_number_and_the_rest_counted() -> None:
    rows = [sheet(respondent=f"r{n}", q4="z", q5="z") for n in range(MOST_PROBLEMS)]
    with pytest.raises(InputError, match=rf"\({MOST_PROBLEMS} more problems not shown\)") as caught:
        read_answer_file(FORM, text_of(*rows))
    assert len(caught.value.problems) == MOST_PROBLEMS


def test_a_respondent_answers_a_round_once() -> None:
    found = problems_of(text_of(sheet(), sheet()))
    assert found[0].field == "/rows/2/respondent"
    assert "row 1" in found[0].detail


def test_a_second_round_needs_a_first() -> None:
    found = problems_of(text_of(sheet(), sheet(respondent="r2", round="2")))
    assert [p.field for p in found] == ["/rows/2/respondent"]


@pytest.mark.parametrize(("column", "cell"), [("weight", "2"), ("held_equity_share", "0.5")])
def test_what_belongs_to_the_respondent_is_the_same_in_both_rounds(column: str, cell: str) -> None:
    found = problems_of(text_of(sheet(), sheet(round="2", **{column: cell})))
    assert [p.field for p in found] == [f"/rows/2/{column}"]


def test_unknown_missing_and_repeated_columns_are_refused_by_name() -> None:
    without = [name for name in COLUMNS if name not in ("q4", "age")]
    found = problems_of(text_of(sheet(), columns=without))
    assert {p.field for p in found} == {"/header/age", "/header/q4"}
    extra = sheet(q99="a")
    assert [p.field for p in problems_of(text_of(extra, columns=[*COLUMNS, "q99"]))] == [
        "/header/q99"
    ]
    assert [p.field for p in problems_of(text_of(sheet(), columns=[*COLUMNS, "q4"]))] == [
        "/header/q4"
    ]


@pytest.mark.parametrize("text", ["", "\n\n", ",".join(COLUMNS) + "\n", '"a\n'])
def test_a_file_without_answers_is_refused(text: str) -> None:
    assert problems_of(text)


def test_a_row_of_another_length_is_refused() -> None:
    found = problems_of(text_of(sheet()) + "r9,1,40\n")
    assert [p.field for p in found] == ["/rows/2"]
