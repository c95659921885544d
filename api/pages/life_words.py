"""A life-path document in words: how likely, how well funded, which limits are at work.

Probabilities are whole per cents between 2 % and 98 %; beyond these a simulation knows no more than
"below" and "above". Their error is half the 95 % interval that finitely many paths leave open.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.texts import Texts
from risk_profiles.goal_saving import LIKELY
from risk_profiles.life_path_findings import HIGHEST_TOLD, LOWEST_TOLD, UNLIKELY

# They hold in nearly every year, so that figures and tables by age would say nothing with them.
EVERYDAY_LIMITS = frozenset({"class_caps", "suitability"})
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
            age_spans(found, texts),
        )
        for limit, found in sorted(ages.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def age_spans(ages: Sequence[int], texts: Texts) -> str:
    """Return rising ages as spans of neighbours.

    >>> age_spans([40, 41, 42, 50], Texts("en"))
    '40–42, 50'
    """
    spans: list[tuple[int, int]] = []
    for age in ages:
        if spans and age == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], age)
        else:
            spans.append((age, age))
    shown = [str(first) if first == last else f"{first}–{last}" for first, last in spans]
    return texts.say("page.life.comma").join(shown)


def _goals_words(likely: int, count: int, texts: Texts) -> str:
    if count == 1:
        return texts.say(f"page.life.goal_{'likely' if likely else 'open'}")
    key = "all" if likely == count else ("some" if likely else "none")
    counted = {"likely": texts.integer(likely), "count": texts.integer(count)}
    return texts.say(f"page.life.goals_{key}", **counted)
