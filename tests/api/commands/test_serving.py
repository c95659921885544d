"""`robo serve`: nothing is changed before the port is ours."""

import socket
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from api.clock import SystemClock
from api.commands.group import main
from api.reference_data import load_reference_data
from api.sample_data import load_sample_data
from api.services.users import authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.unit_of_work import Store, make_store


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    monkeypatch.setenv("ROBO_DATABASE_URL", f"sqlite:///{tmp_path}/robo.sqlite")
    monkeypatch.setenv("ROBO_VENUE_URL", f"sqlite:///{tmp_path}/venue.sqlite")
    found = Settings.from_environment()
    upgrade(found)
    return found


def offset_days(store: Store) -> int:
    with store.read() as uow:
        return uow.demo_clock.offset_days()


def move_clock(store: Store, days: int) -> None:
    with store.begin() as uow:
        uow.demo_clock.set_offset_days(days)
        uow.commit()


def test_a_second_start_on_a_busy_port_leaves_the_running_demonstration_alone(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store(settings)
    logins = load_sample_data(store, SystemClock(), load_reference_data(), settings)
    move_clock(store, 3)
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as end:
            main(["serve", "--sample-book", "--port", str(port)])
    printed = capsys.readouterr()
    assert (end.value.code, printed.out) == (2, "")
    assert f"127.0.0.1:{port}" in printed.err
    assert "cannot_listen" in printed.err
    assert [authenticate(store, login.token).role for login in logins] == [
        login.role for login in logins
    ]
    assert offset_days(store) == 3
    store.dispose()


def test_a_start_prints_fresh_sign_ins_and_begins_at_today(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = make_store(settings)
    move_clock(store, 30)

    def bound(_settings: Settings, *, once_bound: Callable[[], None], **_rest: Any) -> None:
        once_bound()

    monkeypatch.setattr("api.commands.serving.serve_application", bound)
    main(["serve", "--sample-book"])
    tokens = [word for word in capsys.readouterr().out.split() if word.startswith("robo_")]
    assert len(tokens) == 6
    assert len({authenticate(store, token).user_id for token in tokens}) == 6
    assert offset_days(store) == 0
    store.dispose()


def test_the_sample_book_is_not_asked_another_form(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    form = tmp_path / "form.toml"
    form.write_text("version = 1", encoding="utf-8")
    monkeypatch.setenv("ROBO_QUESTIONNAIRE", str(form))
    for arguments, said in ((["--sample-book"], "unset ROBO_QUESTIONNAIRE"), ([], str(form))):
        with pytest.raises(SystemExit) as ended:
            main(["serve", *arguments])
        assert ended.value.code == 2
        assert said in capsys.readouterr().err
