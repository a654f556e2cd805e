"""One dispatcher for every operation: undo HTTP, call the owning service, dress its answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, request

from services.chassis.actor import Actor
from services.chassis.errors import OutcomeUnknown
from services.gateway.api import API
from services.gateway.api.arguments import arguments
from services.gateway.api.body import read_json
from services.gateway.api.etags import etag, is_fresh
from services.gateway.api.gathered import LOCAL
from services.gateway.api.operation import Operation
from services.gateway.api.problems import UnsupportedMediaType
from services.gateway.calls import Calls
from services.gateway.request import bearer_actor, context

LINK_ACTOR = Actor.system("gateway", purpose="svar via link")
"""Stands behind a call whose authority is the signed link in the call itself."""


def register(blueprint: Blueprint, operations: Iterable[Operation]) -> None:
    """A route for each operation."""
    for operation in operations:
        blueprint.add_url_rule(
            operation.path, endpoint=operation.id, view_func=_view(operation), methods=[operation.method]
        )


def _view(operation: Operation) -> Callable[..., Response]:
    def view(**path: Any) -> Response:
        actor = LINK_ACTOR if operation.token else bearer_actor()
        data = arguments(operation, path, request.args, _body(operation), request.headers.get("If-Match"))
        calls: Calls = current_app.extensions["calls"]
        local = LOCAL.get(operation.rpc)
        try:
            result = (
                local(calls, data, actor, context())
                if local
                else calls.one(operation.rpc, data, actor, context(), operation.timeout)
            )
        except OutcomeUnknown:
            if operation.writes:
                raise
            raise OutcomeUnknown("Systemet nåede ikke at svare. Prøv igen om lidt.") from None
        return _answer(operation, result)

    view.__name__ = operation.id
    view.__doc__ = operation.summary
    return view


def _body(operation: Operation) -> dict[str, Any]:
    if not operation.has_body:
        return {}
    if operation.body_bytes:
        request.max_content_length = max(request.max_content_length or 0, operation.body_bytes)
    raw = request.get_data(cache=False)
    if not raw:
        return {}
    if request.mimetype != "application/json":
        raise UnsupportedMediaType("Send indholdet som JSON: Content-Type: application/json.")
    return read_json(raw)


def _answer(operation: Operation, result: Any) -> Response:
    if operation.gives is None or operation.success == 204:
        return Response(status=204)
    body = json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode()
    tag = etag(result, body)
    fresh = not operation.has_body and is_fresh(request.headers.get("If-None-Match"), tag)
    response = (
        Response(status=304)
        if fresh
        else Response(body, status=operation.success, mimetype="application/json")
    )
    response.headers["ETag"] = tag
    # A person's own browser or program may hold it to ask again, nobody between may.
    response.headers["Cache-Control"] = "private, no-cache" if not operation.has_body else "no-store"
    response.headers["Vary"] = "Authorization"
    if operation.pages and isinstance(result, dict) and result.get("next"):
        response.headers["Link"] = f'<{_next(result["next"])}>; rel="next"'
    if operation.location:
        response.headers["Location"] = _location(operation.location, result, request.view_args or {})
    return response


def _next(cursor: str) -> str:
    query = [(name, value) for name, value in request.args.items(multi=True) if name != "after"]
    return f"{request.path}?{urlencode([*query, ('after', cursor)])}"


def _location(pattern: str, result: dict[str, Any], path: dict[str, Any]) -> str:
    return API + pattern.format(**{**path, **result})
