from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.errors import InputError
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile import Profile, make_profile
from risk_profiles.profile_batch import ProfileTable, make_profiles, sheets_to_positions
from risk_profiles.questionnaire import (
    AgeBand,
    CapReason,
    Option,
    Question,
    Questionnaire,
    Rule,
    Scoring,
    Span,
    Topic,
    Trait,
)
from risk_profiles.questionnaire_file import load_default_questionnaire, parse_questionnaire

FORM = load_default_questionnaire()
BANK = Path(__file__).parent / "fixtures" / "bank_sum.toml"
BANK_FORM = parse_questionnaire(BANK.read_text(encoding="utf-8"), name=BANK.name)
Positions = dict[str, NDArray[np.int64]]


def draw(
    form: Questionnaire, count: int, *, seed: int = 20261122
) -> tuple[Positions, NDArray[np.int64]]:
    random = np.random.default_rng(seed)
    answers = {q.id: random.integers(len(q.options), size=count) for q in form.questions}
    return answers, random.integers(0, 110, size=count)


def draw_contradicting(count: int) -> tuple[Positions, NDArray[np.int64]]:
    """Return sheets of extreme answers, which contradict each other in every way."""
    random = np.random.default_rng(7)
    answers = {
        q.id: random.choice([0, len(q.options) - 1, len(q.options) - 2], size=count)
        for q in FORM.questions
    }
    return answers, random.integers(18, 96, size=count)


def sheet(
    form: Questionnaire, positions: Mapping[str, NDArray[np.int64]], row: int
) -> dict[str, str]:
    return {q.id: q.options[positions[q.id][row]].id for q in form.questions}


def as_row(profile: Profile) -> tuple[object, ...]:
    lifted = profile.liftable_to
    return (
        profile.level.rank,
        profile.score,
        profile.points,
        profile.risk_aversion,
        profile.capacity,
        profile.tolerance,
        profile.knowledge,
        profile.is_lowest_class,
        profile.needs_review,
        0 if lifted is None else lifted.rank,
        profile.longest_lock_up_days,
        {r.code for r in profile.reasons if r.code.startswith("profile.contradiction_")},
    )


def row_of(table: ProfileTable, row: int) -> tuple[object, ...]:
    return (
        table.level_ranks[row],
        table.score[row],
        table.points[row],
        table.risk_aversion[row],
        table.capacity[row],
        table.tolerance[row],
        table.knowledge[row],
        table.is_lowest_class[row],
        table.needs_review[row],
        table.liftable_to_ranks[row],
        table.longest_lock_up_days[row],
        {f"profile.contradiction_{rule}" for rule, hit in table.contradictions.items() if hit[row]},
    )


def question(
    name: str,
    trait: Trait,
    points: list[float],
    *,
    topic: Topic | None = None,
    caps: Mapping[int, ProfileLevel] | None = None,
    starts: list[str] | None = None,
    lowest_class: int | None = None,
    weight: float = 1.0,
) -> Question:
    options = tuple(
        Option(
            id=str(place + 1),
            text={"zh": "项", "en": "item"},
            points=worth,
            cap=(caps or {}).get(place),
            span=None if starts is None else Span(Decimal(starts[place]), None),
            is_lowest_class=place == lowest_class,
        )
        for place, worth in enumerate(points)
    )
    return Question(
        id=name,
        trait=trait,
        weight=weight,
        text={"zh": "问", "en": "question"},
        options=options,
        rationale="a test",
        source="a test",
        topic=topic,
        cap_reason=CapReason.ANSWER if caps else None,
    )


# A sum with negative points, weights that do not add exactly in binary, and forced classes.
SUM_FORM = Questionnaire(
    version="sum-1",
    content_hash="0" * 64,
    scoring=Scoring.SUM,
    edges=(-2.5, 4.1, 10.3, 17.7),
    questions=(
        question("1", Trait.CAPACITY, [-2.1, 0.3, 2.7, 4.9], weight=0.7, topic=Topic.LIQUID_RESERVE,
                 starts=["0", "1", "3", "12"]),
        question("2", Trait.CAPACITY, [7.3, 3.1, -4.0], topic=Topic.SHARE_OF_ASSETS),
        question("3", Trait.CAPACITY, [0.0, 2.2, 5.9], topic=Topic.HORIZON,
                 starts=["0", "2", "7.5"], caps={0: ProfileLevel.C2}),
        question("4", Trait.TOLERANCE, [-5.0, 0.1, 3.3, 6.1], topic=Topic.LOSS, weight=1.3,
                 caps=dict(enumerate((ProfileLevel.C1, ProfileLevel.C3, ProfileLevel.C4))),
                 lowest_class=0),
        question("5", Trait.TOLERANCE, [-3.0, 1.7, 4.0], topic=Topic.REACTION),
        question("6", Trait.KNOWLEDGE, [-1.0, 0.0, 0.0, 2.9], topic=Topic.EXPERIENCE),
        question("7", Trait.KNOWLEDGE, [0.0, 1.1, 0.0], topic=Topic.OBJECTIVE_ITEM),
        question("8", Trait.KNOWLEDGE, [0.0, 0.6], topic=Topic.OBJECTIVE_ITEM),
        question("9", Trait.NEED, [0.0, 0.0], topic=Topic.PURPOSE, weight=0.0),
    ),
    age_weight=0.9,
    age_bands=(
        AgeBand(40, 3.1),
        AgeBand(65, 1.4),
        AgeBand(80, -1.3, ProfileLevel.C2, ProfileLevel.C4),
        AgeBand(None, -2.0, ProfileLevel.C1),
    ),
    lift_knowledge=35.0,
    follow_ups={},
)  # fmt: skip


