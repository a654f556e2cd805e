"""The API's routes: every operation of the table, its document and a page for people."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Response, current_app, json, render_template

from services.gateway.api import API, openapi
from services.gateway.api.dispatch import register
from services.gateway.api.operation import Operation
from services.gateway.api.problems import ALL
from services.gateway.api.table import OPERATIONS

blueprint = Blueprint("api", __name__, url_prefix=API)
register(blueprint, OPERATIONS)


@cache
def _document(version: str, server: str) -> bytes:
    return json.dumps(openapi.build(OPERATIONS, version, server), ensure_ascii=False, indent=1).encode()


def _public(response: Response) -> Response:
    """The document tells of no person: anybody may hold it for a while."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return response


@blueprint.get("/openapi.json")
def document() -> Response:
    config = current_app.config
    return _public(Response(_document(config["VERSION"], config["PUBLIC_URL"]), mimetype="application/json"))


@blueprint.get("/")
def page() -> Response:
    return _public(
        Response(
            render_template(
                "api.html",
                sections=_sections(),
                language="en",
                problems=ALL,
                api=API,
                rows=lambda operation: {
                    "path": operation.openapi_path,
                    "takes": _takes(operation),
                },
            )
        )
    )


def _sections() -> list[tuple[str, str, list[Operation]]]:
    return [
        (tag, text, [each for each in OPERATIONS if each.service == tag])
        for tag, text in openapi.TAGS.items()
    ]


def _takes(operation: Operation) -> list[dict[str, Any]]:
    """What the caller gives besides the path, for the page."""
    schema = openapi.body_schema(operation) or operation.takes(exclude=operation.path_parameters)
    return [
        {"name": field.data_key or name, "required": field.required}
        for name, field in schema.fields.items()
        if name != "expected_version"
    ]
