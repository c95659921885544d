"""Settings: read once from the environment, handed down, never looked up again.

ROBO_DATABASE_URL    SQLAlchemy URL of the store        sqlite:///var/robo.sqlite
ROBO_VENUE_URL       the embedded paper venue's own     sqlite:///var/venue.sqlite
ROBO_DEMO            1 shows the demo's controls        0
ROBO_PROPOSAL_HOURS  hours a proposal can be accepted   24
ROBO_VALIDITY_DAYS   days an assessment is valid        365
ROBO_SECRET          signs form tokens, >= 32 letters   drawn at each start
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from allocator.errors import InputError, Problem

SHORTEST_SECRET = 32
DATABASE_URL = "sqlite:///var/robo.sqlite"
VENUE_URL = "sqlite:///var/venue.sqlite"
PROPOSAL_HOURS = 24
VALIDITY_DAYS = 365


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs.

    Attributes:
        database_url: Where the store lies.
        venue_url: Where the embedded paper venue keeps its own books, apart from the store.
        demo: Shows the controls that move the clock and sign in as a sample user.
        proposal_hours: Hours during which a proposal can be accepted.
        validity_days: Days during which an assessment of risk is valid.
        secret: Signs form tokens. Sessions live in the store and survive a new one.
    """

    database_url: str = DATABASE_URL
    venue_url: str = VENUE_URL
    demo: bool = False
    proposal_hours: int = PROPOSAL_HOURS
    validity_days: int = VALIDITY_DAYS
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings of the process's environment, or of the mapping given.

        Raises:
            InputError: a value that cannot be used, with the variable's name.
        """
        source = os.environ if environment is None else environment
        secret = source.get("ROBO_SECRET") or secrets.token_urlsafe(32)
        if len(secret) < SHORTEST_SECRET:
            # The value itself never goes into a message or a log.
            raise _refusal("ROBO_SECRET", "is too short", None, "use at least 32 random letters")
        return cls(
            database_url=source.get("ROBO_DATABASE_URL", DATABASE_URL),
            venue_url=source.get("ROBO_VENUE_URL", VENUE_URL),
            demo=_switch(source, "ROBO_DEMO"),
            proposal_hours=_whole(source, "ROBO_PROPOSAL_HOURS", default=PROPOSAL_HOURS),
            validity_days=_whole(source, "ROBO_VALIDITY_DAYS", default=VALIDITY_DAYS),
            secret=secret,
        )


def _switch(source: Mapping[str, str], name: str) -> bool:
    text = source.get(name, "0")
    if text not in {"0", "1"}:
        raise _refusal(name, "is neither 0 nor 1", text, "set it to 0 or 1")
    return text == "1"


def _whole(source: Mapping[str, str], name: str, *, default: int) -> int:
    text = source.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) > 0):
        raise _refusal(name, "is not a whole number", text, "set it to 1 ... 99999")
    return int(text)


def _refusal(name: str, detail: str, value: object, remedy: str) -> InputError:
    problem = Problem(name, detail, value, remedy)
    return InputError("unusable setting", code="invalid_setting", problems=[problem])
