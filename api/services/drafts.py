"""A sheet on its way: kept answer by answer, resumed on any device, submitted once it is whole.

A draft belongs to the form it was begun with. When that form has been replaced meanwhile, nothing
is carried over in silence: the draft is outdated and the client begins again.

A draft may also begin with the answers that an advisor filed with a new client. They are the
client's to check, change and submit; how long that takes is not known, so it is not flagged.
"""

from collections.abc import Mapping
from typing import Any

from allocator.errors import InputError, Problem
from api.callers import Caller
from api.clock import Clock, shanghai_date
from api.errors import ConflictError
from api.reference_data import ReferenceData
from api.services.assess import Sheet, assess_or_ask, shown
from api.services.assess_sheet import open_follow_ups
from api.services.follow_ups import FollowUp
from api.settings import Settings
from api.store.records import AnswerDraft
from api.store.unit_of_work import Store, UnitOfWork
from risk_profiles.answers import check_some_answers


def get_draft(
    store: Store, reference: ReferenceData, caller: Caller, *, client_id: str
) -> dict[str, Any] | None:
    """Return the client's draft, or None when there is none.

    Raises:
        NotFoundError: the client is missing, or not for this caller.
    """
    with store.read() as uow:
        uow.clients.require(caller, client_id)
        draft = uow.drafts.get(caller, client_id)
    return None if draft is None else _shown(draft, reference)


def save_answers(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    caller: Caller,
    *,
    client_id: str,
    answers: Mapping[str, str],
) -> dict[str, Any]:
    """Add some answers to the client's draft, beginning one if there is none, and return it.

    Raises:
        NotFoundError: the caller is not this client.
        InputError: an answer is not to a question of the form, or not an option.
        ConflictError: the draft was begun with an earlier form (code draft_outdated).
    """
    check_some_answers(reference.questionnaire, answers)
    now = clock.now()
    with store.begin() as uow:
        form = uow.artifacts.put(kind="questionnaire", text=reference.questionnaire_text, at=now)
        known = uow.drafts.get(caller, client_id)
        if known is not None:
            _require_current(known, reference)
        draft = AnswerDraft(
            client_id=client_id,
            questionnaire_hash=form,
            answers={**(known.answers if known else {}), **answers},
            # What staff filed stays known as theirs, whatever the client changes.
            started_at=known.started_at if known else now,
            updated_at=now,
        )
        uow.drafts.put(caller, draft)
        uow.commit()
    return _shown(draft, reference)


def discard_draft(store: Store, caller: Caller, *, client_id: str) -> None:
    """Forget the client's draft, if there is one.

    Raises:
        NotFoundError: the caller is not this client.
    """
    with store.begin() as uow:
        uow.drafts.delete(caller, client_id)
        uow.commit()


def submit_draft(
    store: Store,
    clock: Clock,
    reference: ReferenceData,
    settings: Settings,
    caller: Caller,
    *,
    client_id: str,
    follow_up: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Assess the client from the draft, forget the draft, and return the assessment.

    Whatever is refused leaves the draft as it was.

    Raises:
        NotFoundError: the caller is not this client.
        InputError: there is no draft (code no_draft), or see `add_assessment`.
        ConflictError: draft_outdated, follow_up_needed.
        TooManyRequestsError: two assessments today, or eight within a year.
    """
    now = clock.now()
    with store.begin() as uow:
        uow.clients.require(caller, client_id)
        draft = _require_draft(uow, caller, client_id)
        _require_current(draft, reference)
        sheet = Sheet(draft.answers, follow_up, started_at=draft.started_at)
        assessment = assess_or_ask(
            uow, reference, settings, caller, client_id=client_id, sheet=sheet, now=now
        )
        uow.drafts.delete(caller, client_id)
        uow.commit()
    return shown(assessment)


def draft_follow_ups(
    store: Store, clock: Clock, reference: ReferenceData, caller: Caller, *, client_id: str
) -> tuple[FollowUp, ...]:
    """Return what has to be asked again of the draft as it stands; nothing is assessed.

    Raises:
        NotFoundError: the caller is not this client.
        InputError: no draft (code no_draft), or one that is not whole (code invalid_answers).
        ConflictError: the draft was begun with an earlier form (code draft_outdated).
    """
    today = shanghai_date(clock.now())
    with store.read() as uow:
        record = uow.clients.get(caller, client_id, as_of=today)
        draft = _require_draft(uow, caller, client_id)
    _require_current(draft, reference)
    return open_follow_ups(reference, draft.answers, age=record.facts.age_on(today))


def _require_draft(uow: UnitOfWork, caller: Caller, client_id: str) -> AnswerDraft:
    draft = uow.drafts.get(caller, client_id)
    if draft is None:
        problem = Problem("/answers", "were not begun", None, "answer the first question")
        raise InputError("there is nothing to submit", code="no_draft", problems=[problem])
    return draft


def _require_current(draft: AnswerDraft, reference: ReferenceData) -> None:
    if draft.questionnaire_hash != reference.questionnaire.content_hash:
        raise ConflictError(
            "the questionnaire was renewed since these answers were begun; begin again",
            code="draft_outdated",
        )


def _shown(draft: AnswerDraft, reference: ReferenceData) -> dict[str, Any]:
    form = reference.questionnaire
    is_outdated = draft.questionnaire_hash != form.content_hash
    answered = [] if is_outdated else [q.id for q in form.questions if q.id in draft.answers]
    return {
        "answers": dict(draft.answers),
        "answered": len(answered),
        "questions": len(form.questions),
        "questionnaire_version": form.version,
        "is_outdated": is_outdated,
        "is_filed": draft.is_filed,
        "started_at": None if draft.started_at is None else draft.started_at.isoformat(),
        "updated_at": draft.updated_at.isoformat(),
    }
