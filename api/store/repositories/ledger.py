"""Double entry: every entry sums to zero, and no account but `external` goes below zero.

An entry is unique by kind and reference, so posting the same fact twice is impossible, and an
update that would overdraw an account matches no row.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection, func, insert, or_, select, update

from allocator.errors import AllocatorError
from allocator.money import ZERO, Money, total
from api.callers import Caller
from api.errors import ConflictError
from api.store.records import AccountKind, Cash, Posting
from api.store.repositories.visibility import visible
from api.store.tables import account, journal, posting

BANK_ID = "bank"


class EntryKind(StrEnum):
    """Why money moved."""

    OPEN = "open"  # brought in from outside
    PEND = "pend"  # reserved
    POST = "post"  # executed
    VOID = "void"  # released


class UnbalancedEntryError(AllocatorError):
    """An entry that does not sum to zero: a fault in the code that wrote it."""

    code = "unbalanced_entry"


class Ledger:
    """Accounts, journal entries and their postings."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def post(
        self,
        *,
        kind: EntryKind,
        reference: str,
        postings: Sequence[Posting],
        posted_at: datetime,
        business_date: date,
    ) -> None:
        """Write one entry and move the balances; lines of nothing are left out.

        Raises:
            UnbalancedEntryError: the lines do not sum to zero.
            ConflictError: an account would be overdrawn (code insufficient_cash).
        """
        lines = [line for line in postings if line.amount]
        if total(line.amount for line in lines):
            raise UnbalancedEntryError(f"{kind} {reference} does not sum to zero: {lines}")
        if not lines:
            return
        entry_id = self._connection.scalar(
            insert(journal)
            .values(
                kind=kind.value,
                reference=reference,
                posted_at=posted_at,
                business_date=business_date,
            )
            .returning(journal.c.id)
        )
        for number, line in enumerate(lines, start=1):
            self._move(line)
            self._connection.execute(
                insert(posting).values(
                    entry_id=entry_id,
                    line=number,
                    owner_id=line.owner_id,
                    kind=line.kind.value,
                    amount_minor=line.amount.minor,
                )
            )

    def cash(self, caller: Caller, client_id: str) -> Cash:
        """Return a client's money; nothing for a client this caller may not see."""
        query = select(account.c.kind, account.c.balance_minor).where(
            account.c.owner_id == client_id, visible(caller, account.c.owner_id)
        )
        found = {
            row.kind: Money.from_minor(row.balance_minor) for row in self._connection.execute(query)
        }
        return Cash(
            available=found.get(AccountKind.AVAILABLE.value, ZERO),
            reserved=found.get(AccountKind.RESERVED.value, ZERO),
        )

    def balances(self) -> dict[tuple[str, AccountKind], Money]:
        """Return every account's balance: for the check of invariants."""
        return {
            (row.owner_id, AccountKind(row.kind)): Money.from_minor(row.balance_minor)
            for row in self._connection.execute(select(account))
        }

    def posted_totals(self) -> dict[tuple[str, AccountKind], Money]:
        """Return the sum of postings of every account: what its balance must be."""
        amount = func.sum(posting.c.amount_minor).label("amount")
        query = select(posting.c.owner_id, posting.c.kind, amount)
        return {
            (row.owner_id, AccountKind(row.kind)): Money.from_minor(int(row.amount))
            for row in self._connection.execute(query.group_by(posting.c.owner_id, posting.c.kind))
        }

    def unbalanced_entries(self) -> tuple[str, ...]:
        """Return the references of entries that do not sum to zero; there must be none."""
        query = (
            select(journal.c.reference)
            .join(posting, posting.c.entry_id == journal.c.id)
            .group_by(journal.c.id, journal.c.reference)
            .having(func.sum(posting.c.amount_minor) != 0)
        )
        return tuple(self._connection.scalars(query))

    def _move(self, line: Posting) -> None:
        key = (account.c.owner_id == line.owner_id) & (account.c.kind == line.kind.value)
        if self._connection.scalar(select(account.c.kind).where(key)) is None:
            self._connection.execute(
                insert(account).values(
                    owner_id=line.owner_id, kind=line.kind.value, balance_minor=0
                )
            )
        after = account.c.balance_minor + line.amount.minor
        may_go = or_(after >= 0, account.c.kind == AccountKind.EXTERNAL.value)
        moved = self._connection.execute(
            update(account).where(key, may_go).values(balance_minor=after)
        )
        if moved.rowcount != 1:
            raise ConflictError(
                f"there is not enough money in {line.kind.value}", code="insufficient_cash"
            )
