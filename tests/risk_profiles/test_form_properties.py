"""Exact properties of forms, against full enumeration of small ones and single changes of ours."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from risk_profiles.form_moves import Move, Reach
from risk_profiles.form_properties import FormProperties, analyze_form, steps
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile import Profile, make_profile
from risk_profiles.questionnaire import (
    TOPICS_OF_RULES,
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
from risk_profiles.scoring import score_range

OURS = load_default_questionnaire()
BANK_FILE = Path(__file__).parent / "fixtures" / "bank_sum.toml"
BANK = parse_questionnaire(BANK_FILE.read_text(encoding="utf-8"))
CLOSE = 1e-9
SHEETS = 300


@cache
def properties_of(name: str) -> FormProperties:
    return analyze_form({"ours": OURS, "bank": BANK}[name])


def profile_at(form: Questionnaire, move: Move) -> Profile:
    return make_profile(form, move.before.answers, age=move.before.age)


def factor(before: Profile, after: Profile) -> float:
    return max(
        before.risk_aversion / after.risk_aversion, after.risk_aversion / before.risk_aversion
    )


# ---- our form and the bank's -------------------------------------------------------------------


def test_our_form_keeps_what_its_design_promises() -> None:
    found = properties_of("ours")
    by_id = {one.question.id: one for one in found.questions}
    assert (found.lowest, found.highest) == (0, 100)
    assert found.is_monotone
    assert all(sheet is not None for sheet in found.levels.values())
    assert not any(one.is_dead for one in found.questions)
    assert max(one.step.most_levels for one in found.questions) == 1
    calm = [one.calm_step.largest_factor for one in found.questions if one.calm_step is not None]
    assert max(calm) == pytest.approx(2 ** (25 * 3 / 13 / 17), rel=1e-12)
    assert by_id["q9"].points == by_id["q11"].points == 25 * 3 / 13
    assert by_id["q7"].points == 25 * 3 / 16
    still = {one.question.id for one in found.questions if one.change.most_levels == 0}
    assert still == {"q16", "q17a", "q17b", "q18a", "q18b", "q19", "q20"}


def test_the_bank_form_spans_its_published_range_and_its_forced_class_jumps() -> None:
    found = properties_of("bank")
    assert (found.lowest, found.highest) == (-9, 100)
    assert found.is_monotone
    assert all(sheet is not None for sheet in found.levels.values())
    jumps = {one.question.id for one in found.questions if one.step.most_levels > 1}
    assert jumps == {"losses", "safety_first"}
    # From 25 to 26 years the age brings points, later it takes them.
    assert found.birthday.levels is not None
    assert found.birthday.most_levels == 1


@pytest.mark.parametrize(("name", "form"), [("ours", OURS), ("bank", BANK)])
def test_each_claim_is_shown_by_a_sheet(name: str, form: Questionnaire) -> None:
    found = properties_of(name)
    for level, sheet in found.levels.items():
        assert sheet is not None
        assert make_profile(form, sheet.answers, age=sheet.age).level is level
    for one in found.questions:
        for reach in (one.step, one.change, one.calm_step or Reach()):
            check_shown(form, reach, one.question.id)
    for move in (found.birthday.levels, found.birthday.factor):
        assert move is not None
        assert int(move.answer) == move.before.age + 1
        older = make_profile(form, move.before.answers, age=int(move.answer))
        check_move(move, profile_at(form, move), older)


def check_shown(form: Questionnaire, reach: Reach, question_id: str) -> None:
    for move in (reach.levels, reach.factor, reach.fall):
        if move is not None:
            answers = {**move.before.answers, question_id: move.answer}
            after = make_profile(form, answers, age=move.before.age)
            check_move(move, profile_at(form, move), after)


def check_move(move: Move, before: Profile, after: Profile) -> None:
    assert after.level.rank - before.level.rank == move.levels
    assert before.risk_aversion / after.risk_aversion == pytest.approx(move.factor, rel=CLOSE)


@pytest.mark.parametrize(("name", "form"), [("ours", OURS), ("bank", BANK)])
def test_no_single_change_on_random_sheets_goes_further(name: str, form: Questionnaire) -> None:
    found = {one.question.id: one for one in properties_of(name).questions}
    random = np.random.default_rng(20261122)
    seen = dict.fromkeys(found, 1.0)
    for _ in range(SHEETS):
        answers = {q.id: q.options[random.integers(len(q.options))].id for q in form.questions}
        age = int(random.integers(18, 95))
        before = make_profile(form, answers, age=age)
        for question in form.questions:
            largest = found[question.id]
            neighbours = steps(question)
            here = answers[question.id]
            for option in question.options:
                after = make_profile(form, answers | {question.id: option.id}, age=age)
                moved = abs(after.level.rank - before.level.rank)
                size = factor(before, after)
                assert moved <= largest.change.most_levels
                assert size <= largest.change.largest_factor + CLOSE
                if {(here, option.id), (option.id, here)} & set(neighbours):
                    assert moved <= largest.step.most_levels
                    assert size <= largest.step.largest_factor + CLOSE
                    is_calm = not before.needs_review and not after.needs_review
                    if is_calm and largest.calm_step is not None:
                        assert size <= largest.calm_step.largest_factor + CLOSE
                seen[question.id] = max(seen[question.id], size)
    # Chance comes most of the way, so the bounds are not merely wide.
    shares = [
        np.log(seen[name]) / np.log(one.change.largest_factor)
        for name, one in found.items()
        if one.change.largest_factor > 1
    ]
    assert np.mean(shares) > 0.7


# ---- every sheet of small random forms ---------------------------------------------------------


def random_form(seed: int) -> Questionnaire:
    """Return a small form: both scorings, caps, topics whose rules couple questions, age bands."""
    random = np.random.default_rng(seed)
    scoring = Scoring.SUM if seed % 2 else Scoring.LOWER_OF_TRAITS
    couples = [
        (),
        (Topic.LOSS, Topic.PORTFOLIO_CHOICE),
        (Topic.LOSS, Topic.REACTION),
        (Topic.PORTFOLIO_CHOICE, Topic.INCOME_GAMBLE),
        (Topic.LIQUID_RESERVE, Topic.SHARE_OF_ASSETS),
        (Topic.HORIZON, Topic.TARGET_RETURN),
        (Topic.EXPERIENCE, Topic.OBJECTIVE_ITEM, Topic.OBJECTIVE_ITEM),
        (Topic.LOSS, Topic.PORTFOLIO_CHOICE, Topic.INCOME_GAMBLE),
    ]
    topics: list[Topic | None] = [*couples[int(random.integers(len(couples)))]]
    while len(topics) < 4:
        topics.append(None)
    traits = [Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE, Trait(random.choice(list(Trait)))]
    random.shuffle(topics)
    questions = tuple(
        random_question(random, f"q{place}", trait, topic, scoring)
        for place, (trait, topic) in enumerate(zip(traits, topics, strict=True))
    )
    ends = sorted(random.choice(np.arange(20, 80), size=int(random.integers(3)), replace=False))
    bands = tuple(
        AgeBand(
            None if end is None else int(end),
            float(random.integers(0, 9) * 12.5),
            random.choice([None, None, *ProfileLevel]),
        )
        for end in (*ends, None)
    )
    form = Questionnaire(
        version="random", content_hash="", scoring=scoring, edges=(0.0, 1.0, 2.0, 3.0),
        questions=questions, age_weight=float(random.integers(0, 3)), age_bands=bands,
        lift_knowledge=None, follow_ups={},
    )  # fmt: skip
    lowest, highest = score_range(form)
    places = np.sort(random.uniform(0.05, 1.0, size=4))
    edges = tuple(float(round(lowest + (highest - lowest) * share, 1)) for share in places)
    return replace(form, edges=tuple(edge + n / 8 for n, edge in enumerate(edges)))


def random_question(
    random: np.random.Generator, name: str, trait: Trait, topic: Topic | None, scoring: Scoring
) -> Question:
    start = -4 if scoring is Scoring.SUM else 0
    count = int(random.integers(2, 4))
    points = random.choice(np.arange(start, 9), size=count, replace=bool(random.integers(2)))
    if trait is Trait.NEED and random.integers(2):
        points = np.zeros(count)
    elif len(set(points)) == 1:
        points = np.arange(count) + start
    has_caps = bool(random.integers(2))
    caps = [random.choice([None, *ProfileLevel]) if has_caps else None for _ in points]
    spans = {
        Topic.LIQUID_RESERVE: [Span(Decimal(n), None) for n in range(count)],
        Topic.HORIZON: [Span(Decimal(n), None) for n in range(count)],
        Topic.TARGET_RETURN: [Span(Decimal(n) / 25, None) for n in range(count)],
    }
    if topic in spans and topic is not None:
        random.shuffle(spans[topic])
    options = tuple(
        Option(
            id="abc"[place], text={}, points=float(points[place]) * 12.5, cap=caps[place],
            span=spans[topic][place] if topic is not None and topic in spans else None,
        )
        for place in range(count)
    )  # fmt: skip
    weight = 0.0 if trait is Trait.NEED else float(random.choice([0.5, 1.0, 2.0]))
    reason = CapReason.ANSWER if any(caps) else None
    return Question(name, trait, weight, {}, options, "", "", topic, reason)


def all_sheets(form: Questionnaire) -> Iterator[dict[str, str]]:
    ids = [question.id for question in form.questions]
    for options in itertools.product(*(question.options for question in form.questions)):
        yield dict(zip(ids, (option.id for option in options), strict=True))


class Enumeration:
    """Every sheet of a form at one age a band, with its profile."""

    def __init__(self, form: Questionnaire) -> None:
        self.form = form
        self.ages = [0 if b.below is None else b.below - 1 for b in form.age_bands]
        self.ages[-1] = self.ages[-2] + 1 if len(self.ages) > 1 else 40
        self.profiles = {
            (tuple(sheet.values()), age): make_profile(form, sheet, age=age)
            for sheet in all_sheets(form)
            for age in self.ages
        }
        self.places = {question.id: n for n, question in enumerate(form.questions)}

    def changes(
        self, question_id: str, first: str, second: str
    ) -> Iterator[tuple[Profile, Profile]]:
        """Return the profiles before and after each change from one option to another."""
        place = self.places[question_id]
        for (sheet, age), profile in self.profiles.items():
            if sheet[place] == first:
                yield profile, self.profiles[(*sheet[:place], second, *sheet[place + 1 :]), age]

    def birthdays(self) -> Iterator[tuple[Profile, Profile]]:
        for sheet, age in self.profiles:
            place = self.ages.index(age)
            if place + 1 < len(self.ages):
                yield self.profiles[sheet, age], self.profiles[sheet, self.ages[place + 1]]


def check_reach(reach: Reach, pairs: list[tuple[Profile, Profile]], note: str) -> None:
    moved = [abs(after.level.rank - before.level.rank) for before, after in pairs]
    assert reach.most_levels == max(moved, default=0), note
    sizes = [factor(before, after) for before, after in pairs]
    assert reach.largest_factor == pytest.approx(max(sizes, default=1.0), rel=CLOSE), note


# In form 1598 two answers of one group cap alike, so only the reasons tell a third apart.
@pytest.mark.parametrize("seed", [*range(160), 1598])
def test_the_analysis_agrees_with_every_sheet_of_a_small_form(seed: int) -> None:
    form = random_form(seed)
    found, every = analyze_form(form), Enumeration(form)
    points = [profile.points for profile in every.profiles.values()]
    assert (found.lowest, found.highest) == (min(points), max(points))
    reached = {profile.level for profile in every.profiles.values()}
    assert {level for level, sheet in found.levels.items() if sheet is not None} == reached
    for level, sheet in found.levels.items():
        if sheet is not None:
            assert make_profile(form, sheet.answers, age=sheet.age).level is level
    check_reach(found.birthday, list(every.birthdays()), f"{seed} birthday")
    for one in found.questions:
        check_question(form, every, one.question, found, f"{seed} {one.question.id}")


def check_question(
    form: Questionnaire, every: Enumeration, question: Question, found: FormProperties, note: str
) -> None:
    one = next(one for one in found.questions if one.question is question)
    stepped = [pair for step in steps(question) for pair in every.changes(question.id, *step)]
    check_reach(one.step, stepped, f"{note} step")
    falls = [
        (shy, bold)
        for shy, bold in stepped
        if bold.level.rank < shy.level.rank or bold.risk_aversion > shy.risk_aversion * (1 + 1e-12)
    ]
    assert (one.step.fall is not None) == bool(falls), note
    if one.calm_step is None:
        assert question.cap_reason is not None
    else:
        calm = [(a, b) for a, b in stepped if not a.needs_review and not b.needs_review]
        check_reach(one.calm_step, calm, f"{note} calm")
    changed = [
        pair
        for first, second in itertools.combinations(question.options, 2)
        for pair in every.changes(question.id, first.id, second.id)
    ]
    check_reach(one.change, changed, f"{note} change")
    for reach in (one.step, one.change, one.calm_step or Reach()):
        check_shown(form, reach, question.id)
    if len({option.span for option in question.options}) == 1:
        assert one.is_dead == all(before == after for before, after in changed), note


def test_a_question_whose_only_cap_no_score_exceeds_is_dead() -> None:
    def form(cap: ProfileLevel, highest_edge: float) -> Questionnaire:
        """Return a form whose last question scores nothing and only caps."""
        wish = Question(
            "wish", Trait.NEED, 0.0, {},
            (Option("a", {}, 0.0, cap=cap), Option("b", {}, 0.0)), "", "", None, CapReason.ANSWER,
        )  # fmt: skip
        scored = tuple(
            Question(trait.value, trait, 1.0, {}, (Option("a", {}, 0.0), Option("b", {}, 85.0)),
                     "", "")
            for trait in (Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE)
        )  # fmt: skip
        return Questionnaire(
            version="caps", content_hash="", scoring=Scoring.LOWER_OF_TRAITS,
            edges=(20.0, 40.0, 60.0, highest_edge), questions=(*scored, wish), age_weight=0.0,
            age_bands=(AgeBand(None, 0.0),), lift_knowledge=None, follow_ups={},
        )  # fmt: skip

    def is_dead(form: Questionnaire) -> bool:
        return analyze_form(form).questions[-1].is_dead

    assert not is_dead(form(ProfileLevel.C4, 85.0))
    assert is_dead(form(ProfileLevel.C4, 85.5))
    assert not is_dead(form(ProfileLevel.C3, 85.5))
    assert is_dead(form(ProfileLevel.C5, 80.0))


def test_answers_of_equal_points_that_mean_other_figures_are_told_apart() -> None:
    def spans(*starts: str) -> list[Span]:
        return [Span(Decimal(start), None) for start in starts]

    def options(points: list[float], meant: list[Span]) -> tuple[Option, ...]:
        pairs = zip("abc", points, meant, strict=False)
        return tuple(Option(name, {}, worth, span=span) for name, worth, span in pairs)

    # The wish contradicts only the first horizon, which scores like the second.
    horizon = options([0.0, 0.0, 100.0], spans("0", "2", "10"))
    wish = options([0.0, 0.0], spans("0.04", "0.06"))
    plain = (Option("a", {}, 0.0), Option("b", {}, 100.0))
    form = replace(
        OURS,
        age_weight=0.0,
        questions=(
            Question("horizon", Trait.CAPACITY, 1.0, {}, horizon, "", "", Topic.HORIZON),
            Question("wish", Trait.NEED, 0.0, {}, wish, "", "", Topic.TARGET_RETURN),
            Question("plain", Trait.TOLERANCE, 1.0, {}, plain, "", ""),
        ),
    )
    calm = analyze_form(form).questions[0].calm_step
    assert calm is not None
    assert calm.levels is not None
    assert calm.levels.before.answers["horizon"] == "b"
    assert calm.most_levels == 4


def test_the_random_forms_are_of_every_kind() -> None:
    forms = [random_form(seed) for seed in range(160)]
    found = [analyze_form(form) for form in forms]
    assert {form.scoring for form in forms} == set(Scoring)
    for rule in set(Rule) - {Rule.K3}:
        assert any(form.asks_about(rule) for form in forms), rule
    assert 20 < sum(one.is_monotone for one in found) < 140
    assert sum(question.is_dead for one in found for question in one.questions) > 5
    coupled = [
        {q.trait for topic in TOPICS_OF_RULES[rule] for q in form.of_topic(topic)}
        for form in forms
        for rule in Rule
        if form.asks_about(rule) and form.scoring is Scoring.LOWER_OF_TRAITS
    ]
    assert any({Trait.CAPACITY, Trait.TOLERANCE} <= traits for traits in coupled)
