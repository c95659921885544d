"""Simulated answers: what is drawn is what is stated, and the form recovers it.

The alphas and the distribution stated here were computed by others for the same form, with a
generator that is not given; figures are to agree in order of magnitude and ranking.
"""

import numpy as np
import pytest

from allocator.errors import InputError
from risk_profiles.evidence.answer_set import AnswerSet, Round
from risk_profiles.evidence.estimates import Estimate, FloatArray
from risk_profiles.evidence.evaluation import Evaluation, evaluate, points_of
from risk_profiles.evidence.reliability import Agreement, Items, cronbach_alpha
from risk_profiles.evidence.simulated_answers import AGE_CLASSES, simulate_answers
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
LOADINGS = (0.5, 0.6, 0.7)
# Alphas of 4,000 people have a standard deviation of about 0.008; discrete items of other cuts
# move them by about as much.
ALPHA_TOLERANCE = 0.02
STATED_ALPHAS = {
    Trait.TOLERANCE: (0.636, 0.744, 0.828),
    Trait.CAPACITY: (0.703, 0.798, 0.868),
    Trait.KNOWLEDGE: (0.516, 0.635, 0.739),
}
STATED_LEVELS = (0.251, 0.413, 0.264, 0.066, 0.005)


def drawn(loading: float, *, respondents: int = 4000, rounds: int = 1, seed: int = 11) -> AnswerSet:
    return simulate_answers(
        FORM, respondents=respondents, loading=loading, rounds=rounds, seed=seed
    )


def evaluated(loading: float) -> Evaluation:
    return evaluate(FORM, drawn(loading, respondents=1500, rounds=2), draws=100)


def value_of(figure: object) -> float:
    assert isinstance(figure, Estimate)
    return figure.value


def items_of(trait: Trait, answers: Round) -> Items:
    """Return the items as the stated figures count them: age is one, two pairs are one each."""
    items = points_of(FORM.of_trait(trait), answers)
    if trait is Trait.CAPACITY:
        ages = np.array([FORM.age_band(int(age)).points for age in answers.ages])
        return Items(("age", *items.names), np.column_stack([ages, items.points]))
    if trait is Trait.KNOWLEDGE:
        columns = dict(zip(items.names, items.points.T, strict=True))
        pairs = [columns["q17a"] + columns["q17b"], columns["q18a"] + columns["q18b"]]
        points = np.column_stack([columns["q15"], columns["q16"], *(pair / 2 for pair in pairs)])
        return Items(("q15", "q16", "q17", "q18"), points)
    return items


@pytest.mark.parametrize("trait", STATED_ALPHAS)
@pytest.mark.parametrize("place", range(3))
def test_alphas_are_those_stated_for_the_form(trait: Trait, place: int) -> None:
    found = cronbach_alpha(items_of(trait, drawn(LOADINGS[place]).first))
    if trait is Trait.KNOWLEDGE:
        # A pair here is two questions of two answers each, not one item of three: steadier.
        assert STATED_ALPHAS[trait][place] < found < STATED_ALPHAS[trait][place] + 0.07
    else:
        assert found == pytest.approx(STATED_ALPHAS[trait][place], abs=ALPHA_TOLERANCE)


def test_levels_are_distributed_as_stated() -> None:
    found = evaluated(0.6)
    shares = [value_of(found.levels[level]) for level in ProfileLevel]
    # 1,500 people: two standard deviations of a share of 40 % are 0.025.
    assert shares == pytest.approx(STATED_LEVELS, abs=0.03)


def test_a_second_round_agrees_the_more_the_answers_carry_of_the_trait() -> None:
    rounds = [evaluated(loading).agreement for loading in LOADINGS]
    agreements = [one for one in rounds if isinstance(one, Agreement)]
    assert len(agreements) == 3
    for name in ("same_level", "within_one", "level_correlation", "score_correlation"):
        figures = [value_of(getattr(one, name)) for one in agreements]
        assert figures == sorted(figures), name
    assert 0.85 < value_of(agreements[1].within_one) < 0.95
    assert 0.70 < value_of(agreements[1].score_correlation) < 0.80


