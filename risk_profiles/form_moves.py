"""How far one answer can move the outcome, over all sheets and ages.

The outcome of a sheet is the least of several limits: the score on each scale, the caps of answers
and the cap of age. A limit is a level and the capped score that risk aversion follows; limits are
ordered by both. How far a change moves the outcome can only grow when the limits that it does not
touch rise. So what does not depend on the question is held at its most permissive, all states of
what does are tried, and the largest move found is the largest there is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from risk_profiles.form_states import (
    AGE,
    NOTHING,
    Choice,
    Group,
    Reached,
    State,
    Sums,
    Trail,
    fold,
    scale_sums,
)
from risk_profiles.levels import ProfileLevel, level_of_score, upper_edge
from risk_profiles.questionnaire import Questionnaire, Scoring, Trait
from risk_profiles.scoring import reference_score, risk_aversion_at, trait_score

# Risk aversions this close, relative to each other, are one number computed twice.
SAME = 1e-12

# The rank of a level and the highest score on the reference scale.
Limit = tuple[int, float]
CAPS: tuple[Limit, ...] = ((0, 0.0), *((one.rank, upper_edge(one)) for one in ProfileLevel))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A full sheet and an age that show what is claimed."""

    answers: Mapping[str, str]
    age: int


@dataclass(frozen=True, slots=True)
class Move:
    """What another answer, or a birthday, does on one sheet.

    Attributes:
        before: Sheet and age before the change.
        answer: The new option, or the new age.
        levels: Levels gained; negative if lost.
        factor: Risk aversion before over risk aversion after; below 1 if it rises.
    """

    before: Sheet
    answer: str
    levels: int
    factor: float

    @property
    def size(self) -> float:
        """The factor, read so that it is 1 or more."""
        return max(self.factor, 1 / self.factor)


@dataclass(frozen=True, slots=True)
class Reach:
    """The largest moves of one kind, whichever way they point; None where nothing moves.

    Attributes:
        levels, factor: Where the level, and where risk aversion, moves most.
        fall: Where the level falls or risk aversion rises.
    """

    levels: Move | None = None
    factor: Move | None = None
    fall: Move | None = None

    @property
    def most_levels(self) -> int:
        """Levels moved at most, without sign."""
        return 0 if self.levels is None else abs(self.levels.levels)

    @property
    def largest_factor(self) -> float:
        """Factor of risk aversion at most; 1 where nothing moves."""
        return 1.0 if self.factor is None else self.factor.size


class Limits:
    """What the scales of one form allow, kept once computed."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._limits: dict[tuple[int, float], Limit] = {}
        self._aversions: dict[float, float] = {}

    def score(self, scale: int, weighted_sum: float) -> float:
        """Return the score of a scale, in the form's own points."""
        if self._questionnaire.scoring is Scoring.SUM:
            return weighted_sum
        trait = (Trait.CAPACITY, Trait.TOLERANCE)[scale]
        return trait_score(self._questionnaire, trait, weighted_sum)

    def of_score(self, scale: int, weighted_sum: float) -> Limit:
        """Return the limit that the sum on a scale sets."""
        place = (scale, weighted_sum)
        if place not in self._limits:
            score = self.score(scale, weighted_sum)
            level = level_of_score(score, self._questionnaire.edges)
            reference = reference_score(self._questionnaire, score)
            self._limits[place] = (level.rank, min(reference, upper_edge(level)))
        return self._limits[place]

    def of_state(self, scale: int, state: State, offset: Sums) -> Limit:
        """Return the limit of a state on a scale to whose sum `offset` is added."""
        limit = self.of_score(scale, state.sums[scale] + offset[scale])
        return min(limit, CAPS[state.cap])

    def factor(self, before: Limit, after: Limit) -> float:
        """Return risk aversion before over risk aversion after."""
        return self._aversion(before[1]) / self._aversion(after[1])

    def _aversion(self, score: float) -> float:
        if score not in self._aversions:
            self._aversions[score] = risk_aversion_at(score)
        return self._aversions[score]


@dataclass(frozen=True, slots=True)
class Rest:
    """What some groups reach together.

    Attributes:
        scales: For each scale, the states of the groups that count on it alone.
        across: The states of the groups that count on several scales.
        elsewhere: The states of the groups that count on none; they may still cap.
    """

    scales: tuple[Reached, ...]
    across: Reached
    elsewhere: Reached


