"""Life paths, and the question what if."""

from typing import Any

from api.authorization import allow, current_caller
from api.callers import Role
from api.environment import environment
from api.resources.documents import spoken
from api.resources.routing import Routes
from api.schemas.life_paths import (
    LifePathSchema,
    WhatIfResultSchema,
    WhatIfSchema,
    make_what_if,
)
from api.schemas.requests import NothingSchema
from api.services import life_paths

routes = Routes("life paths", description="What time does to a client's money.")


@routes.post(
    "/clients/<client_id>/life-paths",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=NothingSchema,
    returns=LifePathSchema,
)
def make_life_path(_body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Simulate the client's years ahead; the life path is stored."""
    here = environment()
    return spoken(
        life_paths.make_life_path(
            here.store, here.clock, here.reference, current_caller(), client_id=client_id
        )
    )


@routes.get(
    "/life-paths/<life_path_id>", policy=allow(Role.CLIENT, Role.ADVISOR), returns=LifePathSchema
)
def get_life_path(life_path_id: str) -> dict[str, Any]:
    """Return a stored life path."""
    found = life_paths.get_life_path(
        environment().store, current_caller(), life_path_id=life_path_id
    )
    return spoken(found)


@routes.post(
    "/clients/<client_id>/what-ifs",
    policy=allow(Role.CLIENT, Role.ADVISOR),
    takes=WhatIfSchema,
    returns=WhatIfResultSchema,
    status=200,
)
def ask_what_if(body: dict[str, Any], client_id: str) -> dict[str, Any]:
    """Set the client's plan beside the same plan with something changed; nothing is stored."""
    here = environment()
    return life_paths.ask_what_if(
        here.store,
        here.clock,
        here.reference,
        current_caller(),
        client_id=client_id,
        what_if=make_what_if(body),
    )
