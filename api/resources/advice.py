"""Diagnoses and proposals."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.documents import DiagnosisSchema, ProposalSchema
from api.schemas.requests import NothingSchema, ProposalRequestSchema
from api.services import advice

routes = Routes("advice", description="Diagnoses and proposals.")


@routes.post(
    "/clients/<client_id>/diagnoses",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=NothingSchema,
    returns=DiagnosisSchema,
)
def diagnose(_body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Diagnose the client's balance sheet; the diagnosis is stored."""
    here = environment()
    return spoken(
        advice.diagnose(
            here.store,
            here.clock,
            here.reference,
            current_caller(),
            client_id=client_id,
        )
    )


@routes.get(
    "/diagnoses/<diagnosis_id>", policy=allow(Role.CLIENT, Role.ADVISOR), returns=DiagnosisSchema
)
def get_diagnosis(diagnosis_id: str) -> dict[str, Any]:
    """Return a stored diagnosis."""
    found = advice.get_diagnosis(environment().store, current_caller(), diagnosis_id=diagnosis_id)
    return spoken(found)


@routes.post(
    "/clients/<client_id>/proposals",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=ProposalRequestSchema,
    returns=ProposalSchema,
)
def propose(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Propose what to sell and buy; the proposal is stored and expires.

    With {"lots": "exact"} the best whole lots there are; that takes seconds.
    """
    here = environment()
    return spoken(
        advice.propose(
            here.store,
            here.clock,
            here.reference,
            here.settings,
            current_caller(),
            client_id=client_id,
            lots=body["lots"],
        )
    )


@routes.get(
    "/proposals/<proposal_id>", policy=allow(Role.CLIENT, Role.ADVISOR), returns=ProposalSchema
)
def get_proposal(proposal_id: str) -> dict[str, Any]:
    """Return a stored proposal with its present status."""
    here = environment()
    found = advice.get_proposal(here.store, here.clock, current_caller(), proposal_id=proposal_id)
    return spoken(found)
