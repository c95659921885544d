"""The application: environment, routes, policies, problems and headers, put together once."""

from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api

from api.authorization import API_PREFIX, guard
from api.clock import Clock, SystemClock
from api.environment import Environment, install_environment
from api.pages import identify_visitor, register_pages, render_error_page
from api.problems import register_problems
from api.public_address import refuse_foreign_hosts
from api.reference_data import ReferenceData, reference_data_of
from api.resources import (
    advice,
    assessments,
    backtests,
    clients,
    life_paths,
    own_orders,
    purchases,
    reference,
    reminders,
    replays,
    reviews,
)
from api.resources.documentation import documentation_blueprint
from api.resources.routing import LARGEST_BODY
from api.schemas.problem import ProblemSchema
from api.security_headers import add_security_headers
from api.settings import Settings
from api.store.engine import REQUEST_BUSY_SECONDS
from api.store.unit_of_work import Store, make_store

# The order of the documentation.
RESOURCES = (
    assessments,
    reviews,
    clients,
    advice,
    life_paths,
    own_orders,
    purchases,
    reminders,
    reference,
    backtests,
    replays,
)


class ReadableJson(DefaultJSONProvider):
    """JSON as people read it: UTF-8, in order, and never NaN."""

    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        """Return `obj` as JSON text; a NaN is a fault and raises."""
        return super().dumps(obj, allow_nan=False, **kwargs)


class _ProblemApi(Api):  # type: ignore[misc]  # flask-smorest carries no types
    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None:
        # Errors become HTTP in api/problems.py; the library's handler would drop Allow.
        return


def create_app(
    settings: Settings | None = None,
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    reference: ReferenceData | None = None,
) -> Flask:
    """Return the WSGI application.

    Args:
        settings: Read from the environment unless given.
        store: Opened from the settings unless given.
        clock: The system's unless given.
        reference: What ships with the packages, and the settings' files, unless given.

    Raises:
        InputError: unusable settings or reference data.
        RuntimeError: a route without an access policy.
    """
    settings = settings or Settings.from_environment()
    reference = reference or reference_data_of(settings)
    store = store or make_store(settings, busy_seconds=REQUEST_BUSY_SECONDS)
    app = Flask("api", static_folder=None)
    app.config.update(_configuration(settings))
    # A doubled slash is another address, not a reason to redirect.
    app.url_map.merge_slashes = False
    refuse_foreign_hosts(app, settings)
    # Chinese stays readable on the wire, and documents keep the order they were made in.
    app.json = ReadableJson(app)
    install_environment(app, Environment(settings, store, clock or SystemClock(), reference))
    api = _ProblemApi(app)
    api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
    refusal = {
        "description": "A refusal",
        "content": {"application/json": {"schema": ProblemSchema}},
    }
    api.spec.components.response("Problem", refusal)
    for resource in RESOURCES:
        api.register_blueprint(resource.routes.blueprint)
    app.register_blueprint(documentation_blueprint(api))
    register_pages(app)
    register_problems(app, render_page=render_error_page)
    add_security_headers(app)
    guard(app, identify_visitor=identify_visitor)
    return app


def _configuration(settings: Settings) -> dict[str, Any]:
    return {
        "API_TITLE": "robo-allocator",
        "API_VERSION": API_PREFIX.strip("/"),
        "OPENAPI_VERSION": "3.1.0",
        "SECRET_KEY": settings.secret,
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        "MAX_FORM_PARTS": 200,
    }
