"""Journey 1: answers become a profile, stored with the day until which it is valid.

At most two assessments a day and eight in twelve months (rule of the supervisor, in force since
2026-02-01), counted inside the transaction that adds one.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from allocator.errors import InputError, Problem
from api.advice_documents import profile_document
from api.callers import Caller
from api.clock import Clock, shanghai_date
from api.documents import canonical_json
from api.errors import TooManyRequestsError
from api.reference_data import ReferenceData
from api.settings import Settings
from api.store.records import Assessment
from api.store.unit_of_work import Store, UnitOfWork
from risk_profiles.profile import make_profile

MOST_A_DAY = 2
MOST_A_YEAR = 8
YEAR = timedelta(days=365)


def submit_answers(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    answers: Mapping[str, str],
) -> dict[str, Any]:
    """Assess a client and return the profile as a document; see `add_assessment`."""
    now = clock.now()
    with store.begin() as uow:
        assessment = add_assessment(
            uow, reference, settings, caller, client_id=client_id, answers=answers, now=now
        )
        uow.commit()
    return _shown(assessment)


def add_assessment(
    uow: UnitOfWork,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    answers: Mapping[str, str],
    now: datetime,
) -> Assessment:
    """Assess a client within the caller's transaction and return the assessment.

    Open proposals rest on the old profile, so they are superseded.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        InputError: an answer is missing, unknown or not an option.
        TooManyRequestsError: two assessments today, or eight within a year.
    """
    today = shanghai_date(now)
    facts = uow.clients.get(caller, client_id, as_of=today).facts
    if facts.birth_date > today:
        problem = Problem("/facts/birth_date", "is in the future", facts.birth_date.isoformat())
        raise InputError("nobody is assessed before birth", problems=[problem])
    profile = make_profile(reference.questionnaire, answers, age=facts.age_on(today))
    earlier = uow.assessments.times(caller, client_id, since=now - YEAR)
    same_day = [at for at in earlier if shanghai_date(at) == today]
    if len(same_day) >= MOST_A_DAY:
        raise TooManyRequestsError(
            f"{MOST_A_DAY} assessments were made today; come back tomorrow",
            code="assessments_per_day",
        )
    if len(earlier) >= MOST_A_YEAR:
        raise TooManyRequestsError(
            f"{MOST_A_YEAR} assessments were made within twelve months",
            code="assessments_per_year",
        )
    valid_until = today + timedelta(days=settings.validity_days)
    document = profile_document(profile, assessed_on=today, valid_until=valid_until)
    form = reference.questionnaire_text
    assessment = Assessment(
        id=f"assessment-{uuid4().hex}",
        client_id=client_id,
        assessed_at=now,
        assessed_on=today,
        of_day=uow.assessments.count_on(caller, client_id, today) + 1,
        effective_at=now,
        valid_until=valid_until,
        level=profile.level.value,
        questionnaire_hash=uow.artifacts.put(kind="questionnaire", text=form, at=now),
        answers=dict(answers),
        document=canonical_json(document),
        needs_review=profile.needs_review,
    )
    uow.assessments.add(assessment)
    uow.clients.set_answers(client_id, answers)
    uow.advice.supersede(caller, client_id, at=now, reason="assessed again")
    return assessment


def current_profile(
    store: Store, clock: Clock, caller: Caller, *, client_id: str
) -> dict[str, Any]:
    """Return the client's latest profile that has taken effect, with whether it is still valid.

    Raises:
        NotFoundError: no assessment yet, or not for this caller.
    """
    now = clock.now()
    with store.read() as uow:
        assessment = uow.assessments.current(caller, client_id, at=now)
    expired = shanghai_date(now) > assessment.valid_until
    return _shown(assessment) | {"is_expired": expired}


def _shown(assessment: Assessment) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(assessment.document)
    return document | {"id": assessment.id, "client_id": assessment.client_id}
