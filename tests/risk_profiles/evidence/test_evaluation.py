"""An evaluation: every figure against one computed by hand, and every absence with its reason."""

import numpy as np
import pytest

from allocator.errors import InputError
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares, IntArray, Retest, Round
from risk_profiles.evidence.estimates import Absent, Estimate
from risk_profiles.evidence.evaluation import Evaluation, Figure, evaluate
from risk_profiles.evidence.gates import Gate, Verdict
from risk_profiles.evidence.reliability import Agreement
from risk_profiles.evidence.simulated_answers import simulate_answers
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile import Profile, make_profile
from risk_profiles.questionnaire import Trait
from risk_profiles.questionnaire_file import load_default_questionnaire

FORM = load_default_questionnaire()
SIMULATED = simulate_answers(FORM, respondents=300, loading=0.7, rounds=2, seed=2)


def value_of(figure: object) -> float:
    assert isinstance(figure, Estimate)
    return figure.value


def reason_of(figure: object) -> str:
    assert isinstance(figure, Absent)
    return figure.reason.code


def by_boldness(*boldness: float) -> Round:
    """Return respondents who answer every question with the option nearest to one boldness."""
    places: dict[str, IntArray] = {}
    for question in FORM.questions:
        worth = [question.boldness(option.id) for option in question.options]
        places[question.id] = np.array(
            [int(np.argmin([abs(one - bold) for one in worth])) for bold in boldness]
        )
    return Round(ages=np.full(len(boldness), 40), places=places)


def profiles_of(answers: Round) -> list[Profile]:
    """Return profiles sheet by sheet, without the batch that the evaluation uses."""
    return [
        make_profile(
            FORM,
            {q.id: q.options[answers.places[q.id][row]].id for q in FORM.questions},
            age=int(age),
        )
        for row, age in enumerate(answers.ages)
    ]


def everyone(first: Round) -> tuple[str, ...]:
    return tuple(f"r{n}" for n in range(len(first.ages)))


def test_levels_shares_and_agreement_are_counts() -> None:
    found = evaluate(FORM, SIMULATED, draws=100)
    assert SIMULATED.retest is not None
    rounds = [profiles_of(one) for one in (SIMULATED.first, SIMULATED.retest.answers)]
    first, second = (np.array([one.level.rank for one in profiles]) for profiles in rounds)
    scores = [[one.score for one in profiles] for profiles in rounds]
    for level, share in found.levels.items():
        assert value_of(share) == pytest.approx(np.mean(first == level.rank))
    assert isinstance(found.agreement, Agreement)
    assert value_of(found.agreement.same_level) == pytest.approx(np.mean(first == second))
    within = np.mean(abs(first - second) <= 1)
    assert value_of(found.agreement.within_one) == pytest.approx(within)
    expected = np.corrcoef(scores[0], scores[1])[0, 1]
    assert value_of(found.agreement.score_correlation) == pytest.approx(expected)
    reviewed = np.mean([one.needs_review for one in rounds[0]])
    assert value_of(found.needs_review) == pytest.approx(reviewed)
    loss = next(item for item in found.items if item.question == "q9")
    counts = np.bincount(SIMULATED.first.places["q9"], minlength=5) / 300
    assert [value_of(one) for one in loss.option_shares.values()] == pytest.approx(counts)
    assert (found.respondents, found.retested, found.is_weighted) == (300, 300, False)
    assert found.effective_respondents == pytest.approx(300)


def test_every_question_and_scale_is_evaluated_and_needs_are_in_no_scale() -> None:
    found = evaluate(FORM, SIMULATED, draws=100)
    assert sorted(i.question for i in found.items) == sorted(q.id for q in FORM.questions)
    assert [scale.trait for scale in found.scales] == [
        Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE,
    ]  # fmt: skip
    assert [i.question for i in found.items if i.item_total is None] == ["q19", "q20"]


def test_each_gate_looks_at_its_own_figures() -> None:
    found = evaluate(FORM, SIMULATED, draws=100)
    gates = {result.gate: result for result in found.gates}
    by_trait = {scale.trait: scale.alpha for scale in found.scales}
    assert gates[Gate.RELIABILITY].about == "tolerance"
    assert gates[Gate.RELIABILITY].worst == by_trait[Trait.TOLERANCE]
    totals = {i.question: value_of(i.item_total) for i in found.items if i.item_total is not None}
    assert gates[Gate.ITEM_TOTAL].about == min(totals, key=lambda question: totals[question])
    shares = [
        value_of(share)
        for item in found.items
        if item.item_total is not None
        for share in item.option_shares.values()
    ]
    assert value_of(gates[Gate.OPTION_SHARE].worst) == max(shares)
    assert isinstance(found.agreement, Agreement)
    assert gates[Gate.RETEST].worst == found.agreement.within_one


