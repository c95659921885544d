"""One button: accepting a proposal, exactly once or not at all.

Everything the client's word causes is written in one transaction: the idempotency key with the
answer it will always get, the consent, the bundle, its orders, the reservation of cash and the
outbox. Every check happens inside it, so nothing can change between check and act. The venue is
not called here: a worker finds the outbox.

Cash: `min(available, purchases)` is reserved and given to the purchases in line order; what it
does not cover waits for the proceeds of the sales.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from allocator.balance_sheet import HeldAt
from allocator.errors import InputError, Problem
from allocator.money import ZERO, Money
from allocator.shelf import Product
from allocator.trading.orders import Side
from allocator.trading.transitions import BundleStatus, OrderStatus, ProposalStatus
from api.callers import Caller
from api.clock import Clock
from api.documents import canonical_json
from api.errors import ConflictError
from api.services.bundle_progress import refresh_bundle
from api.services.orders import bundle_document
from api.services.purchase_checks import (
    PurchaseCase,
    Recheck,
    check_consent,
    check_means,
    purchase_case,
)
from api.store.records import (
    AccountKind,
    AdviceKind,
    Bundle,
    Consent,
    Order,
    Posting,
    StoredResponse,
)
from api.store.repositories.ledger import EntryKind
from api.store.unit_of_work import Store, UnitOfWork
from api.trading_calendar import confirmation_date, trade_date

LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer to a press of the button.

    Attributes:
        body: The stored JSON text; a replay returns the same bytes.
        is_replay: The key had been used before for the same request.
    """

    document: dict[str, Any]
    body: str
    is_replay: bool


def accept_proposal(
    store: Store,
    clock: Clock,
    caller: Caller,
    *,
    proposal_id: str,
    proposal_hash: str,
    consent: bool,
    idempotency_key: str,
    recheck: Recheck,
    warning_read: bool = False,
) -> Accepted:
    """Turn the client's word into orders; any refusal leaves everything as it was.

    Args:
        store: Where it all happens.
        clock: Fixes the instant, and with it the trade date.
        caller: The client itself.
        proposal_id: What is accepted.
        proposal_hash: Hash of what the client saw.
        consent: The client's explicit yes.
        idempotency_key: 1 to 255 visible ASCII characters, made by the client for this press.
        recheck: Judges suitability again, inside the transaction.
        warning_read: The client has read the special written warning; asked for only where the
            proposal carries one.

    Raises:
        InputError: no key, no consent, a warning not read, no orders, or a key used for another
            request.
        NotFoundError: the proposal is missing, or not for this caller.
        ForbiddenError: staff cannot consent for a client.
        GoneError: the proposal has expired.
        ConflictError: accepted already, changed, superseded, another bundle is open, the
            assessment is no longer the same or valid, unsuitable, or not enough cash.
    """
    _check_key(idempotency_key)
    now = clock.now()
    fingerprint = _fingerprint(
        proposal_id, proposal_hash, consent=consent, warning_read=warning_read
    )
    with store.begin() as uow:
        known = uow.idempotency.find(caller_id=caller.user_id, key=idempotency_key)
        if known is not None:
            return _replay(known, fingerprint)
        proposal = uow.advice.get(caller, AdviceKind.PROPOSAL, proposal_id)
        check_consent(
            caller,
            proposal,
            proposal_hash=proposal_hash,
            consent=consent,
            warning_read=warning_read,
            now=now,
        )
        case = purchase_case(uow, caller, proposal, now=now)
        available = uow.ledger.cash(caller, proposal.client_id).available
        check_means(case, available=available)
        objections = tuple(recheck(case))
        if objections:
            raise ConflictError(
                "the purchase is no longer suitable", code="unsuitable", statements=objections
            )
        uow.advice.move(proposal, ProposalStatus.ACCEPTED, actor=caller.user_id, at=now)
        uow.advice.supersede(caller, proposal.client_id, at=now, reason="another was accepted")
        bundle = _create_bundle(uow, caller, case, available=available, now=now)
        document = bundle_document(bundle)
        body = canonical_json(document)
        uow.idempotency.add(
            caller_id=caller.user_id,
            key=idempotency_key,
            response=StoredResponse(fingerprint, body),
            at=now,
        )
        uow.commit()
    return Accepted(document, body, is_replay=False)


def get_bundle(store: Store, caller: Caller, *, bundle_id: str) -> dict[str, Any]:
    """Return one bundle as a document.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        return bundle_document(uow.bundles.get(caller, bundle_id))


def list_bundles(store: Store, caller: Caller, *, client_id: str) -> list[dict[str, Any]]:
    """Return a client's bundles as documents, newest first.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    with store.read() as uow:
        uow.clients.require(caller, client_id)
        return [bundle_document(one) for one in uow.bundles.list(caller, client_id=client_id)]


