"""What a form can do to a client: exact properties over all sheets and ages, without sampling.

    step     between options whose points are neighbours; options of equal points share a step
    change   between any two options
    calm     neither sheet contradicts itself, and the question caps nothing

A form is monotone if no step towards more points lowers the level or raises risk aversion. A
question is dead if no sheet's scores, caps, contradictions or other readings tell its answers
apart. The cap of age is taken as it stands, without a lift. How the figures are found without
listing sheets is told in `risk_profiles.form_states` and `risk_profiles.form_moves`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise, product

from risk_profiles.form_moves import (
    Limits,
    Reach,
    Rest,
    Sheet,
    largest_moves,
    make_rest,
    sheet_of,
)
from risk_profiles.form_states import AGE, Choice, Group, Trail, make_groups, scale_sums
from risk_profiles.levels import ProfileLevel
from risk_profiles.questionnaire import (
    TOPICS_WITH_SPANS,
    Option,
    Question,
    Questionnaire,
    Scoring,
    Trait,
)
from risk_profiles.scoring import trait_score


@dataclass(frozen=True, slots=True)
class QuestionProperties:
    """What one question can do.

    Attributes:
        points: The largest step in the score of its trait; 0 for a need.
        step, change: The largest moves; a bolder answer that lowers something is `step.fall`.
        calm_step: The largest steps between calm sheets; None for a question that caps.
        is_dead: No profile tells its answers apart.
    """

    question: Question
    points: float
    step: Reach
    calm_step: Reach | None
    change: Reach
    is_dead: bool


@dataclass(frozen=True, slots=True)
class FormProperties:
    """What a form can do.

    Attributes:
        lowest, highest: The ends of the scores that sheets reach, in the form's own points.
        levels: A sheet for each level; None for a level that no sheet reaches.
        birthday: The largest moves from one age to the next.
    """

    lowest: float
    highest: float
    levels: Mapping[ProfileLevel, Sheet | None]
    questions: tuple[QuestionProperties, ...]
    birthday: Reach

    @property
    def is_monotone(self) -> bool:
        """Return whether no bolder answer lowers the level or raises risk aversion."""
        return all(one.step.fall is None for one in self.questions)


def analyze_form(questionnaire: Questionnaire) -> FormProperties:
    """Return the exact properties of a form."""
    groups, limits = make_groups(questionnaire), Limits(questionnaire)
    found: dict[str, QuestionProperties] = {}
    birthday = Reach()
    for group in groups:
        others = [one for one in groups if one is not group]
        rest = make_rest(questionnaire, others)
        calm_rest = make_rest(questionnaire, [_calm(one) for one in others])
        for name in group[0].picks:
            if name == AGE:
                ages = [choice.picks[AGE] for choice in group]
                birthday = largest_moves(
                    questionnaire, limits, group, rest, name=AGE, pairs=list(pairwise(ages))
                )
            else:
                question = questionnaire[name]
                found[name] = _properties(questionnaire, limits, group, rest, calm_rest, question)
    whole = make_rest(questionnaire, groups, keeps_only_best=False)
    lowest, highest = _range(limits, whole)
    return FormProperties(
        lowest=lowest,
        highest=highest,
        levels={
            level: _witness(questionnaire, limits, whole, level.rank) for level in ProfileLevel
        },
        questions=tuple(found[question.id] for question in questionnaire.questions),
        birthday=birthday,
    )


def steps(question: Question) -> list[tuple[str, str]]:
    """Return each pair of options whose points are neighbours, the lower first."""
    ladder = sorted({option.points for option in question.options})
    at = {p: [option.id for option in question.options if option.points == p] for p in ladder}
    return [pair for low, high in pairwise(ladder) for pair in product(at[low], at[high])]


def _properties(
    questionnaire: Questionnaire,
    limits: Limits,
    group: Group,
    rest: Rest,
    calm_rest: Rest,
    question: Question,
) -> QuestionProperties:
    every = [(a.id, b.id) for a, b in combinations(question.options, 2)]

    def moves(group: Group, rest: Rest, pairs: list[tuple[str, str]]) -> Reach:
        return largest_moves(questionnaire, limits, group, rest, name=question.id, pairs=pairs)

    return QuestionProperties(
        question=question,
        points=_largest_step(questionnaire, question),
        step=moves(group, rest, steps(question)),
        calm_step=None
        if question.cap_reason is not None
        else moves(_calm(group), calm_rest, steps(question)),
        change=moves(group, rest, every),
        is_dead=_is_dead(questionnaire, limits, group, rest, question),
    )


def _calm(group: Group) -> Group:
    return tuple(choice for choice in group if not choice.rules)


def _largest_step(questionnaire: Questionnaire, question: Question) -> float:
    points = sorted({option.points for option in question.options})
    gap = max((high - low for low, high in pairwise(points)), default=0.0) * question.weight
    if questionnaire.scoring is Scoring.SUM or question.trait is Trait.NEED:
        return gap
    return trait_score(questionnaire, question.trait, gap)


def _is_dead(
    questionnaire: Questionnaire, limits: Limits, group: Group, rest: Rest, question: Question
) -> bool:
    if len({_meaning(question, option) for option in question.options}) > 1:
        return False
    rows: dict[object, list[Choice]] = {}
    for choice in group:
        fellows = tuple(o for asked, o in choice.picks.items() if asked != question.id)
        rows.setdefault(fellows, []).append(choice)
    for row in rows.values():
        if len({(choice.sums, choice.rules) for choice in row}) > 1:
            return False
        lowest = min(row, key=lambda choice: choice.cap)
        limits_differ = len({(choice.cap, choice.binding) for choice in row}) > 1
        if limits_differ and _may_bind(questionnaire, limits, lowest, rest):
            return False
    return True


def _meaning(question: Question, option: Option) -> tuple[object, ...]:
    """Return what rules read of an option besides its points and cap."""
    span = option.span if question.topic in TOPICS_WITH_SPANS else None
    return span, option.purpose, option.is_lowest_class


def _may_bind(questionnaire: Questionnaire, limits: Limits, choice: Choice, rest: Rest) -> bool:
    """Return whether some sheet scores above the choice's cap while no other cap is lower."""
    sums = scale_sums(questionnaire, choice)
    return any(
        min(elsewhere.cap, across.cap) >= choice.cap
        and all(
            any(
                state.cap >= choice.cap
                and limits.of_score(n, state.sums[n] + across.sums[n] + sums[n])[0] > choice.cap
                for state in states
            )
            for n, states in enumerate(rest.scales)
        )
        for across, elsewhere in product(rest.across, rest.elsewhere)
    )


