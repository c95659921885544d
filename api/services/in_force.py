"""The assessment in force: the one place that advice, purchase and scan ask.

It is the newest that has taken effect, as long as no advisor has asked for new answers and its
validity has not ended. A newer one that still cools off changes nothing until it takes effect.
"""

from datetime import datetime
from functools import lru_cache

from allocator.errors import InputError
from api.callers import Caller
from api.clock import SHANGHAI, shanghai_date
from api.errors import ConflictError, NotFoundError
from api.reference_data import ReferenceData
from api.store.records import Assessment, ReviewOutcome
from api.store.unit_of_work import UnitOfWork
from risk_profiles.questionnaire_file import parse_questionnaire


def assessment_in_force(
    uow: UnitOfWork, caller: Caller, client_id: str, *, now: datetime
) -> Assessment:
    """Return the client's assessment in force at an instant.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
        ConflictError: not_assessed, assessment_cooling_off, assessment_set_aside,
            assessment_expired or questionnaire_retired; the message says what to do.
    """
    uow.clients.require(caller, client_id)
    try:
        assessment = uow.assessments.current(caller, client_id, at=now)
    except NotFoundError:
        raise _none_in_effect(uow, caller, client_id) from None
    review = uow.reviews.get(caller, answered_id(assessment))
    is_set_aside = review is not None and review.outcome is ReviewOutcome.ANSWER_AGAIN
    is_expired = shanghai_date(now) > assessment.valid_until
    if is_set_aside or is_expired:
        newest = uow.assessments.newest(caller, client_id)
        if newest.effective_at > now:
            raise _cools_off(newest.effective_at)
    if is_set_aside:
        raise ConflictError(
            "an advisor reviewed the assessment and set it aside; answer the questionnaire again",
            code="assessment_set_aside",
        )
    if is_expired:
        raise ConflictError(
            f"the assessment was valid until {assessment.valid_until}; answer again",
            code="assessment_expired",
        )
    if not is_readable(uow.artifacts.get(assessment.questionnaire_hash)):
        raise ConflictError(
            "the questionnaire that was answered is no longer in use; answer the new one",
            code="questionnaire_retired",
        )
    return assessment


def answered_id(assessment: Assessment) -> str:
    """Return the id of the assessment that was answered: what a lift lifts, or itself."""
    return assessment.lift_of or assessment.id


@lru_cache(maxsize=16)
def is_readable(text: str) -> bool:
    """Return whether a stored form is of a format that this version reads."""
    try:
        parse_questionnaire(text)
    except InputError:
        return False
    return True


def reference_of(
    uow: UnitOfWork, assessment: Assessment, reference: ReferenceData
) -> ReferenceData:
    """Return today's reference data with the form that an assessment answered.

    Answers are read with the form they were given to, whatever is in use today.

    """
    return reference.with_questionnaire(uow.artifacts.get(assessment.questionnaire_hash))


def _none_in_effect(uow: UnitOfWork, caller: Caller, client_id: str) -> ConflictError:
    """Return the refusal for a client without an assessment that has taken effect."""
    waiting = uow.assessments.list(caller, client_id)
    if not waiting:
        return ConflictError(
            "the questionnaire has not been answered yet; answer it first", code="not_assessed"
        )
    return _cools_off(min(one.effective_at for one in waiting))


def _cools_off(until: datetime) -> ConflictError:
    shown = until.astimezone(SHANGHAI)
    return ConflictError(
        f"the assessment takes effect at {shown:%Y-%m-%d %H:%M} Shanghai time; come back then",
        code="assessment_cooling_off",
    )
