"""The one button: accepting a proposal, and what became of its orders."""

from typing import Any

from flask import request

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.records import BundleSchema, BundlesSchema
from api.schemas.requests import ConsentSchema
from api.services import advice, purchase

IDEMPOTENCY_HEADER = "Idempotency-Key"

routes = Routes("purchases", description="Consent to a proposal, and the orders it became.")


@routes.post(
    "/proposals/<proposal_id>/accept",
    policy=allow(Role.CLIENT),
    takes=ConsentSchema,
    returns=BundleSchema,
    status=202,
    required_header=IDEMPOTENCY_HEADER,
)
def accept_proposal(body: dict[str, Any], proposal_id: str) -> Any:
    """Accept a proposal once; the header Idempotency-Key makes a repeat safe."""
    here = environment()
    accepted = purchase.accept_proposal(
        here.store,
        here.clock,
        current_caller(),
        proposal_id=proposal_id,
        proposal_hash=body["proposal_hash"],
        consent=body["consent"],
        warning_read=body["warning_read"],
        idempotency_key=request.headers.get(IDEMPOTENCY_HEADER, ""),
        recheck=advice.recheck_suitability,
    )
    headers = {"Idempotent-Replayed": "true"} if accepted.is_replay else {}
    return accepted.document, 202, headers


@routes.get("/bundles/<bundle_id>", policy=allow(Role.CLIENT, Role.ADVISOR), returns=BundleSchema)
def get_bundle(bundle_id: str) -> dict[str, Any]:
    """Return the orders of one purchase."""
    return spoken(purchase.get_bundle(environment().store, current_caller(), bundle_id=bundle_id))


@routes.get(
    "/clients/<client_id>/bundles", policy=allow(Role.CLIENT, Role.ADVISOR), returns=BundlesSchema
)
def list_bundles(client_id: str) -> dict[str, Any]:
    """Return a client's purchases, newest first."""
    found = purchase.list_bundles(environment().store, current_caller(), client_id=client_id)
    return {"bundles": [spoken(one) for one in found]}
