"""Lifting a cap of age: two people confirm it, one of the bank and the client.

A lift needs a cap of age that binds, a band that allows one and enough knowledge
(`risk_profiles.profile.may_lift`). The advisor talks with the client, offers the lift with a note,
and the client confirms it. The lifted profile is an assessment of its own, made from the same
answers and valid as long; it is not counted as a new one. R4 and R5 from 65 on still need a person
for every sale.
"""

import json
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from allocator.errors import InputError, Problem
from api.assessment_documents import lifted_document
from api.callers import Caller, Role
from api.clock import Clock, shanghai_date
from api.documents import canonical_json
from api.errors import ConflictError, ForbiddenError
from api.reference_data import ReferenceData
from api.services.assess import shown
from api.services.in_force import assessment_in_force, reference_of
from api.services.reviews import checked_note
from api.store.records import AgeLift, Assessment
from api.store.unit_of_work import Store, UnitOfWork
from risk_profiles.outlook import what_would_change
from risk_profiles.profile import make_profile


def lift_state(
    store: Store, clock: Clock, caller: Caller, *, client_id: str
) -> dict[str, Any] | None:
    """Return how far a lift is: possible, offered or confirmed; None where none may be given.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    with store.read() as uow:
        try:
            assessment = assessment_in_force(uow, caller, client_id, now=clock.now())
        except ConflictError:
            return None
        basis = assessment.lift_of or assessment.id
        lift = uow.age_lifts.for_assessment(caller, basis)
    liftable = json.loads(assessment.document).get("liftable_to")
    if lift is None:
        return None if liftable is None else {"status": "possible", "to": liftable}
    is_confirmed = lift.confirmed_at is not None
    return {
        "id": lift.id,
        "status": "confirmed" if is_confirmed else "offered",
        "to": assessment.level if is_confirmed else liftable,
        "note": lift.note,
        "offered_at": lift.offered_at.isoformat(),
    }


def offer_lift(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
    note: str,
) -> dict[str, Any]:
    """Offer to lift the cap of age of the client's assessment in force.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ForbiddenError: the caller is no advisor.
        InputError: the note is too short or too long.
        ConflictError: no assessment in force, flagged answers not yet reviewed (review_pending),
            another age band since (age_band_changed), nothing to lift (lift_not_allowed), or
            offered before (age_lift_offered).
    """
    if caller.role is not Role.ADVISOR:
        raise ForbiddenError("only an advisor offers to lift a cap of age")
    text = checked_note(note)
    now = clock.now()
    with store.begin() as uow:
        assessment = assessment_in_force(uow, caller, client_id, now=now)
        liftable = json.loads(assessment.document).get("liftable_to")
        if liftable is None:
            raise ConflictError(
                "no cap of age binds that may be lifted at this knowledge", code="lift_not_allowed"
            )
        _require_settled(uow, reference, caller, assessment, on=shanghai_date(now))
        lift = AgeLift(f"lift-{uuid4().hex}", assessment.id, caller.user_id, now, text)
        uow.age_lifts.offer(caller, lift)
        _record(uow, caller, assessment, after="lift_offered", at=now)
        uow.commit()
    return {"id": lift.id, "status": "offered", "to": liftable, "note": text}


def confirm_lift(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
    confirmed: bool,
) -> dict[str, Any]:
    """Confirm the lift that was offered, and return the lifted assessment.

    Raises:
        NotFoundError: the client is missing, or not this caller.
        ForbiddenError: the caller is no client.
        InputError: confirmed is not True (code consent_missing).
        ConflictError: no assessment in force, nothing offered (code no_lift_offered), or confirmed
            before (code age_lift_confirmed).
    """
    if caller.role is not Role.CLIENT:
        raise ForbiddenError("only the client can confirm the lift of a cap of age")
    now = clock.now()
    with store.begin() as uow:
        assessment = assessment_in_force(uow, caller, client_id, now=now)
        lift = uow.age_lifts.for_assessment(caller, assessment.lift_of or assessment.id)
        if lift is None:
            raise ConflictError("no lift was offered to confirm", code="no_lift_offered")
        if confirmed is not True:
            remedy = "send true if the client agrees"
            problem = Problem("/confirmed", "is not true", confirmed, remedy)
            raise InputError("no confirmation", code="consent_missing", problems=[problem])
        _require_settled(uow, reference, caller, assessment, on=shanghai_date(now))
        uow.age_lifts.confirm(caller, lift.id, at=now)
        lifted = _lifted(uow, reference, caller, assessment, at=now)
        uow.assessments.add(lifted)
        uow.advice.supersede(caller, client_id, at=now, reason="cap of age lifted")
        _record(uow, caller, lifted, after="lift_confirmed", at=now)
        uow.commit()
    return shown(lifted)


def _require_settled(
    uow: UnitOfWork,
    reference: ReferenceData,
    caller: Caller,
    assessment: Assessment,
    *,
    on: date,
) -> None:
    """Check that nobody has yet to look at the answers, and that they are of the same age band.

    Raises:
        ConflictError: review_pending, or age_band_changed.
    """
    if assessment.needs_review and uow.reviews.get(caller, assessment.id) is None:
        raise ConflictError(
            "an advisor has to review the flagged answers first", code="review_pending"
        )
    form = reference_of(uow, assessment, reference).questionnaire
    facts = uow.clients.get(caller, assessment.client_id, as_of=on).facts
    then, today = facts.age_on(assessment.assessed_on), facts.age_on(on)
    if form.age_band(then) != form.age_band(today):
        raise ConflictError(
            "another limit of age holds since the answers were given; answer again",
            code="age_band_changed",
        )


def _lifted(
    uow: UnitOfWork,
    reference: ReferenceData,
    caller: Caller,
    assessment: Assessment,
    *,
    at: datetime,
) -> Assessment:
    """Return the assessment made anew without the cap, from the same answers at the same age."""
    form = reference_of(uow, assessment, reference).questionnaire
    facts = uow.clients.get(caller, assessment.client_id, as_of=shanghai_date(at)).facts
    age = facts.age_on(assessment.assessed_on)
    profile = make_profile(form, assessment.final_answers, age=age, has_age_lift=True)
    outlook = what_would_change(form, assessment.final_answers, age=age, has_age_lift=True)
    document = lifted_document(json.loads(assessment.document), profile, outlook=outlook)
    return Assessment(
        id=f"assessment-{uuid4().hex}",
        client_id=assessment.client_id,
        assessed_at=assessment.assessed_at,
        assessed_on=assessment.assessed_on,
        of_day=None,
        effective_at=at,
        valid_until=assessment.valid_until,
        level=profile.level.value,
        questionnaire_hash=assessment.questionnaire_hash,
        answers=assessment.answers,
        follow_up=assessment.follow_up,
        document=canonical_json(document),
        lift_of=assessment.id,
        # The answers were flagged, and looked at or not, where they were given.
        needs_review=False,
    )


def _record(
    uow: UnitOfWork, caller: Caller, assessment: Assessment, *, after: str, at: datetime
) -> None:
    uow.audit.record(
        at=at,
        actor=caller.user_id,
        object_kind="assessment",
        object_id=assessment.id,
        before=None,
        after=after,
    )
