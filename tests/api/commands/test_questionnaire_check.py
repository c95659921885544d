"""`robo questionnaire check`: properties as a table and as JSON, warnings, and refusals."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.commands.group import main
from api.commands.sitting import LETTERS
from api.schemas.fields import Options
from risk_profiles.form_properties import analyze_form
from risk_profiles.questionnaire import MOST_OPTIONS, MOST_QUESTIONS
from risk_profiles.questionnaire_file import load_default_questionnaire

BANK = Path(__file__).parents[2] / "risk_profiles" / "fixtures" / "bank_sum.toml"


class Finished:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Finished:
        code = 0
        try:
            main(["questionnaire", "check", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


@pytest.mark.parametrize(
    ("lang", "range_of_scores", "verdict"),
    [
        ("en", "Scores run from 0 to 100; levels begin at 20, 38, 54, 68.", "Nothing to warn of."),
        ("zh", "得分从0到100，各等级的起点为20, 38, 54, 68。", "没有需要留意的地方。"),
    ],
)
def test_our_form_is_shown_with_its_range_levels_and_steps(
    check: Any, lang: str, range_of_scores: str, verdict: str
) -> None:
    done = check("--lang", lang)
    assert (done.code, done.err) == (0, "")
    assert range_of_scores in done.out
    assert verdict in done.out
    rows = {line.split()[0]: line.split() for line in done.out.splitlines() if line.strip()}
    form = load_default_questionnaire()
    # Points, levels and factor of a step, the calm factor, levels and factor of any change.
    assert rows["q11"][-6:] == ["5.769", "1", "1.4800", "1.2652", "2", "3.2732"]
    assert rows["q7"][-6:] == ["4.688", "1", "2.0043", "-", "4", "6.9433"]
    assert {question.id for question in form.questions} <= set(rows)


def test_json_says_what_the_analysis_found_with_a_sheet_for_each_claim(check: Any) -> None:
    done = check("--json", "--lang", "en")
    document, form = json.loads(done.out), load_default_questionnaire()
    found = analyze_form(form)
    assert done.code == 0
    assert document["questionnaire"] == {
        "version": form.version,
        "hash": form.content_hash,
        "scoring": "lower_of_traits",
        "edges": [20.0, 38.0, 54.0, 68.0],
    }
    assert document["is_monotone"] is True
    assert document["warnings"] == []
    for row, one in zip(document["questions"], found.questions, strict=True):
        assert row["question"] == one.question.id
        assert row["step"]["factor"] == one.step.largest_factor
        assert row["change"]["levels"] == one.change.most_levels
        assert (row["calm_step"] is None) == (one.question.cap_reason is not None)
    asked = {question.id for question in form.questions}
    for level in document["levels"]:
        assert set(level["example"]["answers"]) == asked


def test_a_form_with_warnings_can_be_used_and_says_them_with_an_example(check: Any) -> None:
    done = check(BANK, "--lang", "en")
    assert (done.code, done.err) == (0, "")
    assert "The points of all answers add up" in done.out
    assert "Scores run from -9 to 100" in done.out
    warned = done.out[done.out.index("! ") :].splitlines()
    assert warned[0] == (
        "! Question losses: going from a to b, its neighbour in points, can move the level by 4."
    )
    assert warned[1].startswith("  For example at age ")
    assert "losses=a" in warned[1]
    codes = [one["code"] for one in json.loads(check(BANK, "--json").out)["warnings"]]
    assert codes == ["form_check.long_step"] * 2


def test_a_file_that_cannot_be_used_lists_each_problem_by_question_and_option(
    check: Any, tmp_path: Path
) -> None:
    text = BANK.read_text(encoding="utf-8")
    bad = tmp_path / "bad.toml"
    bad.write_text(
        text.replace("lowest_class = true", "lowest_class = 1", 1).replace(
            "points = 15", "points = 15000"
        ),
        encoding="utf-8",
    )
    done = check(bad)
    assert (done.code, done.out) == (2, "")
    first, *problems = done.err.splitlines()
    assert "bad.toml" in first
    assert "invalid_questionnaire" in first
    assert len(problems) == 2
    assert problems[0].startswith("  /question/losses/options/a/lowest_class: must be true")
    assert problems[1].startswith("  /question/worry/options/e/points: must be a number")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b"[[", "is not TOML"),
        (b"odd = " + b"1" * 4301, "a number in it is too long"),
        (b"odd = 1e99999999999999999999", "a number in it is too long"),
        (b"odd = " + b"[" * 5000, "it is nested too deeply"),
        (b"odd = 0x" + b"f" * 5000, "/odd: is not a known field"),
        (b"a." * 5000 + b"a = 1", "/a: is not a known field"),
    ],
)
def test_a_file_that_is_no_text_or_no_toml_is_refused_by_name(
    check: Any, tmp_path: Path, content: bytes, said: str
) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_bytes(content)
    done = check(bad)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "bad.toml" in done.err


def test_a_byte_order_mark_does_no_harm(check: Any, tmp_path: Path) -> None:
    marked = tmp_path / "marked.toml"
    marked.write_text(BANK.read_text(encoding="utf-8"), encoding="utf-8-sig")
    done = check(marked, "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out)["questionnaire"]["version"] == "bank-sum-1"


def test_a_form_in_use_fits_a_sheet_that_is_sent_and_the_letters_of_a_terminal() -> None:
    assert Options().longest == MOST_QUESTIONS
    assert len(LETTERS) == MOST_OPTIONS


def test_a_file_that_is_not_there_is_refused(check: Any, tmp_path: Path) -> None:
    done = check(tmp_path / "none.toml")
    assert done.code == 2
    assert "does not exist" in done.err
