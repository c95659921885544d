from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import InputError
from risk_profiles.answers import check_answers
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import (
    DEFAULT_QUESTIONNAIRE,
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
        if question.trait is not Trait.NEED:
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
        ('cap = "C3", from = 3', 'cap = "C9", from = 3', "/question/q7/options/c/cap"),
        ('id = "b", points = 25, from = 0, to = 0.1', 'id = "b", points = 250, from = 0',
         "/question/q3/options/b/points"),
        ('id = "q14"', 'id = "q13"', "/question/q13/id"),
        ('topic = "loss"', 'topic = "income_gamble"', "/question/q12/topic"),
        ('topic = "loss"', 'topic = "luck"', "/question/q9/topic"),
        ('topic = "reaction"\n', "", "/follow_up/k2"),
        ('rule = "k2"', 'rule = "k1"', "/follow_up/k1/rule"),
        ('rule = "k2"', 'rule = "k9"', "/follow_up/k9/rule"),
        ("from = 0, to = 1, zh", "zh", "/question/q4/options/a/from"),
        ("from = 1, to = 3, zh", "from = 3, to = 1, zh", "/question/q4/options/b/to"),
        ("from = 1, to = 3, zh", 'from = "one", to = 3, zh', "/question/q4/options/b/from"),
        ("from = 12, zh", "to = 12, zh", "/question/q4/options/e/to"),
        ("lowest_class = true", 'lowest_class = "yes"', "/question/q9/options/a/lowest_class"),
        ('points = 100, zh = "明显多买"', 'points = 100, purpose = "growth", zh = "x"',
         "/question/q10/options/e/purpose"),
        ('lifted_cap = "C4"', 'lifted_cap = "C3"', "/age_band/5/lifted_cap"),
        ("lift_knowledge = 60", "lift_knowledge = 160", "/lift_knowledge"),
        ("edges = [20, 38, 54, 68]", "edges = [20, 38, 38, 68]", "/edges"),
        ("edges = [20, 38, 54, 68]", "edges = [20, 38, 54]", "/edges"),
        ("edges = [20, 38, 54, 68]", "edges = [20, 38, 54, 168]", "/edges"),
        ("edges = [20, 38, 54, 68]", "edges = [0, 38, 54, 68]", "/edges"),
        ('scoring = "lower_of_traits"', 'scoring = "guess"', "/scoring"),
        ('cap_reason = "cap_loss"\n', "", "/question/q9/cap_reason"),
        ('cap_reason = "cap_loss"', 'cap_reason = "cap_mood"', "/question/q9/cap_reason"),
        ('purpose = "purchase"', 'purpose = "yacht"', "/question/q20/options/e/purpose"),
        ('purpose = "purchase", ', "", "/question/q20/options/e/purpose"),
        ("age_weight = 2", 'age_weight = "2"', "/age_weight"),
        ("age_weight = 2", "age_weight = 2\ncolour = 1", "/colour"),
        ("below = 45", "below = 25", "/age_band"),
        ('version = "cn-2026-2"', 'version = ""', "/version"),
        ('topic = "target_return"\nweight = 0', 'topic = "target_return"\nweight = 1',
         "/question/q19/weight"),
        ('trait = "need"', 'trait = "mood"', "/question/q19/trait"),
        ('en = "Retirement and the family\'s future"', 'en = " "', "/question/q20/options/b/en"),
        ('{ id = "b", points = 0, from = 0.02', '{ id = "a", points = 0, from = 0.02',
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
