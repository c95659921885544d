"""An advisor's word on a flagged assessment: it may stand, or the client answers again.

A flag blocks nothing by itself, because what contradicts is read cautiously already. Setting an
assessment aside freezes advice and purchase until the client has answered anew.
"""

import json
from datetime import datetime
from typing import Any

from allocator.errors import InputError, Problem
from api.callers import Caller, Role
from api.clock import Clock
from api.errors import ConflictError, ForbiddenError, NotFoundError
from api.services.in_force import answered_id
from api.store.records import Assessment, AssessmentReview, ReviewOutcome
from api.store.unit_of_work import Store, UnitOfWork

SHORTEST_NOTE, LONGEST_NOTE = 3, 500


def pending_reviews(store: Store, caller: Caller) -> list[dict[str, Any]]:
    """Return the flagged assessments of the caller's clients that nobody reviewed, oldest first."""
    with store.read() as uow:
        return [_shown(one) for one in uow.reviews.pending(caller)]


def get_assessment(store: Store, caller: Caller, *, assessment_id: str) -> dict[str, Any]:
    """Return one assessment with its answers and its review, if any.

    Raises:
        NotFoundError: missing, or not for this caller.
    """
    with store.read() as uow:
        found = uow.assessments.get(caller, assessment_id)
        review = uow.reviews.get(caller, assessment_id)
        form = uow.artifacts.get(found.questionnaire_hash)
    return _shown(found) | {
        "answers": dict(found.answers),
        "follow_up": dict(found.follow_up),
        "questionnaire_text": form,
        "review": None if review is None else _review_document(review),
    }


def review_assessment(
    store: Store,
    clock: Clock,
    caller: Caller,
    *,
    assessment_id: str,
    outcome: str,
    note: str,
) -> dict[str, Any]:
    """Record what an advisor makes of an assessment and return the review.

    Setting it aside supersedes open proposals.

    Raises:
        NotFoundError: the assessment is missing, or not for this caller.
        ForbiddenError: the caller is no advisor.
        InputError: an unknown outcome, or a note that is too short or too long.
        ConflictError: it was reviewed before (assessment_reviewed), or a newer one took its place
            (assessment_superseded).
    """
    if caller.role is not Role.ADVISOR:
        raise ForbiddenError("only an advisor reviews assessments")
    checked = _checked_outcome(outcome)
    text = checked_note(note)
    now = clock.now()
    with store.begin() as uow:
        assessment = uow.assessments.get(caller, assessment_id)
        _require_current(uow, caller, assessment, now=now)
        review = AssessmentReview(assessment.id, caller.user_id, checked, text, now)
        uow.reviews.add(caller, review)
        # Proposals rest on what has taken effect; one that cools off supports none.
        if checked is ReviewOutcome.ANSWER_AGAIN and assessment.effective_at <= now:
            uow.advice.supersede(
                caller, assessment.client_id, at=now, reason="assessment set aside"
            )
        uow.audit.record(
            at=now,
            actor=caller.user_id,
            object_kind="assessment",
            object_id=assessment.id,
            before=None,
            after=f"review_{checked.value}",
        )
        uow.commit()
    return _review_document(review) | {"assessment_id": assessment.id}


def checked_note(note: str) -> str:
    """Return a note that says something.

    Raises:
        InputError: it is too short or too long.
    """
    text = note.strip()
    if SHORTEST_NOTE <= len(text) <= LONGEST_NOTE:
        return text
    detail = f"must have {SHORTEST_NOTE} to {LONGEST_NOTE} characters"
    problem = Problem("/note", detail, note, "say in a sentence why")
    raise InputError("a note is missing", code="invalid_note", problems=[problem])


def _require_current(
    uow: UnitOfWork, caller: Caller, assessment: Assessment, *, now: datetime
) -> None:
    """Check that the assessment counts or is about to; what is history needs no review.

    Raises:
        ConflictError: a newer one took its place (code assessment_superseded).
    """
    counting = {answered_id(uow.assessments.newest(caller, assessment.client_id))}
    try:
        current = uow.assessments.current(caller, assessment.client_id, at=now)
    except NotFoundError:
        pass
    else:
        counting.add(answered_id(current))
    if assessment.id not in counting:
        raise ConflictError(
            "a newer assessment took the place of this one", code="assessment_superseded"
        )


def _checked_outcome(outcome: str) -> ReviewOutcome:
    if outcome in list(ReviewOutcome):
        return ReviewOutcome(outcome)
    problem = Problem(
        "/outcome", "is not an outcome", outcome, f"one of {', '.join(ReviewOutcome)}"
    )
    raise InputError("the review cannot be used", code="invalid_review", problems=[problem])


def _shown(assessment: Assessment) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(assessment.document)
    return {
        "id": assessment.id,
        "client_id": assessment.client_id,
        "assessed_at": assessment.assessed_at.isoformat(),
        "effective_at": assessment.effective_at.isoformat(),
        "level": assessment.level,
        "needs_review": assessment.needs_review,
        "reasons": document["reasons"],
        "flags": document.get("flags", []),
        "follow_ups": document.get("follow_ups", []),
    }


def _review_document(review: AssessmentReview) -> dict[str, Any]:
    return {
        "outcome": review.outcome.value,
        "note": review.note,
        "reviewed_at": review.reviewed_at.isoformat(),
    }
