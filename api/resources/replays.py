"""Recomputing stored advice: the hashes say whether it still comes out the same."""

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.routing import Routes
from api.schemas.records import ReplaySchema
from api.services import replay

routes = Routes("replays", description="Recomputation of stored advice.")


@routes.get(
    "/advice/<advice_id>/replay", policy=allow(Role.ADVISOR, Role.QUANT), returns=ReplaySchema
)
def replay_advice(advice_id: str) -> replay.ReplayResult:
    """Recompute one diagnosis or proposal from its stored inputs and compare hashes."""
    return replay.replay(environment().store, current_caller(), advice_id=advice_id)
