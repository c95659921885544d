"""The outlook: what it names would change the level, and it teaches nobody to answer better."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from api.texts import Language, Texts
from risk_profiles.contradictions import cautious_reading
from risk_profiles.levels import ProfileLevel
from risk_profiles.outlook import CIRCUMSTANCES, MOST_CIRCUMSTANCES, what_would_change
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import CapReason, Questionnaire, Topic, Trait
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

FORM = load_default_questionnaire()
SUM_FORM = parse_questionnaire(
    (Path(__file__).parent / "fixtures" / "bank_sum.toml").read_text(encoding="utf-8")
)
BOLDEST = {q.id: max(q.options, key=lambda o: o.points).id for q in FORM.questions}
CODES = [
    *(f"outlook.{topic}" for topic in CIRCUMSTANCES),
    *(f"outlook.{reason}" for reason in CapReason),
    *(f"outlook.{word}" for word in ("several", "capacity", "tolerance", "sum", "highest")),
    "outlook.cap_age_liftable",
    "outlook.worse",
]


def random_sheets(count: int, form: Questionnaire = FORM) -> Iterator[tuple[dict[str, str], int]]:
    dice = np.random.default_rng(20261122)
    for _ in range(count):
        # Lucky sheets score higher, so that all five levels come up.
        tries = 1 + int(dice.integers(4))
        answers = {}
        for q in form.questions:
            places = dice.integers(len(q.options), size=tries)
            answers[q.id] = max((q.options[p] for p in places), key=lambda o: o.points).id
        yield answers, int(dice.integers(18, 95))


def said(answers: dict[str, str], age: int, form: Questionnaire = FORM) -> list[str]:
    return [statement.code for statement in what_would_change(form, answers, age=age)]


def improved(answers: dict[str, str], topics: set[str]) -> dict[str, str]:
    """Return the sheet of somebody for whom these circumstances have turned out for the best."""
    best = {q.id: BOLDEST[q.id] for q in FORM.questions if f"outlook.{q.topic}" in topics}
    return answers | best


def test_circumstances_that_decide_alone_raise_the_level_when_they_all_change() -> None:
    unbound = {q.id: BOLDEST[q.id] for q in FORM.questions if q.trait is not Trait.CAPACITY}
    seen = 0
    for sheet, age in random_sheets(600):
        answers = sheet | unbound | {"q7": "e"}
        named = said(answers, age)
        if named[0] != "outlook.capacity":
            continue
        circumstances = set(named[1:-1])
        assert 1 <= len(circumstances) <= MOST_CIRCUMSTANCES
        before = make_profile(FORM, answers, age=age).level
        after = make_profile(FORM, improved(answers, circumstances), age=age).level
        assert after.rank > before.rank
        seen += 1
    assert seen > 50


GROUPS = {
    "outlook.capacity": {q.id for q in FORM.of_trait(Trait.CAPACITY)},
    "outlook.tolerance": {q.id for q in FORM.of_trait(Trait.TOLERANCE)},
    "outlook.cap_horizon": {"q7"},
    "outlook.cap_loss": {"q9"},
    "outlook.cap_experience": {"q15"},
}


def lifted(answers: dict[str, str], codes: list[str]) -> dict[str, str]:
    """Return the sheet with everything these statements are about at its boldest."""
    return answers | {one: BOLDEST[one] for code in codes for one in GROUPS[code]}


def test_the_level_rises_when_everything_named_changes_and_not_before() -> None:
    rose = stayed = 0
    for answers, age in random_sheets(1500):
        codes = said(answers, age)
        named = [code for code in codes if code in GROUPS]
        level = make_profile(FORM, answers, age=age).level
        if level is ProfileLevel.C5 or any("cap_age" in code for code in codes):
            continue
        assert ("outlook.several" in codes) is (len(named) > 1)
        after = make_profile(FORM, lifted(answers, named), age=age)
        # What contradicts the rest of the sheet is read cautiously and may not count in full.
        if not after.needs_review:
            assert after.level.rank > level.rank
            rose += 1
        for left_out in named:
            others = lifted(answers, [code for code in named if code != left_out])
            sheet = others | {one: answers[one] for one in GROUPS[left_out]}
            assert make_profile(FORM, sheet, age=age).level is level
            stayed += len(named) > 1
    assert min(rose, stayed) > 300


def test_circumstances_stand_in_the_order_of_their_effect_and_none_is_at_its_best() -> None:
    seen = 0
    for answers, age in random_sheets(400):
        named = [
            code for code in said(answers, age) if code.removeprefix("outlook.") in CIRCUMSTANCES
        ]
        questions = [FORM.of_topic(Topic(code.removeprefix("outlook.")))[0] for code in named]
        gains = [q.weight * (q.highest_points - q.option(answers[q.id]).points) for q in questions]
        assert gains == sorted(gains, reverse=True)
        assert all(gains)
        seen += len(gains)
    assert seen > 50


def test_what_is_at_its_best_is_not_named_even_where_little_else_is_left() -> None:
    # Age alone takes seven and a half points of capacity, these two circumstances 25 more.
    assert said(BOLDEST | {"q3": "a", "q8": "e"}, 57) == [
        "outlook.capacity",
        "outlook.monthly_surplus",
        "outlook.share_of_assets",
        "outlook.worse",
    ]


def test_where_tolerance_decides_no_circumstance_is_named() -> None:
    shy = {q.id: q.options[0].id for q in FORM.of_trait(Trait.TOLERANCE)}
    assert said(BOLDEST | shy, 40) == ["outlook.tolerance", "outlook.worse"]


@pytest.mark.parametrize(
    ("change", "age", "expected"),
    [
        ({}, 40, ["outlook.highest"]),
        ({"q7": "c"}, 40, ["outlook.cap_horizon"]),
        ({"q9": "c", "q10": "c"}, 40, ["outlook.cap_loss"]),
        ({"q15": "b"}, 40, ["outlook.cap_experience"]),
        ({}, 62, ["outlook.cap_age"]),
        ({}, 70, ["outlook.cap_age_liftable"]),
        ({"q17a": "b", "q17b": "a", "q18a": "b", "q15": "d", "q16": "a"}, 70, ["outlook.cap_age"]),
    ],
)
def test_a_cap_that_decides_is_spoken_of_in_its_own_words(
    change: dict[str, str], age: int, expected: list[str]
) -> None:
    assert said(BOLDEST | change, age) == [*expected, "outlook.worse"]


def test_a_lifted_cap_of_age_is_not_offered_again() -> None:
    lifted = what_would_change(FORM, BOLDEST, age=70, has_age_lift=True)
    assert [one.code for one in lifted] == ["outlook.cap_age", "outlook.worse"]


def test_the_way_down_is_always_named_last() -> None:
    for answers, age in random_sheets(100):
        named = said(answers, age)
        assert named[-1] == "outlook.worse"
        assert len(set(named)) == len(named)


def test_a_form_that_adds_points_up_names_no_single_circumstance() -> None:
    circumstances = {f"outlook.{topic}" for topic in CIRCUMSTANCES}
    heard = set()
    for answers, age in random_sheets(300, SUM_FORM):
        named = said(answers, age, SUM_FORM)
        assert not circumstances & set(named)
        heard |= set(named)
    assert {"outlook.sum", "outlook.cap_answer", "outlook.worse"} <= heard


@pytest.mark.parametrize("language", Language)
def test_the_words_name_no_answer_no_figure_and_no_points(language: Language) -> None:
    texts = Texts(language)
    sentences = [texts.say(code, level="C4") for code in CODES]
    options = [o.text[language.value] for q in FORM.questions for o in q.options]
    for sentence in sentences:
        assert not re.search(r"\d", sentence.replace("C4", ""))
        assert not re.search(r"point|score|threshold|得分|分数|门槛|选项", sentence, re.IGNORECASE)
        assert not [text for text in options if len(text) > 4 and text in sentence]


def test_a_contradiction_is_read_as_the_profile_reads_it() -> None:
    # Bold answers beside "sell everything": the loss counts a step lower, and caps the level.
    answers = BOLDEST | {"q10": "a"}
    assert cautious_reading(FORM, answers)["q9"] == "d"
    assert make_profile(FORM, answers, age=40).level is ProfileLevel.C4
    assert said(answers, 40) == ["outlook.cap_loss", "outlook.worse"]
