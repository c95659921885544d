"""A unit of work: one transaction and the repositories that share it.

Rolled back unless committed, so whoever raises has changed nothing.

    with store.begin() as uow:
        uow.clients.add(record, created_at=clock.now())
        uow.commit()
"""

from types import TracebackType
from typing import Self

from sqlalchemy import Connection, Engine

from api.settings import Settings
from api.store.engine import BUSY_SECONDS, READ_ONLY, make_engine
from api.store.repositories.advice import AdviceRepository, ArtifactRepository
from api.store.repositories.age_lifts import AgeLiftRepository
from api.store.repositories.asked_sheets import AskedSheetRepository
from api.store.repositories.assessments import AssessmentRepository
from api.store.repositories.audit import AuditTrail
from api.store.repositories.bundles import BundleRepository
from api.store.repositories.clients import ClientRepository
from api.store.repositories.demo_clock import DemoClockRepository
from api.store.repositories.drafts import DraftRepository
from api.store.repositories.idempotency import IdempotencyRepository
from api.store.repositories.inbox import Inbox
from api.store.repositories.ledger import Ledger
from api.store.repositories.outbox import Outbox
from api.store.repositories.reminders import ReminderRepository
from api.store.repositories.reviews import ReviewRepository
from api.store.repositories.users import UserRepository


class UnitOfWork:
    """One transaction. Use it as a context manager; `commit` ends it well."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        self._connection: Connection = self._engine.connect()
        try:
            self._transaction = self._connection.begin()
        except BaseException:
            self._connection.close()
            raise
        connection = self._connection
        self.audit = AuditTrail(connection)
        self.users = UserRepository(connection)
        self.clients = ClientRepository(connection)
        self.artifacts = ArtifactRepository(connection)
        self.drafts = DraftRepository(connection)
        self.asked_sheets = AskedSheetRepository(connection)
        self.assessments = AssessmentRepository(connection)
        self.reviews = ReviewRepository(connection)
        self.age_lifts = AgeLiftRepository(connection)
        self.advice = AdviceRepository(connection, self.audit)
        self.bundles = BundleRepository(connection, self.audit)
        self.ledger = Ledger(connection)
        self.idempotency = IdempotencyRepository(connection)
        self.outbox = Outbox(connection)
        self.inbox = Inbox(connection)
        self.reminders = ReminderRepository(connection)
        self.demo_clock = DemoClockRepository(connection)
        return self

    def commit(self) -> None:
        """Keep everything done in this unit of work."""
        self._transaction.commit()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if self._transaction.is_active:
                self._transaction.rollback()
        finally:
            self._connection.close()


class Store:
    """Gives out units of work on one database."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(**{READ_ONLY: True})

    def begin(self) -> UnitOfWork:
        """Return a unit of work that may write; writers take turns."""
        return UnitOfWork(self.engine)

    def read(self) -> UnitOfWork:
        """Return a unit of work that reads one consistent state and cannot write."""
        return UnitOfWork(self._reading)

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def make_store(settings: Settings, *, busy_seconds: int = BUSY_SECONDS) -> Store:
    """Return the store of these settings; `api.store.migrate.upgrade` makes its tables.

    Args:
        settings: Where it lies.
        busy_seconds: Seconds that a writer waits for its turn.
    """
    return Store(make_engine(settings.database_url, busy_seconds=busy_seconds))
