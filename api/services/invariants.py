"""What must hold of the books at any moment, whatever happened; checked after every test.

I1   every journal entry sums to zero, and so do all accounts with `external`
I2   no account but `external` is below zero
I3   a client's reserve is what the open orders hold
I4   one consent a proposal, one bundle a consent
I10  every balance is the sum of its postings; what an order confirmed is the sum of its fills
I12  the last audit row of every order and bundle names the status it is in

One more holds only while the worker lives, so it is asked for with an instant, by `overdue`:

I14  no order is open two trading days after its confirmation was due, or unsent after an hour
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from allocator.money import ZERO, Money, total
from allocator.trading.transitions import ORDER, is_terminal
from api.callers import BANK
from api.clock import shanghai_date
from api.errors import ConflictError
from api.store.records import AccountKind, Bundle
from api.store.unit_of_work import UnitOfWork
from api.trading_calendar import session_after

LONGEST_UNSENT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold, and where."""

    invariant: str
    detail: str


def check_invariants(uow: UnitOfWork) -> list[Violation]:
    """Return everything that does not hold; an empty list is the only good answer."""
    bundles = uow.bundles.list(BANK)
    return [
        *_money(uow),
        *_reserves(uow, bundles),
        *_uniqueness(bundles),
        *_fills(uow, bundles),
        *_trail(uow, bundles),
    ]


def overdue(uow: UnitOfWork, now: datetime) -> list[Violation]:
    """Return the orders that should have moved by `now`: a dead worker or a silent venue."""
    today = shanghai_date(now)
    late = [
        Violation("I14", f"{order.client_order_id} was to be confirmed on {order.confirm_date}")
        for bundle in uow.bundles.list(BANK, only_open=True)
        for order in bundle.orders
        if order.confirm_date is not None
        and not is_terminal(ORDER, order.status)
        and _is_long_past(order.confirm_date, today)
    ]
    unsent = uow.outbox.due_before(now - LONGEST_UNSENT)
    return late + [Violation("I14", f"{one} waits to be sent") for one in unsent]


def _is_long_past(day: date, today: date) -> bool:
    try:
        return session_after(day, 1) < today
    except ConflictError:
        # Where the calendar ends, no trading day after `day` is known to have passed.
        return False


def _money(uow: UnitOfWork) -> list[Violation]:
    found = [Violation("I1", f"entry {one}") for one in uow.ledger.unbalanced_entries()]
    balances, posted = uow.ledger.balances(), uow.ledger.posted_totals()
    if total(balances.values()) != ZERO:
        found.append(Violation("I1", f"all accounts sum to {total(balances.values())}"))
    for key in balances.keys() | posted.keys():
        balance = balances.get(key, ZERO)
        if balance < ZERO and key[1] is not AccountKind.EXTERNAL:
            found.append(Violation("I2", f"{key} is {balance}"))
        if balance != posted.get(key, ZERO):
            found.append(Violation("I10", f"{key} is {balance}, postings give {posted.get(key)}"))
    return found


def _reserves(uow: UnitOfWork, bundles: tuple[Bundle, ...]) -> list[Violation]:
    held: dict[str, Money] = {}
    for bundle in bundles:
        mine = total(order.reserved for order in bundle.orders)
        held[bundle.client_id] = held.get(bundle.client_id, ZERO) + mine
    reserved = {
        owner: balance
        for (owner, kind), balance in uow.ledger.balances().items()
        if kind is AccountKind.RESERVED
    }
    return [
        Violation("I3", f"{owner}: {reserved.get(owner, ZERO)} reserved, {held.get(owner)} held")
        for owner in reserved.keys() | held.keys()
        if reserved.get(owner, ZERO) != held.get(owner, ZERO)
    ]


def _uniqueness(bundles: tuple[Bundle, ...]) -> list[Violation]:
    counts = Counter(bundle.proposal_id for bundle in bundles)
    counts += Counter(bundle.consent_id for bundle in bundles)
    return [Violation("I4", f"{key}: {n} bundles") for key, n in counts.items() if n > 1]


def _fills(uow: UnitOfWork, bundles: tuple[Bundle, ...]) -> list[Violation]:
    found = []
    for bundle in bundles:
        fills: dict[str, Money] = {}
        for fill in uow.bundles.executions(BANK, bundle.id):
            fills[fill.client_order_id] = fills.get(fill.client_order_id, ZERO) + fill.amount
        found += [
            Violation("I10", f"{order.client_order_id} confirmed {order.confirmed}")
            for order in bundle.orders
            if order.confirmed != fills.get(order.client_order_id, ZERO)
        ]
    return found


def _trail(uow: UnitOfWork, bundles: tuple[Bundle, ...]) -> list[Violation]:
    states = [("bundle", bundle.id, bundle.status.value) for bundle in bundles]
    states += [
        ("order", order.client_order_id, order.status.value)
        for bundle in bundles
        for order in bundle.orders
    ]
    return [
        Violation("I12", f"{kind} {identity} is {status}")
        for kind, identity, status in states
        if [row.after for row in uow.audit.of(kind, identity)][-1:] != [status]
    ]
