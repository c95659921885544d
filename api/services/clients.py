"""Registering clients and reading them back."""

from allocator.balance_sheet import BalanceSheet, HeldAt, Holding
from allocator.errors import InputError, Problem
from allocator.money import total
from allocator.product_classes import ProductClass
from api.callers import BANK, Caller, Role
from api.client_file import ClientRecord
from api.clock import Clock, shanghai_date
from api.errors import ForbiddenError
from api.store.records import AccountKind, Posting
from api.store.repositories.clients import CASH_ID
from api.store.repositories.ledger import BANK_ID, EntryKind
from api.store.unit_of_work import Store


def register_client(
    store: Store, clock: Clock, caller: Caller | None, record: ClientRecord
) -> None:
    """Store a client and open the accounts with the demand deposits held here.

    Args:
        store: Where clients live.
        clock: Dates the opening entry.
        caller: An advisor gets the client into the own book; None is the bank itself.
        record: What the client file said.

    Raises:
        ForbiddenError: the caller is neither an advisor nor the bank.
        InputError: a holding carries the id kept for cash.
        ConflictError: the id is taken (code client_exists).
    """
    actor = caller or BANK
    if actor.role is not Role.ADVISOR:
        raise ForbiddenError("only an advisor registers clients")
    now = clock.now()
    sheet = record.balance_sheet
    cash = [one for one in sheet.holdings if _is_cash(one)]
    rest = tuple(one for one in sheet.holdings if not _is_cash(one))
    _check_ids(rest)
    opening = total(one.amount for one in cash)
    kept = BalanceSheet(sheet.as_of, rest, sheet.debts, sheet.policies)
    with store.begin() as uow:
        uow.clients.add(
            ClientRecord(record.client_id, record.facts, kept, record.answers), created_at=now
        )
        if not actor.sees_everyone:
            uow.users.assign(actor.user_id, record.client_id)
        uow.ledger.post(
            kind=EntryKind.OPEN,
            reference=record.client_id,
            postings=[
                Posting(BANK_ID, AccountKind.EXTERNAL, -opening),
                Posting(record.client_id, AccountKind.AVAILABLE, opening),
            ],
            posted_at=now,
            business_date=shanghai_date(now),
        )
        uow.commit()


def get_client(store: Store, clock: Clock, caller: Caller, *, client_id: str) -> ClientRecord:
    """Return one client as of today.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        return uow.clients.get(caller, client_id, as_of=shanghai_date(clock.now()))


def list_clients(store: Store, clock: Clock, caller: Caller) -> tuple[ClientRecord, ...]:
    """Return the clients this caller may see, by id, as of today."""
    today = shanghai_date(clock.now())
    with store.read() as uow:
        return tuple(uow.clients.get(caller, one, as_of=today) for one in uow.clients.ids(caller))


def _is_cash(holding: Holding) -> bool:
    return (
        holding.product_class is ProductClass.DEMAND_DEPOSIT
        and holding.held_at is HeldAt.HERE
        and holding.locked_until is None
    )


def _check_ids(holdings: tuple[Holding, ...]) -> None:
    for number, one in enumerate(holdings):
        if one.id == CASH_ID:
            problem = Problem(
                f"/holdings/{number}/id", "is kept for the cash account", one.id, "rename it"
            )
            raise InputError("this client cannot be registered", problems=[problem])
