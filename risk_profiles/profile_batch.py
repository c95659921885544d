"""Profiles of many sheets at once: the same numbers as `make_profile`, to the last bit.

A sheet comes as positions: an answer is its place among the question's options, counted from 0.
Points are added question by question in the order of the form, as for a single sheet. Everything
that is a function of one number (a trait's score, the level, risk aversion) is computed by the
one-sheet function, once for each value that occurs; contradictions likewise
(`risk_profiles.contradiction_batch`). So there is one formula of each, and the work for a million
sheets is lookups in small tables.

The reasons of a profile are text for one person; here only the contradictions are told.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from allocator.errors import InputError, Problem
from risk_profiles.answers import check_answers
from risk_profiles.contradiction_batch import Booleans, Integers, read_cautiously
from risk_profiles.levels import (
    SHORTEST_LOCK_UP_DAYS,
    ProfileLevel,
    level_of_score,
    lock_up_days,
    upper_edge,
)
from risk_profiles.profile import may_lift
from risk_profiles.questionnaire import (
    AgeBand,
    Questionnaire,
    Rule,
    Scoring,
    Topic,
    Trait,
)
from risk_profiles.scoring import SCORED, reference_score, risk_aversion_at, trait_score

Answers = Mapping[str, Integers]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ProfileTable:
    """Profiles in the order of the sheets; each array has one entry a sheet.

    Attributes:
        level_ranks: 1 for C1 to 5 for C5.
        liftable_to_ranks: Rank that two people may confirm in place of the cap of age; 0: none.
        contradictions: Which sheets a rule marks, for the rules the form asks about.
        Otherwise as in `profile.Profile`.
    """

    level_ranks: Integers
    score: Floats
    points: Floats
    risk_aversion: Floats
    capacity: Floats
    tolerance: Floats
    knowledge: Floats
    is_lowest_class: Booleans
    needs_review: Booleans
    liftable_to_ranks: Integers
    longest_lock_up_days: Integers
    contradictions: Mapping[Rule, Booleans]


def make_profiles(
    questionnaire: Questionnaire, answers: Answers, *, ages: Integers
) -> ProfileTable:
    """Return the profiles of many clients, each without a lifted cap of age.

    Args:
        questionnaire: The form answered.
        answers: By question id, the position of each sheet's answer among the options, from 0.
        ages: Completed years, one a sheet.

    Raises:
        InputError: a question is missing or unknown, arrays differ in length, a position is not an
            option's, or an age is negative; it names the first row that is wrong.
    """
    _check(questionnaire, answers, ages)
    readings = read_cautiously(questionnaire, answers)
    read, contradictions = readings.answers, readings.contradictions
    bands = questionnaire.age_bands
    # The last band has no end.
    band = np.searchsorted([one.below for one in bands if one.below is not None], ages, "right")
    age_points = np.array([questionnaire.age_weight * one.points for one in bands])[band]
    sums = {
        trait: _sum(questionnaire, read, trait, age_points if trait is Trait.CAPACITY else 0.0)
        for trait in SCORED
    }
    scores = {
        trait: _of_each(total, partial(trait_score, questionnaire, trait))
        for trait, total in sums.items()
    }
    if questionnaire.scoring is Scoring.SUM:
        points = sums[Trait.CAPACITY] + sums[Trait.TOLERANCE] + sums[Trait.KNOWLEDGE]
    else:
        points = np.minimum(scores[Trait.CAPACITY], scores[Trait.TOLERANCE])
    score = _of_each(points, partial(reference_score, questionnaire))
    edges = questionnaire.edges
    # Lowered by the caps of answers; those of age come on top.
    answered = _of_each(points, lambda one: level_of_score(one, edges).rank).astype(np.int8)
    for question in questionnaire.questions:
        if question.cap_reason is not None:
            caps = [_rank_or_highest(option.cap) for option in question.options]
            np.minimum(answered, np.array(caps, np.int8)[read[question.id]], out=answered)
    age_caps = np.array([_rank_or_highest(one.cap) for one in bands], np.int8)[band]
    ranks = np.minimum(answered, age_caps)
    upper_edges = np.array([upper_edge(level) for level in ProfileLevel])
    return ProfileTable(
        level_ranks=ranks,
        score=score,
        points=points,
        risk_aversion=_of_each(np.minimum(score, upper_edges[ranks - 1]), risk_aversion_at),
        capacity=scores[Trait.CAPACITY],
        tolerance=scores[Trait.TOLERANCE],
        knowledge=scores[Trait.KNOWLEDGE],
        is_lowest_class=(ranks == 1) & _is_of_lowest_class(questionnaire, answers, len(ages)),
        needs_review=np.logical_or.reduce(
            [np.zeros(len(ages), np.bool_), *contradictions.values()]
        ),
        liftable_to_ranks=_liftable_to(
            questionnaire, answered, band, ranks=ranks, knowledge=scores[Trait.KNOWLEDGE]
        ),
        longest_lock_up_days=_longest_lock_up(questionnaire, answers, contradictions, len(ages)),
        contradictions=contradictions,
    )


def sheets_to_positions(
    questionnaire: Questionnaire, sheets: Sequence[Mapping[str, str]]
) -> dict[str, Integers]:
    """Return sheets of option ids as positions.

    Raises:
        InputError: code invalid_answers, as `check_answers`; pointers begin with the sheet's row.
    """
    for row, sheet in enumerate(sheets):
        try:
            check_answers(questionnaire, sheet)
        except InputError as error:
            problems = [replace(one, field=f"/{row}{one.field}") for one in error.problems]
            raise InputError(error.message, code=error.code, problems=problems) from error
    positions: dict[str, Integers] = {}
    for question in questionnaire.questions:
        place = {option.id: position for position, option in enumerate(question.options)}
        positions[question.id] = np.array([place[sheet[question.id]] for sheet in sheets], np.int8)
    return positions


def _sum(
    questionnaire: Questionnaire, read: Answers, trait: Trait, start: Floats | float
) -> Floats:
    total = start
    for question in questionnaire.of_trait(trait):
        worth = [question.weight * option.points for option in question.options]
        total = total + np.array(worth)[read[question.id]]
    return np.asarray(total, np.float64)


def _of_each(values: Floats, function: Callable[[float], float]) -> Floats:
    """Return the function of each value, called once for each that occurs."""
    distinct, places = np.unique(values, return_inverse=True)
    return np.array([function(float(one)) for one in distinct], np.float64)[places]


def _rank_or_highest(cap: ProfileLevel | None) -> int:
    return ProfileLevel.C5.rank if cap is None else cap.rank


def _is_of_lowest_class(questionnaire: Questionnaire, answers: Answers, count: int) -> Booleans:
    is_lowest = np.zeros(count, np.bool_)
    for question in questionnaire.questions:
        marks = np.array([option.is_lowest_class for option in question.options])
        if marks.any():
            is_lowest |= marks[answers[question.id]]
    return is_lowest


def _liftable_to(
    questionnaire: Questionnaire,
    answered: Integers,
    band: Integers,
    *,
    ranks: Integers,
    knowledge: Floats,
) -> Integers:
    liftable = np.zeros(len(ranks), np.int8)
    for place, one in enumerate(questionnaire.age_bands):
        if one.lifted_cap is not None:
            lifted = np.minimum(answered, one.lifted_cap.rank)
            rows = np.flatnonzero((band == place) & (lifted > ranks))
            knows = _knows_enough(questionnaire, one, knowledge[rows])
            liftable[rows] = np.where(knows, lifted[rows], 0)
    return liftable


def _knows_enough(questionnaire: Questionnaire, band: AgeBand, knowledge: Floats) -> Booleans:
    return _of_each(knowledge, lambda one: may_lift(questionnaire, band, knowledge=one)) > 0


def _longest_lock_up(
    questionnaire: Questionnaire,
    answers: Answers,
    contradictions: Mapping[Rule, Booleans],
    count: int,
) -> Integers:
    horizon = questionnaire.find(Topic.HORIZON)
    if horizon is None:
        return np.full(count, SHORTEST_LOCK_UP_DAYS)
    days = [
        SHORTEST_LOCK_UP_DAYS if one.span is None else lock_up_days(one.span.start)
        for one in horizon.options
    ]
    stated = np.array(days)[answers[horizon.id]]
    is_reserve_too = contradictions.get(Rule.K4, np.zeros(count, np.bool_))
    return np.where(is_reserve_too, SHORTEST_LOCK_UP_DAYS, stated)


def _check(questionnaire: Questionnaire, answers: Answers, ages: Integers) -> None:
    asked = {question.id: question for question in questionnaire.questions}
    problems = [
        Problem(
            f"/answers/{one}", f"is no question of {questionnaire.version}", None, "leave it out"
        )
        for one in answers
        if one not in asked
    ]
    bounds: dict[str, tuple[Integers, int | None]] = {"/ages": (ages, None)}
    for question_id, question in asked.items():
        field = f"/answers/{question_id}"
        if question_id in answers:
            bounds[field] = (answers[question_id], len(question.options) - 1)
        else:
            problems.append(Problem(field, "is missing", None, "send one position a sheet"))
    for field, (values, highest) in bounds.items():
        problems.extend(_misfits(field, values, count=ages.size, highest=highest))
    if problems:
        message = "the answers cannot be used"
        raise InputError(message, code="invalid_answers", problems=problems)


def _misfits(field: str, values: Integers, *, count: int, highest: int | None) -> Iterator[Problem]:
    if not np.issubdtype(values.dtype, np.integer):
        yield Problem(field, "is no array of integers", str(values.dtype), "send integers")
    elif values.shape != (count,):
        detail = f"must have one entry for each of {count} ages"
        yield Problem(field, detail, values.shape, "send one a sheet")
    else:
        wrong = values < 0 if highest is None else (values < 0) | (values > highest)
        if wrong.any():
            row = int(wrong.argmax())
            allowed = "completed years" if highest is None else f"positions from 0 to {highest}"
            yield Problem(f"{field}/{row}", "is out of range", int(values[row]), f"send {allowed}")
