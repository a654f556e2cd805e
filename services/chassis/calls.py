"""The form of a call on the bus, which is nameko's, so that stock clients and services can take part.

Request: ``{"args": [], "kwargs": {…}}`` to exchange ``nameko-rpc`` with key ``service.operation``.
Reply: ``{"result": …, "error": …}`` to the caller's own queue. An error carries a problem document and
no class name; a stock nameko client sees a ``RemoteError`` of kind ``problem``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from services.chassis.context import Context
from services.chassis.errors import Invalid, TrivselError, from_problem

TOKEN = "nameko.auth_token"  # noqa: S105 - a header's name
CORRELATION = "nameko.correlation_id"
TRACEPARENT = "nameko.traceparent"
TIMEOUT_MS = "nameko.timeout_ms"
"""How long the caller waits, counted from when the service receives the call. Relative, because two
machines' clocks differ; while the call still lies in the queue the broker's own expiry counts."""

_PROBLEM = "problem"
_ID = re.compile(r"[\w.:/-]{1,120}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def request(data: Mapping[str, Any]) -> bytes:
    return json.dumps({"args": [], "kwargs": dict(data)}, default=str).encode()


def headers(token: str | None, context: Context, seconds: float) -> dict[str, Any]:
    return {
        CORRELATION: context.correlation_id,
        TIMEOUT_MS: int(seconds * 1000),
        **({TRACEPARENT: context.traceparent} if context.traceparent else {}),
        **({TOKEN: token} if token else {}),
    }


def arguments(body: Any) -> dict[str, Any]:
    """What a request asks with; :class:`Invalid` when it is not a request."""
    try:
        found = json.loads(body)
        args, kwargs = found["args"], found["kwargs"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise Invalid("Kaldet kan ikke læses.", code="malformed-call") from error
    if args or not isinstance(kwargs, dict):
        raise Invalid("Kaldet skal have navngivne felter.", code="malformed-call")
    return kwargs


def context_of(found: Mapping[str, Any]) -> Context:
    """The chain a call belongs to; a header that makes no sense is as if it were not there."""
    fresh = Context.new()
    correlation, traceparent = found.get(CORRELATION), found.get(TRACEPARENT)
    return Context(
        correlation_id=correlation
        if isinstance(correlation, str) and _ID.fullmatch(correlation)
        else fresh.correlation_id,
        traceparent=traceparent
        if isinstance(traceparent, str) and _TRACEPARENT.fullmatch(traceparent)
        else fresh.traceparent,
    )


def patience(found: Mapping[str, Any]) -> float | None:
    """Seconds the caller waits, if it says so in a way that makes sense."""
    value = found.get(TIMEOUT_MS)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 3_600_000:
        return value / 1000
    return None


def reply(result: Any) -> bytes:
    return json.dumps({"result": result, "error": None}).encode()


def failure(error: TrivselError) -> bytes:
    problem = error.problem()
    told = {"exc_type": _PROBLEM, "exc_path": _PROBLEM, "exc_args": [], "value": problem}
    return json.dumps({"result": None, "error": told}, default=str).encode()


def outcome(body: Any) -> Any:
    """The result in a reply, or the error in it raised."""
    try:
        found = json.loads(body)
        error = found["error"]
        result = found["result"]
    except (ValueError, TypeError, KeyError) as cause:
        raise TrivselError(code="malformed-reply") from cause
    if error is None:
        return result
    value = error.get("value") if isinstance(error, dict) else None
    if isinstance(value, dict):
        raise from_problem(value)
    # A stock nameko service: what it says may quote anything, so it goes no further.
    raise TrivselError()
