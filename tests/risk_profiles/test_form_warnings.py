"""Warnings about a form: each flaw is named once, the gravest first, and shown by a sheet."""

from pathlib import Path

import pytest

from risk_profiles.form_properties import analyze_form
from risk_profiles.form_warnings import FormWarning, form_warnings
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import Questionnaire
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

TEXT = (Path(__file__).parent / "fixtures" / "bank_sum.toml").read_text(encoding="utf-8")
IDLE = """
[[question]]
id = "colour"
trait = "need"
weight = 0
zh = "您喜欢哪种颜色？"
en = "Which colour do you like?"
rationale = "None."
source = "None"
options = [
  { id = "a", points = 0, zh = "红", en = "Red" },
  { id = "b", points = 0, zh = "蓝", en = "Blue" },
]
"""


def changed(*changes: tuple[str, str]) -> Questionnaire:
    text = TEXT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return parse_questionnaire(text)


def warned(form: Questionnaire) -> list[FormWarning]:
    return list(form_warnings(analyze_form(form)))


def said(form: Questionnaire) -> list[tuple[str, dict[str, object]]]:
    return [(one.statement.code, dict(one.statement.evidence)) for one in warned(form)]


FORCED = [
    (
        "form_check.long_step",
        {"question": question, "first": "a", "second": "b", "levels": 4},
    )
    for question in ("losses", "safety_first")
]


def test_our_form_gives_no_warning() -> None:
    assert warned(load_default_questionnaire()) == []


def test_a_forced_class_is_a_long_step_and_nothing_else() -> None:
    assert said(parse_questionnaire(TEXT)) == FORCED


def test_a_bolder_answer_that_caps_lower_is_not_monotone() -> None:
    form = changed(
        ('id = "aim"\n', 'id = "aim"\ncap_reason = "cap_answer"\n'),
        ('{ id = "c", points = 10, zh = "尽快', '{ id = "c", points = 10, cap = "C4", zh = "尽快'),
    )
    evidence = {"question": "aim", "first": "b", "second": "c"}
    first, *others = warned(form)
    assert (first.statement.code, first.statement.evidence) == ("form_check.not_monotone", evidence)
    assert [(one.statement.code, one.statement.evidence) for one in others] == FORCED
    assert first.example is not None
    sheet, age = first.example.answers, first.example.age
    shy, bold = (make_profile(form, {**sheet, "aim": option}, age=age) for option in "bc")
    assert bold.level.rank < shy.level.rank or bold.risk_aversion > shy.risk_aversion


@pytest.mark.parametrize(
    ("edges", "unreachable"), [("[16, 36, 36.25, 81]", []), ("[16, 36.25, 36.75, 81]", ["C3"])]
)
def test_a_level_no_sum_falls_into_is_unreachable(edges: str, unreachable: list[str]) -> None:
    # Sums are whole: 36 falls between 36 and 36.25, and nothing between 36.25 and 36.75.
    form = changed(("edges = [16, 36, 61, 81]", f"edges = {edges}"))
    found = [one for one in said(form) if one[0] == "form_check.unreachable_level"]
    assert found == [("form_check.unreachable_level", {"level": level}) for level in unreachable]


def test_a_question_that_changes_nothing_is_dead() -> None:
    assert ("form_check.dead_question", {"question": "colour"}) in said(
        parse_questionnaire(TEXT + IDLE)
    )


def test_a_birthday_that_moves_two_levels_is_warned_of_with_the_age() -> None:
    form = changed(("points = -10\n", 'points = -10\ncap = "C2"\n'))
    last = warned(form)[-1]
    assert last.statement.code == "form_check.long_birthday"
    assert last.statement.evidence == {"age": 66, "levels": 3}
    assert last.example is not None
    before, after = (
        make_profile(form, last.example.answers, age=age).level.rank for age in (65, 66)
    )
    assert last.example.age == 65
    assert before - after == 3
