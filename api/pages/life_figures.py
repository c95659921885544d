"""A life-path document as charts: what is drawn, and what it is called in each language.

Everything drawn is taken from the document, so that figure, description and table agree.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from markupsafe import Markup

from allocator.money import Money
from api.pages.life_charts import (
    FanLabels,
    FlowLabels,
    FundPoint,
    GlideLabels,
    LimitLane,
    PlanLabels,
    PlanPoint,
    SharePoint,
    WealthPoint,
    YearFlows,
    flow_chart,
    glide_chart,
    wealth_fan,
    what_if_chart,
)
from api.pages.life_words import EVERYDAY_LIMITS
from api.pages.plot_frame import AgeMark, Axis, Tick, step_of
from api.rough_money import money_unit, rough_money
from api.texts import Texts
from risk_profiles.cash_flows import LifeEventKind
from risk_profiles.glide_path import LEAST_WEALTH

_DAYS_A_YEAR = 365.25
# A life is told in words every so many years; the table beside it has every one.
_TOLD_YEARS = 10
_ENDS = "life.money_ends"
# Yuan. Where there is next to nothing, an axis of fen would make it look like something.
_LEAST_SPAN = 1_000.0


def wealth_figure(document: Mapping[str, Any], texts: Texts) -> Markup:
    """Return the simulated wealth of a life-path document."""
    now, age = float(document["years"][0]["wealth"]), int(document["age"])
    points = [WealthPoint(age, now, now, now, now, now)]
    for end in document["wealth"]:
        amounts = {p: float(value["estimate"]) for p, value in end["percentiles"].items()}
        points.append(WealthPoint(end["age"], *(amounts[p] for p in ("5", "25", "50", "75", "95"))))
    told = [
        texts.say(
            "life_chart.wealth_at",
            age=str(end["age"]),
            median=_rough(end, "50", texts),
            low=_rough(end, "5", texts),
            high=_rough(end, "95", texts),
        )
        for end in _told(document["wealth"], age)
    ]
    return wealth_fan(
        points,
        ages=_age_axis(age, points[-1].age, texts),
        values=money_axis(0.0, max(p.highest for p in points), texts),
        marks=_event_marks(document, texts, has_end=True),
        labels=FanLabels(
            median=texts.say("life_chart.median"),
            half=texts.say("life_chart.half"),
            most=texts.say("life_chart.most"),
        ),
        title=texts.say("life_chart.wealth"),
        description=_sentence([*told, *_told_events(document, texts)], texts),
    )


def glide_figure(document: Mapping[str, Any], texts: Texts) -> Markup:
    """Return the advised growth share of a life-path document, funds and limits beside it."""
    years, age = document["years"], int(document["age"])
    funds = [
        [FundPoint(p["age"], p["centre"], p["low"], p["high"]) for p in fund["points"]]
        for fund in document["target_date_funds"]
    ]
    limits = sorted({limit for year in years for limit in year["limits"]} - EVERYDAY_LIMITS)
    lanes = [
        LimitLane(
            texts.say(f"limit.{limit}"), tuple(y["age"] for y in years if limit in y["limits"])
        )
        for limit in limits
    ]
    told = [
        texts.say(
            "life_chart.share_at",
            age=str(year["age"]),
            share=texts.percent(year["growth_share"], places=0),
        )
        for year in _told(years, age)
        if year["weights"]
    ]
    told += [
        texts.say(
            "life_chart.fund_at",
            name=fund["name"],
            age=str(point["age"]),
            centre=texts.percent(point["centre"], places=0),
        )
        for fund in document["target_date_funds"]
        for point in fund["points"][-1:]
    ]
    return glide_chart(
        [
            SharePoint(year["age"], year["growth_share"] if year["weights"] else None)
            for year in years
        ],
        funds=funds,
        limits=lanes,
        ages=_age_axis(age, years[-1]["age"] + 1, texts),
        values=_share_axis(texts),
        marks=_event_marks(document, texts, has_goals=False),
        labels=GlideLabels(
            advised=texts.say("life_chart.advised"),
            fund_centre=texts.say("life_chart.fund_centre"),
            fund_band=texts.say("life_chart.fund_band"),
            limits=texts.say("life_chart.limits"),
        ),
        title=texts.say("life_chart.glide"),
        description=_sentence([*told, *_told_events(document, texts)], texts),
    )


def flow_figure(document: Mapping[str, Any], texts: Texts) -> Markup:
    """Return what comes in and goes out year by year in a life-path document."""
    names = ("wages", "pension", "spending", "debt_service", "saving")
    years = [
        YearFlows(year["age"], *(float(year[name]) for name in names)) for year in document["years"]
    ]
    told = [
        texts.say(
            "life_chart.flows_at",
            age=str(year["age"]),
            **{name: rough_money(year[name], texts) for name in names},
        )
        for year in _told(document["years"], int(document["age"]))
    ]
    most = max(year.wages + year.pension for year in years)
    least = -max(year.spending + year.debt_service for year in years)
    return flow_chart(
        years,
        ages=_age_axis(years[0].age, years[-1].age + 1, texts),
        values=money_axis(least, most, texts),
        marks=_event_marks(document, texts),
        labels=FlowLabels(**{name: texts.say(f"life_chart.{name}") for name in names}),
        title=texts.say("life_chart.flows"),
        description=_sentence([*told, *_told_events(document, texts)], texts),
    )


def what_if_figure(document: Mapping[str, Any], texts: Texts) -> Markup:
    """Return both sides of a what-if document."""
    sides = {name: document[name] for name in ("before", "after")}
    plans = {name: _plan(side["years"]) for name, side in sides.items()}
    both = [*plans["before"], *plans["after"]]
    told = [
        texts.say(
            f"life_chart.plan_{name}",
            age=str(year["age"]),
            wealth=rough_money(year["wealth"], texts),
            share=texts.percent(year["growth_share"], places=0),
        )
        for name, side in sides.items()
        for year in _told(side["years"], int(side["years"][0]["age"]))
    ]
    first = both[0].age
    return what_if_chart(
        plans["before"],
        plans["after"],
        ages=_age_axis(first, max(p.age for p in both) + 1, texts),
        values=money_axis(0.0, max(p.wealth for p in both), texts),
        shares=_share_axis(texts),
        marks=_retirement_marks(document, first, texts),
        labels=PlanLabels(
            **{name: texts.say(f"life_chart.{name}") for name in ("before", "after")},
            wealth=texts.say("life_chart.middle_wealth"),
            share=texts.say("life_chart.advised"),
        ),
        title=texts.say("life_chart.what_if"),
        description=_sentence(told, texts),
    )


def ordered_events(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the events of a life-path document by day; of one day, retirement comes first."""
    kinds = list(LifeEventKind)
    return sorted(document["events"], key=lambda e: (e["day"], kinds.index(e["kind"])))


