"""A life-path document in words: how likely, how well funded, why the growth share moves.

Probabilities are whole per cents between 2 % and 98 %; beyond these a simulation knows no more than
"below" and "above". Their error is half the 95 % interval that finitely many paths leave open.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from allocator.product_classes import TRAITS
from api.texts import Texts
from risk_profiles.goal_saving import LIKELY
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.life_path_findings import HIGHEST_TOLD, LOWEST_TOLD, UNLIKELY

# Changes of the growth share: what counts as one from year to year, and what is worth a line.
LEAST_STEP, LEAST_MOVE = 0.02, 0.05
# They hold in nearly every year, so that figures and tables by age would say nothing with them.
EVERYDAY_LIMITS = frozenset({"class_caps", "suitability"})
_LEAST_GROWTH_RISK = min(traits.risk_level for traits in TRAITS.values() if traits.risky)
# Told on the page in words of their own; the other findings are listed.
SHOWN_ELSEWHERE = frozenset(
    {
        "life.goal_at_risk",
        "life.goal_on_the_way",
        "life.goal_out_of_reach",
        "life.goal_saving",
        "life.money_ends",
        "life.money_lasts",
        "life.money_may_end",
        "life.money_will_end",
    }
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShareMove:
    """A change of the growth share over one or more years, and why, in words."""

    said: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitAges:
    """A limit at work: its name, what it is for, and at which ages."""

    name: str
    meaning: str
    ages: str


def probability_words(probability: Row, texts: Texts) -> str:
    """Return a probability as a whole per cent, or that it is above or below what is told."""
    estimate = float(probability["estimate"])
    if estimate > HIGHEST_TOLD:
        return texts.say("page.life.above", bound=texts.percent(HIGHEST_TOLD, places=0))
    if estimate < LOWEST_TOLD:
        return texts.say("page.life.below", bound=texts.percent(LOWEST_TOLD, places=0))
    return texts.percent(estimate, places=0)


def error_words(probabilities: Sequence[Row], texts: Texts) -> str:
    """Return how far simulated probabilities may be off, the least certain of them first."""
    points = max(50 * (float(p["high"]) - float(p["low"])) for p in probabilities)
    if points < 1:
        return texts.say("page.life.error_small")
    return texts.say("page.life.error", points=str(math.ceil(points)))


def funding_words(ratio: float | None, texts: Texts) -> str:
    """Return how much of a need safe investments alone would cover; empty where nothing is needed.

    Parts are rounded down: what is not covered in full is never said to be.
    """
    if ratio is None:
        return ""
    if ratio < 0:
        return texts.say("page.life.funding.none")
    if ratio >= 1:
        return texts.say("page.life.funding.full")
    part = texts.percent(math.floor(100 * ratio) / 100, places=0)
    return texts.say("page.life.funding.part", part=part)


def in_language(row: Row, name: str, texts: Texts) -> str:
    """Return a text that a document may hold in Chinese as well, in the language of `texts`."""
    return str(row.get(f"{name}_{texts.language}", row[name]))


def verdict(probability: Row) -> str:
    """Return how a probability is spoken of: likely, open or unlikely."""
    estimate = float(probability["estimate"])
    if estimate >= LIKELY:
        return "likely"
    return "unlikely" if estimate < UNLIKELY else "open"


def result_words(document: Row, texts: Texts) -> list[str]:
    """Return the sentences a page begins with: whether the money lasts, and the goals."""
    retirement, goals = document["retirement"], document["goals"]
    last_age = str(retirement["last_age"])
    said = [texts.say(f"page.life.lasts.{verdict(retirement['lasts'])}", age=last_age)]
    said += [
        texts.say("page.life.ends", age=texts.evidence(finding["evidence"]["age"]))
        for finding in document["findings"]
        if finding["code"] == "life.money_ends"
    ]
    if goals:
        likely = sum(verdict(goal["met"]) == "likely" for goal in goals)
        said.append(_goals_words(likely, len(goals), texts))
    return said


def share_moves(document: Row, texts: Texts) -> list[ShareMove]:
    """Return where the growth share moves by more than a little, and what moves it."""
    runs: list[list[tuple[Row, Row]]] = []
    last_sign = 0.0
    for before, after in pairwise(document["years"]):
        change = after["growth_share"] - before["growth_share"]
        counts = before["weights"] and after["weights"] and abs(change) >= LEAST_STEP
        sign = math.copysign(1.0, change) if counts else 0.0
        if counts and sign == last_sign:
            runs[-1].append((before, after))
        elif counts:
            runs.append([(before, after)])
        last_sign = sign
    return [_move(run, document, texts) for run in runs if _size(run) >= LEAST_MOVE]


def suitability_words(document: Row, texts: Texts) -> list[str]:
    """Return, by level, at which ages a client may buy no growth products at all."""
    ages: dict[ProfileLevel, list[int]] = {}
    for year in document["years"]:
        level = ProfileLevel(year["level"])
        if "suitability" in year["limits"] and not _buys_growth(level):
            ages.setdefault(level, []).append(int(year["age"]))
    return [
        texts.say(
            "page.life.no_growth_bought",
            ages=texts.say("page.life.comma").join(_spans(found)),
            level=texts.say(f"profile_level.{level.value}"),
            highest=LEVELS[level].highest_risk_level.name,
        )
        for level, found in ages.items()
    ]


def limit_ages(
    document: Row, texts: Texts, *, without: frozenset[str] = frozenset()
) -> list[LimitAges]:
    """Return the limits that some year's advice leans on, those of most years first."""
    ages: dict[str, list[int]] = {}
    for year in document["years"]:
        for limit in set(year["limits"]) - without:
            ages.setdefault(limit, []).append(int(year["age"]))
    return [
        LimitAges(
            texts.say(f"limit.{limit}"),
            texts.say(f"page.life.limit.{limit}"),
            texts.say("page.life.comma").join(_spans(found)),
        )
        for limit, found in sorted(ages.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _buys_growth(level: ProfileLevel) -> bool:
    return LEVELS[level].highest_risk_level >= _LEAST_GROWTH_RISK


def _goals_words(likely: int, count: int, texts: Texts) -> str:
    if count == 1:
        return texts.say(f"page.life.goal_{'likely' if likely else 'open'}")
    key = "all" if likely == count else ("some" if likely else "none")
    counted = {"likely": texts.integer(likely), "count": texts.integer(count)}
    return texts.say(f"page.life.goals_{key}", **counted)


def _size(run: list[tuple[Row, Row]]) -> float:
    return abs(float(run[-1][1]["growth_share"]) - float(run[0][0]["growth_share"]))


def _move(run: list[tuple[Row, Row]], document: Row, texts: Texts) -> ShareMove:
    first, last = run[0][0], run[-1][1]
    said = texts.say(
        "page.life.move",
        first=str(first["age"]),
        last=str(last["age"]),
        before=texts.percent(first["growth_share"], places=0),
        after=texts.percent(last["growth_share"], places=0),
    )
    found = [reason for step in run for reason in _reasons(*step, document, texts)]
    return ShareMove(said, tuple(dict.fromkeys(found)))


def _reasons(before: Row, after: Row, document: Row, texts: Texts) -> list[str]:
    """Return what moves the share from one year to the next, as far as the document tells."""
    falls = after["growth_share"] < before["growth_share"]
    events = [e for e in document["events"] if before["day"] < e["day"] <= after["day"]]
    found = []
    if ProfileLevel(after["level"]).rank < ProfileLevel(before["level"]).rank:
        level = texts.say(f"profile_level.{after['level']}")
        found.append(texts.say("page.life.why.age", age=str(after["age"]), level=level))
    if falls and "stable" in after["limits"]:
        ahead = [g["name"] for g in document["goals"] if g["due"] > after["day"]]
        found += [texts.say("page.life.why.goal", name=name) for name in ahead[:1]]
    if not falls and "stable" in before["limits"]:
        paid = [e["name"] for e in events if e["kind"] == "goal"]
        found += [texts.say("page.life.why.goal_paid", name=name) for name in paid]
    if falls and any(event["kind"] == "retirement" for event in events):
        found.append(texts.say("page.life.why.retirement"))
    if "locks" in before["limits"] and "locks" not in after["limits"]:
        found.append(texts.say("page.life.why.locks"))
    if found:
        return found
    if falls:
        has_wages = after["human_capital_ratio"] < before["human_capital_ratio"]
        return [texts.say("page.life.why.wages")] if has_wages else []
    return [texts.say("page.life.why.wealth")] if after["wealth"] != before["wealth"] else []


def _spans(ages: list[int]) -> list[str]:
    """Return ages as spans of neighbours.

    >>> _spans([40, 41, 42, 50])
    ['40–42', '50']
    """
    spans: list[tuple[int, int]] = []
    for age in ages:
        if spans and age == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], age)
        else:
            spans.append((age, age))
    return [str(first) if first == last else f"{first}–{last}" for first, last in spans]
