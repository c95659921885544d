"""Orders that a client begins itself."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.documents import ProposalSchema
from api.schemas.requests import OwnOrderSchema
from api.services.own_orders import make_own_order

routes = Routes("own_orders", description="Orders that a client begins itself.")


@routes.post(
    "/clients/<client_id>/own-orders",
    policy=allow(Role.CLIENT),
    takes=OwnOrderSchema,
    returns=ProposalSchema,
)
def own_order(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Write down what the client wants to buy, with the warning it needs; accept it to order."""
    here = environment()
    return spoken(
        make_own_order(
            here.store,
            here.clock,
            here.reference,
            here.settings,
            current_caller(),
            client_id=client_id,
            product_id=body["product_id"],
            amount=body["amount"],
        )
    )