def test_answers_to_five_options_are_cut_at_four_tenths_and_twelve_tenths() -> None:
    places = drawn(0.6, respondents=20_000).first.places["q4"]
    shares = np.bincount(places, minlength=5) / len(places)
    # The normal distribution beyond 1.2, between 0.4 and 1.2, and within 0.4.
    assert shares == pytest.approx([0.1151, 0.2295, 0.3108, 0.2295, 0.1151], abs=0.012)


def test_a_higher_trait_means_more_points_even_where_options_fall_in_points() -> None:
    # q5 lists its options from most to fewest points.
    rows = points_of((FORM["q4"], FORM["q5"]), drawn(0.9).first).points
    assert np.corrcoef(rows[:, 0], rows[:, 1])[0, 1] > 0.6


def test_ages_lie_in_the_stated_classes_and_the_young_have_more_capacity() -> None:
    first = drawn(0.9, respondents=20_000).first
    counts, _ = np.histogram(first.ages, bins=AGE_CLASSES)
    assert counts / 20_000 == pytest.approx([0.1151, 0.2295, 0.3108, 0.2295, 0.1151], abs=0.012)
    assert (first.ages.min(), first.ages.max()) == (18, 84)
    reserve = points_of((FORM["q4"],), first).points[:, 0]
    assert np.corrcoef(first.ages, reserve)[0, 1] < -0.5


def test_questions_that_score_nothing_are_answered_by_lot() -> None:
    first = drawn(0.9, respondents=20_000).first
    shares = np.bincount(first.places["q19"], minlength=5) / 20_000
    assert shares == pytest.approx([0.2] * 5, abs=0.015)
    wish, loss = (first.places[q].astype(np.float64) for q in ("q19", "q9"))
    assert abs(np.corrcoef(wish, loss)[0, 1]) < 0.03


def test_without_a_loading_nothing_hangs_together() -> None:
    answers = drawn(0.0, rounds=2)
    for trait in STATED_ALPHAS:
        assert abs(cronbach_alpha(points_of(FORM.of_trait(trait), answers.first))) < 0.1
    assert answers.retest is not None
    first, second = (
        one.places["q9"].astype(np.float64) for one in (answers.first, answers.retest.answers)
    )
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.06


def test_traits_are_correlated_as_stated() -> None:
    first = drawn(0.95, respondents=20_000).first

    def total(trait: Trait) -> FloatArray:
        points: FloatArray = points_of(FORM.of_trait(trait), first).points.sum(axis=1)
        return points

    found = np.corrcoef(total(Trait.CAPACITY), total(Trait.TOLERANCE))[0, 1]
    assert found == pytest.approx(0.3, abs=0.03)


def test_the_first_round_does_not_depend_on_whether_there_is_a_second() -> None:
    once, twice = drawn(0.6, respondents=50), drawn(0.6, respondents=50, rounds=2)
    assert once.retest is None
    assert twice.retest is not None
    for question in FORM.questions:
        assert (once.first.places[question.id] == twice.first.places[question.id]).all()
    assert (twice.retest.answers.ages == twice.first.ages).all()
    other = drawn(0.6, respondents=50, seed=12)
    assert any((other.first.places[q.id] != once.first.places[q.id]).any() for q in FORM.questions)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"respondents": 2}, "respondents"),
        ({"respondents": 100_001}, "respondents"),
        ({"loading": 1.0}, "loading"),
        ({"loading": -0.1}, "loading"),
        ({"loading": float("nan")}, "loading"),
        ({"rounds": 3}, "rounds"),
        ({"seed": -1}, "seed"),
    ],
)
def test_arguments_out_of_range_are_refused_by_name(changes: dict[str, float], field: str) -> None:
    arguments = {"respondents": 10, "loading": 0.6, "rounds": 1, "seed": 1, **changes}
    with pytest.raises(InputError) as caught:
        simulate_answers(
            FORM,
            respondents=int(arguments["respondents"]),
            loading=arguments["loading"],
            rounds=int(arguments["rounds"]),
            seed=int(arguments["seed"]),
        )
    assert [problem.field for problem in caught.value.problems] == [field]
