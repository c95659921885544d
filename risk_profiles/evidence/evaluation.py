"""All evidence about a form that a set of answers gives.

Reliability, item-total correlations, option shares and the distribution of levels rest on the
first round; agreement on those who answered twice; validity on those whose holdings are known.
Every item of a scale counts alike in alpha, whatever its weight in the score, and age, which is
read and not asked, is no item.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from allocator.errors import InputError
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares, IntArray, Round
from risk_profiles.evidence.estimates import Absent, Bootstrap, FloatArray, Measured, absent
from risk_profiles.evidence.gates import Gate, GateResult, judge
from risk_profiles.evidence.reliability import (
    Agreement,
    Items,
    estimate_agreement,
    estimate_alpha,
    estimate_item_totals,
    estimate_mean,
    estimate_rank_correlation,
    estimate_shares,
)
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire import Question, Questionnaire, Trait

SCALES = (Trait.CAPACITY, Trait.TOLERANCE, Trait.KNOWLEDGE)
DEFAULT_SEED = 20260301
DEFAULT_DRAWS = 1000


class Figure(StrEnum):
    """What of a profile is compared with the share held in equity."""

    LEVEL = "level"
    SCORE = "score"
    CAPACITY = "capacity"
    TOLERANCE = "tolerance"


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of one round: ranks 1 to 5, scores 0 to 100, 1 for who needs a review."""

    level_ranks: IntArray
    score: FloatArray
    capacity: FloatArray
    tolerance: FloatArray
    needs_review: FloatArray


@dataclass(frozen=True, slots=True)
class Scale:
    """The questions of one trait and how they hang together."""

    trait: Trait
    questions: tuple[str, ...]
    alpha: Measured


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its correlation with the rest of its scale, and who chose what.

    Attributes:
        item_total: None for a question that scores nothing.
        option_shares: By option id.
    """

    question: str
    trait: Trait
    item_total: Measured | None
    option_shares: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class Validity:
    """Whether the profile orders what people hold.

    Attributes:
        respondents: How many hold financial assets, and it is known which.
        rank_correlations: With the share held in equity, weighted.
        mean_shares: Mean share held in equity, by level; absent where nobody has the level.
    """

    respondents: int
    rank_correlations: Mapping[Figure, Measured]
    mean_shares: Mapping[ProfileLevel, Measured]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything that was found, with what it rests on.

    Attributes:
        effective_respondents: (sum of weights)**2 / sum of squared weights: as many respondents
            of equal weight would tell as much.
        needs_review: Share of sheets with contradictions.
    """

    form_version: str
    form_hash: str
    respondents: int
    effective_respondents: float
    is_weighted: bool
    retested: int
    seed: int
    draws: int
    gates: tuple[GateResult, ...]
    scales: tuple[Scale, ...]
    items: tuple[Item, ...]
    levels: Mapping[ProfileLevel, Measured]
    needs_review: Measured
    agreement: Agreement | Absent
    validity: Validity | Absent


def evaluate(
    form: Questionnaire,
    answers: AnswerSet,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = DEFAULT_DRAWS,
) -> Evaluation:
    """Return the evidence in a set of answers.

    Args:
        form: The form answered.
        answers: Everyone's answers.
        seed, draws: Of the bootstrap.

    Raises:
        InputError: fewer than three respondents, or a seed or number of draws out of range.
    """
    weights = np.ones(len(answers.respondents)) if answers.weights is None else answers.weights
    bootstrap = Bootstrap(weights, seed, draws)
    profiles = profiles_of(form, answers.first)
    scales = tuple(
        _scale(form, trait, answers.first, bootstrap) for trait in SCALES if form.of_trait(trait)
    )
    items = tuple(item for trait in Trait for item in _items(form, trait, answers.first, bootstrap))
    agreement = _agreement(form, answers, profiles, bootstrap)
    levels = estimate_shares(
        profiles.level_ranks - 1, names=tuple(ProfileLevel), bootstrap=bootstrap
    )
    return Evaluation(
        form_version=form.version,
        form_hash=form.content_hash,
        respondents=len(weights),
        effective_respondents=float(weights.sum() ** 2 / (weights**2).sum()),
        is_weighted=answers.weights is not None,
        retested=0 if answers.retest is None else len(answers.retest.respondents),
        seed=seed,
        draws=draws,
        gates=_gates(scales, items, agreement),
        scales=scales,
        items=items,
        levels=dict(zip(ProfileLevel, levels, strict=True)),
        needs_review=estimate_mean(profiles.needs_review, name="needs_review", bootstrap=bootstrap),
        agreement=agreement,
        validity=absent("no_held_shares", "held_equity_share")
        if answers.held is None
        else _validity(answers.held, profiles, bootstrap),
    )


