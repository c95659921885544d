"""Households as respondents: each column goes where the documentation says, holdings nowhere.

The survey file is other people's data and lies outside the project; its path may be overridden.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from allocator.errors import InputError
from risk_profiles.evidence.answer_set import AnswerSet
from risk_profiles.evidence.estimates import Absent, Estimate
from risk_profiles.evidence.evaluation import Figure, evaluate
from risk_profiles.evidence.survey_households import fixed_questions, map_households
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

FORM = load_default_questionnaire()
SURVEY = Path(
    os.environ.get(
        "ROBO_HOUSEHOLD_SURVEY",
        Path(__file__).parents[4] / "shared/data/households/scf2019_half.csv",
    )
)
HOUSEHOLD = {
    "YY1": "7", "WGT": "4000.5", "AGE": "41", "OCCAT1": "1", "SAVED": "1", "LIQ": "20000",
    "INCOME": "60000", "PIRTOTAL": "0.1", "KIDS": "1", "KNOWL": "7", "YESFINRISK": "0",
    "NOFINRISK": "0", "FINLIT": "2", "EQUITY": "25000", "FIN": "100000", "HOUSES": "1",
}  # fmt: skip


def survey(*households: dict[str, str]) -> str:
    lines = [",".join(HOUSEHOLD), *(",".join(one.values()) for one in households)]
    return "\n".join(lines) + "\n"


def mapped(**changes: str) -> AnswerSet:
    return map_households(FORM, survey({**HOUSEHOLD, **changes}))


def answer(question: str, **changes: str) -> str:
    place = int(mapped(**changes).first.places[question][0])
    return FORM[question].options[place].id


@pytest.mark.parametrize(
    ("question", "changes", "expected"),
    [
        ("q2", {"OCCAT1": "1"}, "d"),
        ("q2", {"OCCAT1": "2"}, "b"),
        ("q2", {"OCCAT1": "3"}, "d"),
        ("q2", {"OCCAT1": "4"}, "a"),
        ("q3", {"SAVED": "0"}, "a"),
        ("q3", {"SAVED": "1"}, "c"),
        ("q4", {"LIQ": "4999"}, "a"),
        ("q4", {"LIQ": "5000"}, "b"),
        ("q4", {"LIQ": "29999"}, "c"),
        ("q4", {"LIQ": "30000"}, "d"),
        ("q4", {"LIQ": "60000"}, "e"),
        ("q4", {"INCOME": "0"}, "e"),
        ("q4", {"INCOME": "-5", "LIQ": "0"}, "a"),
        ("q5", {"PIRTOTAL": "0"}, "a"),
        ("q5", {"PIRTOTAL": "0.001"}, "b"),
        ("q5", {"PIRTOTAL": "0.2"}, "c"),
        ("q5", {"PIRTOTAL": "0.35"}, "d"),
        ("q5", {"PIRTOTAL": "9"}, "e"),
        ("q6", {"KIDS": "0"}, "a"),
        ("q6", {"KIDS": "2"}, "c"),
        ("q6", {"KIDS": "7"}, "d"),
        ("q9", {"NOFINRISK": "1"}, "a"),
        ("q9", {}, "c"),
        ("q9", {"YESFINRISK": "1"}, "e"),
        ("q13", {"NOFINRISK": "1"}, "a"),
        ("q13", {}, "b"),
        ("q13", {"YESFINRISK": "1"}, "d"),
        ("q14", {"NOFINRISK": "1"}, "a"),
        ("q16", {"KNOWL": "-1"}, "a"),
        ("q16", {"KNOWL": "2"}, "a"),
        ("q16", {"KNOWL": "3"}, "b"),
        ("q16", {"KNOWL": "6"}, "c"),
        ("q16", {"KNOWL": "9"}, "d"),
        ("q17a", {"FINLIT": "0"}, "d"),
        ("q17a", {"FINLIT": "1"}, "a"),
        ("q17b", {"FINLIT": "1"}, "d"),
        ("q17b", {"FINLIT": "2"}, "b"),
        ("q18a", {"FINLIT": "2"}, "d"),
        ("q18a", {"FINLIT": "3"}, "a"),
    ],
)
def test_a_column_becomes_the_documented_answer(
    question: str, changes: dict[str, str], expected: str
) -> None:
    assert answer(question, **changes) == expected


def test_age_weight_and_held_share_are_taken_as_they_are() -> None:
    found = mapped()
    assert found.respondents == ("h7",)
    assert found.first.ages.tolist() == [41]
    assert found.weights is not None
    assert found.weights.tolist() == [4000.5]
    assert found.held is not None
    assert found.held.shares.tolist() == [0.25]


def test_a_household_without_financial_assets_has_no_held_share() -> None:
    found = map_households(FORM, survey(HOUSEHOLD, {**HOUSEHOLD, "FIN": "0", "EQUITY": "0"}))
    assert found.held is not None
    assert found.held.respondents.tolist() == [0]
    assert mapped(FIN="0", EQUITY="0").held is None


def test_what_the_survey_cannot_tell_is_answered_alike_and_caps_no_level() -> None:
    assert fixed_questions(FORM) == ("q7", "q8", "q15", "q18b", "q19", "q20")
    bold = mapped(
        OCCAT1="1", SAVED="1", LIQ="1000000", PIRTOTAL="0", KIDS="0", KNOWL="10", YESFINRISK="1",
        FINLIT="3",
    )  # fmt: skip
    shy = mapped(
        OCCAT1="4", SAVED="0", LIQ="0", PIRTOTAL="0.9", KIDS="4", KNOWL="1", NOFINRISK="1",
        FINLIT="0",
    )  # fmt: skip
    alike = [q.id for q in FORM.questions if bold.first.places[q.id] == shy.first.places[q.id]]
    assert tuple(alike) == fixed_questions(FORM)
    assert answer("q7") == "e"
    assert answer("q8") == "c"
    assert answer("q15") == "d"
    assert FORM["q15"].option("d").cap is ProfileLevel.C5
    assert answer("q18b", FINLIT="3") == "d"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("AGE", "17"),
        ("AGE", "40.5"),
        ("OCCAT1", "5"),
        ("WGT", "0"),
        ("KNOWL", "11"),
        ("FINLIT", ""),
        ("LIQ", "nan"),
        ("EQUITY", "-1"),
    ],
)
def test_a_bad_cell_is_named_by_row_and_column(column: str, cell: str) -> None:
    with pytest.raises(InputError) as caught:
        map_households(FORM, survey(HOUSEHOLD, {**HOUSEHOLD, column: cell}))
    found = caught.value.problems
    assert [(p.field, p.value) for p in found] == [(f"/rows/2/{column}", cell)]


def test_more_equity_than_assets_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        mapped(EQUITY="100001")
    assert [p.field for p in caught.value.problems] == ["/rows/1/EQUITY"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(InputError) as caught:
        map_households(FORM, survey(HOUSEHOLD).replace("FINLIT", "OTHER"))
    assert [p.field for p in caught.value.problems] == ["/header/FINLIT"]


def test_another_form_is_mapped_by_topics_and_traits() -> None:
    text = (Path(__file__).parents[1] / "fixtures/bank_sum.toml").read_text(encoding="utf-8")
    form = parse_questionnaire(text)
    shy, bold = (
        map_households(form, survey({**HOUSEHOLD, **changes}))
        for changes in ({"NOFINRISK": "1"}, {"YESFINRISK": "1"})
    )
    for question in form.of_trait(Trait.TOLERANCE):
        points = [option.points for option in question.options]
        assert points[shy.first.places[question.id][0]] == min(points)
        assert points[bold.first.places[question.id][0]] == max(points)


needs_survey = pytest.mark.skipif(not SURVEY.exists(), reason=f"no survey file at {SURVEY}")


@needs_survey
def test_other_holdings_change_no_answer() -> None:
    lines = SURVEY.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    holdings = {"EQUITY", "STOCKS", "HSTOCKS", "HEQUITY", "NMMF", "RETQLIQ", "OTHMA"}
    before = map_households(FORM, "\n".join(lines[:400]))
    emptied = [
        ",".join(
            "0" if name in holdings else cell
            for name, cell in zip(header, line.split(","), strict=True)
        )
        for line in lines[1:400]
    ]
    after = map_households(FORM, "\n".join([lines[0], *emptied]))
    for question in FORM.questions:
        places = before.first.places[question.id]
        assert (places == after.first.places[question.id]).all(), question.id
    assert before.held is not None
    assert after.held is not None
    assert before.held.shares.any()
    assert not after.held.shares.any()


@needs_survey
def test_the_documented_figures_of_the_survey_hold() -> None:
    answers = map_households(FORM, SURVEY.read_text(encoding="utf-8"))
    found = evaluate(FORM, answers)
    assert not isinstance(found.validity, Absent)
    assert (found.respondents, found.validity.respondents) == (2889, 2852)
    stated = {
        Figure.LEVEL: (0.305, 0.264, 0.344),
        Figure.SCORE: (0.319, 0.279, 0.357),
        Figure.CAPACITY: (0.147, 0.106, 0.188),
        Figure.TOLERANCE: (0.316, 0.276, 0.354),
    }
    for figure, expected in stated.items():
        one = found.validity.rank_correlations[figure]
        assert isinstance(one, Estimate)
        assert (one.value, one.low, one.high) == pytest.approx(expected, abs=0.0006)
    shares = [found.validity.mean_shares[level] for level in ProfileLevel]
    means = [one.value for one in shares if isinstance(one, Estimate)]
    assert means == pytest.approx([0.125, 0.365, 0.293, 0.239, 0.269], abs=0.0006)
    assert np.argmin(means) == 0
