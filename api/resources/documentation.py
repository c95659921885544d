"""The OpenAPI document, and a page made from it on the server."""

from typing import Any, cast

from flask import Blueprint, Response, jsonify, render_template
from flask_smorest import Api

from api.authorization import API_PREFIX, public
from api.problems import CONTENT_TYPE

METHODS = ("get", "post", "put", "patch", "delete")


def documentation_blueprint(api: Api) -> Blueprint:
    """Return the two documentation routes over what `api` has registered by the time of a call."""
    blueprint = Blueprint(
        "documentation", __name__, url_prefix=API_PREFIX, template_folder="templates"
    )

    @blueprint.get("/openapi.json")
    @public
    def openapi() -> Response:
        return jsonify(openapi_document(api))

    @blueprint.get("/docs")
    @public
    def docs() -> str:
        document = openapi_document(api)
        return render_template("docs.html", document=document, operations=operations(document))

    return blueprint


def openapi_document(api: Api) -> dict[str, Any]:
    """Return the OpenAPI document; every error in it is a problem of RFC 9457."""
    document = cast(dict[str, Any], api.spec.to_dict())
    for response in document["components"].get("responses", {}).values():
        content = response.get("content", {})
        if "application/json" in content:
            content[CONTENT_TYPE] = content.pop("application/json")
    return document


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations of an OpenAPI document, by path and method."""
    return [
        {"path": path, "method": method.upper(), **item[method]}
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]
