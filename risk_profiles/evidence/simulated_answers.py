"""Answers of people whose traits are known because they are drawn.

    (capacity, tolerance, knowledge) ~ normal(0, 1), any two correlated by TRAIT_CORRELATION
    answer to an item                 = loading * its trait + sqrt(1 - loading**2) * noise

The answer is cut in steps of CUT_STEP standard deviations around its mean: with m different points
among the options there are m steps, and the lowest gets the fewest points. Of five options the
middle one is chosen by 31 % and the outer ones by 12 % each. Options of equal points share their
people by lot; a question that scores nothing is answered by lot altogether.

Equal shares would be as natural and are not used: a fifth each in the lowest option of two
questions that cap the level puts 38 % of people into C1, and no loading makes that fewer.

Age is an item of capacity like the others: fewer years, more points. It is cut the same way into
AGE_CLASSES and uniform by year inside each, so 12 % are 18 to 29 years old, 23 % 30 to 44, 31 % 45
to 54, 23 % 55 to 64, and 12 % 65 to 84. The second round keeps traits and age and draws new noise.

What it proves: that a form recovers traits if people answer that way. It says nothing about how
people answer.
"""

import numpy as np

from allocator.errors import InputError, Problem
from risk_profiles.evidence.answer_set import AnswerSet, IntArray, Retest, Round
from risk_profiles.evidence.estimates import FloatArray
from risk_profiles.questionnaire import Question, Questionnaire, Trait

TRAIT_CORRELATION = 0.3
CUT_STEP = 0.8
AGE_CLASSES: tuple[int, ...] = (18, 30, 45, 55, 65, 85)
FEWEST, MOST = 3, 100_000

_MEASURED = (Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE)


def simulate_answers(
    form: Questionnaire, *, respondents: int, loading: float, rounds: int, seed: int
) -> AnswerSet:
    """Return simulated answers to a form.

    Args:
        form: Its questions, options and points.
        respondents: How many people, 3 to 100,000.
        loading: Correlation of an answer, before it is cut, with its trait; 0 to below 1.
        rounds: 1, or 2 for a second round of everyone.
        seed: The same seed draws the same people; the first round does not depend on `rounds`.

    Raises:
        InputError: an argument out of range.
    """
    _check(respondents=respondents, loading=loading, rounds=rounds, seed=seed)
    generator = np.random.default_rng(seed)
    shared = np.full((3, 3), TRAIT_CORRELATION) + (1 - TRAIT_CORRELATION) * np.eye(3)
    drawn = generator.standard_normal((respondents, 3)) @ np.linalg.cholesky(shared).T
    traits = dict(zip(_MEASURED, drawn.T, strict=True))
    ages = _ages(_answer(traits[Trait.CAPACITY], loading, generator), generator)

    def answers() -> Round:
        places = {
            question.id: _places(
                question,
                _answer(traits[question.trait], loading, generator)
                if question.trait in traits
                else generator.standard_normal(respondents),
                generator,
            )
            for question in form.questions
        }
        return Round(ages=ages, places=places)

    first = answers()
    everyone = np.arange(respondents, dtype=np.int64)
    return AnswerSet(
        respondents=tuple(f"r{number:06}" for number in range(1, respondents + 1)),
        first=first,
        retest=Retest(everyone, answers()) if rounds == 2 else None,
    )


def _answer(trait: FloatArray, loading: float, generator: np.random.Generator) -> FloatArray:
    noise = generator.standard_normal(len(trait))
    mixed: FloatArray = loading * trait + np.sqrt(1 - loading**2) * noise
    return mixed


def _cut(answer: FloatArray, count: int) -> IntArray:
    edges = CUT_STEP * (np.arange(1, count) - count / 2)
    return np.searchsorted(edges, answer).astype(np.int64)


def _places(question: Question, answer: FloatArray, generator: np.random.Generator) -> IntArray:
    points = np.array([option.points for option in question.options])
    ladder = np.unique(points)
    step = _cut(answer, len(ladder))
    places = np.empty(len(answer), dtype=np.int64)
    for rung, worth in enumerate(ladder):
        here = np.flatnonzero(step == rung)
        places[here] = generator.choice(np.flatnonzero(points == worth), size=len(here))
    return places


def _ages(answer: FloatArray, generator: np.random.Generator) -> IntArray:
    edges = np.array(AGE_CLASSES)
    # A high answer is worth many points, and the young have them.
    youth = _cut(answer, len(edges) - 1)
    oldest_first = len(edges) - 2 - youth
    return generator.integers(edges[oldest_first], edges[oldest_first + 1])


def _check(*, respondents: int, loading: float, rounds: int, seed: int) -> None:
    problems = []
    if not FEWEST <= respondents <= MOST:
        remedy = f"send {FEWEST} to {MOST}"
        problems.append(Problem("respondents", "is out of range", respondents, remedy))
    if not 0 <= loading < 1:
        problems.append(Problem("loading", "is out of range", loading, "send 0 to below 1"))
    if rounds not in (1, 2):
        problems.append(Problem("rounds", "is out of range", rounds, "send 1 or 2"))
    if seed < 0:
        problems.append(Problem("seed", "is negative", seed, "send a whole number from 0"))
    if problems:
        raise InputError("the answers cannot be simulated", problems=problems)
