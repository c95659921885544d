"""Idempotency keys and what each was answered with.

A key is written in the transaction whose answer it keeps, so a key that exists is a request that
is finished; a second request with it waits for that transaction and then reads the answer.
"""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from api.store.records import StoredResponse
from api.store.tables import idempotency_key


class IdempotencyRepository:
    """Stored answers by caller and key."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, *, caller_id: str, key: str) -> StoredResponse | None:
        """Return the answer this key was given, or None for a new key."""
        query = select(idempotency_key).where(
            idempotency_key.c.caller_id == caller_id, idempotency_key.c.key == key
        )
        row = self._connection.execute(query).one_or_none()
        return None if row is None else StoredResponse(fingerprint=row.fingerprint, body=row.body)

    def add(self, *, caller_id: str, key: str, response: StoredResponse, at: datetime) -> None:
        """Keep the answer for ever."""
        self._connection.execute(
            insert(idempotency_key).values(
                caller_id=caller_id,
                key=key,
                fingerprint=response.fingerprint,
                body=response.body,
                created_at=at,
            )
        )
