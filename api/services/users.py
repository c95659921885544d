"""Users and the bearer tokens they hold.

A token is "robo_" and 32 random bytes. It is shown once, when it is made; the store keeps its
SHA-256, which needs no salt because 256 random bits cannot be guessed.
"""

import hashlib
import re
import secrets
from collections.abc import Sequence

from allocator.errors import InputError, Problem
from api.callers import BANK, Caller, Role
from api.clock import Clock
from api.errors import NotFoundError, UnauthorizedError
from api.store.records import User
from api.store.repositories.users import caller_of
from api.store.unit_of_work import Store
from api.visible_text import text_fault

TOKEN_PREFIX = "robo_"  # noqa: S105 # the prefix all tokens share is no secret
TOKEN_BYTES = 32

_TOKEN = re.compile(r"robo_[A-Za-z0-9_-]{43}")
_LOOKS_LIKE_A_TOKEN = re.compile(r"robo_[A-Za-z0-9_-]{43,}")


def add_user(
    store: Store,
    clock: Clock,
    *,
    name: str,
    role: Role,
    client_id: str | None = None,
    book: Sequence[str] = (),
) -> str:
    """Add a user and return the token, which nobody can read again.

    Args:
        store: Where users live.
        clock: Dates the user.
        name: What people call the user; 1 to 80 visible characters.
        role: A client needs `client_id`; an advisor may have a `book` of client ids.
        client_id: The client that a user of that role is.
        book: The clients an advisor looks after.

    Raises:
        InputError: the name cannot be read, role, client and book do not fit together, or a
            client is unknown.
    """
    problems = [*_shape_problems(name=name, role=role, client_id=client_id, book=book)]
    token = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
    with store.begin() as uow:
        wanted = [*book, *([] if client_id is None else [client_id])]
        for one in wanted:
            try:
                uow.clients.require(BANK, one)
            except NotFoundError:
                problems.append(Problem("client_id", "is not a client", one, "add the client"))
        if problems:
            raise InputError("this user cannot be added", code="invalid_user", problems=problems)
        new = User(
            id=f"user-{secrets.token_hex(8)}",
            name=name,
            role=role,
            client_id=client_id,
            created_at=clock.now(),
        )
        uow.users.add(new, token_hash=token_hash(token), book=book)
        uow.commit()
    return token


def authenticate(store: Store, token: str) -> Caller:
    """Return who holds `token`.

    Raises:
        UnauthorizedError: malformed, unknown or revoked; the answer does not say which.
    """
    if not _TOKEN.fullmatch(token):
        raise UnauthorizedError("no such user; sign in with a valid token")
    with store.read() as uow:
        return caller_of(uow.users.by_token(token_hash(token)))


def revoke(store: Store, clock: Clock, *, user_id: str) -> None:
    """End a user's token and sessions; ending them twice changes nothing."""
    with store.begin() as uow:
        uow.users.revoke(user_id, at=clock.now())
        uow.commit()


def token_hash(token: str) -> str:
    """Return the hash under which a token is stored."""
    return hashlib.sha256(token.encode()).hexdigest()


def without_tokens(text: str) -> str:
    """Return `text` with whatever looks like a token covered.

    >>> without_tokens("Bearer robo_" + 43 * "x")
    'Bearer robo_***'
    """
    return _LOOKS_LIKE_A_TOKEN.sub(f"{TOKEN_PREFIX}***", text)


def _shape_problems(
    *, name: str, role: Role, client_id: str | None, book: Sequence[str]
) -> list[Problem]:
    problems = []
    unreadable = text_fault(name)
    if unreadable is not None:
        problems.append(Problem("name", unreadable.detail, name, unreadable.remedy))
    if (role is Role.CLIENT) != (client_id is not None):
        remedy = "name a client for a user of role client, and for no other"
        problems.append(Problem("client_id", f"does not fit the role {role}", client_id, remedy))
    if book and role is not Role.ADVISOR:
        problems.append(
            Problem("book", f"does not fit the role {role}", None, "only an advisor has a book")
        )
    return problems
