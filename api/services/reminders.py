"""Reading and dismissing reminders; the nightly scan writes them."""

import json
from typing import Any

from api.callers import Caller
from api.store.records import Reminder
from api.store.unit_of_work import Store


def list_reminders(
    store: Store, caller: Caller, *, client_id: str | None = None
) -> list[dict[str, Any]]:
    """Return reminders, newest first: of one client, or of all this caller may see.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    with store.read() as uow:
        if client_id is not None:
            uow.clients.require(caller, client_id)
        found = uow.reminders.list(caller, client_id=client_id)
    return [reminder_document(reminder) for reminder in found]


def dismiss_reminder(store: Store, caller: Caller, *, reminder_id: str) -> dict[str, Any]:
    """Dismiss one reminder and return it.

    Raises:
        NotFoundError: missing, or not for this caller.
        ConflictError: dismissed already.
    """
    with store.begin() as uow:
        dismissed = uow.reminders.dismiss(caller, reminder_id)
        uow.commit()
    return reminder_document(dismissed)


def reminder_document(reminder: Reminder) -> dict[str, Any]:
    """Return the stored document with what changes: its status."""
    document: dict[str, Any] = json.loads(reminder.document)
    return document | {
        "id": reminder.id,
        "client_id": reminder.client_id,
        "day": reminder.day.isoformat(),
        "kind": reminder.kind,
        "status": reminder.status.value,
    }
