"""The description of the format: its example works, and it leaves out no word a file may use."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from allocator.errors import InputError
from risk_profiles.form_properties import analyze_form
from risk_profiles.form_warnings import form_warnings
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import (
    TOPICS_OF_RULES,
    CapReason,
    Purpose,
    Questionnaire,
    Rule,
    Scoring,
    Topic,
    Trait,
)
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

DOCUMENT = (Path(__file__).parents[2] / "docs" / "questionnaire.md").read_text(encoding="utf-8")


def example() -> str:
    (text,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    return str(text)


def test_the_example_is_a_form_that_reaches_every_level() -> None:
    found = analyze_form(parse_questionnaire(example()))
    assert found.is_monotone
    assert all(sheet is not None for sheet in found.levels.values())
    # The document says that so few answers stand far apart.
    warned = {one.statement.code for one in form_warnings(found)}
    assert warned == {"form_check.long_step", "form_check.long_birthday"}


def test_the_example_asks_again_what_it_says_it_does() -> None:
    form = parse_questionnaire(example())
    assert set(form.follow_ups) == {rule for rule in Rule if form.asks_about(rule)} == {Rule.K2}
    answers = {"when": "c", "fall": "c", "act": "a", "owned": "b"}
    assert make_profile(form, answers, age=40).needs_review


@pytest.mark.parametrize("words", [Scoring, Trait, Topic, Purpose, Rule])
def test_every_word_of_a_closed_set_is_explained(words: type[StrEnum]) -> None:
    for word in words:
        assert f"`{word}`" in DOCUMENT, word


def test_every_reason_of_a_cap_that_a_question_may_give_is_explained() -> None:
    for reason in set(CapReason) - {CapReason.AGE}:
        assert f"`{reason}`" in DOCUMENT, reason


def test_the_rules_are_listed_with_their_topics() -> None:
    for rule, topics in TOPICS_OF_RULES.items():
        named = ", ".join(f"`{topic}`" for topic in dict.fromkeys(topics))
        assert f"| `{rule}` | {named} |" in DOCUMENT


def test_every_field_of_our_form_and_of_the_example_is_explained() -> None:
    texts = [example(), our_text()]
    fields = {
        name
        for text in texts
        for name in re.findall(r"(?m)(?:^|[{,\[] ?)([a-z_]+)(?: =|\]\])", text)
    }
    assert {"lowest_class", "lifted_cap", "follow_up", "cap_reason", "rule"} <= fields
    for field in fields:
        assert f"`{field}`" in DOCUMENT, field


def our_text() -> str:
    folder = Path(__file__).parents[2] / "risk_profiles" / "questionnaires"
    form: Questionnaire = load_default_questionnaire()
    (text,) = [
        text
        for path in folder.glob("*.toml")
        if form.version in (text := path.read_text(encoding="utf-8"))
    ]
    return text


def test_a_field_that_is_not_explained_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        parse_questionnaire(example().replace("age_weight = 1", "age_weight = 1\nmood = 2"))
    assert caught.value.problems[0].field == "/mood"
