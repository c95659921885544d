"""The terminal: what each subcommand prints, and how it refuses bad input."""

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from api.commands.group import main
from api.sample_book import load_sample_book
from api.sample_data import load_sample_data
from api.settings import Settings
from api.texts import Texts

BOOK = Path(str(files("api.sample_book")))


class Finished:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def robo(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Any:
    monkeypatch.setenv("ROBO_DATABASE_URL", f"sqlite:///{tmp_path}/robo.sqlite")
    monkeypatch.setenv("ROBO_VENUE_URL", f"sqlite:///{tmp_path}/venue.sqlite")

    def run(*arguments: str) -> Finished:
        code = 0
        try:
            main(list(arguments))
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


def edited(tmp_path: Path, name: str, **changes: Any) -> Path:
    document = json.loads((BOOK / "young-renter.json").read_text(encoding="utf-8"))
    for pointer, value in changes.items():
        *path, last = pointer.split("__")
        place = document
        for step in path:
            place = place[int(step) if step.isdigit() else step]
        place[last] = value
    file = tmp_path / f"{name}.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", sorted(path.name for path in BOOK.glob("*.json")))
def test_a_proposal_adds_up_to_the_cent_and_is_the_same_every_time(robo: Any, name: str) -> None:
    first, second = robo("propose", str(BOOK / name)), robo("propose", str(BOOK / name))
    assert first.code == 0
    assert first.document["hash"] == second.document["hash"]
    found = first.document
    fen = {
        key: round(float(found[key]) * 100) for key in found if key.startswith(("cash", "total"))
    }
    sales = sum(
        round(float(o["amount"]) * 100) - round(float(o["fee"]) * 100)
        for o in found["orders"]
        if o["side"] == "sell"
    )
    assert fen["cash_after"] == fen["cash_before"] + sales - fen["total_purchases"]
    assert found["after"]["index"] >= found["before"]["index"] - 0.5


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("command", ["diagnose", "propose"])
def test_a_table_speaks_the_language_asked_for(robo: Any, command: str, lang: str) -> None:
    done = robo(command, str(BOOK / "equity-fan.json"), "--format", "table", "--lang", lang)
    assert done.code == 0
    assert ("流动性" in done.out) == (lang == "zh")
    assert ("Liquidity" in done.out) == (lang == "en")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"facts__birth_date": "2030-01-01"}, "/facts/birth_date"),
        ({"holdings__0__amount": "-5.00"}, "/holdings/0/amount"),
        ({"holdings__0__amount": 5.5}, "/holdings/0/amount"),
        ({"holdings__0__amount": "NaN"}, "/holdings/0/amount"),
        ({"holdings__0__product_id": "no-such-product"}, "/holdings/0/product_id"),
        ({"answers__q7": "z"}, "/answers/q7"),
        ({"answers__q99": "a"}, "/answers/q99"),
        ({"facts__income_kind": "lottery"}, "/facts/income_kind"),
        ({"extra": 1}, "/extra"),
    ],
)
def test_a_bad_field_is_named_with_its_value_and_a_remedy(
    robo: Any, tmp_path: Path, changes: dict[str, Any], pointer: str
) -> None:
    done = robo("diagnose", str(edited(tmp_path, "bad", **changes)))
    assert done.code == 2
    assert done.out == ""
    assert pointer in done.err
    assert "Remedy" in done.err
    assert "Traceback" not in done.err


def test_a_missing_answer_is_named(robo: Any, tmp_path: Path) -> None:
    document = json.loads((BOOK / "young-renter.json").read_text(encoding="utf-8"))
    del document["answers"]["q9"]
    file = tmp_path / "short.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    done = robo("propose", str(file))
    assert (done.code, "/answers/q9" in done.err) == (2, True)


@pytest.mark.parametrize(
    "text",
    [b"", b"[1", b'{"a": NaN}', b'{"a": 1, "a": 2}', b"\xff\xfe", b"[" * 100_000, b'{"a": 1e999}'],
)
def test_what_is_not_strict_json_is_refused_without_a_traceback(
    robo: Any, tmp_path: Path, text: bytes
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(text)
    done = robo("diagnose", str(file))
    assert (done.code, done.out) == (2, "")
    assert "invalid_json" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["diagnose", "no-such-file.json"],
        ["diagnose"],
        ["no-such-command"],
        ["backtest", "--profile", "C9"],
        ["scan", "--as-of", "yesterday"],
        ["replay", "no-such-advice"],
        ["user", "add", "x", "--role", "client"],
        ["serve", "--port", "99999999"],
    ],
)
def test_wrong_usage_ends_with_two_and_a_message(robo: Any, arguments: list[str]) -> None:
    done = robo(*arguments)
    assert done.code == 2
    assert done.err
    assert "Traceback" not in done.err


