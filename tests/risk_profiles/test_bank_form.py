"""A bank's own form: points that add up, negative ones too, its own edges, answers that force."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from allocator.errors import InputError
from risk_profiles.contradictions import (
    cautious_reading,
    find_contradictions,
    find_unreachable_wish,
)
from risk_profiles.levels import SHORTEST_LOCK_UP_DAYS, ProfileLevel, upper_edge
from risk_profiles.profile import Profile, make_profile
from risk_profiles.questionnaire import Questionnaire, Scoring, Topic, Trait
from risk_profiles.questionnaire_file import parse_questionnaire
from risk_profiles.scoring import risk_aversion_at, score_range

TEXT = (Path(__file__).parent / "fixtures" / "bank_sum.toml").read_text(encoding="utf-8")
BANK = parse_questionnaire(TEXT)
# As the bank published them: the first and the last age of each band.
PUBLISHED_AGES = {18: -2, 25: -2, 26: 0, 50: 0, 51: -2, 60: -2, 61: -3, 65: -3, 66: -10, 90: -10}
PUBLISHED_RANGE = (-9, 100)
FORCING = ("losses", "safety_first")


def sheet_of(points: float, *, age: int) -> dict[str, str]:
    """Return a sheet of exactly these points in which no answer forces a class."""
    left = points - PUBLISHED_AGES[age]
    open_options = [
        [option for option in question.options if option.cap is None] for question in BANK.questions
    ]
    reached: dict[float, tuple[str, ...]] = {0.0: ()}
    for options in open_options:
        reached = {
            total + option.points: (*ids, option.id)
            for total, ids in reached.items()
            for option in options
        }
    return dict(zip((q.id for q in BANK.questions), reached[left], strict=True))


def codes(profile: Profile) -> list[str]:
    return [reason.code for reason in profile.reasons]


def test_the_range_is_the_published_one() -> None:
    assert score_range(BANK) == PUBLISHED_RANGE
    lowest = {q.id: min(q.options, key=lambda o: o.points).id for q in BANK.questions}
    highest = {q.id: max(q.options, key=lambda o: o.points).id for q in BANK.questions}
    assert make_profile(BANK, lowest, age=70).points == PUBLISHED_RANGE[0]
    assert make_profile(BANK, lowest, age=70).score == 0
    assert make_profile(BANK, highest, age=40).points == PUBLISHED_RANGE[1]
    assert make_profile(BANK, highest, age=40).score == 100


@pytest.mark.parametrize(("age", "points"), sorted(PUBLISHED_AGES.items()))
def test_age_counts_from_the_birth_date_and_not_in_one_direction(age: int, points: int) -> None:
    answers = sheet_of(50, age=26)
    assert make_profile(BANK, answers, age=age).points == 50 + points


@pytest.mark.parametrize(
    ("points", "level"),
    [
        (15, "C1"), (16, "C2"), (35, "C2"), (36, "C3"),
        (60, "C3"), (61, "C4"), (80, "C4"), (81, "C5"), (98, "C5"),
    ],
)  # fmt: skip
def test_each_edge_cuts_where_the_bank_cuts(points: int, level: str) -> None:
    for age in (26, 51):
        profile = make_profile(BANK, sheet_of(points, age=age), age=age)
        assert profile.points == points
        assert profile.level == level
        assert codes(profile) == ["profile.sum_of_points"]
        assert profile.risk_aversion == risk_aversion_at(profile.score)


def test_an_edge_in_points_is_an_edge_of_the_reference_scale() -> None:
    for points, reference in zip(BANK.edges, (20, 38, 54, 68), strict=True):
        assert make_profile(BANK, sheet_of(points, age=26), age=26).score == reference


@pytest.mark.parametrize("question_id", FORCING)
def test_an_answer_that_forces_the_lowest_class_beats_every_point(question_id: str) -> None:
    highest = {q.id: max(q.options, key=lambda o: o.points).id for q in BANK.questions}
    profile = make_profile(BANK, highest | {question_id: "a"}, age=40)
    assert profile.points > 80
    assert profile.level is ProfileLevel.C1
    assert profile.is_lowest_class
    assert codes(profile) == ["profile.sum_of_points", "profile.cap_answer"]
    assert profile.reasons[1].evidence["scored_level"] == "C5"
    assert profile.risk_aversion == risk_aversion_at(upper_edge(ProfileLevel.C1))


def test_few_points_alone_are_not_the_lowest_class() -> None:
    profile = make_profile(BANK, sheet_of(15, age=26), age=26)
    assert profile.level is ProfileLevel.C1
    assert not profile.is_lowest_class


def test_rules_whose_topics_the_form_lacks_are_silent() -> None:
    assert all(BANK.find(topic) is None for topic in Topic)
    for first, second in product(range(3), repeat=2):
        answers = {
            q.id: q.options[(first if n % 2 else second) % len(q.options)].id
            for n, q in enumerate(BANK.questions)
        }
        assert find_contradictions(BANK, answers) == ()
        assert find_unreachable_wish(BANK, answers, reachable_return=-1.0) is None
        assert cautious_reading(BANK, answers) == answers
        profile = make_profile(BANK, answers, age=40)
        assert not profile.needs_review
        assert profile.longest_lock_up_days == SHORTEST_LOCK_UP_DAYS
        assert not any(code.startswith("profile.purpose") for code in codes(profile))
        assert profile.liftable_to is None


def test_no_lift_may_be_given_where_age_caps_nothing() -> None:
    with pytest.raises(InputError) as caught:
        make_profile(BANK, sheet_of(50, age=66), age=66, has_age_lift=True)
    assert caught.value.code == "lift_not_allowed"


def test_the_traits_are_shown_from_nought_to_a_hundred() -> None:
    def shown(form: Questionnaire, pick: int) -> tuple[float, float, float]:
        ladder = {q.id: sorted(q.options, key=lambda o: o.points)[pick].id for q in form.questions}
        made = make_profile(form, ladder, age=40 if pick else 70)
        return made.capacity, made.tolerance, made.knowledge

    assert BANK.scoring is Scoring.SUM
    assert shown(BANK, 0) == (0, 0, 0)
    assert shown(BANK, -1) == (100, 100, 100)


def test_the_same_answers_in_another_order_of_questions_are_the_same_profile() -> None:
    turned = replace(BANK, questions=tuple(reversed(BANK.questions)))
    answers = sheet_of(50, age=26)
    assert make_profile(turned, answers, age=30) == make_profile(BANK, answers, age=30)


def test_a_form_whose_answers_tell_nobody_apart_is_refused() -> None:
    knowledge = [option for q in BANK.of_trait(Trait.KNOWLEDGE) for option in q.options]
    text = TEXT
    for option in knowledge:
        wording = option.text["zh"]
        rest = f', zh = "{wording}"'
        old = f"points = {option.points:g}{rest}"
        assert old in text
        text = text.replace(old, f"points = 4{rest}")
    with pytest.raises(InputError) as caught:
        parse_questionnaire(text)
    (problem,) = caught.value.problems
    assert problem.field == "/question"
    assert problem.detail == "tells nobody apart by knowledge"


def test_points_that_floats_cannot_add_exactly_are_refused() -> None:
    assert 0.7 + 0.1 < 0.8  # an edge at 0.8 would be missed
    with pytest.raises(InputError) as caught:
        parse_questionnaire(TEXT.replace("points = -5", "points = -5.1"))
    (problem,) = caught.value.problems
    assert problem.field == "/question/worry/options/a/points"
    assert "multiple of 0.25" in problem.detail
    assert parse_questionnaire(TEXT.replace("points = -5", "points = -5.25"))
