"""A bank for the advice tests: the sample book in a real store and a clock that stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.callers import Caller, Role
from api.client_file import ClientRecord
from api.clock import FixedClock
from api.reference_data import ReferenceData, load_reference_data
from api.sample_book import load_sample_book
from api.services.advice import diagnose, propose
from api.services.assess import submit_answers
from api.services.clients import register_client
from api.services.users import add_user, authenticate
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.tables import metadata
from api.store.unit_of_work import make_store

FRIDAY = datetime(2026, 11, 20, 3, tzinfo=UTC)
REFERENCE = load_reference_data()
BOOK = {record.client_id: record for record in load_sample_book(REFERENCE.shelf)}
RENTER, FAN = "young-renter", "equity-fan"


@dataclass
class AdviceWorld:
    """A bank in a folder, with some clients of the sample book."""

    folder: Path
    client_ids: Iterable[str] = (RENTER, FAN)
    reference: ReferenceData = REFERENCE
    settings: Settings = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(
            database_url=f"sqlite:///{self.folder}/robo.sqlite",
            venue_url=f"sqlite:///{self.folder}/venue.sqlite",
        )
        upgrade(self.settings)
        self.store = make_store(self.settings)
        self.clock = FixedClock(FRIDAY)
        self.callers: dict[str, Caller] = {}
        for client_id in self.client_ids:
            self.add(BOOK[client_id])

    def close(self) -> None:
        self.store.dispose()

    def add(self, record: ClientRecord) -> Caller:
        register_client(self.store, self.clock, None, record)
        name = record.client_id
        made = self._user(name=name, role=Role.CLIENT, client_id=name)
        self.callers[name] = made
        return made

    @cached_property
    def quant(self) -> Caller:
        return self._user(name="quant", role=Role.QUANT)

    @cached_property
    def advisor(self) -> Caller:
        """An advisor with the renter alone in the book."""
        return self._user(name="advisor", role=Role.ADVISOR, book=[RENTER])

    def advisor_of(self, client_id: str) -> Caller:
        """Return a new advisor with one client in the book."""
        return self._user(name=f"advisor of {client_id}", role=Role.ADVISOR, book=[client_id])

    def assess(self, client_id: str, answers: Mapping[str, str] | None = None) -> dict[str, Any]:
        given = BOOK[client_id].answers if answers is None else answers
        assert given is not None
        return submit_answers(
            self.store,
            self.clock,
            self.reference,
            self.settings,
            self.callers[client_id],
            client_id=client_id,
            answers=given,
        )

    def diagnose(self, client_id: str, caller: Caller | None = None) -> dict[str, Any]:
        who = caller or self.callers[client_id]
        return diagnose(self.store, self.clock, self.reference, who, client_id=client_id)

    def propose(self, client_id: str, caller: Caller | None = None) -> dict[str, Any]:
        return propose(*self._desk(caller or self.callers[client_id]), client_id=client_id)

    def picture(self) -> dict[str, list[str]]:
        """Return every row of every table."""
        with self.store.engine.connect() as connection:
            return {
                table.name: [str(tuple(row)) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
            }

    def _desk(self, caller: Caller) -> tuple[Any, ...]:
        return self.store, self.clock, self.reference, self.settings, caller

    def _user(self, **about: Any) -> Caller:
        return authenticate(self.store, add_user(self.store, self.clock, **about))
