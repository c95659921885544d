"""Journey 1: answers become a profile, stored with the day until which it is valid.

    sheet -> contradictions? -> one follow-up -> profile -> flags -> stored, in effect now or later

How often is counted in `api.services.assessment_limits`, inside the transaction that adds one; the
database refuses a third of a day and a ninth of a year by itself.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allocator.errors import InputError, Problem
from allocator.rebalancing.triggers import ReminderKind
from api.assessment_documents import assessment_document
from api.callers import Caller
from api.clock import Clock, shanghai_date
from api.documents import canonical_json
from api.errors import ConflictError, NotFoundError
from api.reference_data import ReferenceData
from api.services.assess_sheet import assess_sheet, open_follow_ups
from api.services.assessment_limits import asked_before, require_room
from api.services.follow_ups import (
    FollowUp,
    FollowUpNeededError,
    check_follow_up,
)
from api.services.in_force import answered_id, assessment_in_force, is_readable
from api.settings import Settings
from api.store.records import AskedSheet, Assessment, ReminderStatus, ReviewOutcome
from api.store.unit_of_work import Store, UnitOfWork
from risk_profiles.answers import check_answers
from risk_profiles.assessment_basis import basis_of
from risk_profiles.levels import SCORE_EDGES, ProfileLevel
from risk_profiles.questionnaire import Scoring
from risk_profiles.review_flags import (
    PastAssessment,
    flag_history,
    takes_effect_at,
)

# Assessments of the first form were stored without these.
_FIRST_DOCUMENTS_LACK: dict[str, Any] = {
    "scoring": Scoring.LOWER_OF_TRAITS.value,
    "edges": list(SCORE_EDGES),
    "liftable_to": None,
    "follow_ups": [],
    "flags": [],
    "outlook": [],
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a client sends in.

    Attributes:
        answers: One option a question.
        follow_up: Answers to the questions asked again; None before they were asked.
        may_be_asked: Somebody is there to answer; if not, contradictions are read cautiously.
        started_at: When the first question was answered, where that is known.
    """

    answers: Mapping[str, str]
    follow_up: Mapping[str, str] | None = None
    may_be_asked: bool = True
    started_at: datetime | None = None