@pytest.mark.parametrize("form", [FORM, SUM_FORM, BANK_FORM], ids=lambda form: form.version)
def test_a_table_agrees_with_one_sheet_at_a_time_to_the_last_bit(form: Questionnaire) -> None:
    answers, ages = draw(form, 2500)
    table = make_profiles(form, answers, ages=ages)
    for row, age in enumerate(ages):
        alone = make_profile(form, sheet(form, answers, row), age=int(age))
        assert row_of(table, row) == as_row(alone)


def test_a_table_agrees_on_sheets_that_contradict_themselves() -> None:
    answers, ages = draw_contradicting(2500)
    table = make_profiles(FORM, answers, ages=ages)
    assert table.needs_review.mean() > 0.7
    for row, age in enumerate(ages):
        alone = make_profile(FORM, sheet(FORM, answers, row), age=int(age))
        assert row_of(table, row) == as_row(alone)


def test_the_sum_form_reaches_every_level_lifts_and_contradictions() -> None:
    answers, ages = draw(SUM_FORM, 20_000)
    table = make_profiles(SUM_FORM, answers, ages=ages)
    assert set(table.level_ranks) == {1, 2, 3, 4, 5}
    assert set(table.liftable_to_ranks) == {0, 3, 4}
    assert set(table.longest_lock_up_days) == {92, 730, 2739}
    assert set(table.contradictions) == {Rule.K2, Rule.K4, Rule.K7}
    assert all(hit.any() for hit in table.contradictions.values())
    assert table.is_lowest_class.any()


def test_sheets_of_option_ids_become_positions_and_back() -> None:
    answers, _ = draw(FORM, 20)
    positions = sheets_to_positions(FORM, [sheet(FORM, answers, row) for row in range(20)])
    assert all((positions[q.id] == answers[q.id]).all() for q in FORM.questions)


def test_a_sheet_that_cannot_be_used_is_named_by_its_row() -> None:
    answers, _ = draw(FORM, 3)
    sheets = [sheet(FORM, answers, row) for row in range(3)]
    sheets[1]["q7"] = "z"
    with pytest.raises(InputError, match="/1/answers/q7: is not an option") as error:
        sheets_to_positions(FORM, sheets)
    assert error.value.code == "invalid_answers"


def test_no_sheets_give_an_empty_table() -> None:
    answers, ages = draw(FORM, 0)
    table = make_profiles(FORM, answers, ages=ages)
    assert len(table.level_ranks) == len(table.risk_aversion) == 0


def refused(answers: Mapping[str, NDArray[np.integer]], ages: NDArray[np.integer]) -> str:
    with pytest.raises(InputError) as error:
        make_profiles(FORM, answers, ages=ages)
    return str(error.value)


def test_tables_that_cannot_be_used_are_refused_with_field_row_and_remedy() -> None:
    answers, ages = draw(FORM, 6)
    missing = {name: column for name, column in answers.items() if name != "q7"}
    assert "/answers/q7: is missing" in refused(missing, ages)
    unknown = refused(answers | {"q99": ages}, ages)
    assert "/answers/q99: is no question of cn-2026-2. Remedy: leave it out" in unknown
    too_high, too_low = np.array([0, 1, 5, 4, 9, 0]), np.array([0, 1, 2, -1, 0, 0])
    message = refused(answers | {"q7": too_high, "q8": too_low}, ages)
    assert "/answers/q7/2: is out of range (got 5). Remedy: send positions from 0 to 4" in message
    assert "/answers/q8/3: is out of range (got -1)" in message
    assert "/answers/q7: must have one entry for each of 6 ages (got (5,))" in refused(
        answers | {"q7": np.zeros(5, np.int64)}, ages
    )
    assert "/ages/4: is out of range (got -1). Remedy: send completed years" in refused(
        answers, np.array([1, 2, 3, 4, -1, -2])
    )
    halves: NDArray[np.integer] = np.full(6, 0.5)
    assert "/answers/q7: is no array of integers (got 'float64')" in refused(
        answers | {"q7": halves}, ages
    )
    assert "/ages: is no array of integers" in refused(answers, halves)
