"""Settings from the environment."""

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
        ("ROBO_SECRET", "hunter2"),
    ],
)
def test_an_unusable_setting_is_named_and_a_secret_is_never_shown(name: str, value: str) -> None:
    with pytest.raises(InputError, match=name) as caught:
        Settings.from_environment({name: value})
    assert (value in str(caught.value)) == (name != "ROBO_SECRET")
