"""Settings from the environment."""

from pathlib import Path

import pytest

from allocator.errors import InputError
from api.settings import Settings


def test_settings_come_from_the_environment_and_have_defaults() -> None:
    plain = Settings.from_environment({})
    assert (plain.database_url, plain.demo) == ("sqlite:///var/robo.sqlite", False)
    assert (plain.proposal_hours, plain.validity_days) == (24, 365)
    assert plain.secret != Settings.from_environment({}).secret
    set_up = Settings.from_environment(
        {"ROBO_DEMO": "1", "ROBO_PROPOSAL_HOURS": "2", "ROBO_SECRET": "s" * 32}
    )
    assert (set_up.demo, set_up.proposal_hours) == (True, 2)
    assert "s" * 32 not in repr(set_up)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ROBO_DEMO", "yes"),
        ("ROBO_PROPOSAL_HOURS", "0"),
        ("ROBO_PROPOSAL_HOURS", "-1"),
        ("ROBO_VALIDITY_DAYS", "1e3"),
        ("ROBO_VALIDITY_DAYS", "٣"),
        ("ROBO_QUESTIONNAIRE", "/no/such/form.toml"),
        ("ROBO_ASSUMPTIONS", "/no/such/model.toml"),
        ("ROBO_LIFE_CYCLE", "/no/such/parameters.toml"),
        ("ROBO_SECRET", "hunter2"),
        ("ROBO_DATABASE_URL", "robo.sqlite"),
        ("ROBO_DATABASE_URL", "mysql://somewhere/robo"),
        ("ROBO_DATABASE_URL", "sqlite://"),
        ("ROBO_DATABASE_URL", "sqlite:///:memory:"),
        ("ROBO_DATABASE_URL", "sqlite:///robo.sqlite?mode=ro"),
        ("ROBO_DATABASE_URL", "sqlite+nodriver:///robo.sqlite"),
        ("ROBO_VENUE_URL", "http://[::1"),
        ("ROBO_PUBLIC_URL", "advice.example"),
        ("ROBO_PUBLIC_URL", "ftp://advice.example"),
        ("ROBO_PUBLIC_URL", "https://advice.example/path"),
        ("ROBO_PUBLIC_URL", "https://advice.example:port"),
        ("ROBO_PUBLIC_URL", "https://[::1"),
        ("ROBO_PUBLIC_URL", "https://"),
    ],
)
def test_an_unusable_setting_is_named_and_a_secret_is_never_shown(name: str, value: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        Settings.from_environment({name: value})
    assert (value in str(caught.value)) == (name != "ROBO_SECRET")


def test_the_form_asked_is_a_file_or_the_one_that_ships(tmp_path: Path) -> None:
    form = tmp_path / "form.toml"
    form.touch()
    assert Settings.from_environment({}).questionnaire is None
    assert Settings.from_environment({"ROBO_QUESTIONNAIRE": ""}).questionnaire is None
    assert Settings.from_environment({"ROBO_QUESTIONNAIRE": str(form)}).questionnaire == form


def test_the_market_model_is_a_file_or_the_one_that_ships(tmp_path: Path) -> None:
    model = tmp_path / "model.toml"
    model.touch()
    assert Settings.from_environment({}).assumptions is None
    assert Settings.from_environment({"ROBO_ASSUMPTIONS": ""}).assumptions is None
    assert Settings.from_environment({"ROBO_ASSUMPTIONS": str(model)}).assumptions == model
    with pytest.raises(InputError, match="path of a market model in TOML"):
        Settings.from_environment({"ROBO_ASSUMPTIONS": str(tmp_path)})


def test_life_cycle_parameters_are_a_file_or_what_ships(tmp_path: Path) -> None:
    own = tmp_path / "parameters.toml"
    own.touch()
    assert Settings.from_environment({}).life_cycle is None
    assert Settings.from_environment({"ROBO_LIFE_CYCLE": ""}).life_cycle is None
    assert Settings.from_environment({"ROBO_LIFE_CYCLE": str(own)}).life_cycle == own


@pytest.mark.parametrize("name", ["ROBO_DATABASE_URL", "ROBO_PUBLIC_URL"])
def test_a_password_in_an_address_is_never_shown(name: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        Settings.from_environment({name: "postgresql://robo:hunter2@db.example/robo"})
    assert "hunter2" not in str(caught.value)


def test_a_database_path_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(InputError, match="ROBO_DATABASE_URL"):
        Settings.from_environment({"ROBO_DATABASE_URL": "sqlite:///\udcff.sqlite"})


@pytest.mark.parametrize(
    ("written", "origin", "name"),
    [
        ("https://Advice.Example", "https://advice.example", "advice.example"),
        ("https://advice.example:443/", "https://advice.example", "advice.example"),
        ("http://advice.example:8080", "http://advice.example:8080", "advice.example"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443", "[2001:db8::1]"),
    ],
)
def test_the_public_address_is_the_origin_that_browsers_send(
    written: str, origin: str, name: str
) -> None:
    settings = Settings.from_environment({"ROBO_PUBLIC_URL": written})
    assert settings.public_url == origin
    assert settings.trusted_names == {name}


def test_without_a_public_address_the_names_of_this_machine_are_trusted() -> None:
    assert Settings.from_environment({}).trusted_names == {"localhost", "127.0.0.1", "[::1]"}
    assert "[fe80::1]" in Settings(host="fe80::1").trusted_names