def _check_key(key: str) -> None:
    # Visible ASCII is "!" to "~": no spaces, no control characters.
    if not (1 <= len(key) <= LONGEST_KEY and all("!" <= letter <= "~" for letter in key)):
        problem = Problem(
            "Idempotency-Key",
            "is missing or not 1 to 255 visible ASCII characters",
            key or None,
            "send a fresh random key for each press, and the same one when you repeat a request",
        )
        raise InputError("no usable key", code="idempotency_key_missing", problems=[problem])


def _fingerprint(proposal_id: str, proposal_hash: str, *, consent: bool, warning_read: bool) -> str:
    request = ["accept_proposal", proposal_id, proposal_hash, consent]
    if warning_read:
        request.append("warning_read")
    return hashlib.sha256(canonical_json(request).encode()).hexdigest()


def _replay(known: StoredResponse, fingerprint: str) -> Accepted:
    if known.fingerprint != fingerprint:
        problem = Problem(
            "Idempotency-Key", "was used for another request", None, "send a fresh random key"
        )
        raise InputError("the key is taken", code="idempotency_mismatch", problems=[problem])
    document: dict[str, Any] = json.loads(known.body)
    return Accepted(document, known.body, is_replay=True)


def _create_bundle(
    uow: UnitOfWork, caller: Caller, case: PurchaseCase, *, available: Money, now: datetime
) -> Bundle:
    proposal = case.proposal
    # Ids follow from the proposal, so whatever is tried twice meets its own first try.
    consent_id, bundle_id = _derived_id("consent", proposal.id), _derived_id("bundle", proposal.id)
    reserve = min(available, case.needed)
    orders = _plan_orders(case, bundle_id=bundle_id, reserve=reserve, traded_on=trade_date(now))
    bundle = Bundle(
        id=bundle_id,
        consent_id=consent_id,
        proposal_id=proposal.id,
        client_id=proposal.client_id,
        status=BundleStatus.CREATED,
        created_at=now,
        orders=orders,
    )
    given = Consent(
        id=consent_id,
        proposal_id=proposal.id,
        client_id=proposal.client_id,
        user_id=caller.user_id,
        assessment_id=case.assessment.id,
        proposal_hash=proposal.hash,
        given_at=now,
    )
    uow.bundles.add(given, bundle, actor=caller.user_id)
    uow.ledger.post(
        kind=EntryKind.PEND,
        reference=bundle_id,
        postings=[
            Posting(proposal.client_id, AccountKind.AVAILABLE, -reserve),
            Posting(proposal.client_id, AccountKind.RESERVED, reserve),
        ],
        posted_at=now,
        business_date=case.as_of,
    )
    for order in orders:
        if order.status is OrderStatus.PLANNED:
            goes_now = order.trade_date is not None
            uow.outbox.add(order.client_order_id, available_at=now if goes_now else None)
    return refresh_bundle(uow, bundle_id, actor=caller.user_id, at=now)


def _plan_orders(
    case: PurchaseCase, *, bundle_id: str, reserve: Money, traded_on: date
) -> tuple[Order, ...]:
    orders = []
    left = reserve
    for proposed in case.proposed:
        planned, product = proposed.planned, proposed.product
        is_purchase = planned.side is Side.BUY and not proposed.is_deferred
        share = min(left, planned.amount) if is_purchase else ZERO
        left -= share
        # A purchase that waits for sales gets its trade date when it is paid for.
        goes_now = not proposed.is_deferred and (not is_purchase or share == planned.amount)
        client_order_id = f"{bundle_id}-{planned.line:02d}"
        orders.append(
            Order(
                client_order_id=client_order_id,
                bundle_id=bundle_id,
                line=planned.line,
                side=planned.side,
                product_id=product.id,
                product_class=product.product_class,
                risk_level=product.risk_level,
                name_zh=product.name_zh,
                name_en=product.name_en,
                holding_id=planned.holding_id
                or _holding_to_buy_into(case, product, otherwise=client_order_id),
                amount=planned.amount,
                fee=planned.fee,
                settlement=product.settlement,
                redemption_days=product.redemption_days,
                lock_up_days=product.lock_up_days,
                status=OrderStatus.DEFERRED if proposed.is_deferred else OrderStatus.PLANNED,
                reserved=share,
                confirmed=ZERO,
                trade_date=traded_on if goes_now else None,
                confirm_date=confirmation_date(
                    traded_on,
                    side=planned.side,
                    settlement=product.settlement,
                    redemption_days=product.redemption_days,
                )
                if goes_now
                else None,
            )
        )
    return tuple(orders)


def _holding_to_buy_into(case: PurchaseCase, product: Product, *, otherwise: str) -> str:
    # Where the date of purchase decides nothing, more of the same joins what is there; else each
    # purchase stays apart, because its lock-up and its redemption fee run from its own date.
    if product.lock_up_days == 0 and not product.redemption_fees:
        for held in case.record.balance_sheet.holdings:
            is_same = held.product_id == product.id and held.held_at is HeldAt.HERE
            if is_same and held.locked_until is None:
                return held.id
    return otherwise


def _derived_id(kind: str, proposal_id: str) -> str:
    return f"{kind}-{hashlib.sha256(f'{kind}:{proposal_id}'.encode()).hexdigest()[:24]}"