def profiles_of(form: Questionnaire, answers: Round) -> Profiles:
    """Return the profiles that a round of answers gives."""
    columns = {question.id: answers.places[question.id] for question in form.questions}
    profiles = [
        make_profile(
            form,
            {q: form[q].options[places[row]].id for q, places in columns.items()},
            age=int(age),
        )
        for row, age in enumerate(answers.ages)
    ]
    return Profiles(
        level_ranks=np.array([one.level.rank for one in profiles], dtype=np.int64),
        score=np.array([one.score for one in profiles]),
        capacity=np.array([one.capacity for one in profiles]),
        tolerance=np.array([one.tolerance for one in profiles]),
        needs_review=np.array([float(one.needs_review) for one in profiles]),
    )


def points_of(questions: tuple[Question, ...], answers: Round) -> Items:
    """Return the points of some questions as the items of a scale."""
    points = [
        np.array([option.points for option in question.options])[answers.places[question.id]]
        for question in questions
    ]
    return Items(tuple(q.id for q in questions), np.stack(points, axis=1))


def _scale(form: Questionnaire, trait: Trait, answers: Round, bootstrap: Bootstrap) -> Scale:
    items = points_of(form.of_trait(trait), answers)
    return Scale(trait, items.names, _or_absent(lambda: estimate_alpha(items, bootstrap)))


def _items(
    form: Questionnaire, trait: Trait, answers: Round, bootstrap: Bootstrap
) -> tuple[Item, ...]:
    questions = form.of_trait(trait)
    totals: tuple[Measured | None, ...] = (None,) * len(questions)
    if trait in SCALES and len(questions) > 1:
        totals = estimate_item_totals(points_of(questions, answers), bootstrap)
    elif trait in SCALES:
        totals = tuple(absent("too_few_items", question.id) for question in questions)
    found = []
    for question, total in zip(questions, totals, strict=True):
        options = tuple(option.id for option in question.options)
        shares = estimate_shares(answers.places[question.id], names=options, bootstrap=bootstrap)
        found.append(Item(question.id, trait, total, dict(zip(options, shares, strict=True))))
    return tuple(found)


def _agreement(
    form: Questionnaire, answers: AnswerSet, first: Profiles, bootstrap: Bootstrap
) -> Agreement | Absent:
    retest = answers.retest
    if retest is None:
        return absent("no_second_round", "round")
    again, who = profiles_of(form, retest.answers), retest.respondents
    try:
        twice = bootstrap.of(who)
    except InputError as error:
        return _absence(error)
    return estimate_agreement(
        levels=(first.level_ranks[who], again.level_ranks),
        scores=(first.score[who], again.score),
        bootstrap=twice,
    )


def _validity(held: HeldShares, profiles: Profiles, bootstrap: Bootstrap) -> Validity | Absent:
    who = held.respondents
    try:
        owners = bootstrap.of(who)
    except InputError as error:
        return _absence(error)
    ranks = profiles.level_ranks[who]
    figures = {
        Figure.LEVEL: ranks.astype(np.float64),
        Figure.SCORE: profiles.score[who],
        Figure.CAPACITY: profiles.capacity[who],
        Figure.TOLERANCE: profiles.tolerance[who],
    }

    def mean_of(level: ProfileLevel) -> Measured:
        members = np.flatnonzero(ranks == level.rank)
        if not len(members):
            return absent("nobody_of_level", level)
        return _or_absent(
            lambda: estimate_mean(held.shares[members], name=level, bootstrap=owners.of(members))
        )

    return Validity(
        respondents=len(who),
        rank_correlations={
            figure: estimate_rank_correlation(values, held.shares, name=figure, bootstrap=owners)
            for figure, values in figures.items()
        },
        mean_shares={level: mean_of(level) for level in ProfileLevel},
    )


def _gates(
    scales: tuple[Scale, ...], items: tuple[Item, ...], agreement: Agreement | Absent
) -> tuple[GateResult, ...]:
    alphas = {scale.trait.value: scale.alpha for scale in scales if scale.trait is Trait.TOLERANCE}
    scored = [item for item in items if item.item_total is not None]
    totals = {item.question: item.item_total for item in scored if item.item_total is not None}
    shares = {
        f"{item.question} {option}": share
        for item in scored
        for option, share in item.option_shares.items()
    }
    within_one = agreement if isinstance(agreement, Absent) else agreement.within_one
    nothing = absent("too_few_items", Trait.TOLERANCE)
    return (
        judge(Gate.RELIABILITY, alphas or {Trait.TOLERANCE.value: nothing}),
        judge(Gate.ITEM_TOTAL, totals or {"items": nothing}),
        judge(Gate.OPTION_SHARE, shares or {"items": nothing}),
        judge(Gate.RETEST, {"within_one": within_one}),
    )


def _or_absent(estimate: Callable[[], Measured]) -> Measured:
    try:
        return estimate()
    except InputError as error:
        return _absence(error)


def _absence(error: InputError) -> Absent:
    if error.code == "too_few_respondents":
        return absent(error.code, str(error.problems[0].value))
    return absent(error.code, ", ".join(problem.field for problem in error.problems))