def _range(limits: Limits, whole: Rest) -> tuple[float, float]:
    """Return the lowest and highest score: the least over the scales, before any cap."""
    ends: list[tuple[float, float]] = []
    for across in whole.across:
        scores = [
            [limits.score(n, state.sums[n] + across.sums[n]) for state in states]
            for n, states in enumerate(whole.scales)
        ]
        ends.append((min(map(min, scores)), min(map(max, scores))))
    return min(low for low, _ in ends), max(high for _, high in ends)


def _witness(questionnaire: Questionnaire, limits: Limits, whole: Rest, rank: int) -> Sheet | None:
    """Return a sheet of exactly this level: one part sets it, and no other part is lower."""
    for across, trail in whole.across.items():
        parts: list[dict[int, Trail | None]] = [{across.cap: trail}]
        parts.append({state.cap: way for state, way in whole.elsewhere.items()})
        for n, states in enumerate(whole.scales):
            part: dict[int, Trail | None] = {}
            for state, way in states.items():
                part.setdefault(limits.of_state(n, state, across.sums)[0], way)
            parts.append(part)
        if any(rank in part for part in parts) and all(max(part) >= rank for part in parts):
            trails = (part.get(rank, part[max(part)]) for part in parts)
            return sheet_of(questionnaire, trails)
    return None
