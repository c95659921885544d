"""Closing reminders to trade whose reason is gone: the client acted, or the market did."""

from datetime import date

from allocator.rebalancing.triggers import ReminderKind, settled_kinds
from api.callers import BANK
from api.store.records import Reminder, ReminderStatus
from api.store.unit_of_work import Store, UnitOfWork


def close_settled(
    store: Store, *, client_id: str, reason: ReminderKind | None, as_of: date
) -> None:
    """Close a client's open reminders of that day or before whose reason no longer holds.

    Args:
        store: The book.
        client_id: Whose reminders; the client was judged by the scan.
        reason: The most urgent reason to trade there is today, if any.
        as_of: The day scanned.
    """
    settled = frozenset(kind.value for kind in settled_kinds(reason))
    with store.read() as uow:
        found = _open(uow, client_id, settled, as_of)
    # Most nights nothing is to be closed, and then nothing is written.
    if not found:
        return
    with store.begin() as uow:
        for reminder in _open(uow, client_id, settled, as_of):
            uow.reminders.dismiss(BANK, reminder.id)
        uow.commit()


def _open(
    uow: UnitOfWork, client_id: str, kinds: frozenset[str], as_of: date
) -> tuple[Reminder, ...]:
    return tuple(
        one
        for one in uow.reminders.list(BANK, client_id=client_id)
        if one.kind in kinds and one.status is ReminderStatus.OPEN and one.day <= as_of
    )
