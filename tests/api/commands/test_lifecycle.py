"""`robo lifecycle`: what it prints and draws is what the document says."""

import json
import re
from importlib.resources import files
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from api.commands.group import main
from api.commands.life_tables import show_life_path
from api.commands.options import localized
from api.pages.life_words import EVERYDAY_LIMITS, funding_words
from api.pages.share_words import share_limits_words
from api.texts import Texts

BOOK = Path(str(files("api.sample_book")))
NAMES = sorted(path.stem for path in BOOK.glob("*.json"))
RENTER = str(BOOK / "young-renter.json")
BAR = 25


class Finished:
    """What the command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def lifecycle(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str) -> Finished:
        code = 0
        try:
            main(["lifecycle", *arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


def rows_of(printed: str) -> dict[int, str]:
    """Return the lines of the table of years, by age."""
    found = {}
    for line in printed.splitlines():
        if row := re.match(r" {1,2}(\d{2,3}) C[1-5] ", line):
            found[int(row[1])] = line
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_client_of_the_sample_book_has_years_ahead(lifecycle: Any, name: str) -> None:
    done = lifecycle(str(BOOK / f"{name}.json"))
    assert done.code == 0
    assert done.document["kind"] == "life_path"
    assert all(finding["text"] for finding in done.document["findings"])
    assert lifecycle(str(BOOK / f"{name}.json")).document["hash"] == done.document["hash"]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", ["civil-servant-family", "negative-savings", "widow-76"])
def test_the_table_shows_the_figures_of_the_document(lifecycle: Any, name: str, lang: str) -> None:
    file, texts = str(BOOK / f"{name}.json"), Texts(lang)
    document = lifecycle(file, "--lang", lang).document
    done = lifecycle(file, "--format", "table", "--lang", lang)
    assert done.code == 0
    rows = rows_of(done.out)
    first, last = document["age"], document["years"][-1]["age"]
    assert {first, last} <= rows.keys()
    assert set(range(first, last, 5)) <= rows.keys()
    assert {event["age"] for event in document["events"]} <= rows.keys()
    years = {year["age"]: year for year in document["years"]}
    wealth = {end["age"]: end["percentiles"] for end in document["wealth"]}
    unit = 10_000 if lang == "zh" else 1_000
    for age, line in rows.items():
        year = years[age]
        share = texts.percent(year["growth_share"], places=0) if year["weights"] else "-"
        assert re.match(rf" +{age} {year['level']} +{re.escape(share)} ", line)
        bar = re.sub(r"[^█▓]", "", line)
        assert abs(len(bar) - BAR * year["growth_share"]) <= 0.5
        if age > first:
            for percent in ("5", "50", "95"):
                estimate = float(wealth[age][percent]["estimate"]) / unit
                assert f" {texts.decimal(estimate, places=1)} " in line.replace(" - ", "  ")
    plain = "".join(done.out.split())
    for finding in document["findings"]:
        assert "".join(finding["text"].split()) in plain
    assert texts.say(f"table_status.{document['life_expectancy']['status']}")[:9] in done.out
    assert texts.number(document["life_expectancy"]["age"]) in done.out


def test_the_range_of_funds_is_drawn_where_it_is_published_and_nowhere_else(lifecycle: Any) -> None:
    document = lifecycle(RENTER).document
    rows = rows_of(lifecycle(RENTER, "--format", "table", "--lang", "en").out)
    points = [point for fund in document["target_date_funds"] for point in fund["points"]]
    for age, line in rows.items():
        here = [point for point in points if point["age"] == age]
        marked = re.sub(r"[^▓░]", "", line)
        if not here:
            assert not marked
            continue
        low, high = min(p["low"] for p in here), max(p["high"] for p in here)
        assert abs(len(marked) - BAR * (high - low)) <= 1
        assert f"{round(100 * low)}%-{round(100 * high)}%" in line


def test_limits_have_the_same_numbers_in_the_table_and_below_it(lifecycle: Any) -> None:
    texts = Texts("en")
    document = lifecycle(RENTER).document
    printed = lifecycle(RENTER, "--format", "table", "--lang", "en").out
    numbers = {
        name.strip(): number
        for number, name in re.findall(r"^ (\d) ([A-Z][a-z ]+?) +\d", printed, flags=re.MULTILINE)
    }
    years = {year["age"]: year for year in document["years"]}
    for age, line in rows_of(printed).items():
        telling = set(years[age]["limits"]) - EVERYDAY_LIMITS
        expected = sorted(numbers[texts.say(f"limit.{limit}")] for limit in telling)
        assert f" {' '.join(expected)} " in line
    assert set(numbers) == {
        texts.say(f"limit.{limit}")
        for year in document["years"]
        for limit in set(year["limits"]) - EVERYDAY_LIMITS
    }
    assert texts.say("limit.suitability") not in printed


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_table_says_how_well_funded_needs_are_and_where_no_growth_is_bought(
    lifecycle: Any, lang: str
) -> None:
    file, texts = str(BOOK / "couple-saving-for-a-house.json"), Texts(lang)
    document = lifecycle(file, "--lang", lang).document
    printed = lifecycle(file, "--format", "table", "--lang", lang).out
    plain = "".join(printed.split())
    (no_growth,) = share_limits_words(document, texts)
    assert plain.count("".join(no_growth.split())) == 1
    for need in (document["retirement"], *document["goals"]):
        assert "".join(funding_words(need["funding_ratio"], texts).split()) in plain
    assert ("生命表（2010-2013）" in printed) == (lang == "zh")
    assert ("CL5 men" in printed) == (lang == "en")


def test_a_terminal_that_knows_only_ascii_gets_bars_it_can_show(lifecycle: Any) -> None:
    document = localized(lifecycle(RENTER, "--lang", "en").document, Texts("en"))
    out = StringIO()
    show_life_path(_AsciiConsole(file=out, width=140), document, Texts("en"))
    rows = rows_of(out.getvalue())
    assert rows
    assert all(not re.search("[█▓░]", line) for line in rows.values())
    assert "#" in rows[27]


class _AsciiConsole(Console):
    @property
    def encoding(self) -> str:
        return "ascii"


def test_the_drawing_holds_both_figures_and_its_own_style(lifecycle: Any, tmp_path: Path) -> None:
    file = tmp_path / "life.svg"
    done = lifecycle(RENTER, "--svg", str(file), "--lang", "en")
    assert done.code == 0
    text = file.read_text(encoding="utf-8")
    outer = ET.fromstring(text)  # noqa: S314 # our own drawing
    svg = "{http://www.w3.org/2000/svg}"
    figures = outer.findall(f"{svg}svg")
    assert [f.findtext(f"{svg}title") for f in figures] == [
        Texts("en").say("life_chart.glide"),
        Texts("en").say("life_chart.wealth"),
    ]
    assert "var(" not in text
    style = outer.findtext(f"{svg}style") or ""
    used = {name for e in outer.iter() for name in e.attrib.get("class", "").split()}
    styled = set(re.findall(r"\.([a-z-]+)", style))
    assert {name for name in used if name.startswith("life-")} - styled == set()
    # One below the other, within the file's own frame.
    *_, height = (float(part) for part in outer.attrib["viewBox"].split())
    edges = [(float(f.attrib["y"]), float(f.attrib["height"])) for f in figures]
    assert edges[0][0] + edges[0][1] < edges[1][0]
    assert edges[1][0] + edges[1][1] <= height


def test_a_what_if_stands_beside_the_plan_as_it_is(lifecycle: Any, tmp_path: Path) -> None:
    asked = ("--retire-at", "60", "--save-more", "1000", "--goal", "0:200000:2033-06-30")
    file = tmp_path / "what_if.svg"
    found = lifecycle(RENTER, *asked, "--svg", str(file)).document
    assert found["kind"] == "what_if"
    begins = {side: found[side]["retirement"]["begins"] for side in ("before", "after")}
    assert begins["after"] == "2059-05-14"  # her sixtieth birthday
    assert begins["before"] < begins["after"]
    assert found["after"]["goals"][0]["amount"] == "200000.00"
    assert found["after"]["goals"][0]["due"] == "2033-06-30"
    more = float(found["after"]["monthly_saving"]) - float(found["before"]["monthly_saving"])
    assert more == pytest.approx(1000)
    assert "life-before-line" in file.read_text(encoding="utf-8")
    printed = lifecycle(RENTER, *asked, "--format", "table", "--lang", "en").out
    days = [Texts("en").date(begins[side]) for side in ("before", "after")]
    assert re.search(rf"Retirement +{days[0]} +{days[1]}", printed)
    assert re.search(r"Saved a month now +CN¥3,200\.00 +CN¥4,200\.00", printed)
    for name, said in (("spending", "Spending a month in retirement"), ("pension", "Pension")):
        amounts = [Texts("en").money(found[side]["retirement"][name]) for side in begins]
        assert re.search(rf"{said} +{re.escape(amounts[0])} +{re.escape(amounts[1])}", printed)
    for side in ("before", "after"):
        share = Texts("en").percent(found[side]["retirement"]["lasts"]["estimate"], places=0)
        (line,) = [row for row in printed.splitlines() if "money lasts to 95" in row]
        assert f" {share} " in line or "above 98%" in line


def test_more_income_is_a_what_if_too(lifecycle: Any) -> None:
    found = lifecycle(RENTER, "--earn", "180000").document
    more = float(found["after"]["monthly_saving"]) - float(found["before"]["monthly_saving"])
    assert more == pytest.approx((180_000 - 132_000) / 12, abs=0.01)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (("--retire-at", "20"), "/facts/retirement_age"),
        (("--retire-at", "0"), "/retirement_age"),
        (("--save-more", "abc"), "/monthly_saving"),
        (("--save-more", "10000"), "2600.00"),
        (("--goal", "nonsense"), "--goal"),
        (("--goal", "²:1:"), "--goal"),
        (("--goal", "5:1000:"), "/goals/0/place"),
        (("--goal", "0::"), "/goals/0"),
        (("--goal", "0::2031-02-30"), "/goals/0/due"),
        (("--goal", "0::2020-01-01"), "/facts/goals/0/due"),
        (("--earn", "-5"), "/annual_income"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    lifecycle: Any, asked: tuple[str, ...], names: str, tmp_path: Path
) -> None:
    file = tmp_path / "none.svg"
    done = lifecycle(RENTER, *asked, "--svg", str(file))
    assert done.code == 2
    assert names in done.err
    assert not done.out
    assert not file.exists()


def test_a_file_that_cannot_be_read_is_named(lifecycle: Any, tmp_path: Path) -> None:
    file = tmp_path / "broken.json"
    file.write_text("{", encoding="utf-8")
    assert lifecycle(str(file)).code == 2
    missing = lifecycle(str(tmp_path / "none.json"))
    assert missing.code == 2
    assert "none.json" in missing.err


def test_words_of_a_client_are_no_markup(lifecycle: Any, tmp_path: Path) -> None:
    document = json.loads(Path(RENTER).read_text(encoding="utf-8"))
    document["facts"]["goals"][0]["name"] = "[bold]a[/bold] [/red]"
    file = tmp_path / "markup.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    done = lifecycle(str(file), "--format", "table")
    assert done.code == 0
    assert "[bold]a[/bold] [/red]" in done.out
    assert lifecycle(str(file), "--format", "table", "--earn", "150000").code == 0