def test_a_setting_that_cannot_be_used_is_named(robo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROBO_VALIDITY_DAYS", "a year")
    done = robo("db", "upgrade")
    assert done.code == 2
    assert "ROBO_VALIDITY_DAYS" in done.err


def test_a_database_url_is_refused_by_the_name_of_its_variable(
    robo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBO_DATABASE_URL", "no url at all")
    done = robo("db", "upgrade")
    assert (done.code, done.out) == (2, "")
    assert "ROBO_DATABASE_URL" in done.err
    assert "'no url at all'" in done.err
    assert "Remedy: set it to sqlite:///" in done.err


@pytest.mark.parametrize("command", [["db", "upgrade"], ["scan"], ["user", "add", "Li"]])
def test_a_store_that_is_no_database_is_named_without_its_statements(
    robo: Any, tmp_path: Path, command: list[str]
) -> None:
    (tmp_path / "robo.sqlite").write_bytes(b"these are no tables " * 400)
    role = ["--role", "quant"] if command[0] == "user" else []
    done = robo(*command, *role)
    assert (done.code, done.out) == (1, "")
    assert done.err == "robo: the store cannot be used: DatabaseError (store_unusable)\n"


def test_prices_that_are_not_utf8_are_refused(robo: Any, tmp_path: Path) -> None:
    file = tmp_path / "prices.csv"
    file.write_bytes("date,黄金\n".encode("gbk"))
    done = robo("backtest", "--profile", "C3", "--prices", str(file))
    assert (done.code, done.out) == (2, "")
    assert "--prices: is not UTF-8 at byte 5" in done.err
    assert "Remedy: save the file as UTF-8" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["user", "add", "\udcff", "--role", "quant"],
        ["user", "add", "Li", "--role", "advisor", "--book", "\udcff"],
        ["diagnose", "\udcff.json"],
        ["replay", "\udcff"],
        ["\udcff"],
    ],
)
def test_an_argument_that_is_no_text_is_refused(robo: Any, arguments: list[str]) -> None:
    done = robo(*arguments)
    assert (done.code, done.out) == (2, "")
    assert "is not text" in done.err
    assert "udcff" in done.err
    assert "Remedy" in done.err


