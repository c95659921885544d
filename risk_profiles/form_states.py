"""What the answers of a form add up to, without listing every sheet.

Questions that a rule compares are taken together as one group, for the cautious reading of one
depends on the others; every other question is a group of its own, and so is age. A group offers
choices; a choice adds weighted points to each trait and caps the level. Groups are independent, so
the states (sums, lowest cap) that all sheets reach follow from folding group after group: a form
of 5**24 sheets has a few hundred states. Each state keeps one trail of answers that leads to it.

Points and weights are multiples of a quarter, so sums of floats are exact and equal sums meet.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from risk_profiles.contradictions import cautious_reading, find_contradictions
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import (
    TOPICS_OF_RULES,
    Option,
    Question,
    Questionnaire,
    Rule,
    Scoring,
    Trait,
)
from risk_profiles.scoring import SCORED

AGE = ""  # stands for age among the questions; no question is called so
NO_CAP = ProfileLevel.C5.rank
_AGE_WITHOUT_BANDS = 40

Sums = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Answers of one group and what they do.

    Attributes:
        picks: Question id to option id; for age, `AGE` to an age in completed years.
        sums: Weighted points added to each scored trait, as read.
        cap: Rank of the highest level they allow.
        binding: The questions whose answers, as read, set the cap.
        rules: The contradictions among them.
    """

    picks: Mapping[str, str]
    sums: Sums
    cap: int
    binding: frozenset[str] = frozenset()
    rules: frozenset[Rule] = frozenset()


Group = tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """The choices that lead to a state, last first."""

    choice: Choice
    before: "Trail | None"

    def picks(self) -> dict[str, str]:
        """Return all answers on the trail."""
        found: dict[str, str] = {}
        trail: Trail | None = self
        while trail is not None:
            found |= trail.choice.picks
            trail = trail.before
        return found


@dataclass(frozen=True, slots=True)
class State:
    """Sums on the scales that decide the level, and the rank of the lowest cap."""

    sums: Sums
    cap: int


Reached = Mapping[State, Trail | None]
NOTHING = Choice({}, (0.0,) * len(SCORED), NO_CAP)


def make_groups(questionnaire: Questionnaire) -> tuple[Group, ...]:
    """Return the choices of every independent group of questions, and of age, which comes first."""
    return (
        _ages(questionnaire),
        *(_choices(questionnaire, members) for members in _members(questionnaire)),
    )


def scale_sums(questionnaire: Questionnaire, choice: Choice) -> Sums:
    """Return what a choice adds on each scale: one of all points, or capacity and tolerance."""
    if questionnaire.scoring is Scoring.SUM:
        return (sum(choice.sums),)
    return tuple(choice.sums[SCORED.index(one)] for one in (Trait.CAPACITY, Trait.TOLERANCE))


def fold(
    questionnaire: Questionnaire, groups: Iterable[Group], *, keeps_only_best: bool
) -> dict[State, Trail | None]:
    """Return the states that all choices of the groups reach together.

    Args:
        questionnaire: The form.
        groups: Independent groups.
        keeps_only_best: Of states with equal sums keep the one with the highest cap.
    """
    states: dict[State, Trail | None] = {State(scale_sums(questionnaire, NOTHING), NO_CAP): None}
    for group in groups:
        moves = {
            State(scale_sums(questionnaire, choice), choice.cap): choice
            for choice in reversed(group)
        }
        reached: dict[State, Trail | None] = {}
        for state, trail in states.items():
            for move, choice in moves.items():
                sums = tuple(one + add for one, add in zip(state.sums, move.sums, strict=True))
                after = State(sums, min(state.cap, move.cap))
                if after not in reached:
                    reached[after] = Trail(choice, trail)
        states = _best(reached) if keeps_only_best else reached
    return states


def _best(states: Reached) -> dict[State, Trail | None]:
    best: dict[Sums, State] = {}
    for state in states:
        if state.sums not in best or best[state.sums].cap < state.cap:
            best[state.sums] = state
    return {state: states[state] for state in best.values()}


def _ages(questionnaire: Questionnaire) -> Group:
    """Return one choice a band: the last age in it, and the first in the band without end."""
    found = []
    start = 0
    for band in questionnaire.age_bands:
        if band.below is not None and band.below <= start:
            continue  # nobody is younger than nought
        first = start or _AGE_WITHOUT_BANDS
        age = first if band.below is None else band.below - 1
        points = questionnaire.age_weight * band.points
        sums = tuple(points if trait is Trait.CAPACITY else 0.0 for trait in SCORED)
        cap = NO_CAP if band.cap is None else band.cap.rank
        found.append(Choice({AGE: str(age)}, sums, cap))
        start = band.below or start
    return tuple(found)


def _members(questionnaire: Questionnaire) -> list[tuple[Question, ...]]:
    """Return the questions in groups that no rule reaches across."""
    joined = {question.id: {question.id} for question in questionnaire.questions}
    for rule in Rule:
        if questionnaire.asks_about(rule):
            topics = TOPICS_OF_RULES[rule]
            together = [q.id for topic in topics for q in questionnaire.of_topic(topic)]
            union = set().union(*(joined[question_id] for question_id in together))
            joined |= dict.fromkeys(union, union)
    groups = dict.fromkeys(frozenset(joined[question.id]) for question in questionnaire.questions)
    return [tuple(q for q in questionnaire.questions if q.id in group) for group in groups]


def _choices(questionnaire: Questionnaire, members: tuple[Question, ...]) -> Group:
    ids = [question.id for question in members]
    others = {question.id: question.options[0].id for question in questionnaire.questions}
    found = []
    for options in product(*(_different(question) for question in members)):
        picks = dict(zip(ids, (option.id for option in options), strict=True))
        read, rules = picks, frozenset[Rule]()
        if len(members) > 1:
            sheet = others | picks
            read = cautious_reading(questionnaire, sheet)
            contradictions = find_contradictions(questionnaire, sheet)
            rules = frozenset(one.rule for one in contradictions if one.first in ids)
        caps = _caps(members, read)
        cap = min(caps.values(), default=NO_CAP)
        binding = frozenset(asked for asked, rank in caps.items() if rank == cap)
        found.append(Choice(picks, _sums(members, read), cap, binding, rules))
    return tuple(found)


def _different(question: Question) -> list[Option]:
    """Return the options without those that score, cap and mean the same as an earlier one."""
    found: dict[object, Option] = {}
    for option in question.options:
        found.setdefault((option.points, option.cap, option.span), option)
    return list(found.values())


def _sums(members: tuple[Question, ...], read: Mapping[str, str]) -> Sums:
    return tuple(
        sum(q.weight * q.option(read[q.id]).points for q in members if q.trait is trait)
        for trait in SCORED
    )


def _caps(members: tuple[Question, ...], read: Mapping[str, str]) -> dict[str, int]:
    caps = {q.id: q.option(read[q.id]).cap for q in members if q.cap_reason is not None}
    return {asked: cap.rank for asked, cap in caps.items() if cap is not None}
