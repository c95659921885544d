"""Why the growth share of a life path moves, and what keeps it where it is, in words.

A reason is given only where the document bears it out:

    goal ahead     of the share put aside for it the mandate asks for some already (`reserve_share`)
    goal paid      the middle path pays it: its probability is a half or more
    savings        wealth on the middle path rises or falls, and the limit it bears on is at work
    locked         the share is above the limit of the level, which only what is not sold can do

Goals and events are matched by name and day.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from allocator.life_cycle.needs import reserve_share, years_between
from allocator.product_classes import TRAITS
from api.pages.life_words import age_spans, funding_words
from api.texts import Texts
from risk_profiles.levels import LEVELS, ProfileLevel
from risk_profiles.life_path_findings import UNLIKELY

# Changes of the growth share: what counts as one from year to year, and what is worth a line.
LEAST_STEP, LEAST_MOVE = 0.02, 0.05
# Shares are shown in whole per cent; what is nearer to its limit than that is shown at the limit.
_ABOVE = 0.005
_FLOORS = frozenset({"liquidity", "stable"})
_LEAST_GROWTH_RISK = min(traits.risk_level for traits in TRAITS.values() if traits.risky)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ShareMove:
    """A change of the growth share over one or more years, and why, in words."""

    said: str
    reasons: tuple[str, ...]


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


def share_limits_words(document: Row, texts: Texts) -> list[str]:
    """Return at which ages the share is above a level's limit, and where no growth is bought."""
    above: dict[ProfileLevel, list[int]] = {}
    none_bought: dict[ProfileLevel, list[int]] = {}
    for year in document["years"]:
        level = ProfileLevel(year["level"])
        if _is_above_limit(year):
            above.setdefault(level, []).append(int(year["age"]))
        if "suitability" in year["limits"] and not _buys_growth(level):
            none_bought.setdefault(level, []).append(int(year["age"]))
    held = [
        texts.say(
            "page.life.share_is_locked",
            ages=age_spans(ages, texts),
            level=texts.say(f"profile_level.{level.value}"),
            limit=texts.percent(LEVELS[level].risky_share_cap),
        )
        for level, ages in above.items()
    ]
    return held + [
        texts.say(
            "page.life.no_growth_bought",
            ages=age_spans(ages, texts),
            level=texts.say(f"profile_level.{level.value}"),
            highest=LEVELS[level].highest_risk_level.name,
        )
        for level, ages in none_bought.items()
    ]


def gap_words(document: Row, texts: Texts) -> list[str]:
    """Return why the line of the growth share is missing: before, after or for want of wealth."""
    has_wealth = [bool(year["weights"]) for year in document["years"]]
    if not any(has_wealth):
        return [texts.say("page.life.nothing_at_all")]
    first = has_wealth.index(True)
    said = []
    if first:
        age = str(document["years"][first]["age"])
        said.append(texts.say("page.life.nothing_yet", age=age))
    if not all(has_wealth[first:]):
        said.append(texts.say("page.life.nothing_left"))
    return said


def _buys_growth(level: ProfileLevel) -> bool:
    return LEVELS[level].highest_risk_level >= _LEAST_GROWTH_RISK


def _is_above_limit(year: Row) -> bool:
    limit = LEVELS[ProfileLevel(year["level"])].risky_share_cap
    return bool(year["weights"]) and float(year["growth_share"]) >= limit + _ABOVE


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
        found += _goals_ahead(after, document, texts)
    if not falls and "stable" in before["limits"] and not _is_above_limit(after):
        due = [event for event in events if event["kind"] == "goal"]
        found += [_goal_due(event, document, texts) for event in due]
    if falls and any(event["kind"] == "retirement" for event in events):
        found.append(texts.say("page.life.why.retirement"))
    if "locks" in before["limits"] and "locks" not in after["limits"]:
        found.append(texts.say("page.life.why.locks"))
    if found:
        return found
    why = _why_it_falls(before, after) if falls else _why_it_rises(before, after)
    return [] if why is None else [texts.say(f"page.life.why.{why}")]


def _goals_ahead(year: Row, document: Row, texts: Texts) -> list[str]:
    """Return a reason for each goal that the mandate of this year reserves money for."""
    day = date.fromisoformat(year["day"])
    return [
        texts.say("page.life.why.goal", name=goal["name"])
        for goal in sorted(document["goals"], key=lambda one: str(one["due"]))
        if goal["due"] > year["day"]
        and reserve_share(years_between(day, date.fromisoformat(goal["due"])))
    ]


def _goal_due(event: Row, document: Row, texts: Texts) -> str:
    """Return that a goal is paid; or that it was due, and what would have covered a part of it."""
    name = str(event["name"])
    goal = next(g for g in document["goals"] if (g["name"], g["due"]) == (name, event["day"]))
    if goal["met"]["estimate"] >= UNLIKELY:
        return texts.say("page.life.why.goal_paid", name=name)
    ratio = goal["funding_ratio"]
    if ratio is None or ratio >= 1:
        return texts.say("page.life.why.goal_unpaid", name=name)
    return texts.say("page.life.why.goal_short", name=name, covered=funding_words(ratio, texts))


def _why_it_falls(before: Row, after: Row) -> str | None:
    gain = float(after["wealth"]) - float(before["wealth"])
    if gain > 0 and _is_above_limit(before):
        return "locked_less"
    if after["human_capital_ratio"] < before["human_capital_ratio"]:
        return "wages"
    return "wealth_less" if gain < 0 and _FLOORS & {*after["limits"]} else None


def _why_it_rises(before: Row, after: Row) -> str | None:
    gain = float(after["wealth"]) - float(before["wealth"])
    if gain > 0:
        return "wealth" if _FLOORS & {*before["limits"]} else None
    if gain < 0 and "locks" in after["limits"]:
        return "locked_more"
    has_more = after["human_capital_ratio"] > before["human_capital_ratio"]
    return "income_more" if gain < 0 and has_more else None
