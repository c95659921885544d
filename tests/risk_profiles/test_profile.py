from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pytest

from allocator.errors import InputError
from risk_profiles.levels import LEVELS, ProfileLevel, level_of_score, upper_edge
from risk_profiles.profile import Profile, make_profile
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import load_default_questionnaire
from risk_profiles.scoring import risk_aversion_at

FORM = load_default_questionnaire()
BOLDEST = {q.id: max(q.options, key=lambda o: o.points).id for q in FORM.questions}


def random_sheets(count: int, *, seed: int = 20261120) -> Iterator[tuple[dict[str, str], int]]:
    random = np.random.default_rng(seed)
    for _ in range(count):
        answers = {q.id: q.options[random.integers(len(q.options))].id for q in FORM.questions}
        yield answers, int(random.integers(18, 95))


def codes(profile: Profile) -> list[str]:
    return [reason.code for reason in profile.reasons]


def test_the_level_never_exceeds_capacity_tolerance_or_any_cap() -> None:
    for answers, age in random_sheets(2000, seed=7):
        profile = make_profile(FORM, answers, age=age)
        limits = [level_of_score(profile.capacity), level_of_score(profile.tolerance)]
        limits += [
            option.cap
            for q in FORM.questions
            if (option := q.option(answers[q.id])).cap is not None
        ]
        if (age_cap := FORM.age_band(age).cap) is not None:
            limits.append(age_cap)
        assert profile.level.rank == min(limit.rank for limit in limits)
        capped = min(profile.score, upper_edge(profile.level))
        assert profile.risk_aversion == risk_aversion_at(capped)


def test_the_same_sheet_gives_the_same_profile_in_any_order_of_answers() -> None:
    for answers, age in random_sheets(50):
        backwards = dict(reversed(answers.items()))
        assert make_profile(FORM, answers, age=age) == make_profile(FORM, backwards, age=age)


def test_growing_older_never_raises_the_level() -> None:
    for answers, _ in random_sheets(100):
        ranks = [make_profile(FORM, answers, age=age).level.rank for age in range(18, 100)]
        assert ranks == sorted(ranks, reverse=True)


@pytest.mark.parametrize(
    ("age", "level"), [(59, "C5"), (60, "C4"), (64, "C4"), (65, "C3"), (74, "C3"), (75, "C2")]
)
def test_age_caps_the_level_but_never_forces_the_lowest(age: int, level: str) -> None:
    profile = make_profile(FORM, BOLDEST, age=age)
    assert profile.level == level
    assert ("profile.cap_age" in codes(profile)) == (age >= 60)


@pytest.mark.parametrize(
    ("question_id", "code"),
    [
        ("q7", "profile.cap_horizon"),
        ("q9", "profile.cap_loss"),
        ("q15", "profile.cap_experience"),
    ],
)
def test_a_cap_that_binds_is_named_with_the_level_it_took_away(question_id: str, code: str) -> None:
    profile = make_profile(FORM, BOLDEST | {question_id: "b"}, age=40)
    reason = next(reason for reason in profile.reasons if reason.code == code)
    assert reason.evidence["level"] == profile.level
    assert reason.evidence["scored_level"] == ProfileLevel.C5
    # The score stays high; risk aversion stops at the edge of the capped level.
    assert profile.score > upper_edge(profile.level)
    assert profile.risk_aversion == risk_aversion_at(upper_edge(profile.level))


def test_a_cap_that_does_not_bind_is_not_named() -> None:
    assert not [code for code in codes(make_profile(FORM, BOLDEST, age=40)) if "cap_" in code]


def test_the_binding_score_is_named_with_both_scores() -> None:
    indebted = {"q3": "a", "q4": "a", "q5": "e", "q6": "d", "q2": "a", "q8": "a"}
    profile = make_profile(FORM, BOLDEST | indebted, age=40)
    assert profile.reasons[0].code == "profile.capacity_binds"
    assert profile.reasons[0].evidence["tolerance"] == Decimal("100.0")
    timid = BOLDEST | {"q11": "a", "q12": "a", "q13": "a"}
    assert make_profile(FORM, timid, age=40).reasons[0].code == "profile.tolerance_binds"


def test_only_a_client_who_accepts_no_loss_is_of_the_lowest_class() -> None:
    assert make_profile(FORM, BOLDEST | {"q9": "a"}, age=40).is_lowest_class
    soon = make_profile(FORM, BOLDEST | {"q7": "a"}, age=40)
    assert soon.level is ProfileLevel.C1
    assert not soon.is_lowest_class


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ({"q9": "a", "q11": "d"}, "k1"),
        ({"q9": "e", "q10": "a"}, "k2"),
        ({"q4": "a", "q8": "e"}, "k4"),
        ({"q7": "a", "q19": "c"}, "k5"),
        ({"q11": "e", "q12": "b"}, "k6"),
        ({"q15": "e", "q17a": "d", "q17b": "d", "q18a": "d"}, "k7"),
    ],
)
def test_a_contradiction_that_is_left_is_flagged(answers: dict[str, str], rule: str) -> None:
    calm = BOLDEST | {"q8": "c", "q19": "b"}
    profile = make_profile(FORM, calm | answers, age=40)
    assert f"profile.contradiction_{rule}" in codes(profile)
    assert profile.needs_review
    assert not make_profile(FORM, calm, age=40).needs_review


def test_two_bands_apart_is_no_contradiction_and_two_right_answers_are_enough() -> None:
    calm = BOLDEST | {"q8": "c", "q19": "b", "q12": "c", "q18a": "d", "q18b": "d"}
    assert not make_profile(FORM, calm, age=40).needs_review


def test_knowledge_and_wishes_never_change_level_or_risk_aversion() -> None:
    neutral = {"q16", "q17a", "q17b", "q18a", "q18b", "q19", "q20"}
    for answers, age in random_sheets(100):
        here = make_profile(FORM, answers, age=age)
        for question in FORM.questions:
            if question.id not in neutral:
                continue
            for option in question.options:
                other = make_profile(FORM, answers | {question.id: option.id}, age=age)
                assert (other.level, other.risk_aversion) == (here.level, here.risk_aversion)


def test_every_risk_aversion_lies_between_the_outer_anchors() -> None:
    for answers, age in random_sheets(500, seed=3):
        profile = make_profile(FORM, answers, age=age)
        assert LEVELS[ProfileLevel.C5].anchor_risk_aversion <= profile.risk_aversion <= 20


def test_a_negative_age_and_a_missing_answer_are_refused() -> None:
    with pytest.raises(InputError, match="age"):
        make_profile(FORM, BOLDEST, age=-1)
    with pytest.raises(InputError, match="/answers/q2"):
        make_profile(FORM, {k: v for k, v in BOLDEST.items() if k != "q2"}, age=40)


def test_traits_cover_all_questions() -> None:
    assert sum(len(FORM.of_trait(trait)) for trait in Trait) == len(FORM.questions)
