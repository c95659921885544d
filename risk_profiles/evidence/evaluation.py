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
from risk_profiles.evidence.answer_set import AnswerSet, HeldShares, Round
from risk_profiles.evidence.estimates import Absent, Bootstrap, Measured, absent
from risk_profiles.evidence.gates import Gate, GateResult, judge
from risk_profiles.evidence.reliability import (
    Agreement,
    Items,
    estimate_agreement,
    estimate_alpha,
    estimate_item_totals,
    estimate_means,
    estimate_rank_correlation,
    indicators,
)
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile_batch import ProfileTable, make_profiles
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
    profiles = make_profiles(form, answers.first.places, ages=answers.first.ages)
    scales = tuple(
        _scale(form, trait, answers.first, bootstrap) for trait in SCALES if form.of_trait(trait)
    )
    items = tuple(
        item
        for trait in Trait
        if form.of_trait(trait)
        for item in _items(form, trait, answers.first, bootstrap)
    )
    agreement = _agreement(form, answers, profiles, bootstrap)
    reached = indicators(profiles.level_ranks.astype(np.int64) - 1, len(ProfileLevel))
    *levels, needs_review = estimate_means(
        np.column_stack([reached, profiles.needs_review]),
        names=(*ProfileLevel, "needs_review"),
        bootstrap=bootstrap,
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
        needs_review=needs_review,
        agreement=agreement,
        validity=absent("no_held_shares", "held_equity_share")
        if answers.held is None
        else _validity(answers.held, profiles, bootstrap),
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
    # All options of a trait at once: drawing the respondents is what takes the time.
    columns = [indicators(answers.places[q.id], len(q.options)) for q in questions]
    options = [(q.id, option.id) for q in questions for option in q.options]
    shares = estimate_means(
        np.concatenate(columns, axis=1),
        names=[f"{question} {option}" for question, option in options],
        bootstrap=bootstrap,
    )
    by_option = dict(zip(options, shares, strict=True))
    return tuple(
        Item(q.id, trait, total, {option.id: by_option[q.id, option.id] for option in q.options})
        for q, total in zip(questions, totals, strict=True)
    )


def _agreement(
    form: Questionnaire, answers: AnswerSet, first: ProfileTable, bootstrap: Bootstrap
) -> Agreement | Absent:
    retest = answers.retest
    if retest is None:
        return absent("no_second_round", "round")
    again = make_profiles(form, retest.answers.places, ages=retest.answers.ages)
    who = retest.respondents
    try:
        twice = bootstrap.of(who)
    except InputError as error:
        return _absence(error)
    return estimate_agreement(
        levels=(
            first.level_ranks[who].astype(np.int64),
            again.level_ranks.astype(np.int64),
        ),
        scores=(first.score[who], again.score),
        bootstrap=twice,
    )


def _validity(held: HeldShares, profiles: ProfileTable, bootstrap: Bootstrap) -> Validity | Absent:
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
            lambda: estimate_means(
                held.shares[members, None], names=[level], bootstrap=owners.of(members)
            )[0]
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
