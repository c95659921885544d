"""`robo market build`: the file it writes, what it says, and what it refuses to do."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from allocator.market.assumptions import load_default_table, parse_table
from allocator.product_classes import CLASSES, ProductClass
from api.commands.group import main

VIEWS = """\
committee = "Investment committee"
met = 2023-11-20

[[view]]
weights = { gold = 1.0 }
net_return = 0.02
confidence = 0.4
reason = "no yield"
"""


class Finished:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def build(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Finished:
        code = 0
        try:
            main(["market", "build", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


def price_text(header: str, *, count: int = 61) -> str:
    """Return monthly prices of shares and gold."""
    steps = np.random.default_rng(4).normal(size=(count, 2)) * [0.06, 0.04]
    levels = np.exp(np.cumsum(steps, axis=0))
    days = [date(2018 + t // 12, t % 12 + 1, 28) for t in range(count)]
    rows = [f"{day},{a:.6f},{b:.6f}" for day, (a, b) in zip(days, levels, strict=True)]
    return "\n".join([header, *rows, ""])


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    file = tmp_path / "prices.csv"
    file.write_text(price_text("date,a_share_equity_fund,gold"), encoding="utf-8")
    return file


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model.toml"


def test_the_file_written_is_a_model_whose_hash_is_told(
    build: Any, prices: Path, out: Path
) -> None:
    done = build("--prices", prices, "--out", out, "--lang", "en")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    table = parse_table(out.read_text(encoding="utf-8"))
    assert document["content_hash"] == table.content_hash
    assert document["file"] == str(out)
    assert document["version"] == table.version == "cn-2026.11+prices.2023-01-28"
    assert document["as_of"] == "2023-01-28"
    assert list(document["expected_returns"]) == [c.value for c in CLASSES]
    model = table.model()
    gold = model.index(ProductClass.GOLD)
    assert document["expected_returns"]["gold"] == round(float(model.net_returns[gold]), 6)
    assert document["volatilities"]["gold"] == round(float(model.volatilities[gold]), 6)
    notes = {note["code"]: note["text"] for note in document["notes"]}
    assert "50.0 years of data beside 5.0 years of prices" in notes["model.prior_weight"]
    assert "they weigh 90.91%, the prices 9.09%" in notes["model.prior_weight"]
    assert (
        "28 January 2018 to 28 January 2023: 60 periods; product classes: 2."
        in notes["model.window"]
    )
    texts = [note["text"] for note in document["notes"]]
    assert "Annuity: no prices, so our own assumptions stand." in texts


@pytest.mark.parametrize(("lang", "told"), [("zh", "沿用原有假设"), ("en", "Balanced fund")])
def test_a_table_is_printed_in_either_language(
    build: Any, prices: Path, out: Path, lang: str, told: str
) -> None:
    done = build("--prices", prices, "--out", out, "--format", "table", "--lang", lang)
    assert done.code == 0
    assert told in done.out
    assert parse_table(out.read_text(encoding="utf-8")).content_hash[:12] in done.out


def test_years_of_prior_and_views_change_the_model_and_are_recorded(
    build: Any, prices: Path, out: Path, tmp_path: Path
) -> None:
    views = tmp_path / "views.toml"
    views.write_text(VIEWS, encoding="utf-8")
    done = build("--prices", prices, "--out", out, "--years-of-prior", "5", "--views", views)
    assert done.code == 0
    table = parse_table(out.read_text(encoding="utf-8"))
    origin = table.provenance
    assert origin is not None
    assert origin.prior_years == 5
    assert origin.prior_weight == pytest.approx(0.5, abs=1e-15)
    assert origin.committee is not None
    assert [v.reason for v in origin.committee.views] == ["no yield"]
    # Prior and prices weigh the same, then the view moves gold by its confidence.
    before = next(r for r in load_default_table().classes if r.product_class is ProductClass.GOLD)
    mixed = (before.net_return + origin.series[1].mean) / 2
    model = table.model()
    found = model.net_returns[model.index(ProductClass.GOLD)]
    assert found == pytest.approx(mixed + 0.4 * (0.02 - mixed), abs=1e-11)


def test_columns_of_any_name_are_mapped_to_classes(build: Any, prices: Path, out: Path) -> None:
    prices.write_text(price_text("date,CSI 300,XAU=CNY"), encoding="utf-8")
    asked = ("--column", "XAU=CNY=gold", "--column", "CSI 300=a_share_equity_fund")
    assert build("--prices", prices, *asked, "--out", out).code == 0
    origin = parse_table(out.read_text(encoding="utf-8")).provenance
    assert origin is not None
    assert [(s.column, s.product_class.value) for s in origin.series] == [
        ("CSI 300", "a_share_equity_fund"),
        ("XAU=CNY", "gold"),
    ]


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (["gold=silver"], "--column: names no product class (got 'gold=silver')"),
        (
            ["gold"],
            "--column: names no column, or one twice (got 'gold'). Remedy: write NAME=CLASS",
        ),
        (["=gold"], "--column: names no column, or one twice"),
        (["gold=gold", "gold=bond_fund"], "--column: names no column, or one twice"),
        (["silver=gold"], "/silver: is no column of the file"),
    ],
)
def test_columns_that_cannot_be_told_apart_are_refused(
    build: Any, prices: Path, out: Path, columns: list[str], told: str
) -> None:
    asked = [part for column in columns for part in ("--column", column)]
    done = build("--prices", prices, *asked, "--out", out)
    assert done.code == 2
    assert told in done.err
    assert not out.exists()


def test_a_file_that_is_there_is_replaced_only_when_asked(
    build: Any, prices: Path, out: Path
) -> None:
    out.write_text("mine", encoding="utf-8")
    done = build("--prices", prices, "--out", out)
    assert done.code == 2
    assert "nothing was written (file_exists)" in done.err
    assert "--overwrite" in done.err
    assert out.read_text(encoding="utf-8") == "mine"
    assert build("--prices", prices, "--out", out, "--overwrite").code == 0
    assert parse_table(out.read_text(encoding="utf-8")).provenance is not None


def test_a_model_that_cannot_be_built_leaves_what_was_there(
    build: Any, prices: Path, out: Path
) -> None:
    out.write_text("mine", encoding="utf-8")
    text = price_text("date,a_share_equity_fund,gold").replace("2020-03-28,", "2020-03-28,-")
    prices.write_text(text, encoding="utf-8")
    done = build("--prices", prices, "--out", out, "--overwrite")
    assert done.code == 2
    assert "/a_share_equity_fund/2020-03-28: is not a positive price" in done.err
    assert out.read_text(encoding="utf-8") == "mine"


def test_bad_views_prices_and_years_are_refused_by_name(
    build: Any, prices: Path, out: Path, tmp_path: Path
) -> None:
    views = tmp_path / "views.toml"
    views.write_text(VIEWS.replace("0.4", "0.8"), encoding="utf-8")
    bold = build("--prices", prices, "--out", out, "--views", views)
    assert (bold.code, "/view/0/confidence: must lie above 0 and at most at 0.5" in bold.err) == (
        2,
        True,
    )
    raised = ("--highest-confidence", "0.8")
    assert build("--prices", prices, "--out", out, "--views", views, *raised).code == 0
    out.unlink()
    assert build("--prices", prices, "--out", out, "--years-of-prior", "0").code == 2
    views.write_bytes(b"\xff")
    unreadable = build("--prices", prices, "--out", out, "--views", views)
    assert unreadable.code == 2
    assert "views.toml: is not UTF-8 at byte 0" in unreadable.err
    prices.write_text(price_text("date,a_share_equity_fund,gold", count=24), encoding="utf-8")
    short = build("--prices", prices, "--out", out)
    assert (short.code, "send at least 25 common prices" in short.err) == (2, True)
    prices.write_text(price_text("date,a_share_equity_fund,gold", count=12 * 60), encoding="utf-8")
    unborn = build("--prices", prices, "--out", out)
    assert (unborn.code, "/lines/721/date: lies after today" in unborn.err) == (2, True)
    missing = build("--prices", prices, "--out", tmp_path / "none" / "model.toml")
    assert missing.code == 2
    assert not out.exists()


def test_days_of_a_month_are_refused_by_their_span(build: Any, prices: Path, out: Path) -> None:
    days = [date(2024, 3, 1) + timedelta(days=t) for t in range(45)]
    rows = [f"{day},{1 + t % 3 / 100}" for t, day in enumerate(days)]
    prices.write_text("\n".join(["date,Au9999", *rows]), encoding="utf-8")
    done = build("--prices", prices, "--column", "Au9999=gold", "--out", out)
    assert done.code == 2
    assert (
        "/date: the file holds 45 common prices over 44 days, 2024-03-01 to 2024-04-14. Remedy: "
        "send at least 25 common prices that span 90 days or more" in done.err
    )
    assert not out.exists()


def test_yearly_prices_are_not_promised_to_be_enough(build: Any, prices: Path, out: Path) -> None:
    rows = [f"{year}-12-31,{1 + year % 3}" for year in range(2015, 2020)]
    prices.write_text("\n".join(["date,gold", *rows]), encoding="utf-8")
    done = build("--prices", prices, "--out", out)
    assert done.code == 2
    assert "/date: the file holds 5 common prices over 4.0 years" in done.err
    assert "yearly" not in done.err


def test_a_committee_of_a_day_to_come_is_refused(
    build: Any, prices: Path, out: Path, tmp_path: Path
) -> None:
    views = tmp_path / "views.toml"
    views.write_text(VIEWS.replace("2023-11-20", "2999-01-01"), encoding="utf-8")
    done = build("--prices", prices, "--out", out, "--views", views)
    assert done.code == 2
    assert "/met: lies after today" in done.err
    assert not out.exists()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_prices_that_look_wrong_are_named_in_either_language(
    build: Any, prices: Path, out: Path, lang: str
) -> None:
    lines = price_text("date,a_share_equity_fund,gold").splitlines()
    frozen = [
        f"{line.rsplit(',', 1)[0]},1.5" if 10 < t < 40 else line for t, line in enumerate(lines)
    ]
    prices.write_text("\n".join(frozen), encoding="utf-8")
    done = build("--prices", prices, "--out", out, "--lang", lang)
    assert done.code == 0, done.err
    note = next(n for n in json.loads(done.out)["notes"] if n["code"] == "model.prices_stand_still")
    assert note["severity"] == "warning"
    assert "gold" in note["text"]
    assert ("2018年11月28日" if lang == "zh" else "28 November 2018") in note["text"]
