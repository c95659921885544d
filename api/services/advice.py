"""Journeys 2 and 3 up to the button: diagnose and propose, stored so that both can be replayed."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allocator.money import ZERO, Money
from allocator.statements import Statement
from allocator.trading.orders import Side
from allocator.trading.transitions import ProposalStatus
from api.advice_documents import Lots, diagnosis_document, proposal_document, proposal_inputs
from api.advice_parts import inputs_document
from api.callers import Caller, Role
from api.clock import Clock, shanghai_date
from api.documents import canonical_json
from api.errors import ConflictError
from api.own_order_document import override_of
from api.reference_data import ReferenceData
from api.services.exact_lots import turn_for
from api.services.in_force import assessment_in_force, reference_of
from api.services.purchase_checks import PurchaseCase
from api.settings import Settings
from api.store.records import Advice, AdviceKind, Assessment
from api.store.unit_of_work import Store, UnitOfWork
from api.workup import Workup, work_up
from risk_profiles.levels import ProfileLevel
from risk_profiles.profile import Profile
from risk_profiles.suitability import check_orders

OPEN = (ProposalStatus.READY, ProposalStatus.PRESENTED)


def diagnose(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
) -> dict[str, Any]:
    """Diagnose a client's balance sheet as of today and store the diagnosis.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force (see `assessment_in_force`).
    """
    now = clock.now()
    workup, assessment = work_up_client(store, reference, caller, client_id=client_id, now=now)
    advice = make_advice(
        AdviceKind.DIAGNOSIS,
        workup,
        assessment,
        document=diagnosis_document(workup),
        inputs=inputs_document(workup),
        now=now,
        expires_at=None,
    )
    with store.begin() as uow:
        keep_reference(uow, reference, now)
        uow.advice.add(advice)
        uow.commit()
    return shown(advice)


def propose(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    lots: Lots = Lots.SERVED,
) -> dict[str, Any]:
    """Propose what to sell and buy, and store the proposal; older open ones are superseded.

    Args:
        store, clock, reference, settings: Of the service.
        caller: The client, or an advisor of the book.
        client_id: For whom.
        lots: How whole lots are found; exactly takes seconds. The plan served without being asked
            stays as it was made.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force (see `assessment_in_force`), a purchase under way
            (bundle_open), or the client's data changed during the computation (changed).
        TooManyRequestsError: other lots are being worked out exactly (busy).
        InputError: there is no wealth to allocate.
        SolverError: no verified optimum.
    """
    now = clock.now()
    workup, assessment = work_up_client(store, reference, caller, client_id=client_id, now=now)
    with turn_for(lots):
        document = proposal_document(workup, lots=lots)
    advice = make_advice(
        AdviceKind.PROPOSAL,
        workup,
        assessment,
        document=document,
        inputs=proposal_inputs(workup, lots=lots),
        now=now,
        expires_at=now + timedelta(hours=settings.proposal_hours),
    )
    with store.begin() as uow:
        require_fresh(uow, caller, workup, assessment, now=now)
        keep_reference(uow, reference, now)
        uow.advice.supersede(caller, client_id, at=now, reason="a newer proposal")
        uow.advice.add(advice)
        uow.commit()
    return shown(advice) | {"status": ProposalStatus.READY.value}


def get_diagnosis(store: Store, caller: Caller, *, diagnosis_id: str) -> dict[str, Any]:
    """Return a stored diagnosis.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        return shown(uow.advice.get(caller, AdviceKind.DIAGNOSIS, diagnosis_id))