def test_weights_count_respondents_as_often_as_they_say() -> None:
    first = by_boldness(0.0, 1.0, 0.5, 0.0)
    found = evaluate(
        FORM,
        AnswerSet(everyone(first), first, weights=np.array([1.0, 2.0, 3.0, 4.0])),
        draws=100,
    )
    assert value_of(found.levels[ProfileLevel.C1]) == pytest.approx(0.5)
    assert found.is_weighted
    assert found.effective_respondents == pytest.approx(100 / 30)


def held_by(first: Round, shares: list[float]) -> Evaluation:
    held = HeldShares(np.arange(len(shares)), np.array(shares))
    return evaluate(FORM, AnswerSet(everyone(first), first, held=held), draws=200)


def test_a_profile_that_orders_what_is_held_has_a_rank_correlation_of_one() -> None:
    first = by_boldness(*[0.0, 0.25, 0.5, 0.75, 1.0] * 4)
    validity = held_by(first, [0.0, 0.1, 0.2, 0.6, 0.9] * 4).validity
    assert not isinstance(validity, Absent)
    for figure in Figure:
        assert value_of(validity.rank_correlations[figure]) == pytest.approx(1), figure
    means = [value_of(validity.mean_shares[level]) for level in ProfileLevel]
    assert means == pytest.approx([0.0, 0.1, 0.2, 0.6, 0.9])
    against = held_by(first, [0.9, 0.6, 0.2, 0.1, 0.0] * 4).validity
    assert not isinstance(against, Absent)
    assert value_of(against.rank_correlations[Figure.LEVEL]) == pytest.approx(-1)


def test_a_level_nobody_has_and_a_level_too_few_have_hold_nothing_known() -> None:
    first = by_boldness(0.0, 0.0, 0.0, 0.5)
    validity = held_by(first, [0.1, 0.2, 0.3, 0.4]).validity
    assert not isinstance(validity, Absent)
    assert reason_of(validity.mean_shares[ProfileLevel.C5]) == "evidence.nobody_of_level"
    assert reason_of(validity.mean_shares[ProfileLevel.C3]) == "evidence.too_few_respondents"
    assert value_of(validity.mean_shares[ProfileLevel.C1]) == pytest.approx(0.2)


def test_what_cannot_be_told_is_absent_with_its_reason() -> None:
    first = by_boldness(0.0, 0.0, 0.0, 0.0)
    found = evaluate(FORM, AnswerSet(everyone(first), first), draws=100)
    assert reason_of(found.agreement) == "evidence.no_second_round"
    assert reason_of(found.validity) == "evidence.no_held_shares"
    assert {reason_of(scale.alpha) for scale in found.scales} == {"evidence.constant_item"}
    assert isinstance(found.scales[0].alpha, Absent)
    assert found.scales[0].alpha.reason.evidence["about"] == "q2, q3, q4, q5, q6, q7, q8"
    gates = {result.gate: result.verdict for result in found.gates}
    assert gates == {
        Gate.RELIABILITY: Verdict.UNDECIDED,
        Gate.ITEM_TOTAL: Verdict.UNDECIDED,
        Gate.OPTION_SHARE: Verdict.NOT_MET,
        Gate.RETEST: Verdict.UNDECIDED,
    }


def test_two_people_who_answered_twice_are_too_few() -> None:
    first = by_boldness(0.0, 0.5, 1.0)
    again = by_boldness(0.0, 0.5)
    answers = AnswerSet(everyone(first), first, Retest(np.array([0, 1]), again))
    assert reason_of(evaluate(FORM, answers, draws=100).agreement) == (
        "evidence.too_few_respondents"
    )


def test_two_respondents_are_refused() -> None:
    first = by_boldness(0.0, 1.0)
    with pytest.raises(InputError) as caught:
        evaluate(FORM, AnswerSet(everyone(first), first))
    assert caught.value.code == "too_few_respondents"


def test_the_same_answers_and_seed_give_the_same_evaluation() -> None:
    assert evaluate(FORM, SIMULATED, draws=100) == evaluate(FORM, SIMULATED, draws=100)
    assert evaluate(FORM, SIMULATED, draws=100) != evaluate(FORM, SIMULATED, draws=100, seed=1)
