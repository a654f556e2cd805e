"""Errors as application/problem+json (RFC 9457): what went wrong and how to mend it, never how we work.

The services' own errors pass through as they are; this adds those that only HTTP knows. No class name,
stack, query or value leaves the house in an error. `detail` is Danish because a person reads it; `type`,
`code` and `fields` are for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.chassis.errors import BY_CODE, TrivselError

MEDIA_TYPE = "application/problem+json"
BASE = "/api/v1/"
"""`type` points at the explanation on the API's own page."""


class HttpProblem(TrivselError):
    """An error of the transport: the request never reached a service."""

    def __init__(
        self,
        detail: str | None = None,
        *,
        fields: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail, fields=fields, extra=extra)
        self.headers = dict(headers or {})


class BadRequest(HttpProblem):
    """The request cannot be read; nothing was done."""

    status, code, title = 400, "bad-request", "Forespørgslen kan ikke læses"


class RouteUnknown(HttpProblem):
    """No operation has this address."""

    status, code, title = 404, "route-unknown", "Adressen findes ikke"


class MethodNotAllowed(HttpProblem):
    """The address exists, but not with this method; `Allow` lists those it has."""

    status, code, title = 405, "method-not-allowed", "Metoden kan ikke bruges her"


class TooLarge(HttpProblem):
    """The body is larger than the gateway takes."""

    status, code, title = 413, "too-large", "Forespørgslen er for stor"


class UnsupportedMediaType(HttpProblem):
    """A body must be application/json in UTF-8."""

    status, code, title = 415, "unsupported-media-type", "Indholdet har en forkert type"


class PreconditionRequired(HttpProblem):
    """Without the version the caller has seen, her write could undo somebody else's."""

    status, code, title = 428, "precondition-required", "Fortæl, hvilken udgave du retter i"


class TooManyRequests(HttpProblem):
    """The caller asks more often than its limit allows; `Retry-After` says when there is room again."""

    status, code, title = 429, "too-many-requests", "Der er kommet for mange forespørgsler"


class Internal(HttpProblem):
    """A fault of ours. It is logged under the correlation id; the caller cannot mend it."""

    status, code, title = 500, "internal", "Der skete en fejl hos os"


HTTP_PROBLEMS: tuple[type[HttpProblem], ...] = (
    BadRequest,
    RouteUnknown,
    MethodNotAllowed,
    TooLarge,
    UnsupportedMediaType,
    PreconditionRequired,
    TooManyRequests,
    Internal,
)

ALL: dict[str, type[TrivselError]] = {**BY_CODE, **{kind.code: kind for kind in HTTP_PROBLEMS}}
"""Every kind of problem the API can answer with, by its code."""


def document(error: TrivselError, correlation_id: str) -> dict[str, Any]:
    """The problem document of an error."""
    kind = error.code if error.code in ALL else type(error).code
    return {"type": f"{BASE}#problem-{kind}", **error.problem(), "correlation_id": correlation_id}


def headers(error: TrivselError) -> dict[str, str]:
    """What HTTP says besides the document: when to try again, how to sign in."""
    found = dict(getattr(error, "headers", {}))
    if error.status == 503:
        found.setdefault("Retry-After", "5")
    if error.status == 401:
        found.setdefault("WWW-Authenticate", 'Bearer realm="trivsel"')
    return found
