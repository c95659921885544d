import itertools
from collections.abc import Iterator
from dataclasses import replace

import pytest

from risk_profiles.contradictions import (
    cautious_reading,
    find_contradictions,
    find_unreachable_wish,
)
from risk_profiles.questionnaire import Rule, Topic
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
LETTERS = "abcde"
# Nothing in this sheet contradicts anything, and all plain questions are answered right.
CALM = dict.fromkeys((q.id for q in FORM.questions), "c") | {
    "q6": "b", "q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c", "q19": "b",
}  # fmt: skip
RIGHT = {"q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c"}


def sheets(*question_ids: str) -> Iterator[dict[str, str]]:
    """Return the calm sheet with every combination of answers to some questions."""
    for answers in itertools.product(LETTERS, repeat=len(question_ids)):
        yield CALM | dict(zip(question_ids, answers, strict=True))


def knowledge_sheets() -> Iterator[dict[str, str]]:
    for experience in LETTERS:
        for answers in itertools.product("abcd", repeat=4):
            yield CALM | {"q15": experience} | dict(zip(RIGHT, answers, strict=True))


def expected(answers: dict[str, str]) -> dict[Rule, str]:
    """Return the rules that mark a sheet and the question each asks again, letter by letter."""
    found = {}
    if answers["q9"] == "a" and answers["q11"] in "de":
        found[Rule.K1] = "q11"
    if answers["q9"] == "e" and answers["q10"] == "a":
        found[Rule.K2] = "q9"
    if answers["q4"] == "a" and answers["q8"] == "e":
        found[Rule.K4] = "q4"
    if answers["q7"] == "a" and answers["q19"] in "cde":
        found[Rule.K5] = "q19"
    apart = answers["q11"] + answers["q12"]
    if apart in ("ad", "ae", "be"):
        found[Rule.K6] = "q12"
    if apart in ("da", "ea", "eb"):
        found[Rule.K6] = "q11"
    if answers["q15"] == "e" and sum(answers[name] == RIGHT[name] for name in RIGHT) <= 1:
        found[Rule.K7] = "q15"
    return found


ALL_SHEETS = {
    "loss, reaction, menu and gamble": list(sheets("q9", "q10", "q11", "q12")),
    "reserve and share": list(sheets("q4", "q8")),
    "horizon and wish": list(sheets("q7", "q19")),
    "experience and plain questions": list(knowledge_sheets()),
}
GROUPS = pytest.mark.parametrize("group", ALL_SHEETS)


@GROUPS
def test_rules_mark_exactly_the_answers_they_name_and_ask_one_question(group: str) -> None:
    for answers in ALL_SHEETS[group]:
        found = find_contradictions(FORM, answers)
        assert {one.rule: one.asks for one in found} == expected(answers)
        assert all(one.asks in (one.first, one.second) for one in found)


@GROUPS
def test_the_bolder_answer_is_read_as_the_boldest_that_does_not_contradict(group: str) -> None:
    for answers in ALL_SHEETS[group]:
        loss, reaction, menu, gamble = (
            LETTERS.index(answers[q]) for q in ("q9", "q10", "q11", "q12")
        )
        read = {
            "q9": 3 if reaction == 0 and loss == 4 else loss,
            "q11": min(menu, gamble + 2, 2 if loss == 0 else 4),
            "q12": min(gamble, menu + 2),
            "q15": LETTERS.index("d" if Rule.K7 in expected(answers) else answers["q15"]),
        }
        letters = {question_id: LETTERS[place] for question_id, place in read.items()}
        assert cautious_reading(FORM, answers) == answers | letters


@GROUPS
def test_the_one_question_asked_again_can_always_settle_its_contradiction(group: str) -> None:
    for answers in ALL_SHEETS[group]:
        for one in find_contradictions(FORM, answers):
            settled = [
                option.id
                for option in FORM[one.asks].options
                if one.rule not in expected(answers | {one.asks: option.id})
            ]
            assert settled


def test_what_is_read_cautiously_no_longer_contradicts() -> None:
    # K4 and K5 leave the answers as they are; what they set aside no score counts.
    for group in ("loss, reaction, menu and gamble", "experience and plain questions"):
        for answers in ALL_SHEETS[group]:
            assert not find_contradictions(FORM, cautious_reading(FORM, answers))


def test_a_sheet_without_contradictions_is_read_as_it_stands() -> None:
    assert cautious_reading(FORM, CALM) == CALM
    assert find_contradictions(FORM, CALM) == ()


@pytest.mark.parametrize(
    ("rule", "answers"),
    [
        (Rule.K1, {"q9": "a", "q11": "d"}),
        (Rule.K2, {"q9": "e", "q10": "a"}),
        (Rule.K4, {"q4": "a", "q8": "e"}),
        (Rule.K5, {"q7": "a", "q19": "c"}),
        (Rule.K6, {"q11": "e", "q12": "b"}),
        (Rule.K7, {"q15": "e", "q17a": "d", "q17b": "d", "q18a": "d"}),
    ],
)
def test_a_rule_whose_topic_a_form_lacks_is_silent(rule: Rule, answers: dict[str, str]) -> None:
    sheet = CALM | answers
    (found,) = find_contradictions(FORM, sheet)
    assert found.rule is rule
    for question_id in (found.first, found.second):
        topic = FORM[question_id].topic
        shorter = replace(FORM, questions=tuple(q for q in FORM.questions if q.topic is not topic))
        assert find_contradictions(shorter, sheet) == ()


@pytest.mark.parametrize(
    ("wish", "reachable", "is_found"),
    [("c", 0.0399, True), ("c", 0.04, False), ("e", 0.0799, True), ("e", 0.08, False),
     ("a", 0.0, False)],
)  # fmt: skip
def test_a_wish_is_out_of_reach_when_even_its_lower_end_is(
    wish: str, reachable: float, is_found: bool
) -> None:
    found = find_unreachable_wish(FORM, CALM | {"q19": wish}, reachable_return=reachable)
    assert (found is not None) == is_found
    if found is not None:
        assert (found.rule, found.asks) == (Rule.K3, "q19")
        assert found.figures["reachable_return"] == reachable
        assert found.figures["target_return"] > reachable


def test_a_form_that_asks_no_wish_has_none_out_of_reach() -> None:
    questions = tuple(q for q in FORM.questions if q.topic is not Topic.TARGET_RETURN)
    silent = replace(FORM, questions=questions)
    assert find_unreachable_wish(silent, CALM, reachable_return=0.0) is None


def test_figures_of_a_contradiction_are_those_the_rule_compared() -> None:
    (k5,) = find_contradictions(FORM, CALM | {"q7": "a", "q19": "d"})
    assert k5.figures == {"target_return": 0.06}
    wrong = {"q17a": "d", "q17b": "d", "q18a": "d"}
    (k7,) = find_contradictions(FORM, CALM | wrong | {"q15": "e"})
    assert k7.figures == {"right_answers": 1}
