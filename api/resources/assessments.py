"""The questionnaire, drafts and sheets of answers, and the assessments they make."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.language import request_texts
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.assessments import (
    AssessmentSchema,
    AssessmentsSchema,
    DraftOrNoneSchema,
    DraftSchema,
    FollowUpSchema,
    SheetSchema,
    SomeAnswersSchema,
)
from api.schemas.reference import QuestionnaireSchema
from api.services import assess, drafts

routes = Routes("assessments", description="Questionnaire and risk profile.")


@routes.get("/questionnaire", policy=allow(*Role), returns=QuestionnaireSchema)
def get_questionnaire() -> dict[str, Any]:
    """Return the questionnaire in use."""
    questionnaire = environment().reference.questionnaire
    language = request_texts().language
    return {
        "version": questionnaire.version,
        "content_hash": questionnaire.content_hash,
        "questions": [
            {
                "id": question.id,
                "trait": question.trait,
                "text": question.text[language],
                "options": [{"id": o.id, "text": o.text[language]} for o in question.options],
            }
            for question in questionnaire.questions
        ],
    }


@routes.get(
    "/clients/<client_id>/answer-draft",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    returns=DraftOrNoneSchema,
)
def get_draft(client_id: str) -> dict[str, Any]:
    """Return the sheet the client has begun, or null."""
    here = environment()
    draft = drafts.get_draft(here.store, here.reference, current_caller(), client_id=client_id)
    return {"draft": draft}


@routes.put(
    "/clients/<client_id>/answer-draft",
    policy=allow(Role.CLIENT),
    takes=SomeAnswersSchema,
    returns=DraftSchema,
)
def save_answers(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Add some answers to the client's draft; what was answered before stays."""
    here = environment()
    return drafts.save_answers(
        here.store,
        here.clock,
        here.reference,
        current_caller(),
        client_id=client_id,
        answers=body["answers"],
    )


@routes.delete("/clients/<client_id>/answer-draft", policy=allow(Role.CLIENT))
def discard_draft(client_id: str) -> None:
    """Forget the client's draft."""
    drafts.discard_draft(environment().store, current_caller(), client_id=client_id)


@routes.post(
    "/clients/<client_id>/answer-draft/submit",
    policy=allow(Role.CLIENT),
    takes=FollowUpSchema,
    returns=AssessmentSchema,
)
def submit_draft(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Assess the client from the draft; 409 follow_up_needed lists what to answer again."""
    here = environment()
    made = drafts.submit_draft(
        here.store,
        here.clock,
        here.reference,
        here.settings,
        current_caller(),
        client_id=client_id,
        follow_up=body.get("follow_up"),
    )
    return spoken(made)


@routes.post(
    "/clients/<client_id>/assessments",
    policy=allow(Role.CLIENT),
    takes=SheetSchema,
    returns=AssessmentSchema,
)
def submit_answers(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Assess the client from a whole sheet; 409 follow_up_needed lists what to answer again."""
    here = environment()
    made = assess.submit_answers(
        here.store,
        here.clock,
        here.reference,
        here.settings,
        current_caller(),
        client_id=client_id,
        answers=body["answers"],
        follow_up=body.get("follow_up"),
    )
    return spoken(made)


@routes.get(
    "/clients/<client_id>/assessments",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    returns=AssessmentsSchema,
)
def list_assessments(client_id: str) -> dict[str, Any]:
    """Return the client's assessments, newest first."""
    found = assess.list_assessments(environment().store, current_caller(), client_id=client_id)
    return {"assessments": found}


@routes.get(
    "/clients/<client_id>/profile",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    returns=AssessmentSchema,
)
def get_profile(client_id: str) -> dict[str, Any]:
    """Return the client's profile as it stands, and whether it may be used."""
    here = environment()
    profile = assess.current_profile(here.store, here.clock, current_caller(), client_id=client_id)
    return spoken(profile)
