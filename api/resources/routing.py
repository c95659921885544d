"""How a route is declared: method, path, policy, what it takes and what it returns, in one place.

A body is read strictly: application/json only, strict JSON, unknown fields refused. What a route
returns is dumped through its declared schema, so nothing undeclared leaves. The same declaration
makes the OpenAPI document.
"""

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from flask import Request
from flask_smorest import Blueprint
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from api.authorization import API_PREFIX, Policy
from api.schemas.fields import input_error
from api.strict_json import parse_json

LARGEST_BODY = 256 * 1024

View = TypeVar("View", bound=Callable[..., object])


class StrictParser(FlaskParser):
    """Reads JSON bodies and refuses everything else."""

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the parsed body; a route that needs no field also takes no body at all."""
        body = req.get_data()
        if not body and not _needs_body(schema):
            return {}
        if req.mimetype != "application/json":
            raise UnsupportedMediaType("send the header Content-Type: application/json")
        return parse_json(body)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,
        schema: Schema,
        *,
        error_status_code: int | None,
        error_headers: Any,
    ) -> NoReturn:
        """Raise what is wrong as InputError, with pointers into the body."""
        messages = error.messages
        if isinstance(messages, dict) and set(messages) == {"json"}:
            messages = messages["json"]
        raise input_error(messages, error.data) from None


def _needs_body(schema: Schema) -> bool:
    return any(field.required for field in schema.fields.values())


class _StrictBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest carries no types
    ARGUMENTS_PARSER = StrictParser()


class Routes:
    """The routes of one resource, with typed decorators over a flask-smorest blueprint."""

    def __init__(self, name: str, *, description: str) -> None:
        self.blueprint: Any = _StrictBlueprint(
            name, __name__, url_prefix=API_PREFIX, description=description
        )

    def get(
        self, path: str, *, policy: Policy, returns: type[Schema] | Schema
    ) -> Callable[[View], View]:
        """Declare a view that reads."""
        return self._route("GET", path, policy=policy, takes=None, returns=returns, status=200)

    def post(
        self,
        path: str,
        *,
        policy: Policy,
        takes: type[Schema],
        returns: type[Schema] | Schema,
        status: int = 201,
        required_header: str | None = None,
    ) -> Callable[[View], View]:
        """Declare a view that writes; the loaded body is its first argument."""
        return self._route(
            "POST",
            path,
            policy=policy,
            takes=takes,
            returns=returns,
            status=status,
            required_header=required_header,
        )

    def put(
        self, path: str, *, policy: Policy, takes: type[Schema], returns: type[Schema] | Schema
    ) -> Callable[[View], View]:
        """Declare a view that puts its body in place of what was there."""
        return self._route("PUT", path, policy=policy, takes=takes, returns=returns, status=200)

    def delete(self, path: str, *, policy: Policy) -> Callable[[View], View]:
        """Declare a view that removes something and answers with nothing."""
        return self._route("DELETE", path, policy=policy, takes=None, returns=None, status=204)

    def _route(
        self,
        method: str,
        path: str,
        *,
        policy: Policy,
        takes: type[Schema] | None,
        returns: type[Schema] | Schema | None,
        status: int,
        required_header: str | None = None,
    ) -> Callable[[View], View]:
        def declare(view: View) -> View:
            served = self.blueprint.response(status, returns)(view)
            if takes is not None:
                served = self.blueprint.arguments(takes, required=_needs_body(takes()))(served)
            responses = {"default": {"$ref": "#/components/responses/Problem"}}
            security: list[dict[str, list[str]]] = [] if policy.is_public else [{"bearer": []}]
            more: dict[str, Any] = {"x-roles": sorted(role.value for role in policy.roles)}
            if required_header is not None:
                header = {"in": "header", "name": required_header, "required": True}
                more["parameters"] = [header | {"schema": {"type": "string"}}]
            served = self.blueprint.doc(security=security, responses=responses, **more)(served)
            self.blueprint.route(path, methods=[method])(policy(served))
            return view

        return declare
