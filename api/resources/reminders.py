"""Reminders of one client, or of an advisor's whole book."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.records import ReminderSchema, RemindersSchema
from api.schemas.requests import NothingSchema
from api.services import reminders

routes = Routes("reminders", description="What is worth acting on, with gain and cost.")


@routes.get(
    "/clients/<client_id>/reminders",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    returns=RemindersSchema,
)
def list_client_reminders(client_id: str) -> dict[str, Any]:
    """Return a client's reminders, newest first."""
    found = reminders.list_reminders(environment().store, current_caller(), client_id=client_id)
    return {"reminders": [spoken(one) for one in found]}


@routes.get("/reminders", policy=allow(Role.ADVISOR), returns=RemindersSchema)
def list_book_reminders() -> dict[str, Any]:
    """Return the reminders of the caller's book, newest first."""
    found = reminders.list_reminders(environment().store, current_caller())
    return {"reminders": [spoken(one) for one in found]}


@routes.post(
    "/reminders/<reminder_id>/dismiss",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=NothingSchema,
    returns=ReminderSchema,
    status=200,
)
def dismiss_reminder(_body: dict[str, Any], reminder_id: str) -> dict[str, Any]:
    """Dismiss a reminder."""
    store, caller = environment().store, current_caller()
    return spoken(reminders.dismiss_reminder(store, caller, reminder_id=reminder_id))
