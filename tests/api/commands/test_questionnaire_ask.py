"""`robo questionnaire ask`: forward, back, leaving, going on, asked again, and broken off."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.commands.group import main, robo
from api.reference_data import load_reference_data
from api.texts import Texts
from risk_profiles.profile import make_profile
from risk_profiles.questionnaire_file import parse_questionnaire

REFERENCE = load_reference_data()
FORM = REFERENCE.questionnaire
BANK_FORM = Path(__file__).parents[2] / "risk_profiles" / "fixtures" / "bank_sum.toml"
BORN = ("--birth-date", "1985-06-30")
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
# A calm sheet in which nothing contradicts; letters are the ids of the options.
CALM = {
    "q2": "d", "q3": "c", "q4": "d", "q5": "b", "q6": "b", "q7": "d", "q8": "b", "q9": "c",
    "q10": "c", "q11": "c", "q12": "c", "q13": "b", "q14": "c", "q15": "d", "q16": "b",
    "q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c", "q19": "b", "q20": "c",
}  # fmt: skip


class TickingClock:
    """A clock that moves on by some seconds whenever it is read."""

    def __init__(self, seconds: float) -> None:
        self._now, self._step = NOW, timedelta(seconds=seconds)

    def now(self) -> datetime:
        self._now += self._step
        return self._now


@pytest.fixture
def ask(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*arguments: str | Path, keys: Sequence[str], seconds: float = 60.0) -> Result:
        monkeypatch.setattr(
            "api.commands.questionnaire_ask.SystemClock", lambda: TickingClock(seconds)
        )
        typed = "".join(f"{key}\n" for key in keys)
        return CliRunner().invoke(robo, ["questionnaire", "ask", *map(str, arguments)], input=typed)

    return run


def keys(answers: Mapping[str, str]) -> list[str]:
    return [answers[question.id] for question in FORM.questions]


def level_shown(result: Result) -> str:
    """Return the level in the line that starts the result."""
    (line,) = [one for one in result.output.splitlines() if one.startswith("Your risk profile")]
    return line.split()[3]


def saved(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_whole_sheet_leads_to_its_profile(ask: Any) -> None:
    done = ask(*BORN, "--lang", "en", keys=[*keys(CALM), ""])
    assert done.exit_code == 0, done.output
    assert level_shown(done) == make_profile(FORM, CALM, age=41).level
    assert f"1 / {len(FORM.questions)}" in done.output
    assert f"{len(FORM.questions)} / {len(FORM.questions)}" in done.output
    assert "What would change the level" in done.output
    assert "An advisor takes a look" not in done.output


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_question_and_option_is_shown_in_the_language_asked_for(ask: Any, lang: str) -> None:
    done = ask(*BORN, "--lang", lang, keys=[*keys(CALM), ""])
    shown = "".join(done.output.split())
    for question in FORM.questions:
        assert "".join(question.text[lang].split()) in shown
        for option in question.options:
            assert "".join(option.text[lang].split()) in shown
    assert ("上一题" in shown) == (lang == "zh")
    assert ("0back" in shown) == (lang == "en")


def test_going_back_keeps_every_answer_and_enter_keeps_the_one_before(
    ask: Any, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.json"
    first = [CALM[q.id] for q in FORM.questions[:4]]
    # Back from the fifth question to the third, which changes; the fourth stays by Enter.
    done = ask(*BORN, "--save", file, keys=[*first, "0", "0", "e", "", "q"])
    assert done.exit_code == 0
    places = [line.split()[0] for line in done.output.splitlines() if " / 21 " in line]
    assert places == ["1", "2", "3", "4", "5", "4", "3", "4", "5"]
    answered = saved(file)["answers"]
    assert answered == {"q2": "d", "q3": "c", "q4": "e", "q5": "b"}
    assert "✓" in done.output


def test_back_from_the_end_reaches_the_last_question_and_the_first_has_none_before(
    ask: Any,
) -> None:
    done = ask(*BORN, "--lang", "en", keys=["0", *keys(CALM), "0", "a", "?", ""])
    assert done.exit_code == 0
    assert done.output.count("This is the first question.") == 1
    assert done.output.count(f"{len(FORM.questions)} / {len(FORM.questions)}") == 2
    assert "What the money is for: to keep it safe and at hand." in done.output
    assert "Press Enter for the result" in done.output


@pytest.mark.parametrize("wrong", ["", "f", "1", "ab", "选", "-"])
def test_what_is_no_letter_of_an_option_is_asked_for_again(ask: Any, wrong: str) -> None:
    done = ask(*BORN, "--lang", "en", keys=[wrong, *keys(CALM), ""])
    assert done.exit_code == 0
    assert done.output.count("Please type one of the letters a-e.") == 1
    assert level_shown(done) == make_profile(FORM, CALM, age=41).level


def test_capital_and_wide_letters_count_as_plain_ones(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    ask(*BORN, "--save", file, keys=[" D ", "ｃ", "Ｑ"])
    assert saved(file)["answers"] == {"q2": "d", "q3": "c"}


def test_the_same_command_goes_on_where_it_stopped(ask: Any, tmp_path: Path) -> None:
    file, answers = tmp_path / "sheet.json", keys(CALM)
    left = ask(*BORN, "--save", file, "--lang", "en", keys=[*answers[:7], "q"])
    assert left.exit_code == 0
    assert str(file) in left.output.replace("\n", "")
    assert "Your risk profile" not in left.output
    again = ask("--save", file, "--lang", "en", keys=[*answers[7:], ""])
    assert again.exit_code == 0
    count = len(FORM.questions)
    assert f"7 of {count} answered" in again.output
    assert f"\n7 / {count}" not in again.output
    assert f"\n8 / {count}" in again.output
    assert level_shown(again) == make_profile(FORM, CALM, age=41).level
    # The age comes from the kept date of birth, and a finished sheet shows its result at once.
    once_more = ask("--save", file, "--lang", "en", keys=[""])
    assert level_shown(once_more) == level_shown(again)


def test_the_saved_file_can_be_read_by_its_owner_alone(ask: Any, tmp_path: Path) -> None:
    file = tmp_path / "sheet.json"
    ask(*BORN, "--save", file, keys=["d", "q"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["sheet.json"]


def test_leaving_without_a_file_says_that_nothing_was_kept(ask: Any) -> None:
    done = ask(*BORN, "--lang", "en", keys=["d", "q"])
    assert (done.exit_code, "nothing was kept" in done.output) == (0, True)


# Almost no loss, the boldest portfolio, and a wish that even the lowest level can reach.
K1 = CALM | {"q9": "a", "q11": "e", "q12": "d", "q19": "a"}


@pytest.mark.parametrize(
    ("lang", "wording"), [("zh", "几乎不能接受亏损，但"), ("en", "almost no loss, yet")]
)
def test_a_contradiction_is_asked_again_once_with_its_own_wording(
    ask: Any, lang: str, wording: str
) -> None:
    done = ask(*BORN, "--lang", lang, keys=[*keys(K1), "", "b"])
    assert done.exit_code == 0, done.output
    assert "".join(done.output.split()).count("".join(wording.split())) == 1
    # The second answer counts, and nothing is left to be read cautiously.
    assert make_profile(FORM, K1 | {"q11": "b"}, age=41).needs_review is False
    assert (" ! " in done.output) is False


def test_what_contradicts_even_so_is_read_cautiously_and_not_asked_a_third_time(ask: Any) -> None:
    done = ask(*BORN, "--lang", "en", keys=[*keys(K1), "", "e"])
    assert done.exit_code == 0
    assert done.output.count("You said you could accept almost no loss") == 1
    assert " ! You accept almost no fall" in done.output


def test_a_wish_out_of_reach_is_asked_again_with_what_the_level_can_reach(ask: Any) -> None:
    wish = CALM | {"q19": "e"}
    done = ask(*BORN, "--lang", "en", keys=[*keys(wish), "", "b"])
    reachable = REFERENCE.reachable_returns[make_profile(FORM, wish, age=41).level]
    assert f"at most {Texts('en').percent(reachable)} a year" in " ".join(done.output.split())
    assert " ! " not in done.output


def test_an_answer_given_when_asked_again_is_kept_until_the_sheet_changes(
    ask: Any, tmp_path: Path
) -> None:
    file = tmp_path / "sheet.json"
    ask(*BORN, "--save", file, keys=[*keys(K1), "", "b"])
    assert saved(file)["follow_up"] == {"q11": "b"}
    again = ask("--save", file, "--lang", "en", keys=[""])
    assert "You said you could accept almost no loss" not in again.output
    # Back to the last question and another purpose: the question is open again.
    changed = ask("--save", file, "--lang", "en", keys=["0", "a", "", "q"])
    assert "You said you could accept almost no loss" in changed.output
    assert saved(file)["follow_up"] == {}


def test_going_back_from_a_question_asked_again_returns_to_the_form(ask: Any) -> None:
    done = ask(*BORN, "--lang", "en", keys=[*keys(K1), "", "0", "a", "", "b"])
    assert done.exit_code == 0
    assert "What the money is for: to keep it safe and at hand." in done.output


def test_the_sitting_is_timed_by_the_clock_it_is_given(ask: Any) -> None:
    quick = ask(*BORN, "--lang", "en", keys=[*keys(CALM), ""], seconds=1.0)
    assert "The questions were answered within" in quick.output
    calm = ask(*BORN, "--lang", "en", keys=[*keys(CALM), ""], seconds=60.0)
    assert "The questions were answered within" not in calm.output


def test_the_date_of_birth_is_asked_for_until_it_can_be_one(ask: Any) -> None:
    born = ["30.6.1985", "1985-02-30", "2020-01-01", "1850-01-01", "1985-06-30"]
    done = ask("--lang", "en", keys=[*born, *keys(CALM), ""])
    assert done.exit_code == 0
    assert done.output.count("Please give year, month and day") == 4
    assert level_shown(done) == make_profile(FORM, CALM, age=41).level


def test_leaving_before_the_first_question_writes_no_file(ask: Any, tmp_path: Path) -> None:
    done = ask("--save", tmp_path / "sheet.json", keys=["q"])
    assert (done.exit_code, [*tmp_path.iterdir()]) == (0, [])


def test_age_enters_the_profile(ask: Any) -> None:
    bold = CALM | dict.fromkeys(("q7", "q9", "q10", "q11", "q12", "q14", "q15"), "e")
    old = ask("--birth-date", "1945-06-30", "--lang", "en", keys=[*keys(bold), ""])
    assert level_shown(old) == "C2"
    assert "at the age of 81" in old.output


@pytest.mark.parametrize("kept", [0, 3, 21])
def test_input_that_ends_early_is_said_and_keeps_what_was_answered(
    ask: Any, tmp_path: Path, kept: int
) -> None:
    file = tmp_path / "sheet.json"
    done = ask(*BORN, "--save", file, "--lang", "en", keys=keys(CALM)[:kept])
    assert done.exit_code == 1
    assert "The questions ended before all were answered" in done.stderr
    assert str(file) in done.stderr
    assert "Traceback" not in done.output
    assert len(saved(file)["answers"]) == kept


def test_input_that_ends_before_the_date_of_birth_keeps_nothing(ask: Any, tmp_path: Path) -> None:
    done = ask("--save", tmp_path / "sheet.json", "--lang", "en", keys=[])
    assert done.exit_code == 1
    assert "nothing was kept" in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_a_process_broken_off_ends_with_one_and_a_sentence(
    tmp_path: Path, is_interrupted: bool
) -> None:
    # A process started in the background inherits that interrupts are ignored.
    listen = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{listen}; from api.commands import main; main()"
    file = tmp_path / "sheet.json"
    arguments = ["questionnaire", "ask", *BORN, "--save", str(file), "--lang", "en"]
    with subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("d\n")
        process.stdin.flush()
        for _ in range(600):
            if file.exists() and saved(file)["answers"]:
                break
            time.sleep(0.05)
        if is_interrupted:
            process.send_signal(signal.SIGINT)
        else:
            process.stdin.close()
        said = process.stderr.read()
        assert process.wait(timeout=60) == 1
    assert "The questions ended before all were answered" in said
    assert "Traceback" not in said
    assert saved(file)["answers"] == {"q2": "d"}


def test_a_form_of_ones_own_is_asked(ask: Any) -> None:
    form = parse_questionnaire(BANK_FORM.read_text(encoding="utf-8"))
    last = [question.options[-1].id for question in form.questions]
    letters = ["abcdefgh"[len(question.options) - 1] for question in form.questions]
    done = ask("--form", BANK_FORM, *BORN, "--lang", "en", keys=[*letters, ""])
    assert done.exit_code == 0, done.output
    answers = dict(zip((question.id for question in form.questions), last, strict=True))
    profile = make_profile(form, answers, age=41)
    assert level_shown(done) == profile.level
    assert f"Points in total  {profile.points:>5.1f}" in done.output


class Refused:
    """How a command refused."""

    def __init__(self, code: int, err: str) -> None:
        self.code, self.err = code, err


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Refused:
        with pytest.raises(SystemExit) as end:
            main(["questionnaire", "ask", *map(str, arguments)])
        return Refused(int(end.value.code or 0), capsys.readouterr().err)

    return run


@pytest.mark.parametrize("day", ["2020-01-01", "2090-01-01", "1850-01-01"])
def test_an_age_nobody_is_asked_at_is_refused(refused: Any, tmp_path: Path, day: str) -> None:
    done = refused("--birth-date", day, "--save", tmp_path / "sheet.json")
    assert done.code == 2
    assert "--birth-date: does not mean an age from 18 to 110" in done.err
    assert [*tmp_path.iterdir()] == []


def test_a_day_that_is_no_day_is_refused(refused: Any) -> None:
    done = refused("--birth-date", "1985-02-30")
    assert (done.code, "1985-02-30" in done.err) == (2, True)


def test_a_form_that_cannot_be_used_is_named(refused: Any, tmp_path: Path) -> None:
    form = tmp_path / "form.toml"
    form.write_text("version = 3", encoding="utf-8")
    done = refused("--form", form, *BORN)
    assert done.code == 2
    assert "form.toml" in done.err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"answers": {"q2": "z"}}, "/answers/q2: is not an option"),
        ({"answers": {"q99": "a"}}, "/answers/q99: is not a question"),
        ({"follow_up": {"q11": "z"}}, "/follow_up/q11: is not an option"),
        ({"follow_up": {"q99": "a"}}, "/follow_up/q99: is not a question"),
        ({"birth_date": "soon"}, "/birth_date: is not a date"),
        ({"started_at": "2026-11-20T02:00:00"}, "/started_at: is not an instant"),
        ({"started_at": 7}, "/started_at: is not an instant"),
        ({"format": "robo-sheet/9"}, "/format: is not one of the allowed values"),
        ({"extra": 1}, "/extra: is not a field"),
        ({"questionnaire_hash": "0" * 64}, "/questionnaire_hash: is not that of version"),
    ],
)
def test_a_saved_file_that_cannot_be_used_is_refused_and_left_as_it_is(
    ask: Any, refused: Any, tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    file = tmp_path / "sheet.json"
    ask(*BORN, "--save", file, keys=["d", "q"])
    text = json.dumps(saved(file) | changes)
    file.write_text(text, encoding="utf-8")
    done = refused("--save", file)
    assert done.code == 2
    assert said in done.err
    assert "Remedy" in done.err
    assert file.read_text(encoding="utf-8") == text


def test_any_other_file_is_never_written_over(refused: Any, tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text("Dear Li,", encoding="utf-8")
    done = refused("--save", file, *BORN)
    assert (done.code, "invalid_json" in done.err) == (2, True)
    assert file.read_text(encoding="utf-8") == "Dear Li,"


def test_a_place_that_cannot_be_written_is_refused_before_the_first_question(
    refused: Any, tmp_path: Path
) -> None:
    done = refused("--save", tmp_path / "nowhere" / "sheet.json", *BORN)
    assert (done.code, "(file_error)" in done.err) == (2, True)
