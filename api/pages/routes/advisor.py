"""The advisor's list of clients."""

from typing import Any

import numpy as np

from allocator.product_classes import CLASSES
from allocator.rebalancing.drift import drift
from api.authorization import allow, current_caller
from api.callers import Role
from api.client_file import ClientRecord
from api.environment import environment
from api.pages.blueprint import pages
from api.pages.lookup import latest, profile_or_none
from api.pages.rendering import render
from api.services.clients import list_clients
from api.services.reminders import list_reminders
from api.store.records import AdviceKind


@pages.get("/advisor")
@allow(Role.ADVISOR)
def advisor_clients() -> str:
    """List the advisor's own book with index, profile, drift and open reminders."""
    here, caller = environment(), current_caller()
    open_reminders = [
        r["client_id"] for r in list_reminders(here.store, caller) if r["status"] == "open"
    ]
    rows: list[dict[str, Any]] = []
    for record in list_clients(here.store, here.clock, caller):
        profile = profile_or_none(record.client_id)
        diagnosis = latest(AdviceKind.DIAGNOSIS, record.client_id)
        rows.append(
            {
                "client_id": record.client_id,
                "name": record.facts.name,
                "level": None if profile is None else profile["level"],
                "index": None if diagnosis is None else diagnosis["index"],
                "drift": _drift(record),
                "reminder_count": open_reminders.count(record.client_id),
            }
        )
    # Those with reminders come first, then the undiagnosed, then the lowest index.
    rows.sort(key=lambda row: (-row["reminder_count"], row["index"] or 0.0, row["client_id"]))
    return render("advisor.html", tab="clients", clients=rows)


def _drift(record: ClientRecord) -> float | None:
    """Return how far the holdings are from the target of the newest proposal, if there is one."""
    proposal = latest(AdviceKind.PROPOSAL, record.client_id)
    if proposal is None or not record.balance_sheet.investable_wealth:
        return None
    target = proposal["target"]["weights"]
    current = record.balance_sheet.weights(CLASSES).aligned_to(CLASSES)
    return float(drift(current, np.array([target.get(c.value, 0.0) for c in CLASSES])))