def make_rest(
    questionnaire: Questionnaire, groups: Iterable[Group], *, keeps_only_best: bool = True
) -> Rest:
    """Return what the groups reach, sorted by the scales on which they count."""
    sorted_groups: dict[tuple[int, ...], list[Group]] = {}
    for group in groups:
        sums = [scale_sums(questionnaire, choice) for choice in group]
        touched = tuple(n for n, column in enumerate(zip(*sums, strict=True)) if any(column))
        sorted_groups.setdefault(touched, []).append(group)
    scales = len(scale_sums(questionnaire, NOTHING))

    def reached(chosen: list[Group]) -> Reached:
        return fold(questionnaire, chosen, keeps_only_best=keeps_only_best)

    several = [g for touched, found in sorted_groups.items() if len(touched) > 1 for g in found]
    return Rest(
        scales=tuple(reached(sorted_groups.get((scale,), [])) for scale in range(scales)),
        across=reached(several),
        elsewhere=reached(sorted_groups.get((), [])),
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """A move whose sheet is not written out yet."""

    levels: int
    factor: float
    before: Choice
    after: str
    trails: tuple[Trail | None, ...]

    def move(self, questionnaire: Questionnaire, name: str) -> Move:
        before = sheet_of(questionnaire, [*self.trails, Trail(self.before, None)])
        answer = str(before.age + 1) if name == AGE else self.after
        return Move(before, answer, self.levels, self.factor)

    @property
    def size(self) -> float:
        return max(self.factor, 1 / self.factor)


def sheet_of(questionnaire: Questionnaire, trails: Iterable[Trail | None]) -> Sheet:
    """Return the sheet and age to which trails over all groups lead."""
    picks: dict[str, str] = {}
    for trail in trails:
        if trail is not None:
            picks |= trail.picks()
    answers = {question.id: picks[question.id] for question in questionnaire.questions}
    return Sheet(answers, int(picks[AGE]))


def largest_moves(
    questionnaire: Questionnaire,
    limits: Limits,
    group: Group,
    rest: Rest,
    *,
    name: str,
    pairs: Sequence[tuple[str, str]],
) -> Reach:
    """Return how far changing the answer to one question moves the outcome.

    Args:
        questionnaire: The form.
        limits: Its limits.
        group: The group in which the question stands.
        rest: What all other groups reach.
        name: The question's id, or `AGE`.
        pairs: The changes to try, from one option to another.
    """
    levels = factor = fall = None
    for found in _moves(questionnaire, limits, group, rest, name=name, pairs=pairs):
        if found.levels and (levels is None or abs(found.levels) > abs(levels.levels)):
            levels = found
        if found.size > 1 + SAME and (factor is None or found.size > factor.size):
            factor = found
        if fall is None and (found.levels < 0 or found.factor < 1 - SAME):
            fall = found
    return Reach(
        *(None if one is None else one.move(questionnaire, name) for one in (levels, factor, fall))
    )


def _moves(
    questionnaire: Questionnaire,
    limits: Limits,
    group: Group,
    rest: Rest,
    *,
    name: str,
    pairs: Sequence[tuple[str, str]],
) -> Iterator[_Found]:
    if not all((*rest.scales, rest.elsewhere)):
        return  # no sheet of the other groups is calm
    elsewhere, elsewhere_trail = next(iter(rest.elsewhere.items()))
    best: dict[tuple[int, float], State] = {}
    tried: set[object] = set()

    def most_permissive(scale: int, offset: Sums) -> State:
        place = (scale, offset[scale])
        if place not in best:
            states = rest.scales[scale]
            best[place] = max(states, key=lambda one: limits.of_state(scale, one, offset))
        return best[place]

    for row in variations(questionnaire, group, name):
        for option, other in pairs:
            if option not in row or other not in row:
                continue
            before, after = row[option], row[other]
            sums = [scale_sums(questionnaire, one) for one in (before, after)]
            effect = (*sums, before.cap, after.cap)
            if effect in tried or (sums[0] == sums[1] and before.cap == after.cap):
                continue
            tried.add(effect)
            for across, across_trail in rest.across.items():
                first, second = (_plus(one, across.sums) for one in sums)
                cap = min(elsewhere.cap, across.cap)
                states = [
                    rest.scales[scale] if first[scale] != second[scale]
                    else [most_permissive(scale, first)]
                    for scale in range(len(first))
                ]  # fmt: skip
                for fellows in product(*states):
                    old = new = CAPS[cap]
                    for scale, state in enumerate(fellows):
                        old = min(old, limits.of_state(scale, state, first))
                        new = min(new, limits.of_state(scale, state, second))
                    old, new = min(old, CAPS[before.cap]), min(new, CAPS[after.cap])
                    if old != new:
                        trails = [rest.scales[n][state] for n, state in enumerate(fellows)]
                        yield _Found(
                            new[0] - old[0], limits.factor(old, new), before, other,
                            (*trails, across_trail, elsewhere_trail),
                        )  # fmt: skip


def variations(questionnaire: Questionnaire, group: Group, name: str) -> list[dict[str, Choice]]:
    """Return, for the answers of the group's other questions, what each answer to one does.

    Answers to the others that make no difference to the outcome are given once.
    """
    rows: dict[object, dict[str, Choice]] = {}
    for choice in group:
        fellows = tuple(answer for asked, answer in choice.picks.items() if asked != name)
        rows.setdefault(fellows, {})[choice.picks[name]] = choice
    different: dict[object, dict[str, Choice]] = {}
    for row in rows.values():
        effect = tuple((o, scale_sums(questionnaire, c), c.cap) for o, c in row.items())
        different.setdefault(effect, row)
    return list(different.values())


def _plus(one: Sums, other: Sums) -> Sums:
    return tuple(a + b for a, b in zip(one, other, strict=True))
