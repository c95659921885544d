"""Journey 4: reminders, of one client or of a whole book."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.pages.blueprint import pages
from api.pages.lookup import client_record
from api.pages.rendering import render
from api.services.clients import list_clients
from api.services.reminders import dismiss_reminder, list_reminders


@pages.get("/clients/<client_id>/reminders")
@allow(Role.CLIENT, Role.ADVISOR)
def reminders(client_id: str) -> str:
    """Show the reminders of one client, newest first."""
    return render(
        "reminders.html",
        tab="reminders",
        client_id=client_id,
        client_name=client_record(client_id).facts.name,
        reminders=list_reminders(environment().store, current_caller(), client_id=client_id),
        names={},
    )


@pages.get("/reminders")
@allow(Role.ADVISOR)
def book_reminders() -> str:
    """Show the reminders of the advisor's book, newest first."""
    here, caller = environment(), current_caller()
    book = list_clients(here.store, here.clock, caller)
    return render(
        "reminders.html",
        tab="reminders",
        reminders=list_reminders(here.store, caller),
        names={record.client_id: record.facts.name for record in book},
    )


@pages.post("/reminders/<reminder_id>/dismiss")
@allow(Role.CLIENT, Role.ADVISOR)
def dismiss(reminder_id: str) -> ResponseReturnValue:
    """Dismiss one reminder."""
    dismissed = dismiss_reminder(environment().store, current_caller(), reminder_id=reminder_id)
    if current_caller().role is Role.ADVISOR:
        return redirect(url_for("pages.book_reminders"), 303)
    return redirect(url_for("pages.reminders", client_id=dismissed["client_id"]), 303)
