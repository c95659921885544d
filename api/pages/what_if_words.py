"""The answer to a what-if as rows: what is, what would be, and the difference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from allocator.money import Money
from allocator.product_classes import CLASSES
from api.pages.life_words import error_words, probability_words
from api.texts import Texts
from risk_profiles.life_path_findings import HIGHEST_TOLD, LOWEST_TOLD

# A class counts as moved from one percentage point on.
LEAST_MOVE = 0.01

Side = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One figure on both sides, in words; `change` is empty where no number can be given."""

    label: str
    before: str
    after: str
    change: str


def compared_rows(answer: Mapping[str, Any], texts: Texts, *, has_work: bool) -> list[ComparedRow]:
    """Return probabilities, index, retirement, saving and growth share of a what-if document.

    Both sides look ahead to the same age, so one label names it.
    """
    before, after = answer["before"], answer["after"]
    old, new = before["retirement"], after["retirement"]
    lasts = texts.say("page.what_if.lasts", age=str(new["last_age"]))
    rows = [_probability(lasts, old["lasts"], new["lasts"], texts)]
    for was, would in zip(before["goals"], after["goals"], strict=True):
        goal = texts.say("page.what_if.goal", name=would["name"])
        rows.append(_probability(goal, was["met"], would["met"], texts))
    if before["index"] is not None and after["index"] is not None:
        index = [float(side["index"]) for side in (before, after)]
        shown = [texts.integer(value) for value in index]
        change = _signed(round(index[1]) - round(index[0]), texts, key="page.what_if.points_index")
        rows.append(ComparedRow(texts.say("page.what_if.index"), shown[0], shown[1], change))
    if has_work:
        days = [texts.date(side["begins"]) for side in (old, new)]
        same = texts.say("page.what_if.same") if days[0] == days[1] else ""
        rows.append(ComparedRow(texts.say("page.what_if.retires"), days[0], days[1], same))
    for name in ("spending", "pension"):
        rows.append(_amounts(texts.say(f"page.what_if.{name}"), old[name], new[name], texts))
    label = texts.say("page.what_if.monthly_saving")
    rows.append(_amounts(label, before["monthly_saving"], after["monthly_saving"], texts))
    rows.append(_share(texts.say("page.what_if.growth"), before, after, texts))
    return rows


def moved_classes(answer: Mapping[str, Any], texts: Texts) -> list[ComparedRow]:
    """Return the classes whose share would be another by a percentage point or more."""
    sides = [answer[name]["weights"] for name in ("before", "after")]
    rows = []
    for product_class in CLASSES:
        was, would = (float(side.get(product_class.value, 0.0)) for side in sides)
        if abs(would - was) >= LEAST_MOVE:
            label = texts.say(f"class.{product_class.value}")
            rows.append(_shares(label, was, would, texts))
    return rows


def answer_error(answer: Mapping[str, Any], texts: Texts) -> str:
    """Return how far the probabilities of an answer may be off."""
    found = [
        probability
        for name in ("before", "after")
        for probability in (
            answer[name]["retirement"]["lasts"],
            *(goal["met"] for goal in answer[name]["goals"]),
        )
    ]
    return error_words(found, texts)


def life_path_words(answer: Side, stored: Side | None, texts: Texts) -> str:
    """Return what a stored life path says of the plan as it is, where that reads another way.

    It is the same plan if it is of the same day, with the same goals, wealth and growth share in
    each year; then only the number of simulations differs. Empty for another plan, or none.
    """
    before = answer["before"]
    if stored is None or _plan(stored, stored) != _plan(answer, before):
        return ""
    lasts = texts.say("page.what_if.lasts", age=str(stored["retirement"]["last_age"]))
    both = [(lasts, before["retirement"]["lasts"], stored["retirement"]["lasts"])]
    for here, there in zip(before["goals"], stored["goals"], strict=True):
        goal = texts.say("page.what_if.goal", name=there["name"])
        both.append((goal, here["met"], there["met"]))
    figures = [
        texts.say("page.what_if.figure_there", label=label, value=probability_words(there, texts))
        for label, here, there in both
        if probability_words(here, texts) != probability_words(there, texts)
    ]
    if not figures:
        return ""
    return texts.say(
        "page.what_if.life_path",
        paths=texts.integer(stored["paths"]),
        figures=texts.say("life_chart.between").join(figures),
    )


def _plan(document: Side, side: Side) -> list[object]:
    goals = [(goal["name"], goal["amount"], goal["due"]) for goal in side["goals"]]
    years = [(year["wealth"], year["growth_share"]) for year in side["years"]]
    return [document["as_of"], goals, years]


def _probability(label: str, was: Side, would: Side, texts: Texts) -> ComparedRow:
    estimates = [float(side["estimate"]) for side in (was, would)]
    shown = [probability_words(side, texts) for side in (was, would)]
    if shown[0] == shown[1]:
        return ComparedRow(label, shown[0], shown[1], texts.say("page.what_if.same"))
    if all(LOWEST_TOLD <= e <= HIGHEST_TOLD for e in estimates):
        points = round(100 * estimates[1]) - round(100 * estimates[0])
        return ComparedRow(
            label, shown[0], shown[1], _signed(points, texts, key="page.what_if.points")
        )
    way = "higher" if estimates[1] > estimates[0] else "lower"
    return ComparedRow(label, shown[0], shown[1], texts.say(f"page.what_if.{way}"))


def _amounts(label: str, was: str, would: str, texts: Texts) -> ComparedRow:
    amounts = [Money.parse(text).amount for text in (was, would)]
    shown = [texts.money(amount).replace("-", "\u2212") for amount in amounts]
    gain = amounts[1] - amounts[0]
    change = texts.say("page.what_if.same")
    if gain:
        sign = "+" if gain > 0 else "\u2212"
        change = sign + texts.money(abs(gain))
    return ComparedRow(label, shown[0], shown[1], change)


def _share(label: str, before: Side, after: Side, texts: Texts) -> ComparedRow:
    return _shares(label, float(before["growth_share"]), float(after["growth_share"]), texts)


def _shares(label: str, was: float, would: float, texts: Texts) -> ComparedRow:
    shown = [texts.percent(share, places=0) for share in (was, would)]
    points = round(100 * would) - round(100 * was)
    return ComparedRow(label, shown[0], shown[1], _signed(points, texts, key="page.what_if.points"))


def _signed(points: int, texts: Texts, *, key: str) -> str:
    if not points:
        return texts.say("page.what_if.same")
    sign = "+" if points > 0 else "\u2212"
    return texts.say(key, points=f"{sign}{abs(points)}")
