"""Two clients, an advisor of one of them and assessments made to order."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from api.callers import BANK, Caller, Role
from api.clock import shanghai_date
from api.settings import Settings
from api.store.migrate import upgrade
from api.store.records import Assessment, User
from api.store.tables import client
from api.store.unit_of_work import make_store

NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
ANN = Caller("ann", Role.ADVISOR)
BEN = Caller("ben", Role.ADVISOR)
QUINN = Caller("quinn", Role.QUANT)
MEI = Caller("mei", Role.CLIENT, "mei")
BO = Caller("bo", Role.CLIENT, "bo")
STRANGERS = (BEN, QUINN, BO, Caller("nobody", Role.CLIENT, None))


@dataclass
class AssessmentWorld:
    """A store in a folder. Ann's book holds Mei alone, Ben's nobody."""

    folder: Path
    made: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        settings = Settings(database_url=f"sqlite:///{self.folder}/robo.sqlite")
        upgrade(settings)
        self.store = make_store(settings)
        with self.store.begin() as uow:
            self.hash = uow.artifacts.put(kind="questionnaire", text="form", at=NOON)
            uow.commit()
        with self.store.engine.begin() as connection:
            for client_id in ("mei", "bo"):
                row = {"id": client_id, "facts": "{}", "created_at": NOON}
                connection.execute(insert(client), row)
        with self.store.begin() as uow:
            for one in (ANN, BEN, QUINN, MEI, BO):
                user = User(one.user_id, one.user_id, one.role, one.client_id, NOON)
                uow.users.add(user, token_hash=one.user_id)
            uow.users.assign("ann", "mei")
            uow.commit()

    def close(self) -> None:
        self.store.dispose()

    def assessment(self, client_id: str = "mei", **changes: Any) -> Assessment:
        """Return an assessment made at noon, unless told otherwise."""
        self.made += 1
        at = changes.get("assessed_at", NOON)
        about: dict[str, Any] = {
            "id": f"{client_id}-{self.made}",
            "client_id": client_id,
            "assessed_at": at,
            "assessed_on": shanghai_date(at),
            "of_day": 1,
            "effective_at": at,
            "valid_until": shanghai_date(at) + timedelta(days=365),
            "level": "C3",
            "questionnaire_hash": self.hash,
            "answers": {"q1": "a", "q2": "b"},
            "document": "{}",
        }
        return Assessment(**(about | changes))

    def assess(self, client_id: str = "mei", **changes: Any) -> Assessment:
        """Store an assessment and return it as it is read back."""
        new = self.assessment(client_id, **changes)
        with self.store.begin() as uow:
            uow.assessments.add(new)
            uow.commit()
        with self.store.read() as uow:
            return uow.assessments.get(BANK, new.id)
