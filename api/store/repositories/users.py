"""Users, the tokens they hold, the books of advisors and browser sessions.

Only SHA-256 hashes of tokens are stored: a copy of the database signs nobody in.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from api.callers import Caller, Role
from api.errors import UnauthorizedError
from api.store.records import User, WebSession
from api.store.tables import advisor_client, user, web_session


class UserRepository:
    """Users by token or session, and whom they look after."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, new: User, *, token_hash: str, book: Iterable[str] = ()) -> None:
        """Store a user with the hash of the token and the book of clients."""
        self._connection.execute(
            insert(user).values(
                id=new.id,
                name=new.name,
                role=new.role.value,
                client_id=new.client_id,
                token_hash=token_hash,
                created_at=new.created_at,
                revoked_at=new.revoked_at,
            )
        )
        for client_id in book:
            self.assign(new.id, client_id)

    def all(self) -> tuple[User, ...]:
        """Return every user, by id: for the operator's terminal."""
        return tuple(map(_user, self._connection.execute(select(user).order_by(user.c.id))))

    def assign(self, user_id: str, client_id: str) -> None:
        """Put a client into an advisor's book; once is enough."""
        if client_id not in self.book(user_id):
            self._connection.execute(
                insert(advisor_client).values(user_id=user_id, client_id=client_id)
            )

    def book(self, user_id: str) -> tuple[str, ...]:
        """Return the ids of the clients an advisor looks after."""
        query = (
            select(advisor_client.c.client_id)
            .where(advisor_client.c.user_id == user_id)
            .order_by(advisor_client.c.client_id)
        )
        return tuple(self._connection.scalars(query))

    def by_token(self, token_hash: str) -> User:
        """Return the user who holds the token.

        Raises:
            UnauthorizedError: unknown or revoked; the answer does not say which.
        """
        return self._active(user.c.token_hash == token_hash)

    def by_id(self, user_id: str) -> User:
        """Return a user who has not been revoked.

        Raises:
            UnauthorizedError: unknown or revoked.
        """
        return self._active(user.c.id == user_id)

    def revoke(self, user_id: str, *, at: datetime) -> None:
        """End a user's token and every session of it."""
        self._connection.execute(
            update(user)
            .where(user.c.id == user_id, user.c.revoked_at.is_(None))
            .values(revoked_at=at)
        )
        self._connection.execute(delete(web_session).where(web_session.c.user_id == user_id))

    def add_session(self, session: WebSession) -> None:
        """Store a browser session."""
        self._connection.execute(
            insert(web_session).values(
                token_hash=session.token_hash,
                user_id=session.user_id,
                csrf_hash=session.csrf_hash,
                created_at=session.created_at,
                last_seen_at=session.last_seen_at,
                expires_at=session.expires_at,
            )
        )

    def session(self, token_hash: str, *, now: datetime) -> WebSession:
        """Return a session that has not expired.

        Raises:
            UnauthorizedError: unknown or expired.
        """
        query = select(web_session).where(
            web_session.c.token_hash == token_hash, web_session.c.expires_at > now
        )
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise UnauthorizedError("the session has ended; sign in again")
        return WebSession(
            token_hash=row.token_hash,
            user_id=row.user_id,
            csrf_hash=row.csrf_hash,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
        )

    def touch_session(self, token_hash: str, *, at: datetime) -> None:
        """Note that a session was used."""
        statement = update(web_session).where(web_session.c.token_hash == token_hash)
        self._connection.execute(statement.values(last_seen_at=at))

    def end_session(self, token_hash: str) -> None:
        """Forget a session; forgetting twice is no error."""
        self._connection.execute(delete(web_session).where(web_session.c.token_hash == token_hash))

    def _active(self, condition: Any) -> User:
        query = select(user).where(condition, user.c.revoked_at.is_(None))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise UnauthorizedError("no such user; sign in with a valid token")
        return _user(row)


def caller_of(known: User) -> Caller:
    """Return the caller a user acts as."""
    return Caller(user_id=known.id, role=known.role, client_id=known.client_id)


def _user(row: Row[Any]) -> User:
    return User(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        client_id=row.client_id,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
