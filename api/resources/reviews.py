"""What people decide about an assessment: an advisor's review, and lifting a cap of age."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.assessments import (
    AssessmentSchema,
    FlaggedAssessmentsSchema,
    LiftConfirmationSchema,
    LiftOfferSchema,
    LiftOrNoneSchema,
    LiftSchema,
    ReviewedSchema,
    ReviewInSchema,
)
from api.services import age_lifts, reviews

routes = Routes("reviews", description="Flagged assessments and caps of age: people decide.")


@routes.get("/reviews", policy=allow(Role.ADVISOR), returns=FlaggedAssessmentsSchema)
def list_pending() -> dict[str, Any]:
    """Return the flagged assessments of the caller's book that wait for a review."""
    found = reviews.pending_reviews(environment().store, current_caller())
    return {"assessments": [spoken(one) for one in found]}


@routes.post(
    "/assessments/<assessment_id>/review",
    policy=allow(Role.ADVISOR),
    takes=ReviewInSchema,
    returns=ReviewedSchema,
)
def review_assessment(body: dict[str, Any], assessment_id: str) -> dict[str, Any]:
    """Let a flagged assessment stand, or have the client answer again."""
    here = environment()
    return reviews.review_assessment(
        here.store,
        here.clock,
        current_caller(),
        assessment_id=assessment_id,
        outcome=body["outcome"].value,
        note=body["note"],
    )


@routes.get(
    "/clients/<client_id>/age-lift",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    returns=LiftOrNoneSchema,
)
def get_lift(client_id: str) -> dict[str, Any]:
    """Return how far the lift of the client's cap of age is, or null where none may be given."""
    here = environment()
    caller = current_caller()
    return {"age_lift": age_lifts.lift_state(here.store, here.clock, caller, client_id=client_id)}


@routes.post(
    "/clients/<client_id>/age-lift",
    policy=allow(Role.ADVISOR),
    takes=LiftOfferSchema,
    returns=LiftSchema,
)
def offer_lift(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Offer to lift the cap of age, with what was discussed."""
    here = environment()
    return age_lifts.offer_lift(
        here.store,
        here.clock,
        here.reference,
        current_caller(),
        client_id=client_id,
        note=body["note"],
    )


@routes.post(
    "/clients/<client_id>/age-lift/confirm",
    policy=allow(Role.CLIENT),
    takes=LiftConfirmationSchema,
    returns=AssessmentSchema,
)
def confirm_lift(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Confirm the lift that was offered."""
    here = environment()
    lifted = age_lifts.confirm_lift(
        here.store,
        here.clock,
        here.reference,
        current_caller(),
        client_id=client_id,
        confirmed=body["confirmed"],
    )
    return spoken(lifted)
