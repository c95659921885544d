"""Clients and what they hold. Cash held here is an account, not a holding row."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, delete, insert, select, update

from allocator.balance_sheet import BalanceSheet, Holding
from allocator.money import Money
from allocator.product_classes import ProductClass, RiskLevel
from api.callers import Caller
from api.client_file import ClientRecord, Renewal
from api.errors import ConflictError
from api.store.mapping import (
    dump_answers,
    dump_facts,
    holding_from,
    holding_row,
    load_answers,
    load_facts,
)
from api.store.records import AccountKind
from api.store.repositories.visibility import not_found, visible
from api.store.tables import account, client, holding

CASH_ID = "cash"
CASH_PRODUCT_ID = "demand-deposit"


class ClientRepository:
    """Clients with their balance sheets."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, record: ClientRecord, *, created_at: datetime) -> None:
        """Store a client and the holdings given; cash is for the ledger to open.

        Raises:
            ConflictError: the id is taken (code client_exists).
        """
        sheet = record.balance_sheet
        row = {
            "id": record.client_id,
            "facts": dump_facts(record.facts, sheet.debts, sheet.policies),
            "answers": dump_answers(record.answers),
            "created_at": created_at,
        }
        known = select(client.c.id).where(client.c.id == record.client_id)
        if self._connection.scalar(known) is not None:
            raise ConflictError("this client id is taken", code="client_exists")
        self._connection.execute(insert(client), row)
        for item in sheet.holdings:
            self._connection.execute(insert(holding), holding_row(record.client_id, item))

    def get(self, caller: Caller, client_id: str, *, as_of: date) -> ClientRecord:
        """Return a client with the balance sheet as it stands, dated `as_of`.

        The cash held here is one demand deposit with the id "cash": available and reserved.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = select(client).where(client.c.id == client_id, visible(caller, client.c.id))
        row = self._connection.execute(query).one_or_none()
        if row is None:
            raise not_found("client")
        facts, debts, policies = load_facts(row.facts)
        holdings = (self._cash(client_id), *self._holdings(client_id))
        sheet = BalanceSheet(as_of=as_of, holdings=holdings, debts=debts, policies=policies)
        return ClientRecord(client_id, facts, sheet, load_answers(row.answers))

    def ids(self, caller: Caller) -> tuple[str, ...]:
        """Return the ids of the clients this caller may see."""
        query = select(client.c.id).where(visible(caller, client.c.id)).order_by(client.c.id)
        return tuple(self._connection.scalars(query))

    def require(self, caller: Caller, client_id: str) -> None:
        """Check that the client exists and is for this caller.

        Raises:
            NotFoundError: missing, or not for this caller.
        """
        query = select(client.c.id).where(client.c.id == client_id, visible(caller, client.c.id))
        if self._connection.scalar(query) is None:
            raise not_found("client")

    def set_answers(self, client_id: str, answers: Mapping[str, str]) -> None:
        """Keep the latest answers."""
        statement = update(client).where(client.c.id == client_id)
        self._connection.execute(statement.values(answers=dump_answers(answers)))

    def set_facts(self, client_id: str, renewal: Renewal) -> None:
        """Keep these facts, debts and policies in place of those known."""
        facts = dump_facts(renewal.facts, renewal.debts, renewal.policies)
        self._connection.execute(update(client).where(client.c.id == client_id).values(facts=facts))

    def buy(self, client_id: str, bought: Holding) -> None:
        """Add to the holding with that id, or create it.

        A holding bought in parts carries the latest dates, in whatever order the parts arrive.
        """
        key = (holding.c.client_id == client_id) & (holding.c.id == bought.id)
        row = self._connection.execute(select(holding).where(key)).one_or_none()
        if row is None:
            self._connection.execute(insert(holding), holding_row(client_id, bought))
            return
        held = holding_from(row)
        self._connection.execute(
            update(holding).where(key),
            {
                "amount_minor": (held.amount + bought.amount).minor,
                "locked_until": _later(held.locked_until, bought.locked_until),
                "acquired_on": _later(held.acquired_on, bought.acquired_on),
            },
        )

    def sell(self, client_id: str, *, holding_id: str, amount: Money) -> None:
        """Take `amount` from a holding; an empty one goes.

        Raises:
            ConflictError: there is less (code holding_changed).
        """
        key = (holding.c.client_id == client_id) & (holding.c.id == holding_id)
        taken = self._connection.execute(
            update(holding)
            .where(key, holding.c.amount_minor >= amount.minor)
            .values(amount_minor=holding.c.amount_minor - amount.minor)
        )
        if taken.rowcount != 1:
            raise ConflictError("the holding is smaller than the sale", code="holding_changed")
        self._connection.execute(delete(holding).where(key, holding.c.amount_minor == 0))

    def _holdings(self, client_id: str) -> tuple[Holding, ...]:
        query = select(holding).where(holding.c.client_id == client_id).order_by(holding.c.id)
        return tuple(map(holding_from, self._connection.execute(query)))

    def _cash(self, client_id: str) -> Holding:
        kinds = (AccountKind.AVAILABLE.value, AccountKind.RESERVED.value)
        query = select(account.c.balance_minor).where(
            account.c.owner_id == client_id, account.c.kind.in_(kinds)
        )
        minor = sum(self._connection.scalars(query))
        return Holding(
            id=CASH_ID,
            product_class=ProductClass.DEMAND_DEPOSIT,
            amount=Money.from_minor(minor),
            risk_level=RiskLevel.R1,
            product_id=CASH_PRODUCT_ID,
        )


def _later(one: date | None, other: date | None) -> date | None:
    days = [day for day in (one, other) if day is not None]
    return max(days, default=None)
