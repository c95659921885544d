"""Refusals in words: the same sentence on a page, in a problem document and in the terminal."""

import json
from pathlib import Path

import pytest

from api.commands.group import main
from api.error_words import SAID_CODES, error_words
from api.reference_data import load_reference_data
from api.sample_book import load_sample_book
from api.schemas.client_file import dump_client_file
from api.texts import Language, Texts

OFTEN_SEEN = [
    "no_wealth",
    "not_assessed",
    "bundle_open",
    "changed",
    "busy",
    "infeasible_mandate",
    "solver_failed",
    "calendar_ended",
    "forbidden",
    "not_found",
]


@pytest.mark.parametrize("language", Language)
def test_what_people_see_often_has_a_sentence_in_both_languages(language: str) -> None:
    texts = Texts(language)
    assert set(OFTEN_SEEN) <= SAID_CODES
    for code in SAID_CODES:
        said = error_words(code, texts)
        assert said
        has_chinese = any("\u4e00" <= letter <= "\u9fff" for letter in said)
        assert has_chinese == (language == Language.ZH), code


def test_a_code_without_a_sentence_says_nothing() -> None:
    assert error_words("idempotency_mismatch", Texts("zh")) is None


@pytest.fixture
def nothing(tmp_path: Path) -> Path:
    """A client file of somebody who holds nothing."""
    record = load_sample_book(load_reference_data().shelf)[0]
    document = json.loads(json.dumps(dump_client_file(record)))
    document["holdings"] = []
    path = tmp_path / "nothing.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize("arguments", [["--lang", "zh"], ["--lang=zh"], [], ["--lang", "en"]])
def test_the_terminal_refuses_in_the_language_of_its_tables(
    nothing: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(["propose", str(nothing), *arguments])
    assert left.value.code == 2
    said = error_words("no_wealth", Texts("en" if "en" in arguments else "zh"))
    first, detail, *_ = capsys.readouterr().err.splitlines()
    assert first == f"robo: {said} (no_wealth)"
    assert detail == "  there is nothing to allocate"


def test_a_command_without_a_language_keeps_to_its_detail(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBO_DATABASE_URL", f"sqlite:///{tmp_path / 'robo.sqlite'}")
    monkeypatch.setenv("ROBO_VENUE_URL", f"sqlite:///{tmp_path / 'venue.sqlite'}")
    with pytest.raises(SystemExit):
        main(["replay", "no-such-advice"])
    first = capsys.readouterr().err.splitlines()[0]
    assert first.startswith("robo: ")
    assert first.isascii()
