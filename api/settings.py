"""Settings: read once from the environment, handed down, never looked up again.

ROBO_DATABASE_URL    SQLAlchemy URL of the store        sqlite:///var/robo.sqlite
ROBO_VENUE_URL       the embedded paper venue's own     sqlite:///var/venue.sqlite
ROBO_DEMO            1 shows the demo's controls        0
ROBO_PROPOSAL_HOURS  hours a proposal can be accepted   24
ROBO_VALIDITY_DAYS   days an assessment is valid        365
ROBO_QUESTIONNAIRE   the form asked, a TOML file        the one that ships
ROBO_ASSUMPTIONS     what markets may do, a TOML file   the one that ships
ROBO_LIFE_CYCLE      income and retirement, a TOML file the one that ships
ROBO_SECRET          signs form tokens, >= 32 letters   drawn at each start
ROBO_PUBLIC_URL      where browsers find the service    none: this machine's own names

Behind a proxy that speaks TLS, ROBO_PUBLIC_URL is the https address that people type.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from allocator.errors import InputError, Problem

SHORTEST_SECRET = 32
DATABASE_URL = "sqlite:///var/robo.sqlite"
VENUE_URL = "sqlite:///var/venue.sqlite"
PROPOSAL_HOURS = 24
VALIDITY_DAYS = 365
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

_SQLITE_DRIVERS = frozenset({"sqlite", "sqlite+pysqlite"})
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs.

    Attributes:
        database_url: Where the store lies.
        venue_url: Where the embedded paper venue keeps its own books, apart from the store.
        demo: Shows the controls that move the clock and sign in as a sample user.
        proposal_hours: Hours during which a proposal can be accepted.
        validity_days: Days during which an assessment of risk is valid.
        questionnaire: The form that is asked; None for the one that ships.
        assumptions: The market model advice is made with; None for the one that ships.
        life_cycle: The life-cycle parameters advice is made with; None for those that ship.
        mortality: The mortality table life paths are made with; None for the one that ships.
        secret: Signs form tokens. Sessions live in the store and survive a new one.
        public_url: Origin under which browsers see the service, such as https://advice.bank.cn;
            None when they reach it under this machine's own names.
        host: Address the server listens on, one of those names.
    """

    database_url: str = DATABASE_URL
    venue_url: str = VENUE_URL
    demo: bool = False
    proposal_hours: int = PROPOSAL_HOURS
    validity_days: int = VALIDITY_DAYS
    questionnaire: Path | None = None
    assumptions: Path | None = None
    life_cycle: Path | None = None
    mortality: Path | None = None
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    public_url: str | None = None
    host: str = "127.0.0.1"

    @property
    def trusted_names(self) -> frozenset[str]:
        """Return the names, without port, under which a request may call the service."""
        if self.public_url is None:
            return LOOPBACK_NAMES | {_name(self.host)}
        return frozenset({_name(urlsplit(self.public_url).hostname or "")})

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
            database_url=_sqlite_url(source, "ROBO_DATABASE_URL", default=DATABASE_URL),
            venue_url=_sqlite_url(source, "ROBO_VENUE_URL", default=VENUE_URL),
            demo=_switch(source, "ROBO_DEMO"),
            proposal_hours=_whole(source, "ROBO_PROPOSAL_HOURS", default=PROPOSAL_HOURS),
            validity_days=_whole(source, "ROBO_VALIDITY_DAYS", default=VALIDITY_DAYS),
            questionnaire=_file(source, "ROBO_QUESTIONNAIRE", of="a questionnaire"),
            assumptions=_file(source, "ROBO_ASSUMPTIONS", of="a market model"),
            life_cycle=_file(source, "ROBO_LIFE_CYCLE", of="life-cycle parameters"),
            mortality=_file(source, "ROBO_MORTALITY", of="a mortality table"),
            secret=secret,
            public_url=_origin(source, "ROBO_PUBLIC_URL"),
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


def _file(source: Mapping[str, str], name: str, *, of: str) -> Path | None:
    text = source.get(name)
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise _refusal(name, "is not a file", text, f"set it to the path of {of} in TOML")
    return path


def _sqlite_url(source: Mapping[str, str], name: str, *, default: str) -> str:
    text = source.get(name, default)
    remedy = "set it to sqlite:///path/to/file.sqlite"
    # A URL of another database may carry a password, which no message shows.
    shown = None if "@" in text else text
    try:
        url = make_url(text)
        text.encode()
    except (ArgumentError, ValueError):
        raise _refusal(name, "is not a database URL", shown, remedy) from None
    is_file = url.database and url.database != ":memory:" and not url.query
    if url.drivername not in _SQLITE_DRIVERS or url.host or not is_file:
        raise _refusal(name, "is not the URL of an SQLite file", shown, remedy)
    return text


def _origin(source: Mapping[str, str], name: str) -> str | None:
    text = source.get(name)
    if not text:
        return None
    shown = None if "@" in text else text
    remedy = "set it to an address without a path, such as https://advice.example"
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        raise _refusal(name, "is not the address of a site", shown, remedy) from None
    is_site = url.scheme in _DEFAULT_PORTS and host and text.isascii() and text.isprintable()
    if not is_site or url.path not in {"", "/"} or url.query or url.fragment or "@" in text:
        raise _refusal(name, "is not the address of a site", shown, remedy)
    # Browsers leave the usual port out of the origin they send.
    ending = "" if port in {None, _DEFAULT_PORTS[url.scheme]} else f":{port}"
    return f"{url.scheme}://{_name(str(host))}{ending}"


def _name(host: str) -> str:
    """Return a host as it stands in a URL: lower case, and brackets around IPv6."""
    lower = host.lower()
    return f"[{lower}]" if ":" in lower and not lower.startswith("[") else lower


def _refusal(name: str, detail: str, value: object, remedy: str) -> InputError:
    problem = Problem(name, detail, value, remedy)
    return InputError("unusable setting", code="invalid_setting", problems=[problem])
