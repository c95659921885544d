"""Object-level authorization, in this one place.

A client sees itself, an advisor the clients of the own book, a quant nobody. Every query for a
client's data carries this condition, so what is missing and what is somebody else's are the same
empty result and the same error.
"""

from typing import Any

from sqlalchemy import ColumnElement, false, select, true

from api.callers import Caller, Role
from api.errors import NotFoundError
from api.store.tables import advisor_client


def visible(caller: Caller, client_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition under which `caller` may see rows of the client in `client_id`."""
    if caller.sees_everyone:
        return true()
    if caller.role is Role.CLIENT:
        return client_id == caller.client_id
    if caller.role is Role.ADVISOR:
        book = select(advisor_client.c.client_id).where(advisor_client.c.user_id == caller.user_id)
        return client_id.in_(book)
    return false()


def require_own(caller: Caller, client_id: str) -> None:
    """Check that the caller is this client: what only the client may write.

    Raises:
        NotFoundError: somebody else, staff and the bank included.
    """
    if caller.role is not Role.CLIENT or caller.client_id != client_id:
        raise not_found("client")


def not_found(thing: str) -> NotFoundError:
    """Return the one answer to both "missing" and "not yours"."""
    return NotFoundError(f"there is no such {thing}")
