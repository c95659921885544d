"""Reference data: a bank's own form takes the place of ours, and all of the service follows it."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from allocator.errors import InputError
from allocator.optimizer.solver import optimize
from allocator.optimizer.verification import KKT_TOLERANCE
from api.reference_data import load_reference_data, reference_data_of
from api.sample_book import load_sample_book
from api.settings import Settings
from api.workup import work_up
from risk_profiles.levels import LEVELS, SHORTEST_LOCK_UP_DAYS, ProfileLevel

BANK = Path(__file__).parents[1] / "risk_profiles" / "fixtures" / "bank_sum.toml"
REFERENCE = load_reference_data(questionnaire=BANK)
BOOK = load_sample_book(REFERENCE.shelf)


def sheets() -> dict[str, dict[str, str]]:
    """Return a sheet of low, of middling and of high points, and one that forces the class."""
    ladders = {
        question.id: sorted(
            (option for option in question.options if option.cap is None), key=lambda o: o.points
        )
        for question in REFERENCE.questionnaire.questions
    }
    places = {"low": 0.0, "middling": 0.5, "high": 1.0}
    found = {
        name: {
            asked: ladder[int(place * (len(ladder) - 1))].id for asked, ladder in ladders.items()
        }
        for name, place in places.items()
    }
    return found | {"forced": found["high"] | {"losses": "a"}}


def test_a_form_of_ones_own_takes_the_place_of_ours_alone() -> None:
    ours = load_reference_data()
    assert REFERENCE.questionnaire.version == "bank-sum-1"
    text = BANK.read_text(encoding="utf-8")
    assert replace(ours, questionnaire_text=text) == REFERENCE


def test_a_form_that_cannot_be_read_or_used_is_named(tmp_path: Path) -> None:
    bad = tmp_path / "own-form.toml"
    bad.write_text("version = 1", encoding="utf-8")
    binary = tmp_path / "own-picture.toml"
    binary.write_bytes(b"\xff")
    for path in (bad, binary, tmp_path / "own-nothing.toml"):
        with pytest.raises(InputError, match=path.name) as caught:
            load_reference_data(questionnaire=path)
        assert caught.value.code == "invalid_questionnaire"


def test_a_market_model_of_ones_own_takes_the_place_of_ours_alone(tmp_path: Path) -> None:
    ours, own = load_reference_data(), tmp_path / "own-model.toml"
    text = ours.market_text.replace('version = "cn-2026.11"', 'version = "own"')
    own.write_text(text, encoding="utf-8")
    found = load_reference_data(assumptions=own)
    assert found == replace(ours, market_text=text)
    assert found.market.version == "own"
    assert found.market.content_hash == hashlib.sha256(own.read_bytes()).hexdigest()
    assert load_reference_data(questionnaire=BANK, assumptions=own) == replace(
        found, questionnaire_text=REFERENCE.questionnaire_text
    )


def without_gold(text: str) -> str:
    head, *tables = text.split("[[class]]")
    rows = [row for row in head.splitlines() if '"gold"' not in row]
    return "[[class]]".join(["\n".join(rows), *(t for t in tables if 'name = "gold"' not in t)])


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda text: "version = ", "not TOML"),
        (lambda text: "\ud800", "it is not UTF-8"),
        (without_gold, "/class/gold: is missing"),
        (
            lambda text: re.sub(r"(?m)^volatility = .*$", "volatility = 3.5", text),
            "/class/demand_deposit/volatility",
        ),
    ],
)
def test_a_market_model_that_cannot_be_used_is_named_with_what_to_do(
    tmp_path: Path, spoil: Callable[[str], str], told: str
) -> None:
    bad = tmp_path / "own-model.toml"
    text = spoil(load_reference_data().market_text)
    bad.write_bytes(text.encode("utf-8", errors="surrogatepass"))
    with pytest.raises(InputError, match=r"own-model\.toml") as caught:
        load_reference_data(assumptions=bad)
    assert caught.value.code == "invalid_assumptions"
    assert told in str(caught.value)
    assert all(problem.remedy for problem in caught.value.problems)


def test_a_market_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"own-nothing\.toml") as caught:
        load_reference_data(assumptions=tmp_path / "own-nothing.toml")
    assert caught.value.code == "invalid_assumptions"


@pytest.mark.parametrize("name", sorted(sheets()))
def test_every_sample_client_gets_a_verified_plan_with_the_answers_of_a_bank_form(
    name: str,
) -> None:
    levels = set()
    for record in BOOK:
        day = record.balance_sheet.as_of
        made = work_up(
            replace(record, answers=sheets()[name]),
            assessed_on=day,
            valid_until=day + timedelta(days=365),
            reference=REFERENCE,
        )
        levels.add(made.profile.level)
        limits = LEVELS[made.profile.level]
        assert made.profile.is_lowest_class == (name == "forced")
        assert made.profile.longest_lock_up_days == SHORTEST_LOCK_UP_DAYS
        assert made.mandate is not None
        found = optimize(made.mandate, REFERENCE.market)
        assert found.residual <= KKT_TOLERANCE
        assert made.mandate.risky_share_cap <= limits.risky_share_cap
        assert made.mandate.volatility_cap == limits.volatility_cap
    expected = {
        "low": {ProfileLevel.C1},
        "middling": {ProfileLevel.C3},
        "high": {ProfileLevel.C5},
        "forced": {ProfileLevel.C1},
    }
    assert levels == expected[name]


def test_life_cycle_parameters_of_ones_own_are_used_and_bad_ones_are_named(tmp_path: Path) -> None:
    shipped = load_reference_data()
    text = (shipped.life_cycle_text or "").replace('version = "cn-', 'version = "own-')
    own = tmp_path / "own.toml"
    own.write_text(text, encoding="utf-8")
    used = reference_data_of(Settings(life_cycle=own))
    assert used.life_cycle.version.startswith("own-")
    assert used == replace(shipped, life_cycle_text=text)
    own.write_text(text.replace("last_age", "lust_age"), encoding="utf-8")
    for path in (own, tmp_path / "nothing.toml"):
        with pytest.raises(InputError, match=path.name) as caught:
            load_reference_data(life_cycle=path)
        assert caught.value.code == "invalid_life_cycle"
