"""`ROBO_ASSUMPTIONS`: a model built from prices, put into service, and advice that outlives it."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import api.sample_book
from api.application import create_app
from api.callers import BANK
from api.clock import SystemClock
from api.commands.group import main
from api.commands.options import open_store
from api.reference_data import load_reference_data, reference_data_of
from api.sample_data import load_sample_data
from api.services.advice import diagnose, propose
from api.services.users import authenticate
from api.settings import Settings
from api.store.tables import artifact

FILE = Path(api.sample_book.__file__).with_name("equity-fan.json")
SERIES = ("a_share_equity_fund", "bond_fund", "gold")


class Robo:
    """The terminal, and what it printed last."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys, self.err = capsys, ""

    def __call__(self, *arguments: str | Path) -> tuple[int, Any]:
        code = 0
        try:
            main([*map(str, arguments)])
        except SystemExit as end:
            code = int(end.code or 0)
        printed = self.capsys.readouterr()
        self.err = printed.err
        return code, json.loads(printed.out) if printed.out.startswith("{") else printed.out


@pytest.fixture
def robo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Robo:
    monkeypatch.setenv("ROBO_DATABASE_URL", f"sqlite:///{tmp_path}/robo.sqlite")
    monkeypatch.setenv("ROBO_VENUE_URL", f"sqlite:///{tmp_path}/venue.sqlite")
    monkeypatch.delenv("ROBO_ASSUMPTIONS", raising=False)
    return Robo(capsys)


@pytest.fixture
def built(robo: Robo, tmp_path: Path) -> Path:
    """Return a model built from ten years of monthly prices in which bonds did very well."""
    steps = np.random.default_rng(7).normal(size=(121, 3)) * [0.07, 0.01, 0.04]
    levels = np.exp(np.cumsum(steps + np.array([0.002, 0.006, 0.001]), axis=0))
    days = [date(2016 + t // 12, t % 12 + 1, 28) for t in range(121)]
    rows = [
        ",".join([str(d), *(f"{p:.6f}" for p in row)]) for d, row in zip(days, levels, strict=True)
    ]
    prices = tmp_path / "prices.csv"
    prices.write_text("\n".join([",".join(["date", *SERIES]), *rows, ""]), encoding="utf-8")
    model = tmp_path / "model.toml"
    code, told = robo(
        "market", "build", "--prices", prices, "--out", model, "--years-of-prior", "5"
    )
    assert code == 0, robo.err
    assert told["content_hash"] == hashlib.sha256(model.read_bytes()).hexdigest()
    return model


def test_diagnose_and_propose_rest_on_the_model_that_was_built(
    robo: Robo, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shipped = {name: robo(name, FILE)[1] for name in ("diagnose", "propose")}
    monkeypatch.setenv("ROBO_ASSUMPTIONS", str(built))
    named = hashlib.sha256(built.read_bytes()).hexdigest()
    for name, before in shipped.items():
        code, after = robo(name, FILE)
        assert code == 0, robo.err
        assert after["model"]["content_hash"] == named != before["model"]["content_hash"]
        assert after["model"]["version"] == "cn-2026.11+prices.2026-01-28"
        assert after["hash"] != before["hash"]
    proposed = robo("propose", FILE)[1]
    assert proposed["target"]["weights"] != shipped["propose"]["target"]["weights"]


def test_advice_replays_from_the_store_when_setting_and_file_are_gone(
    robo: Robo, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBO_ASSUMPTIONS", str(built))
    settings, clock = Settings.from_environment(), SystemClock()
    store, reference = open_store(settings), reference_data_of(settings)
    logins = load_sample_data(store, clock, reference, settings)
    token = next(login.token for login in logins if login.role.value == "client")
    caller = authenticate(store, token)
    client_id = str(caller.client_id)
    made = [
        diagnose(store, clock, reference, caller, client_id=client_id),
        propose(store, clock, reference, settings, caller, client_id=client_id),
    ]
    code, report = robo("scan")
    assert (code, report["failed"]) == (0, 0)
    text = built.read_text(encoding="utf-8")
    named = hashlib.sha256(text.encode()).hexdigest()
    with store.read() as uow:
        stored = [uow.advice.for_replay(BANK, one["id"]) for one in made]
        assert {one.model_hash for one in stored} == {named}
        assert uow.artifacts.get(named) == text
    built.unlink()
    monkeypatch.delenv("ROBO_ASSUMPTIONS")
    assert load_reference_data().market.content_hash != named
    for one in made:
        code, told = robo("replay", one["id"])
        assert (code, told["is_equal"]) == (0, True), robo.err
        assert told["recomputed_hash"] == one["hash"]
    # The text in the store is what the replay rests on: another one would show.
    with store.engine.begin() as connection:
        changed = artifact.update().where(artifact.c.hash == named)
        connection.execute(
            changed.values(text=text.replace("expected_return = 0.0", "expected_return = 0.01", 1))
        )
    assert robo("replay", made[1]["id"])[0] == 1
    store.dispose()


def test_the_pages_and_the_api_speak_of_the_model_in_service(
    robo: Robo, built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROBO_ASSUMPTIONS", str(built))
    settings = Settings.from_environment()
    open_store(settings).dispose()
    app = create_app(settings)
    assert app.extensions["robo"].reference.market_text == built.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "command", [("serve",), ("worker",), ("scan",), ("demo",), ("diagnose", FILE)]
)
def test_no_command_starts_with_a_model_that_is_not_there(
    robo: Robo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str | Path, ...]
) -> None:
    monkeypatch.setenv("ROBO_ASSUMPTIONS", str(tmp_path / "none.toml"))
    code, _ = robo(*command)
    assert code == 2
    assert "ROBO_ASSUMPTIONS" in robo.err
    assert "none.toml" in robo.err


@pytest.mark.parametrize("command", [("serve",), ("scan",), ("demo",), ("propose", FILE)])
def test_no_command_starts_with_a_model_that_cannot_be_used(
    robo: Robo, built: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str | Path, ...]
) -> None:
    text = built.read_text(encoding="utf-8")
    built.write_text(text.replace('name = "gold"', 'name = "silver"'), encoding="utf-8")
    monkeypatch.setenv("ROBO_ASSUMPTIONS", str(built))
    code, _ = robo(*command)
    assert code == 2
    assert f"{built} cannot be used" in robo.err
    assert "/class/gold: is missing" in robo.err
