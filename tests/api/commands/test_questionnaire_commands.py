"""`robo questionnaire`: evaluate, simulate, map-households, and how they refuse bad files."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.commands.group import main

HOUSEHOLDS = """\
YY1,WGT,AGE,OCCAT1,SAVED,LIQ,INCOME,PIRTOTAL,KIDS,KNOWL,YESFINRISK,NOFINRISK,FINLIT,EQUITY,FIN
1,4000,30,1,1,20000,60000,0.1,0,7,0,0,3,30000,60000
2,3000,70,3,0,1000,30000,0,0,5,0,1,1,0,2000
3,5000,45,2,1,90000,90000,0.3,2,9,1,0,3,500000,900000
4,4500,52,1,0,500,40000,0.4,3,6,0,1,2,0,0
"""


class Finished:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def robo(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Finished:
        code = 0
        try:
            main(["questionnaire", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


@pytest.fixture
def answers(robo: Any, tmp_path: Path) -> Path:
    file = tmp_path / "answers.csv"
    size = ("--respondents", "80", "--rounds", "2", "--seed", "5")
    assert robo("simulate", *size, "--loading", "0.7", "--out", file).code == 0
    return file


def test_simulated_answers_are_evaluated_as_table_json_and_page(
    robo: Any, answers: Path, tmp_path: Path
) -> None:
    written, page = tmp_path / "evidence.json", tmp_path / "evidence.html"
    done = robo(
        "evaluate", answers, "--draws", "100", "--json", written, "--html", page, "--lang", "en"
    )
    assert done.code == 0
    assert "80 people answered, 80 of them twice" in done.out
    assert "Alpha of the questions on tolerance" in done.out
    document = json.loads(written.read_text(encoding="utf-8"))
    assert (document["respondents"], document["retested"]) == (80, 80)
    assert document["bootstrap"] == {"seed": 20260301, "draws": 100}
    alpha = document["scales"][1]["alpha"]
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert f"{alpha['value']:.2f} ({alpha['low']:.2f} to {alpha['high']:.2f})" in done.out
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_json_may_go_to_the_terminal_and_is_the_same_every_time(robo: Any, answers: Path) -> None:
    first, second = (
        robo("evaluate", answers, "--draws", "100", "--seed", "4", "--json", "-") for _ in "ab"
    )
    assert json.loads(first.out) == json.loads(second.out)
    other = robo("evaluate", answers, "--draws", "100", "--seed", "5", "--json", "-")
    assert json.loads(other.out)["levels"] != json.loads(first.out)["levels"]


def test_the_same_seed_simulates_the_same_file(robo: Any, answers: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.csv"
    size = ("--respondents", "80", "--rounds", "2", "--seed", "5")
    robo("simulate", *size, "--loading", "0.7", "--out", again)
    assert again.read_text(encoding="utf-8") == answers.read_text(encoding="utf-8")


def test_households_are_mapped_and_evaluated_with_what_they_hold(robo: Any, tmp_path: Path) -> None:
    survey, out = tmp_path / "survey.csv", tmp_path / "households.csv"
    survey.write_text(HOUSEHOLDS, encoding="utf-8")
    assert robo("map-households", survey, "--out", out).code == 0
    done = robo("evaluate", out, "--draws", "100", "--json", "-", "--lang", "en")
    document = json.loads(done.out)
    assert (document["respondents"], document["is_weighted"]) == (4, True)
    assert document["validity"]["respondents"] == 3
    assert "q7" in document["scales"][0]["alpha"]["absent"]["text"]


def test_a_bad_cell_is_refused_with_row_column_and_remedy_and_nothing_is_written(
    robo: Any, answers: Path, tmp_path: Path
) -> None:
    lines = answers.read_text(encoding="utf-8").splitlines()
    cells = lines[2].split(",")
    cells[2] = "4O"
    answers.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]), encoding="utf-8")
    page = tmp_path / "evidence.html"
    done = robo("evaluate", answers, "--html", page)
    assert done.code == 2
    assert "/rows/2/age" in done.err
    assert "'4O'" in done.err
    assert "Remedy: write completed years" in done.err
    assert not page.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--loading", "1"), "loading"),
        (("--respondents", "1"), "respondents"),
        (("--rounds", "3"), "rounds"),
    ],
)
def test_a_simulation_out_of_range_is_refused_by_name(
    robo: Any, tmp_path: Path, arguments: tuple[str, str], said: str
) -> None:
    out = tmp_path / "answers.csv"
    done = robo("simulate", *arguments, "--out", out)
    assert done.code == 2
    assert said in done.err
    assert not out.exists()


def test_a_file_that_is_no_text_or_is_not_there_is_refused(robo: Any, tmp_path: Path) -> None:
    file = tmp_path / "answers.csv"
    file.write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in robo("evaluate", file).err
    assert robo("evaluate", tmp_path / "absent.csv").code == 2


def test_another_form_is_read_from_its_file(robo: Any, answers: Path, tmp_path: Path) -> None:
    broken = tmp_path / "form.toml"
    broken.write_text("version = 1\n", encoding="utf-8")
    done = robo("evaluate", answers, "--form", broken)
    assert done.code == 2
    assert "form.toml" in done.err
