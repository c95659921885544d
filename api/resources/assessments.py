"""The questionnaire, the answers to it, and the profile they make."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.language import request_texts
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.documents import ProfileSchema
from api.schemas.reference import QuestionnaireSchema
from api.schemas.requests import AnswersSchema
from api.services import assess

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


@routes.post(
    "/clients/<client_id>/assessments",
    policy=allow(Role.CLIENT),
    takes=AnswersSchema,
    returns=ProfileSchema,
)
def submit_answers(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Assess the client from the client's own answers; the profile is stored with its reasons."""
    here = environment()
    profile = assess.submit_answers(
        here.store,
        here.clock,
        here.reference,
        here.settings,
        current_caller(),
        client_id=client_id,
        answers=body["answers"],
    )
    return spoken(profile)


@routes.get(
    "/clients/<client_id>/profile", policy=allow(Role.CLIENT, Role.ADVISOR), returns=ProfileSchema
)
def get_profile(client_id: str) -> dict[str, Any]:
    """Return the client's profile in force."""
    here = environment()
    profile = assess.current_profile(here.store, here.clock, current_caller(), client_id=client_id)
    return spoken(profile)
