from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from risk_profiles.questionnaire import (
    DEFAULT_QUESTIONNAIRE,
    Trait,
    check_answers,
    load_default_questionnaire,
    parse_questionnaire,
)

FORM = load_default_questionnaire()
GOOD = {question.id: question.options[0].id for question in FORM.questions}


def default_text() -> str:
    return (files("risk_profiles") / DEFAULT_QUESTIONNAIRE).read_text(encoding="utf-8")


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        parse_questionnaire(text)
    assert caught.value.code == "invalid_questionnaire"
    return {problem.field: problem.detail for problem in caught.value.problems}


def test_the_form_asks_eighteen_scored_questions_and_two_that_explain() -> None:
    # Age is the first scored question and is read from the birth date; two are in two parts.
    ids = [question.id for question in FORM.questions]
    whole = [f"q{number}" for number in (*range(2, 17), 19, 20)]
    assert sorted(ids) == sorted([*whole, "q17a", "q17b", "q18a", "q18b"])
    assert [q.id for q in FORM.of_trait(Trait.NEED)] == ["q19", "q20"]


def test_the_weights_of_each_trait_sum_as_designed() -> None:
    def weight(trait: Trait) -> float:
        return sum(question.weight for question in FORM.of_trait(trait))

    assert weight(Trait.CAPACITY) + FORM.age_weight == 16
    assert weight(Trait.TOLERANCE) == 13
    assert weight(Trait.KNOWLEDGE) == 6
    assert weight(Trait.NEED) == 0


def test_every_scored_question_spans_the_whole_scale_or_almost() -> None:
    for question in FORM.questions:
        points = [option.points for option in question.options]
        if question.dimension is not Trait.NEED:
            assert max(points) == 100
            assert min(points) in (0, 10)


def test_objective_questions_have_one_right_option_and_not_always_the_first() -> None:
    places = []
    for question_id in ("q17a", "q17b", "q18a", "q18b"):
        points = [option.points for option in FORM[question_id].options]
        assert sorted(points) == [0, 0, 0, 100]
        assert points[-1] == 0
        places.append(points.index(100))
    assert len(set(places)) > 1


def test_every_text_exists_in_both_languages_and_differs() -> None:
    for question in FORM.questions:
        for text in (question.text, *(option.text for option in question.options)):
            assert set(text) == {"zh", "en"}
            assert text["zh"] != text["en"]


def test_the_hash_changes_with_the_text() -> None:
    assert parse_questionnaire(default_text()) == FORM
    assert parse_questionnaire(default_text() + "\n# note\n").content_hash != FORM.content_hash


def test_a_full_sheet_is_accepted() -> None:
    check_answers(FORM, GOOD)


def test_each_wrong_answer_is_named_with_its_remedy() -> None:
    answers = {**GOOD, "q7": "z", "q99": "a", "odd/na~me": "a"}
    del answers["q8"]
    with pytest.raises(InputError) as caught:
        check_answers(FORM, answers)
    found = {problem.field: problem for problem in caught.value.problems}
    assert set(found) == {"/answers/q7", "/answers/q8", "/answers/q99", "/answers/odd~1na~0me"}
    assert found["/answers/q7"].value == "z"
    assert found["/answers/q7"].remedy == "answer one of a, b, c, d, e"
    assert found["/answers/q8"].detail == "has no answer"
    assert "not a question" in found["/answers/q99"].detail


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=3), max_size=5))
def test_random_sheets_are_refused_with_one_problem_a_question_at_least(
    answers: dict[str, str],
) -> None:
    with pytest.raises(InputError) as caught:
        check_answers(FORM, answers)
    assert len(caught.value.problems) >= len(FORM.questions) - len(answers)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('cap = "C3", zh = "3到5年"', 'cap = "C9", zh = "3到5年"', "/question/q7/options/c/cap"),
        ('id = "b", points = 25, zh = "不到10%"', 'id = "b", points = 250, zh = "x"',
         "/question/q3/options/b/points"),
        ('id = "q14"', 'id = "q13"', "/question/q13/id"),
        ('id = "q9"', 'id = "q9b"', "/question/q9"),
        ('cap_reason = "cap_loss"\n', "", "/question/q9/cap_reason"),
        ('cap_reason = "cap_loss"', 'cap_reason = "cap_mood"', "/question/q9/cap_reason"),
        ('value = "purchase"', 'value = "yacht"', "/question/q20/options/e/value"),
        ('value = "0.10"', 'value = "much"', "/question/q19/options/e/value"),
        ("age_weight = 2", 'age_weight = "2"', "/age_weight"),
        ("age_weight = 2", "age_weight = 2\ncolour = 1", "/colour"),
        ("below = 45", "below = 25", "/age_band"),
        ('version = "cn-2026-1"', 'version = ""', "/version"),
        ('dimension = "need"\nweight = 0', 'dimension = "need"\nweight = 1',
         "/question/q19/weight"),
        ('dimension = "need"', 'dimension = "mood"', "/question/q19/dimension"),
        ('en = "Retirement and the family\'s future"', 'en = " "', "/question/q20/options/b/en"),
        ('{ id = "b", points = 0, value = "0.04"', '{ id = "a", points = 0, value = "0.04"',
         "/question/q19/options"),
    ],
)  # fmt: skip
def test_a_malformed_form_is_refused_by_question_and_option(old: str, new: str, field: str) -> None:
    assert old in default_text()
    assert field in problems_of(default_text().replace(old, new, 1))


def test_text_that_is_not_toml_or_has_no_questions_is_refused() -> None:
    with pytest.raises(InputError, match="not TOML"):
        parse_questionnaire("[[")
    assert "/question" in problems_of('version = "x"\nage_weight = 1\nage_band = [{points = 1}]')