@pytest.mark.parametrize("name", ["", "x" * 81, "Li\x1b[2J", "\u202eLi"])
def test_a_users_name_must_be_readable(robo: Any, name: str) -> None:
    done = robo("user", "add", name, "--role", "quant")
    assert (done.code, done.out) == (2, "")
    assert "invalid_user" in done.err
    assert "Remedy" in done.err
    assert "\x1b" not in done.err


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
@pytest.mark.parametrize("output", ["json", "table"])
def test_a_terminal_that_cannot_show_chinese_gets_its_numbers(encoding: str, output: str) -> None:
    program = "from api.commands import main; main()"
    file = str(BOOK / "young-renter.json")
    done = subprocess.run(
        [sys.executable, "-c", program, "diagnose", file, "--format", output],
        env=os.environ | {"PYTHONIOENCODING": encoding},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u" in done.stdout
    if output == "json":
        assert "应急" in str(json.loads(done.stdout.decode("ascii")))


def test_a_book_scanned_twice_gets_each_reminder_once(robo: Any) -> None:
    from api.commands.options import clock_of, open_store
    from api.reference_data import load_reference_data

    settings = Settings.from_environment()
    store, reference = open_store(settings), load_reference_data()
    logins = load_sample_data(store, clock_of(settings, store), reference, settings)
    store.dispose()
    assert {login.role.value for login in logins} == {"client", "advisor", "quant"}
    first = robo("scan", "--as-of", "2027-06-01").document
    again = robo("scan", "--as-of", "2027-06-01").document
    assert first["clients"] == len(load_sample_book(reference.shelf))
    assert first["failed"] == 0
    assert first["created"] > 0
    assert again["created"] == 0
    assert [r["kinds"] for r in first["rows"]] == [r["kinds"] for r in again["rows"]]


def test_a_user_can_be_added_and_the_token_is_shown_once(robo: Any) -> None:
    done = robo("user", "add", "Quant Li", "--role", "quant")
    assert done.code == 0
    assert done.out.startswith("robo_")


def test_a_users_own_prices_can_be_backtested(robo: Any, tmp_path: Path) -> None:
    rows = ["date,money_fund,bond_fund,gold"]
    money = bond = gold = 100.0
    for month in range(60):
        money, bond = money * 1.001, bond * (1.004 if month % 3 else 0.998)
        gold *= 1.03 if month % 2 else 0.98
        rows.append(f"{2018 + month // 12}-{month % 12 + 1:02d}-28,{money},{bond},{gold}")
    file = tmp_path / "prices.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    done = robo("backtest", "--profile", "C3", "--prices", str(file))
    assert done.code == 0, done.err
    assert set(done.document["targets"]) == {"money_fund", "bond_fund", "gold"}
    file.write_text("\n".join([*rows, "2018-01-28,1,1,1"]), encoding="utf-8")
    refused = robo("backtest", "--profile", "C3", "--prices", str(file))
    assert refused.code == 2
    assert "2018-01-28" in refused.err


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_backtest_is_shown_as_a_table_with_its_window_and_notes(robo: Any, lang: str) -> None:
    done = robo("backtest", "--profile", "C3", "--format", "table", "--lang", lang)
    assert done.code == 0, done.err
    assert "2010-12-31" in done.out
    assert "annual_return 95 %" in done.out


def test_a_failure_of_ours_is_a_sentence_and_not_a_traceback(
    robo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_settings: Settings) -> None:
        raise RuntimeError("the disk is on fire")

    monkeypatch.setattr("api.commands.options.reference_data_of", fail)
    done = robo("diagnose", str(BOOK / "young-renter.json"))
    assert (done.code, done.out) == (1, "")
    assert "the disk is on fire (internal_error)" in done.err
    assert "Traceback" not in done.err


def test_the_demonstration_runs_the_whole_book_and_ends_well() -> None:
    program = "from api.commands import main; main(['demo', '--lang', 'en'])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "32 of 32 equal" in done.stdout
    assert done.stdout.count("Completed") >= 14


def test_the_best_lots_are_a_proposal_of_their_own_with_what_they_add(robo: Any) -> None:
    path = str(BOOK / "equity-fan.json")
    served, best = robo("propose", path).document, robo("propose", path, "--exact-lots").document
    assert "exact_lots" not in served
    assert best["exact_lots"]["gain_bp"] > 0.05
    assert len(best["orders"]) < len(served["orders"])
    assert 0 <= best["exact_lots"]["unproven_bp"] <= 0.01
    assert best["rounding_gap_bp"] < served["rounding_gap_bp"]
    assert best["orders"] != served["orders"]
    assert best["hash"] != served["hash"]
    assert best["target"] == served["target"]
    assert robo("propose", path, "--exact-lots").document == best


def test_exact_lots_that_add_nothing_still_say_so(robo: Any) -> None:
    path = str(BOOK / "widow-76.json")
    served, best = robo("propose", path).document, robo("propose", path, "--exact-lots").document
    assert best["orders"] == served["orders"]
    assert best["exact_lots"] == {"gain_bp": 0.0, "closer_bp": 0.0, "unproven_bp": 0.0}
    # What was asked for is an input, and the hash covers inputs.
    assert best["hash"] != served["hash"]
    table = robo("propose", path, "--exact-lots", "--format", "table", "--lang", "en")
    assert table.code == 0
    assert "0 basis points a year more than the usual plan" in " ".join(table.out.split())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_of_exact_lots_says_what_they_add_and_a_served_plan_says_nothing(
    robo: Any, language: str
) -> None:
    path = str(BOOK / "equity-fan.json")
    words = ("--format", "table", "--lang", language)
    gain = robo("propose", path, "--exact-lots").document["exact_lots"]["gain_bp"]
    table = robo("propose", path, "--exact-lots", *words).out
    said = Texts(language).say("terminal.exact_lots", gain=str(gain))
    assert "".join(said.split()) in "".join(table.split())
    served = "".join(robo("propose", path, *words).out.split())
    assert "".join(said.split())[:6] not in served
