"""`robo profile`: a client file in, its profile out, as JSON and as a table in both languages."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from api.commands.group import main
from api.texts import Texts
from risk_profiles.questionnaire_file import parse_questionnaire

BOOK = Path(str(files("api.sample_book")))
FORM = Path(__file__).parents[2] / "risk_profiles" / "fixtures" / "bank_sum.toml"
CONTRADICTORY = {"q4": "a", "q7": "a", "q8": "e", "q9": "a", "q11": "e", "q19": "e"}


class Finished:
    """What a command printed and how it ended."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def profile(capsys: pytest.CaptureFixture[str]) -> Any:
    def run(*arguments: str | Path) -> Finished:
        code = 0
        try:
            main(["profile", *map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = capsys.readouterr()
        return Finished(code, printed.out, printed.err)

    return run


def edited(tmp_path: Path, name: str, answers: dict[str, str] | None, **facts: str) -> Path:
    """Return a client file of the book with other answers and facts; None takes answers away."""
    document = json.loads((BOOK / f"{name}.json").read_text(encoding="utf-8"))
    document["facts"] |= facts
    if answers is None:
        del document["answers"]
    else:
        document["answers"] |= answers
    file = tmp_path / "client.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_the_profile_is_that_of_the_file_on_its_own_date(profile: Any) -> None:
    found = profile(BOOK / "young-renter.json", "--lang", "en").document
    assert (found["client_id"], found["level"]) == ("young-renter", "C4")
    assert found["level_name"] == "C4 growth"
    assert found["level_meaning"].endswith("products up to R4.")
    assert (found["assessed_on"], found["valid_until"]) == ("2026-11-20", "2027-11-20")
    # Five years are the lower end of the stated horizon.
    assert found["longest_lock_up_days"] == 1826
    assert (found["flags"], found["open_follow_ups"], found["needs_review"]) == ([], [], False)
    assert found["outlook"][-1]["text"].startswith("If your income falls")


def test_what_would_be_asked_again_carries_its_wording_and_the_reachable_return(
    profile: Any, tmp_path: Path
) -> None:
    file = edited(tmp_path, "young-renter", CONTRADICTORY)
    found = profile(file, "--lang", "en").document
    asked = {one["question"]: one for one in found["open_follow_ups"]}
    assert list(asked) == ["q4", "q11", "q19"]
    assert asked["q11"]["pairs"] == [["q9", "q11"]]
    assert (asked["q11"]["before"], asked["q11"]["rules"]) == ("e", ["k1"])
    assert asked["q19"]["rules"] == ["k5", "k3"]
    reachable = asked["q19"]["figures"]["reachable_return"]
    assert reachable["kind"] == "percent"
    shown = Texts("en").percent(reachable["value"])
    assert f"at most {shown} a year" in asked["q19"]["texts"][1]
    assert found["needs_review"] is True
    # Nobody answered again, so it is read cautiously and said.
    codes = [reason["code"] for reason in found["reasons"]]
    assert {"profile.contradiction_k1", "profile.contradiction_k4"} <= set(codes)
    flags = [flag["code"] for flag in found["flags"]]
    assert flags == ["profile.contradiction_k3", "review.k8_reserve"]


def test_the_two_languages_differ_in_their_texts_alone(profile: Any, tmp_path: Path) -> None:
    file = edited(tmp_path, "young-renter", CONTRADICTORY)
    zh, en = (profile(file, "--lang", lang).document for lang in ("zh", "en"))

    def language_free(value: Any) -> Any:
        if isinstance(value, dict):
            words = {"text", "texts", "level_name", "level_meaning"}
            return {key: language_free(one) for key, one in value.items() if key not in words}
        return [language_free(one) for one in value] if isinstance(value, list) else value

    assert zh != en
    assert language_free(zh) == language_free(en)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_says_everything_in_one_language(profile: Any, tmp_path: Path, lang: str) -> None:
    file = edited(tmp_path, "young-renter", CONTRADICTORY)
    found = profile(file, "--lang", lang).document
    done = profile(file, "--format", "table", "--lang", lang)
    assert done.code == 0
    text = "".join(done.out.split())
    said = [one["text"] for key in ("reasons", "flags", "outlook") for one in found[key]]
    said += [wording for one in found["open_follow_ups"] for wording in one["texts"]]
    assert [one for one in said if "".join(one.split()) not in text] == []
    for words in (found["level_name"], found["level_meaning"]):
        assert "".join(words.split()) in text
    assert ("风险厌恶系数" in text) == (lang == "zh")
    assert ("Riskaversion" in text) == (lang == "en")
    # The lowest class is named only where it applies.
    assert found["is_lowest_class"] is True
    assert ("Lowestclass" in text) == (lang == "en")


def test_a_lift_of_the_age_cap_is_named_where_one_is_possible(profile: Any, tmp_path: Path) -> None:
    bold = {f"q{n}": "e" for n in (2, 3, 4, 7, 9, 10, 11, 12, 14, 15)}
    bold |= {"q5": "a", "q6": "a", "q8": "a", "q13": "d", "q16": "d"}
    bold |= {"q17a": "a", "q17b": "b", "q18a": "a", "q18b": "c", "q19": "b"}
    file = edited(tmp_path, "retiree-68", bold)
    found = profile(file).document
    assert (found["level"], found["liftable_to"]) == ("C3", "C4")
    lifted = "Limit of age may be lifted to  C4 growth"
    assert lifted in profile(file, "--format", "table", "--lang", "en").out
    plain = profile(BOOK / "retiree-68.json", "--format", "table", "--lang", "en").out
    assert "Limit of age" not in plain
    assert "Lowest class" not in plain


def test_a_client_without_answers_is_not_assessed(profile: Any, tmp_path: Path) -> None:
    done = profile(edited(tmp_path, "young-renter", None))
    assert (done.code, done.out) == (2, "")
    assert "(not_assessed)" in done.err
    assert "/answers: is missing. Remedy: answer the questionnaire first" in done.err


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [({"q7": "z"}, "/answers/q7"), ({"q99": "a"}, "/answers/q99"), ({"q7": "Z!"}, "/answers/q7")],
)
def test_a_bad_answer_is_named_by_its_field(
    profile: Any, tmp_path: Path, answers: dict[str, str], pointer: str
) -> None:
    done = profile(edited(tmp_path, "young-renter", answers))
    assert (done.code, done.out) == (2, "")
    assert f"{pointer}: " in done.err
    assert "Remedy" in done.err


def test_a_bad_fact_is_named_by_its_field(profile: Any, tmp_path: Path) -> None:
    done = profile(edited(tmp_path, "young-renter", {}, birth_date="2020-01-01"))
    assert (done.code, done.out) == (2, "")
    assert "/facts/birth_date" in done.err


def test_a_form_of_ones_own_is_used_and_its_points_are_shown(
    profile: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBO_QUESTIONNAIRE", str(FORM))
    document = json.loads((BOOK / "young-renter.json").read_text(encoding="utf-8"))
    form = parse_questionnaire(FORM.read_text(encoding="utf-8"))
    document["answers"] = {question.id: question.options[-1].id for question in form.questions}
    file = tmp_path / "client.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    found = profile(file).document
    assert (found["scoring"], found["questionnaire_version"]) == ("sum", form.version)
    shown = profile(file, "--format", "table", "--lang", "en").out
    assert f"Points in total  {found['points']:>5.1f}" in shown
    assert "Tolerance " not in shown
