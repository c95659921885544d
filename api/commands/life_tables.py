"""The years ahead as tables for people at a terminal, the growth share drawn in characters."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.table import Table

from api.commands.sentences import Sentence
from api.commands.tables import show_statements
from api.pages.life_figures import event_label, ordered_events
from api.pages.life_words import (
    EVERYDAY_LIMITS,
    funding_words,
    in_language,
    limit_ages,
    probability_words,
)
from api.pages.share_words import share_limits_words, share_moves
from api.rough_money import MoneyUnit, money_unit
from api.texts import Texts
from risk_profiles.life_path_findings import HIGHEST_TOLD, LOWEST_TOLD

# Ages between events are shown at every so many years.
_YEARS_APART = 5
_BAR = 25
# Columns of wealth are in the unit that 10,000 yuan are told in.
_COLUMN = 10_000

Row = Mapping[str, Any]


def show_life_path(console: Console, document: Row, texts: Texts) -> None:
    """Print retirement, goals, the years ahead, limits, why the share moves, and findings."""
    level = texts.say(f"profile_level.{document['level']}")
    console.print(f"[bold]{document['client_id']}[/bold]  {level}  {document['as_of']}")
    console.print(_overview(document, texts))
    if document["goals"]:
        console.print(_goals(document["goals"], texts))
    marks = _Marks(console)
    console.print(_years(document, marks, texts))
    if document["target_date_funds"]:
        console.print(Sentence(texts.say("terminal.life.legend", **marks.named()), style="dim"))
    limits = Table.grid(padding=(0, 1))
    telling = limit_ages(document, texts, without=EVERYDAY_LIMITS)
    for number, limit in enumerate(telling, start=1):
        limits.add_row("", str(number), Sentence(limit.name), Sentence(limit.ages))
    if limits.row_count:
        console.print(Sentence(texts.say("life_chart.limits"), style="bold"))
        console.print(limits)
    moves = Table.grid(padding=(0, 1))
    for move in share_moves(document, texts):
        moves.add_row("", Sentence(" ".join([move.said, *move.reasons])))
    if moves.row_count:
        console.print(Sentence(texts.say("page.life.moves"), style="bold"))
        console.print(moves)
    for sentence in share_limits_words(document, texts):
        console.print(Sentence(sentence))
    show_statements(console, document["findings"])


def show_what_if(console: Console, document: Row, texts: Texts) -> None:
    """Print the plan as it is beside the plan as asked."""
    sides = [document["before"], document["after"]]
    console.print(f"[bold]{document['client_id']}[/bold]  {document['as_of']}")
    table = _beside(texts)

    def add(name: str, values: Sequence[str]) -> None:
        table.add_row(Sentence(name), *values)

    said = texts.say
    add(said("terminal.index"), [_score(side["index"], texts) for side in sides])
    add(
        said("life_chart.advised"),
        [texts.percent(side["growth_share"], places=0) for side in sides],
    )
    add(
        said("terminal.life.monthly_saving"),
        [texts.money(side["monthly_saving"]) for side in sides],
    )
    plans = [side["retirement"] for side in sides]
    add(said("terminal.life.begins"), [texts.date(plan["begins"]) for plan in plans])
    for name in ("spending", "pension"):
        add(said(f"terminal.life.{name}"), [texts.money(plan[name]) for plan in plans])
    add(
        said("terminal.life.lasts", age=str(plans[0]["last_age"])),
        [_chance(plan["lasts"], texts) for plan in plans],
    )
    for before, after in zip(*(side["goals"] for side in sides), strict=True):
        name = said("terminal.life.goal_chance", name=before["name"])
        add(name, [_chance(goal["met"], texts) for goal in (before, after)])
    console.print(table)
    console.print(_plans(sides, texts))
    paths = texts.integer(document["paths"])
    console.print(Sentence(said("terminal.life.paths", paths=paths), style="dim"))


class _Marks:
    """What bars are drawn with: the advised share, where funds lie, and where both do."""

    def __init__(self, console: Console) -> None:
        is_ascii = console.options.ascii_only
        self.advised, self.both, self.funds = ("#", "+", "-") if is_ascii else ("█", "▓", "░")

    def named(self) -> dict[str, str]:
        """Return the marks by the names that the legend gives them."""
        return {"advised": self.advised, "both": self.both, "funds": self.funds}

    def bar(self, share: float, band: tuple[float, float] | None) -> str:
        """Return a bar of a share over the band of funds."""
        cells = []
        for cell in range(_BAR):
            middle = (cell + 0.5) / _BAR
            is_advised = middle < share
            is_funds = band is not None and band[0] <= middle < band[1]
            mark = self.both if is_funds else self.advised
            cells.append(mark if is_advised else (self.funds if is_funds else " "))
        return "".join(cells)


def _overview(document: Row, texts: Texts) -> Table:
    plan, alive = document["retirement"], document["life_expectancy"]
    said = texts.say
    pension = texts.money(plan["pension"])
    if plan["pension_begins"] > document["as_of"]:
        from_day = texts.date(plan["pension_begins"])
        pension = said("terminal.life.pension_from", amount=pension, day=from_day)
    # Who no longer works has nothing to retire from.
    begins = plan["begins"] > document["as_of"]
    rows = {said("terminal.life.begins"): texts.date(plan["begins"])} if begins else {}
    rows |= {
        said("terminal.life.pension"): pension,
        said("terminal.life.spending"): texts.money(plan["spending"]),
        said("terminal.life.funding_ratio"): funding_words(plan["funding_ratio"], texts) or "-",
        said("terminal.life.lasts", age=str(plan["last_age"])): _chance(plan["lasts"], texts),
        said("terminal.life.expectancy"): said(
            "terminal.life.expectancy_by",
            age=texts.number(alive["age"]),
            table=in_language(alive, "table", texts),
            status=said(f"table_status.{alive['status']}"),
        ),
    }
    table = Table.grid(padding=(0, 2))
    for name, shown in rows.items():
        table.add_row("", Sentence(name), Sentence(shown))
    return table


def _goals(goals: Sequence[Row], texts: Texts) -> Table:
    table = Table(texts.say("life_event.goal"), box=None)
    table.add_column(texts.say("terminal.life.due"))
    for name in ("terminal.amount", "terminal.life.chance", "terminal.life.funding_ratio"):
        table.add_column(texts.say(name), justify="right")
    table.add_column(texts.say("terminal.life.save_more"), justify="right")
    for goal in goals:
        saving = goal["saving"]
        table.add_row(
            Sentence(goal["name"]),
            texts.date(goal["due"]),
            texts.money(goal["amount"]),
            _chance(goal["met"], texts),
            funding_words(goal["funding_ratio"], texts) or "-",
            "" if saving is None else texts.money(saving["monthly"]),
        )
    return table


def _years(document: Row, marks: _Marks, texts: Texts) -> Table:
    unit = money_unit(_COLUMN, texts)
    headings = ("age", "level", "growth", "bar", "funds", "wealth", "range", "limits", "event")
    table = Table(box=None, padding=(0, 1, 0, 0))
    for heading in headings:
        is_number = heading in {"age", "growth", "funds", "wealth", "range"}
        table.add_column(
            "" if heading == "bar" else texts.say(f"terminal.life.{heading}", unit=unit.name),
            justify="right" if is_number else "left",
            no_wrap=heading != "event",
        )
    events: dict[int, list[str]] = {}
    for event in ordered_events(document):
        events.setdefault(event["age"], []).append(event_label(event, texts))
    wealth = {end["age"]: end["percentiles"] for end in document["wealth"]}
    telling = limit_ages(document, texts, without=EVERYDAY_LIMITS)
    numbers = {one.name: str(n) for n, one in enumerate(telling, start=1)}
    level, last = document["level"], document["years"][-1]["age"]
    for year in document["years"]:
        age, is_usual = year["age"], year["level"] == level
        level = year["level"]
        if year["years"] % _YEARS_APART and is_usual and age not in events and age != last:
            continue
        band = _fund_band(document, age)
        table.add_row(
            str(age),
            year["level"],
            texts.percent(year["growth_share"], places=0) if year["weights"] else "-",
            marks.bar(year["growth_share"], band),
            "" if band is None else "-".join(texts.percent(end, places=0) for end in band),
            *_wealth(year, wealth.get(age), unit, texts),
            " ".join(
                sorted(
                    numbers[texts.say(f"limit.{limit}")]
                    for limit in set(year["limits"]) - EVERYDAY_LIMITS
                )
            ),
            Sentence(texts.say("life_chart.and").join(dict.fromkeys(events.get(age, ())))),
        )
    return table


def _fund_band(document: Row, age: int) -> tuple[float, float] | None:
    """Return from the lowest to the highest share that funds allow themselves at an age."""
    points = [p for fund in document["target_date_funds"] for p in fund["points"]]
    known = [p for p in points if p["age"] == age]
    lows = [p["centre"] if p["low"] is None else p["low"] for p in known]
    highs = [p["centre"] if p["high"] is None else p["high"] for p in known]
    return (min(lows), max(highs)) if known else None


def _wealth(year: Row, percentiles: Row | None, unit: MoneyUnit, texts: Texts) -> tuple[str, str]:
    if percentiles is None:
        # Today's wealth is known.
        return _in(unit, year["wealth"], texts), ""
    low, middle, high = (_in(unit, percentiles[p]["estimate"], texts) for p in ("5", "50", "95"))
    return middle, f"{low} - {high}"


def _in(unit: MoneyUnit, amount: str, texts: Texts) -> str:
    return texts.decimal(Decimal(amount) / unit.yuan, places=1)


def _beside(texts: Texts) -> Table:
    table = Table("", box=None)
    for name in ("before", "after"):
        table.add_column(texts.say(f"life_chart.{name}"), justify="right")
    return table


def _plans(sides: Sequence[Row], texts: Texts) -> Table:
    table, unit = Table(box=None), money_unit(_COLUMN, texts)
    table.add_column(texts.say("terminal.life.age"), justify="right")
    for name in ("before", "after"):
        for shown in ("growth", "middle"):
            column = texts.say(f"terminal.life.{shown}", unit=unit.name)
            heading = texts.say(f"life_chart.{name}")
            table.add_column(f"{heading}\n{column}", justify="right")
    first = sides[0]["years"][0]["age"]
    known = [{year["age"]: year for year in side["years"]} for side in sides]
    for age in sorted(known[0].keys() & known[1].keys()):
        if (age - first) % _YEARS_APART == 0:
            cells = [
                cell
                for side in known
                for cell in (
                    texts.percent(side[age]["growth_share"], places=0),
                    _in(unit, side[age]["wealth"], texts),
                )
            ]
            table.add_row(str(age), *cells)
    return table


def _chance(probability: Row, texts: Texts) -> str:
    words = probability_words(probability, texts)
    if not LOWEST_TOLD <= probability["estimate"] <= HIGHEST_TOLD:
        return words
    error = texts.percent(probability["standard_error"], places=1)
    return texts.say("terminal.life.probability", probability=words, error=error)


def _score(value: float | None, texts: Texts) -> str:
    return "-" if value is None else texts.number(value)
