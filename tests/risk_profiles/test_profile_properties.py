"""Promises of the profile, over tens of thousands of sheets and every single change of each."""

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from risk_profiles.profile import make_profile
from risk_profiles.profile_batch import ProfileTable, make_profiles
from risk_profiles.questionnaire import Question, Rule, Trait
from risk_profiles.questionnaire_file import load_default_questionnaire
from risk_profiles.scoring import risk_aversion_at

FORM = load_default_questionnaire()
QUESTIONS = pytest.mark.parametrize("question_id", [q.id for q in FORM.questions])
Array = NDArray[np.int64]

UNIFORM, OF_ONE_TEMPER, OF_EACH_RULE = 20_000, 10_000, 1000
WEIGHTS = {Trait.CAPACITY: 16, Trait.TOLERANCE: 13}
# Where risk aversion falls fastest it halves over so many points, from 29 to 46.
HALVING = 17
# A bolder answer to the one lifts the cautious reading of the other by a step as well.
LIFTS = {"q10": "q9", "q11": "q12", "q12": "q11"}
CONTRADICTING: dict[Rule, tuple[dict[str, int], ...]] = {
    Rule.K1: ({"q9": 0, "q11": 3}, {"q9": 0, "q11": 4}),
    Rule.K2: ({"q9": 4, "q10": 0},),
    Rule.K4: ({"q4": 0, "q8": 4},),
    Rule.K5: ({"q7": 0, "q19": 2}, {"q7": 0, "q19": 3}, {"q7": 0, "q19": 4}),
    Rule.K6: (
        {"q11": 0, "q12": 3}, {"q11": 0, "q12": 4}, {"q11": 1, "q12": 4},
        {"q11": 3, "q12": 0}, {"q11": 4, "q12": 0}, {"q11": 4, "q12": 1},
    ),
    Rule.K7: (
        {"q15": 4, "q17a": 1, "q17b": 0, "q18a": 3},
        {"q15": 4, "q17b": 3, "q18a": 1, "q18b": 3},
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    answers: dict[str, Array]
    ages: Array

    def profiles(self) -> ProfileTable:
        return make_profiles(FORM, self.answers, ages=self.ages)

    def with_answer(self, question: Question, position: int) -> ProfileTable:
        column = np.full(len(self.ages), position)
        return make_profiles(FORM, self.answers | {question.id: column}, ages=self.ages)

    def one(self, row: int) -> dict[str, str]:
        return {q.id: q.options[self.answers[q.id][row]].id for q in FORM.questions}


def ladder(question: Question) -> list[int]:
    """Return positions from most cautious to boldest; options of equal points share a step."""
    return sorted(range(len(question.options)), key=lambda at: question.options[at].points)


def draw_uniform(random: np.random.Generator, count: int) -> dict[str, Array]:
    return {q.id: random.integers(len(q.options), size=count) for q in FORM.questions}


def draw_of_one_temper(random: np.random.Generator, count: int) -> dict[str, Array]:
    """Return sheets whose answers scatter around one boldness each, so that all levels occur."""
    temper = random.uniform(-0.1, 1.1, size=count)
    answers = {}
    for question in FORM.questions:
        highest = len(question.options) - 1
        place = np.rint(temper * highest + random.normal(0, 0.8, size=count))
        answers[question.id] = np.array(ladder(question))[place.clip(0, highest).astype(int)]
    return answers


def draw_contradicting(random: np.random.Generator, count: int) -> dict[str, Array]:
    """Return, for each rule in turn, sheets with a pair of answers that the rule names."""
    answers = draw_of_one_temper(random, count * len(CONTRADICTING))
    for place, pairs in enumerate(CONTRADICTING.values()):
        for row in range(place * count, (place + 1) * count):
            for question_id, position in pairs[row % len(pairs)].items():
                answers[question_id][row] = position
    return answers


@functools.cache
def sheets() -> Sheets:
    """Return all sheets, the contradicting ones last."""
    random = np.random.default_rng(20261122)
    parts = (
        draw_uniform(random, UNIFORM),
        draw_of_one_temper(random, OF_ONE_TEMPER),
        draw_contradicting(random, OF_EACH_RULE),
    )
    answers = {q.id: np.concatenate([part[q.id] for part in parts]) for q in FORM.questions}
    return Sheets(answers, random.integers(18, 96, size=len(answers["q2"])))


@functools.cache
def steps(question_id: str) -> tuple[tuple[ProfileTable, ProfileTable, bool], ...]:
    """Return all sheets before and after each bolder step of an answer, and if points differ."""
    question = FORM[question_id]
    places = ladder(question)
    tables = [sheets().with_answer(question, place) for place in places]
    points = [question.options[place].points for place in places]
    return tuple(
        (shy, bold, low < high)
        for (shy, bold), (low, high) in zip(
            itertools.pairwise(tables), itertools.pairwise(points), strict=True
        )
    )


@pytest.fixture(scope="module", autouse=True)
def forget_the_tables() -> Iterator[None]:
    yield
    steps.cache_clear()
    sheets.cache_clear()


def largest_step(question_id: str) -> float:
    """Return by how many points of its trait one step of an answer moves the score at most."""
    question = FORM[question_id]
    points = [question.options[place].points for place in ladder(question)]
    step = max(high - low for low, high in itertools.pairwise(points))
    return question.weight * step / WEIGHTS[question.trait]


def ratios(question_id: str, *, contradicting: bool) -> Iterator[NDArray[np.float64]]:
    for shy, bold, _ in steps(question_id):
        contradicts = shy.needs_review | bold.needs_review
        rows = contradicts if contradicting else ~contradicts
        yield (shy.risk_aversion / bold.risk_aversion)[rows]


def worst_ratio(question_id: str, *, contradicting: bool) -> float:
    return max(
        float(one.max(initial=1.0)) for one in ratios(question_id, contradicting=contradicting)
    )


def test_the_sheets_reach_every_level_and_every_rule_many_times() -> None:
    table = sheets().profiles()
    counts = np.bincount(table.level_ranks, minlength=6)[1:]
    assert counts.min() >= 500
    for place, (rule, hit) in enumerate(
        (rule, table.contradictions[rule]) for rule in CONTRADICTING
    ):
        start = UNIFORM + OF_ONE_TEMPER + place * OF_EACH_RULE
        assert hit[start : start + OF_EACH_RULE].all(), rule
        assert hit[:start].any(), rule
    assert set(table.contradictions) == set(CONTRADICTING)


@QUESTIONS
def test_a_bolder_answer_never_lowers_a_score_or_level_or_raises_risk_aversion(
    question_id: str,
) -> None:
    # What holds for neighbours on the ladder holds for every pair of answers.
    for shy, bold, _ in steps(question_id):
        assert (bold.level_ranks >= shy.level_ranks).all()
        assert (bold.capacity >= shy.capacity).all()
        assert (bold.tolerance >= shy.tolerance).all()
        assert (bold.knowledge >= shy.knowledge).all()
        assert (bold.risk_aversion <= shy.risk_aversion).all()


@QUESTIONS
def test_one_step_of_one_answer_moves_the_level_by_one_at_most(question_id: str) -> None:
    for shy, bold, _ in steps(question_id):
        assert (bold.level_ranks - shy.level_ranks).max() <= 1


@QUESTIONS
def test_answers_worth_the_same_score_the_same(question_id: str) -> None:
    for one, other, differs in steps(question_id):
        if not differs:
            assert (one.level_ranks == other.level_ranks).all()
            assert (one.risk_aversion == other.risk_aversion).all()
            assert (one.knowledge == other.knowledge).all()


@pytest.mark.parametrize(
    "question_id",
    [q.id for q in FORM.questions if q.trait in WEIGHTS and q.cap_reason is None],
)
def test_a_step_that_caps_nothing_moves_risk_aversion_by_a_bounded_factor(question_id: str) -> None:
    step = largest_step(question_id)
    assert worst_ratio(question_id, contradicting=False) <= 2 ** (step / HALVING) + 1e-12
    if question_id in LIFTS:
        step += largest_step(LIFTS[question_id])
    assert worst_ratio(question_id, contradicting=True) <= 2 ** (step / HALVING) + 1e-12


def test_the_largest_factors_are_those_stated() -> None:
    assert worst_ratio("q11", contradicting=False) == pytest.approx(2 ** (75 / 13 / 17), abs=1e-12)
    # With a contradiction, one step of the gamble lifts the reading of the menu by a step too.
    assert worst_ratio("q12", contradicting=True) == pytest.approx(2 ** (125 / 13 / 17), abs=1e-12)
    # Where an answer caps, a whole level's width may open at once.
    widest = risk_aversion_at(20) / risk_aversion_at(38)
    for question_id in ("q7", "q9"):
        worst = max(worst_ratio(question_id, contradicting=one) for one in (False, True))
        assert worst == pytest.approx(widest, abs=1e-12)
    narrower = risk_aversion_at(38) / risk_aversion_at(54)
    assert worst_ratio("q15", contradicting=False) == pytest.approx(narrower, abs=1e-12)


def test_a_cap_of_age_is_liftable_by_one_level_from_a_knowledge_of_sixty() -> None:
    table, ages = sheets().profiles(), sheets().ages
    liftable = table.liftable_to_ranks > 0
    assert ages[liftable].min() == 65
    # The lowest score of sixty or more that answers give is 61.2, the highest below it 58.3.
    assert 60 <= table.knowledge[liftable].min() < 62
    capped = (table.level_ranks < 5) & (table.knowledge >= 60)
    for first, last, cap in ((65, 74, 3), (75, 95, 2)):
        rows = capped & (ages >= first) & (ages <= last)
        assert (table.level_ranks[rows] <= cap).all()
        assert set(table.liftable_to_ranks[rows]) == {0, cap + 1}
        assert (table.level_ranks[rows & liftable] == cap).all()


def changed(question_id: str, output: str) -> int:
    """Return how many sheets some step of this answer changes in one output."""
    any_step = np.logical_or.reduce(
        [getattr(shy, output) != getattr(bold, output) for shy, bold, _ in steps(question_id)]
    )
    return int(any_step.sum())


@pytest.mark.parametrize(
    "question_id", [q.id for q in FORM.questions if q.trait in WEIGHTS or q.id == "q15"]
)
def test_every_question_on_capacity_tolerance_or_experience_changes_levels(
    question_id: str,
) -> None:
    assert changed(question_id, "level_ranks") > 0
    assert changed(question_id, "risk_aversion") > 0


@pytest.mark.parametrize("question_id", ["q15", "q16", "q17a", "q17b", "q18a", "q18b"])
def test_every_question_on_knowledge_changes_to_what_age_may_be_lifted(question_id: str) -> None:
    assert changed(question_id, "liftable_to_ranks") > 0


@pytest.mark.parametrize(
    "question_id",
    ["q4", "q7", "q8", "q9", "q10", "q11", "q12", "q15", "q17a", "q17b", "q18a", "q18b", "q19"],
)
def test_every_question_that_a_rule_reads_can_ask_for_a_review(question_id: str) -> None:
    assert changed(question_id, "needs_review") > 0


@pytest.mark.parametrize("question_id", ["q4", "q7", "q8"])
def test_reserve_horizon_and_share_change_how_long_money_may_be_locked(question_id: str) -> None:
    assert changed(question_id, "longest_lock_up_days") > 0


def test_the_purpose_changes_the_reasons_and_nothing_else() -> None:
    outputs = ("level_ranks", "risk_aversion", "needs_review", "longest_lock_up_days")
    assert not any(changed("q20", output) for output in outputs)
    told = [
        {
            reason.code
            for reason in make_profile(FORM, sheets().one(0) | {"q20": o.id}, age=40).reasons
        }
        for o in FORM["q20"].options
    ]
    assert len(set(map(frozenset, told))) == len(told)