def event_label(event: Mapping[str, Any], texts: Texts) -> str:
    """Return what happens, without when; a goal by the name the client gave it."""
    if event["kind"] == "goal":
        return str(event["name"])
    return texts.say(f"life_event.{event['kind']}")


def money_axis(least: float, most: float, texts: Texts) -> Axis:
    """Return an axis of whole steps around both ends, in the unit of the larger one.

    It spans no less than `_LEAST_SPAN`.
    """
    most = max(most, least + _LEAST_SPAN)
    unit = money_unit(max(-least, most), texts)
    yuan = float(unit.yuan)
    step = step_of(max(most - least, yuan) / yuan)
    low = int((least / yuan) // step) if least < 0 else 0
    high = max(-int((-most / yuan) // step), low + 1)
    ticks = tuple(
        Tick(n * step * yuan, texts.decimal(round(n * step, 6), places=2).replace("-", "\u2212"))
        for n in range(low, high + 1)
    )
    return Axis(low * step * yuan, high * step * yuan, ticks, unit.name)


def _plan(years: Sequence[Mapping[str, Any]]) -> list[PlanPoint]:
    # Where the middle path has run out of money nothing is advised, and the share says nothing.
    return [
        PlanPoint(
            year["age"],
            float(year["wealth"]),
            year["growth_share"] if Money.parse(year["wealth"]) > LEAST_WEALTH else None,
        )
        for year in years
    ]


def _rough(end: Mapping[str, Any], percent: str, texts: Texts) -> str:
    return rough_money(end["percentiles"][percent]["estimate"], texts)


def _told(rows: Sequence[Mapping[str, Any]], age: int) -> Iterable[Mapping[str, Any]]:
    last = rows[-1]["age"]
    return (r for r in rows if (r["age"] - age) % _TOLD_YEARS == 0 or r["age"] == last)


def _sentence(parts: Sequence[str], texts: Texts) -> str:
    return texts.say("life_chart.between").join(parts)


def _told_events(document: Mapping[str, Any], texts: Texts) -> list[str]:
    marks = _event_marks(document, texts, has_end=True)
    return [mark.label for mark in marks]


def _event_marks(
    document: Mapping[str, Any], texts: Texts, *, has_goals: bool = True, has_end: bool = False
) -> list[AgeMark]:
    """Return events in their order, those of one day together, and where the money ends."""
    found = []
    events = [e for e in ordered_events(document) if has_goals or e["kind"] != "goal"]
    for day, group in groupby(events, key=lambda e: str(e["day"])):
        same = list(group)
        names = dict.fromkeys(event_label(event, texts) for event in same)
        label = texts.say(
            "life_chart.event",
            age=str(same[0]["age"]),
            name=texts.say("life_chart.and").join(names),
        )
        is_goal = all(event["kind"] == "goal" for event in same)
        place = _age_at(day, document, age=int(document["age"]))
        found.append(AgeMark(place, label, "goal" if is_goal else "event"))
    if has_end:
        found += [
            AgeMark(float(age), texts.say("life_chart.money_ends", age=age), "ends")
            for statement in document["findings"]
            if statement["code"] == _ENDS
            for age in [str(statement["evidence"]["age"]["value"])]
        ]
    return sorted(found, key=lambda mark: mark.age)


def _retirement_marks(document: Mapping[str, Any], first: float, texts: Texts) -> list[AgeMark]:
    """Return when work ends on each side; one mark where it ends on the same day."""
    days = {name: document[name]["retirement"]["begins"] for name in ("before", "after")}
    as_of = str(document["as_of"])
    sides = ("before", "after") if days["before"] != days["after"] else ("after",)
    marks = []
    for name in sides:
        if days[name] == as_of:
            continue
        key = f"life_chart.retires_{name}" if len(sides) > 1 else "life_chart.retires"
        label = texts.say(key, day=texts.date(days[name]))
        marks.append(AgeMark(_age_at(days[name], document, age=int(first)), label, name))
    return sorted(marks, key=lambda mark: mark.age)


def _age_at(day: str, document: Mapping[str, Any], *, age: int) -> float:
    passed = date.fromisoformat(day) - date.fromisoformat(document["as_of"])
    return age + passed.days / _DAYS_A_YEAR


def _age_axis(first: float, last: float, texts: Texts) -> Axis:
    step = int(max(step_of(last - first, most=8), 1))
    begins = -(-int(first) // step) * step
    ticks = tuple(Tick(age, str(age)) for age in range(begins, int(last) + 1, step))
    return Axis(first, last, ticks, texts.say("life_chart.age"))


def _share_axis(texts: Texts) -> Axis:
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    return Axis(0.0, 1.0, tuple(Tick(s, texts.percent(s)) for s in shares), "")
