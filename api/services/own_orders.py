"""A client's own order: begun by the client alone, kept as a proposal, accepted like one.

The bank's own open proposal stays open beside it; whichever is accepted first ends the other. No
purchase is under way while one is made, so all cash in the account is available for it.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allocator.money import Money
from allocator.optimizer.lines import CASH_PRODUCT_ID
from allocator.product_classes import CLASSES
from allocator.shelf import Product
from allocator.trading.transitions import ProposalStatus
from api.advice_parts import cash_in_account
from api.callers import Caller, Role
from api.clock import Clock
from api.errors import ForbiddenError
from api.own_order_document import (
    OwnOrder,
    judge_own_order,
    own_order_document,
    own_order_inputs,
)
from api.reference_data import ReferenceData
from api.services.advice import keep_reference, make_advice, require_fresh, shown, work_up_client
from api.settings import Settings
from api.store.records import AdviceKind
from api.store.unit_of_work import Store


@dataclass(frozen=True, slots=True)
class Choice:
    """A product the client may buy unasked, if need be after the written warning."""

    product: Product
    is_above_level: bool


@dataclass(frozen=True, slots=True)
class Selection:
    """What a client can choose from, and the cash there is to pay with."""

    cash: Money
    choices: tuple[Choice, ...]

    def find(self, product_id: str) -> Choice | None:
        """Return the choice of that product, if it is one."""
        return next((one for one in self.choices if one.product.id == product_id), None)


def list_choices(
    store: Store, clock: Clock, reference: ReferenceData, caller: Caller, *, client_id: str
) -> Selection:
    """Return what the shelf holds that this client may buy at its minimum, by class and id.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force.
    """
    workup, _ = work_up_client(store, reference, caller, client_id=client_id, now=clock.now())
    choices = []
    for product_class in CLASSES:
        for product in workup.reference.shelf.of_class(product_class):
            if product.id != CASH_PRODUCT_ID:
                verdict = judge_own_order(workup, OwnOrder(product.id, product.minimum))
                if not verdict.objections:
                    choices.append(Choice(product, is_above_level=verdict.override is not None))
    return Selection(cash_in_account(workup.record.balance_sheet), tuple(choices))


def make_own_order(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    product_id: str,
    amount: Money,
) -> dict[str, Any]:
    """Write down what a client wants to buy, with the warning it needs; nothing is ordered yet.

    Args:
        store: Where the proposal is kept.
        clock: Says what day it is, and with it when the warning was given.
        reference: Market and shelf of today.
        settings: How long a proposal stays open.
        caller: The client itself.
        client_id: Whose order it is.
        product_id: A product of the shelf.
        amount: Cash to be spent, the fee included.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ForbiddenError: staff cannot begin an order for a client: that would be a recommendation.
        InputError: no such product, the cash account, or no wealth.
        ConflictError: unsuitable or insufficient_cash, with all reasons; no assessment in force,
            a purchase under way (bundle_open), or data that changed meanwhile (changed).
        SolverError: no verified optimum to compare with.
    """
    if caller.role is not Role.CLIENT:
        raise ForbiddenError("only the client can begin an order of its own")
    now, own = clock.now(), OwnOrder(product_id, amount)
    workup, assessment = work_up_client(store, reference, caller, client_id=client_id, now=now)
    advice = make_advice(
        AdviceKind.PROPOSAL,
        workup,
        assessment,
        document=own_order_document(workup, own),
        inputs=own_order_inputs(workup, own),
        now=now,
        expires_at=now + timedelta(hours=settings.proposal_hours),
    )
    with store.begin() as uow:
        require_fresh(uow, caller, workup, assessment, now=now)
        keep_reference(uow, reference, now)
        uow.advice.add(advice)
        uow.commit()
    return shown(advice) | {"status": ProposalStatus.READY.value}
