"""What must hold at the moment a client presses the button; checked inside the transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allocator.errors import InputError, Problem
from allocator.money import ZERO, Money, total
from allocator.shelf import Shelf, parse_shelf
from allocator.statements import Statement
from allocator.trading.orders import PlannedOrder, Side
from allocator.trading.transitions import ProposalStatus
from api.callers import Caller, Role
from api.client_file import ClientRecord
from api.clock import shanghai_date
from api.errors import ConflictError, ForbiddenError, GoneError
from api.own_order_document import override_of
from api.services.in_force import assessment_in_force
from api.services.orders import ProposedOrder, proposed_orders
from api.store.records import Advice, Assessment
from api.store.repositories.clients import CASH_PRODUCT_ID
from api.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PurchaseCase:
    """What suitability is judged on at the moment of consent."""

    record: ClientRecord
    assessment: Assessment
    proposal: Advice
    proposed: tuple[ProposedOrder, ...]
    shelf: Shelf
    as_of: date

    @property
    def orders(self) -> tuple[PlannedOrder, ...]:
        """The planned orders, by line."""
        return tuple(order.planned for order in self.proposed)

    @property
    def needed(self) -> Money:
        """Cash of all purchases that will be sent."""
        return total(
            order.planned.amount
            for order in self.proposed
            if order.planned.side is Side.BUY and not order.is_deferred
        )

    @property
    def proceeds(self) -> Money:
        """Cash that the sales will bring."""
        return total(
            order.planned.net
            for order in self.proposed
            if order.planned.side is Side.SELL and not order.is_deferred
        )


# Returns what stands against the purchase; nothing means suitable.
Recheck = Callable[[PurchaseCase], Sequence[Statement]]


def check_consent(
    caller: Caller,
    proposal: Advice,
    *,
    proposal_hash: str,
    consent: bool,
    warning_read: bool,
    now: datetime,
) -> None:
    """Check that this is the client's own yes to exactly this proposal, in time.

    Raises:
        ForbiddenError: staff cannot consent for a client.
        InputError: consent is not True (code consent_missing), or the proposal carries a special
            written warning and warning_read is not True (code warning_not_read).
        ConflictError: proposal_changed, proposal_accepted or proposal_superseded.
        GoneError: the proposal has expired.
    """
    if caller.role is not Role.CLIENT or caller.client_id != proposal.client_id:
        raise ForbiddenError("only the client can accept a proposal")
    if consent is not True:
        problem = Problem("/consent", "is not true", consent, "send true if the client agrees")
        raise InputError("no consent", code="consent_missing", problems=[problem])
    if proposal_hash != proposal.hash:
        raise ConflictError(
            "this is not the proposal the client saw; show it again", code="proposal_changed"
        )
    if warning_read is not True and override_of(proposal.document) is not None:
        remedy = "send true once the client has read the written warning"
        problem = Problem("/warning_read", "is not true", warning_read, remedy)
        raise InputError("the warning was not read", code="warning_not_read", problems=[problem])
    if proposal.status is ProposalStatus.ACCEPTED:
        raise ConflictError("the proposal was accepted before", code="proposal_accepted")
    if proposal.status is ProposalStatus.SUPERSEDED:
        raise ConflictError(
            "a newer proposal, assessment or set of facts took its place",
            code="proposal_superseded",
        )
    expired = proposal.expires_at is None or now >= proposal.expires_at
    if expired or proposal.status is ProposalStatus.EXPIRED:
        raise GoneError("the proposal has expired; ask for a new one")


def purchase_case(
    uow: UnitOfWork, caller: Caller, proposal: Advice, *, now: datetime
) -> PurchaseCase:
    """Return what the purchase rests on, if nothing else is under way and the profile stands.

    Raises:
        ConflictError: bundle_open, profile_changed, or no assessment in force (see
            `assessment_in_force`).
        InputError: the proposal asks for no orders (code nothing_to_accept).
    """
    if uow.bundles.list(caller, client_id=proposal.client_id, only_open=True):
        raise ConflictError("another purchase is still under way", code="bundle_open")
    today = shanghai_date(now)
    assessment = assessment_in_force(uow, caller, proposal.client_id, now=now)
    if assessment.id != proposal.assessment_id:
        raise ConflictError(
            "the client was assessed again since; ask for a new proposal", code="profile_changed"
        )
    # The terms are those of the shelf the client was shown, not of today's.
    shelf = parse_shelf(uow.artifacts.get(proposal.shelf_hash))
    return PurchaseCase(
        record=uow.clients.get(caller, proposal.client_id, as_of=today),
        assessment=assessment,
        proposal=proposal,
        proposed=proposed_orders(proposal.document, shelf),
        shelf=shelf,
        as_of=today,
    )


def check_means(case: PurchaseCase, *, available: Money) -> None:
    """Check that what is sold is there and that what is bought can be paid.

    Raises:
        InputError: an order in the cash account (code cash_order).
        ConflictError: holding_changed or insufficient_cash.
    """
    sheet = case.record.balance_sheet
    sellable = {one.id: one for one in sheet.holdings if one.is_sellable(case.as_of)}
    sold: dict[str, Money] = {}
    for order in case.orders:
        if order.product_id == CASH_PRODUCT_ID:
            raise InputError("the cash account is neither bought nor sold", code="cash_order")
        if order.side is Side.BUY:
            continue
        holding = sellable.get(order.holding_id or "")
        if holding is None or holding.product_id != order.product_id:
            raise ConflictError(
                f"line {order.line} sells what cannot be sold", code="holding_changed"
            )
        sold[holding.id] = sold.get(holding.id, ZERO) + order.amount
        if holding.amount < sold[holding.id]:
            raise ConflictError(
                f"line {order.line} sells more than {holding.amount}", code="holding_changed"
            )
    if available + case.proceeds < case.needed:
        raise ConflictError(
            f"the purchases need {case.needed}; {available} is available and the sales bring "
            f"{case.proceeds}",
            code="insufficient_cash",
        )
