"""The API's routes: every operation of a table, its document and a page for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, json, render_template

from services.gateway.api import API, openapi
from services.gateway.api.dispatch import register
from services.gateway.api.operation import Operation
from services.gateway.api.problems import ALL


def api(operations: tuple[Operation, ...]) -> Blueprint:
    """The API of these operations, below /api/v1."""
    blueprint = Blueprint("api", __name__, url_prefix=API)
    register(blueprint, operations)

    @cache
    def document(version: str, server: str) -> bytes:
        found = openapi.build(operations, version, server)
        return json.dumps(found, ensure_ascii=False, indent=1).encode()

    @blueprint.get("/openapi.json")
    def openapi_document() -> Response:
        config = current_app.config
        body = document(config["VERSION"], config["PUBLIC_URL"])
        response = Response(body, mimetype="application/json")
        response.headers["Cache-Control"] = "public, max-age=300"  # it tells of no person
        return response

    @blueprint.get("/")
    def page() -> str:
        sections = [
            (tag, text, [_row(each) for each in operations if each.service == tag])
            for tag, text in openapi.TAGS.items()
        ]
        return render_template("api.html", language="en", sections=sections, problems=ALL, api=API)

    return blueprint


def _row(operation: Operation) -> dict[str, Any]:
    """An operation as the page lists it: what the caller gives besides the path."""
    schema = openapi.body_schema(operation) or operation.takes(exclude=operation.path_parameters)
    takes = [
        {"name": field.data_key or name, "required": field.required}
        for name, field in schema.fields.items()
        if name != "expected_version"
    ]
    return {"operation": operation, "path": operation.openapi_path, "takes": takes}
