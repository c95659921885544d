"""What may follow what: the allowed transitions of proposals, bundles and orders.

The tables are the only truth about status. A change of status names the edge it takes; an edge
that is not here is refused, and a status without outgoing edges is terminal and absorbs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from allocator.errors import AllocatorError


class ProposalStatus(StrEnum):
    """Life of a proposal; its content never changes."""

    READY = "ready"
    PRESENTED = "presented"
    ACCEPTED = "accepted"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class BundleStatus(StrEnum):
    """Life of the orders that one consent created."""

    CREATED = "created"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    PARTIALLY_CONFIRMED = "partially_confirmed"
    COMPLETED = "completed"
    COMPLETED_WITH_CHANGES = "completed_with_changes"
    FAILED = "failed"


class OrderStatus(StrEnum):
    """Life of one order.

    `sending` means that the venue may or may not have it. `deferred` is a lead for a person:
    a policy needs underwriting and is never bought by the button.
    """

    PLANNED = "planned"
    SENDING = "sending"
    ACCEPTED = "accepted"
    PARTIALLY_CONFIRMED = "partially_confirmed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SKIPPED = "skipped"
    DEFERRED = "deferred"


class IllegalTransitionError(AllocatorError):
    """Somebody tried to take an edge that does not exist: a fault in the code that tried."""

    code = "illegal_transition"


Status = TypeVar("Status", bound=StrEnum)
_P, _B, _O = ProposalStatus, BundleStatus, OrderStatus
_BUNDLE_ENDS = frozenset({_B.COMPLETED, _B.COMPLETED_WITH_CHANGES, _B.FAILED})
_ORDER_ENDS = frozenset({_O.CONFIRMED, _O.REJECTED, _O.EXPIRED})

PROPOSAL: Mapping[ProposalStatus, frozenset[ProposalStatus]] = {
    _P.READY: frozenset({_P.PRESENTED, _P.ACCEPTED, _P.EXPIRED, _P.SUPERSEDED}),
    _P.PRESENTED: frozenset({_P.ACCEPTED, _P.EXPIRED, _P.SUPERSEDED}),
    _P.ACCEPTED: frozenset(),
    _P.EXPIRED: frozenset(),
    _P.SUPERSEDED: frozenset(),
}
# A bundle that sells before it buys is partially confirmed while its purchases still wait.
BUNDLE: Mapping[BundleStatus, frozenset[BundleStatus]] = {
    _B.CREATED: _BUNDLE_ENDS | {_B.SUBMITTING, _B.SUBMITTED, _B.PARTIALLY_CONFIRMED},
    _B.SUBMITTING: _BUNDLE_ENDS | {_B.SUBMITTED, _B.PARTIALLY_CONFIRMED},
    _B.SUBMITTED: _BUNDLE_ENDS | {_B.PARTIALLY_CONFIRMED},
    _B.PARTIALLY_CONFIRMED: _BUNDLE_ENDS,
    _B.COMPLETED: frozenset(),
    _B.COMPLETED_WITH_CHANGES: frozenset(),
    _B.FAILED: frozenset(),
}
# A confirmation may overtake the acceptance, so `sending` reaches every end.
ORDER: Mapping[OrderStatus, frozenset[OrderStatus]] = {
    _O.PLANNED: frozenset({_O.SENDING, _O.SKIPPED}),
    _O.SENDING: _ORDER_ENDS | {_O.ACCEPTED, _O.PARTIALLY_CONFIRMED},
    _O.ACCEPTED: _ORDER_ENDS | {_O.PARTIALLY_CONFIRMED},
    _O.PARTIALLY_CONFIRMED: frozenset({_O.CONFIRMED, _O.EXPIRED}),
    _O.CONFIRMED: frozenset(),
    _O.REJECTED: frozenset(),
    _O.EXPIRED: frozenset(),
    _O.SKIPPED: frozenset(),
    _O.DEFERRED: frozenset(),
}


def require_transition(
    table: Mapping[Status, frozenset[Status]], before: Status, after: Status
) -> None:
    """Check that `table` has the edge.

    Raises:
        IllegalTransitionError: it has not.

    >>> require_transition(ORDER, OrderStatus.PLANNED, OrderStatus.SENDING)
    """
    if after not in table[before]:
        allowed = ", ".join(sorted(table[before])) or "nothing: it is terminal"
        raise IllegalTransitionError(f"{before} cannot become {after}; it can become {allowed}")


def is_terminal(table: Mapping[Status, frozenset[Status]], status: Status) -> bool:
    """Return whether nothing can follow `status`."""
    return not table[status]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far one order has come; an order that expired may have been filled in part."""

    status: OrderStatus
    is_filled_in_part: bool = False


def bundle_status(orders: Sequence[Progress]) -> BundleStatus:
    """Return the status of a bundle whose orders stand as given.

    A deferred order is a lead and the bundle does not wait for it; a bundle of leads alone is
    complete.

    >>> bundle_status([Progress(OrderStatus.CONFIRMED), Progress(OrderStatus.REJECTED)]).value
    'completed_with_changes'
    """
    active = [order for order in orders if order.status is not _O.DEFERRED]
    statuses = {order.status for order in active}
    any_filled = _O.CONFIRMED in statuses or any(order.is_filled_in_part for order in active)
    if all(is_terminal(ORDER, status) for status in statuses):
        if statuses <= {_O.CONFIRMED}:
            return _B.COMPLETED
        return _B.COMPLETED_WITH_CHANGES if any_filled else _B.FAILED
    if any_filled:
        return _B.PARTIALLY_CONFIRMED
    if statuses <= {_O.PLANNED, _O.SKIPPED}:
        return _B.CREATED
    if statuses & {_O.PLANNED, _O.SENDING}:
        return _B.SUBMITTING
    return _B.SUBMITTED