def get_proposal(store: Store, clock: Clock, caller: Caller, *, proposal_id: str) -> dict[str, Any]:
    """Return a stored proposal; the first look of its own client makes it `presented`.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    now = clock.now()
    with store.read() as uow:
        advice = uow.advice.get(caller, AdviceKind.PROPOSAL, proposal_id)
    expired = advice.expires_at is not None and now >= advice.expires_at
    if expired and advice.status in OPEN:
        return shown(advice) | {"status": ProposalStatus.EXPIRED.value}
    if caller.role is Role.CLIENT and advice.status is ProposalStatus.READY:
        advice = _present(store, caller, proposal_id, now)
    status = advice.status.value if advice.status else None
    return shown(advice) | {"status": status}


def recheck_suitability(case: PurchaseCase) -> Sequence[Statement]:
    """Judge a proposal's orders again at the moment of consent; empty means suitable.

    An override counts only where the client began the proposal and was warned in it.
    """
    sheet, override = case.record.balance_sheet, override_of(case.proposal.document)
    after: dict[str, Money] = defaultdict(lambda: ZERO)
    for holding in sheet.holdings:
        if holding.product_id is not None:
            after[holding.product_id] += holding.amount
    for order in case.orders:
        after[order.product_id] += order.net if order.side is Side.BUY else -order.amount
    assessment = case.assessment
    assessed_on = assessment.assessed_on
    return check_orders(
        case.orders,
        profile=_stored_profile(assessment),
        facts=case.record.facts,
        shelf=case.shelf,
        wealth=sheet.investable_wealth,
        holdings_after=after,
        as_of=case.as_of,
        assessed_on=assessed_on,
        validity_days=max(1, (assessment.valid_until - assessed_on).days),
        overrides=() if override is None else (override,),
    )


def work_up_client(
    store: Store, reference: ReferenceData, caller: Caller, *, client_id: str, now: datetime
) -> tuple[Workup, Assessment]:
    """Return the client worked up as of today, and the assessment in force it rests on.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: no assessment in force (see `assessment_in_force`).
    """
    today = shanghai_date(now)
    with store.read() as uow:
        record = uow.clients.get(caller, client_id, as_of=today)
        assessment = assessment_in_force(uow, caller, client_id, now=now)
        answered = reference_of(uow, assessment, reference)
    workup = work_up(
        replace(record, answers=assessment.final_answers),
        assessed_on=assessment.assessed_on,
        valid_until=assessment.valid_until,
        reference=answered,
        has_age_lift=assessment.lift_of is not None,
    )
    return workup, assessment


def _present(store: Store, caller: Caller, proposal_id: str, now: datetime) -> Advice:
    with store.begin() as uow:
        advice = uow.advice.get(caller, AdviceKind.PROPOSAL, proposal_id)
        if advice.status is ProposalStatus.READY:
            uow.advice.move(advice, ProposalStatus.PRESENTED, actor=caller.user_id, at=now)
            uow.commit()
    with store.read() as uow:
        return uow.advice.get(caller, AdviceKind.PROPOSAL, proposal_id)


def require_fresh(
    uow: UnitOfWork, caller: Caller, workup: Workup, assessment: Assessment, *, now: datetime
) -> None:
    """Check again, inside the transaction, what a computation outside it rested on.

    Raises:
        ConflictError: a purchase is under way (bundle_open), the client's data changed during the
            computation (changed), or no assessment is in force.
    """
    used = workup.record
    _require_no_open_bundle(uow, caller, used.client_id)
    fresh = uow.clients.get(caller, used.client_id, as_of=workup.as_of)
    current = assessment_in_force(uow, caller, used.client_id, now=now)
    stale = (fresh.facts, fresh.balance_sheet) != (used.facts, used.balance_sheet)
    if stale or current.id != assessment.id:
        raise ConflictError("the client's data changed meanwhile; try again", code="changed")


def _require_no_open_bundle(uow: UnitOfWork, caller: Caller, client_id: str) -> None:
    if uow.bundles.list(caller, client_id=client_id, only_open=True):
        raise ConflictError(
            "a purchase is still under way; wait until it is settled", code="bundle_open"
        )


def keep_reference(uow: UnitOfWork, reference: ReferenceData, now: datetime) -> None:
    """Store the texts that advice made now rests on."""
    uow.artifacts.put(kind="market", text=reference.market_text, at=now)
    uow.artifacts.put(kind="shelf", text=reference.shelf_text, at=now)
    if reference.life_cycle_text is not None:
        uow.artifacts.put(kind="life_cycle", text=reference.life_cycle_text, at=now)
    uow.artifacts.put(kind="mortality", text=reference.mortality_text, at=now)


def make_advice(
    kind: AdviceKind,
    workup: Workup,
    assessment: Assessment,
    *,
    document: dict[str, Any],
    inputs: dict[str, Any],
    now: datetime,
    expires_at: datetime | None,
) -> Advice:
    """Return a document as advice to be stored, with all it takes to compute it again."""
    reference = workup.reference
    return Advice(
        id=f"{kind.value}-{uuid4().hex}",
        kind=kind,
        client_id=workup.record.client_id,
        assessment_id=assessment.id,
        status=ProposalStatus.READY if kind is AdviceKind.PROPOSAL else None,
        hash=document["hash"],
        created_at=now,
        expires_at=expires_at,
        document=canonical_json(document),
        inputs=canonical_json(inputs),
        model_hash=reference.market.content_hash,
        shelf_hash=reference.shelf.content_hash,
        questionnaire_hash=reference.questionnaire.content_hash,
    )


def shown(advice: Advice) -> dict[str, Any]:
    """Return the stored document with the id and the instants the store gave it."""
    document: dict[str, Any] = json.loads(advice.document)
    document |= {"id": advice.id, "created_at": advice.created_at.isoformat()}
    if advice.expires_at is not None:
        document["expires_at"] = advice.expires_at.isoformat()
    return document


def _stored_profile(assessment: Assessment) -> Profile:
    """Return the profile as it was assessed; its reasons play no part in suitability."""
    row: dict[str, Any] = json.loads(assessment.document)
    return Profile(
        level=ProfileLevel(row["level"]),
        score=row["score"],
        # Forms that had no points of their own were scored from 0 to 100.
        points=row.get("points", row["score"]),
        risk_aversion=row["risk_aversion"],
        capacity=row["capacity"],
        tolerance=row["tolerance"],
        knowledge=row["knowledge"],
        is_lowest_class=row["is_lowest_class"],
        needs_review=row["needs_review"],
        liftable_to=None,
        longest_lock_up_days=row["longest_lock_up_days"],
        reasons=(),
        questionnaire_version=row["questionnaire_version"],
    )