def submit_answers(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    answers: Mapping[str, str],
    follow_up: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Assess a client and return the assessment as a document; see `add_assessment`."""
    now = clock.now()
    with store.begin() as uow:
        assessment = assess_or_ask(
            uow,
            reference,
            settings,
            caller,
            client_id=client_id,
            sheet=Sheet(answers, follow_up),
            now=now,
        )
        uow.commit()
    return shown(assessment)


def assess_or_ask(
    uow: UnitOfWork,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    sheet: Sheet,
    now: datetime,
) -> Assessment:
    """Return what `add_assessment` does; what it asks again is kept, so that it counts."""
    try:
        return add_assessment(
            uow, reference, settings, caller, client_id=client_id, sheet=sheet, now=now
        )
    except FollowUpNeededError:
        uow.commit()
        raise


def add_assessment(
    uow: UnitOfWork,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    sheet: Sheet,
    now: datetime,
) -> Assessment:
    """Assess a client within the caller's transaction and return the assessment.

    Open proposals rest on the old profile, so they are superseded unless it holds for now. A sheet
    that is asked again is noted in the transaction, and so counted, before the refusal.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        InputError: an answer is missing, unknown or not an option (invalid_answers,
            invalid_follow_up).
        FollowUpNeededError: answers contradict each other and have to be asked again.
        TooManyRequestsError: two assessments today, or eight within a year.
    """
    today = shanghai_date(now)
    record = uow.clients.get(caller, client_id, as_of=today)
    form = reference.questionnaire
    if record.facts.birth_date > today:
        problem = Problem("/facts/birth_date", "is in the future", str(record.facts.birth_date))
        raise InputError("nobody is assessed before birth", problems=[problem])
    check_answers(form, sheet.answers)
    form_hash = uow.artifacts.put(kind="questionnaire", text=reference.questionnaire_text, at=now)
    known = asked_before(
        uow, caller, client_id, answers=sheet.answers, form_hash=form_hash, now=now
    )
    require_room(uow, caller, client_id, now=now, finishing=known)
    age = record.facts.age_on(today)
    try:
        asked = _asked_again(reference, sheet, age=age)
    except FollowUpNeededError:
        if known is None:
            name = f"sheet-{uuid4().hex}"
            uow.asked_sheets.add(
                AskedSheet(name, client_id, form_hash, dict(sheet.answers), now, today)
            )
        raise
    given = dict(sheet.follow_up or {})
    answers = {**sheet.answers, **given}
    seconds = None if sheet.started_at is None else (now - sheet.started_at).total_seconds()
    made = assess_sheet(reference, answers, age=age, record=record, seconds=seconds)
    profile = made.profile
    past = uow.assessments.list(caller, client_id)
    jump = flag_history(
        level=profile.level,
        now=now,
        earlier=[
            PastAssessment(one.assessed_at, ProfileLevel(one.level))
            for one in past
            if one.lift_of is None
        ],
    )
    valid_until = today + timedelta(days=settings.validity_days)
    document = assessment_document(
        form,
        profile,
        assessed_on=today,
        valid_until=valid_until,
        follow_ups=asked,
        given=given,
        flags=(*made.flags, *jump),
        outlook=made.outlook,
        basis=basis_of(record.facts, record.balance_sheet),
    )
    assessment = Assessment(
        id=f"assessment-{uuid4().hex}",
        client_id=client_id,
        assessed_at=now,
        assessed_on=today,
        of_day=uow.assessments.count_on(caller, client_id, today) + 1,
        effective_at=takes_effect_at(
            profile.level,
            now=now,
            in_force=_level_in_force(uow, caller, client_id, now=now),
            flags=jump,
        ),
        valid_until=valid_until,
        level=profile.level.value,
        questionnaire_hash=form_hash,
        answers=dict(sheet.answers),
        follow_up=given,
        document=canonical_json(document),
        needs_review=document["needs_review"],
    )
    uow.assessments.add(assessment)
    if known is not None:
        uow.asked_sheets.finish(known.id, assessment_id=assessment.id)
    uow.clients.set_answers(client_id, answers)
    if assessment.effective_at <= now:
        uow.advice.supersede(caller, client_id, at=now, reason="assessed again")
    # Whatever called for new answers has them now.
    for reminder in uow.reminders.list(caller, client_id=client_id):
        if reminder.kind == ReminderKind.REASSESS and reminder.status is ReminderStatus.OPEN:
            uow.reminders.dismiss(caller, reminder.id)
    return assessment


def current_profile(
    store: Store, clock: Clock, caller: Caller, *, client_id: str
) -> dict[str, Any]:
    """Return the client's profile as it stands, and whether it may be used.

    The document of the assessment in effect gains `state` (in_force, cooling_off, set_aside,
    expired or retired, when its form is no longer read), `is_expired`, `review`, and `pending`: a
    newer one that still cools off.

    Raises:
        NotFoundError: no assessment yet, or not for this caller.
    """
    now = clock.now()
    with store.read() as uow:
        newest = uow.assessments.newest(caller, client_id)
        try:
            assessment = uow.assessments.current(caller, client_id, at=now)
        except NotFoundError:
            assessment = newest
        state = _state(uow, caller, assessment, now=now)
        if state != "in_force" and newest.effective_at > now:
            # What may not be used any more gives way to what is about to hold.
            assessment, state = newest, "cooling_off"
        review = uow.reviews.get(caller, answered_id(assessment))
    return shown(assessment) | {
        "state": state,
        "is_expired": shanghai_date(now) > assessment.valid_until,
        "review": None
        if review is None
        else {
            "outcome": review.outcome.value,
            "note": review.note,
            "reviewed_at": review.reviewed_at.isoformat(),
        },
        "pending": {"level": newest.level, "effective_at": newest.effective_at.isoformat()}
        if newest.effective_at > now
        else None,
    }


def list_assessments(store: Store, caller: Caller, *, client_id: str) -> list[dict[str, Any]]:
    """Return a client's assessments, newest first.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    with store.read() as uow:
        uow.clients.require(caller, client_id)
        found = uow.assessments.list(caller, client_id)
    return [
        {
            "id": one.id,
            "assessed_on": one.assessed_on.isoformat(),
            "effective_at": one.effective_at.isoformat(),
            "valid_until": one.valid_until.isoformat(),
            "level": one.level,
            "needs_review": one.needs_review,
            "is_lift": one.lift_of is not None,
        }
        for one in found
    ]


def shown(assessment: Assessment) -> dict[str, Any]:
    """Return the document of an assessment with its ids and the instant it takes effect."""
    document: dict[str, Any] = json.loads(assessment.document)
    return {
        **_FIRST_DOCUMENTS_LACK,
        "points": document["score"],
        **document,
        "id": assessment.id,
        "client_id": assessment.client_id,
        "effective_at": assessment.effective_at.isoformat(),
    }


def _asked_again(reference: ReferenceData, sheet: Sheet, *, age: int) -> tuple[FollowUp, ...]:
    """Return what was asked again of this sheet, all of it answered; nothing if nobody is there."""
    if not sheet.may_be_asked:
        return ()
    asked = open_follow_ups(reference, sheet.answers, age=age)
    if sheet.follow_up is not None:
        check_follow_up(asked, sheet.follow_up)
    elif asked:
        raise FollowUpNeededError(asked)
    return asked


def _state(uow: UnitOfWork, caller: Caller, assessment: Assessment, *, now: datetime) -> str:
    review = uow.reviews.get(caller, answered_id(assessment))
    if assessment.effective_at > now:
        return "cooling_off"
    if review is not None and review.outcome is ReviewOutcome.ANSWER_AGAIN:
        return "set_aside"
    if shanghai_date(now) > assessment.valid_until:
        return "expired"
    is_read = is_readable(uow.artifacts.get(assessment.questionnaire_hash))
    return "in_force" if is_read else "retired"


def _level_in_force(
    uow: UnitOfWork, caller: Caller, client_id: str, *, now: datetime
) -> ProfileLevel | None:
    try:
        return ProfileLevel(assessment_in_force(uow, caller, client_id, now=now).level)
    except ConflictError:
        return None
