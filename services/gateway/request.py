"""What belongs to one HTTP request: its context, who acts, and the line it leaves in the log.

The line names the route, never the address as it was asked for: a query or a link token may be, or
open, somebody's personal data.
"""

from __future__ import annotations

import re
import secrets
import time
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from flask import Flask, Request, Response, current_app, g, request
from prometheus_client import Counter, Gauge, Histogram

from services.chassis.actor import Actor, verify_token
from services.chassis.context import Context
from services.chassis.errors import Unauthenticated
from services.chassis.logs import logger
from services.gateway.api.problems import BadRequest
from services.gateway.sessions import COOKIE, Session, seal, unseal

PURPOSE_MAX = 200
DAILY = "dagligt arbejde"
"""The purpose of what a person does where it speaks for itself: children of her own groups, her own tasks."""
RENEW_SECONDS = 60
"""A session's cookie is written anew when its last use is longer ago than this."""

_TRACE = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_log = logger("access")

REQUESTS = Counter(
    "trivsel_gateway_requests_total", "Requests by route and status.", ["method", "route", "status"]
)
SECONDS = Histogram(
    "trivsel_gateway_request_seconds", "Seconds from a request to its answer.", ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10),
)  # fmt: skip
UNDER_WAY = Gauge("trivsel_gateway_requests_under_way", "Requests that have begun and not ended.")


def install(app: Flask) -> None:
    """Give every request its context, its safe headers and its line in the log."""
    app.before_request(_begin)
    app.after_request(_finish)
    app.teardown_request(_leave)


def _begin() -> None:
    UNDER_WAY.inc()
    g.under_way = True
    g.started = time.perf_counter()
    g.context = _context(request)


def _context(incoming: Request) -> Context:
    """A caller's own correlation id and trace are kept when they are well formed, else made here."""
    fresh = Context.new()
    correlation = fresh.correlation_id
    given = incoming.headers.get("X-Correlation-Id", "")
    if re.fullmatch(r"[0-9a-fA-F-]{36}", given):
        with suppress(ValueError):
            correlation = str(UUID(given))
    trace = fresh.traceparent
    given = incoming.headers.get("traceparent", "")
    if _TRACE.fullmatch(given):  # the caller's trace goes on, with a step of our own
        trace = f"{given[:36]}{secrets.token_hex(8)}{given[52:]}"
    return replace(fresh, correlation_id=correlation, traceparent=trace)


def context() -> Context:
    """The running request's context; made on the spot if the request broke before it had one."""
    if "context" not in g:
        g.context = Context.new()
    return g.context


def bearer_actor() -> Actor:
    """Who acts, by the Authorization header alone: a cookie never opens the API."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("Send et gyldigt adgangstegn: Authorization: Bearer <token>.")
    return _with_purpose(_remember(verify_token(token.strip(), current_app.config["ACTOR_TOKEN_KEY"])))


def session() -> Session | None:
    """The browser's session if it is live, as it will be written back at the end of this request."""
    if "session" not in g:
        found = former_session()
        config = current_app.config
        live = found is not None and found.is_live(
            config["SESSION_IDLE_SECONDS"], config["SESSION_MAX_SECONDS"]
        )
        g.session = found if live else None
    held: Session | None = g.session
    return held


def former_session() -> Session | None:
    """The browser's session, were it even over: it still says whose it was."""
    return unseal(request.cookies.get(COOKIE), current_app.config["ACTOR_TOKEN_KEY"])


def keep_session(changed: Session | None) -> None:
    """The session from now on; None ends it."""
    g.session = changed
    g.session_changed = True


def session_actor() -> Actor | None:
    """Who acts in the browser, with the purpose she gave for the child that the page is about, if any."""
    actor = signed_in()
    return _remember(actor) if actor else None


def about_child(child_id: str) -> None:
    """Says whom a page is about whose address does not: her purpose goes with what is asked from now on."""
    g.about_child = child_id


def signed_in() -> Actor | None:
    """Whose session it is, whether or not she acts in this request."""
    held = session()
    if held is None:
        return None
    child = str((request.view_args or {}).get("child_id") or g.get("about_child", ""))
    return replace(held.actor, purpose=held.purposes.get(child, DAILY))


def _remember(actor: Actor) -> Actor:
    g.actor = actor
    g.context = replace(context(), actor_id=actor.id)
    return actor


def _with_purpose(actor: Actor) -> Actor:
    """The token's purpose, or the one the caller states for this request."""
    stated = request.headers.get("X-Purpose")
    if stated is None:
        return actor
    with suppress(UnicodeError):  # WSGI hands headers over as latin-1; Danish callers send UTF-8
        stated = stated.encode("latin-1").decode("utf-8")
    stated = stated.strip()
    if not stated or len(stated) > PURPOSE_MAX or not stated.isprintable():
        raise BadRequest(f"X-Purpose skal være en kort, læselig tekst på højst {PURPOSE_MAX} tegn.")
    return replace(actor, purpose=stated)


def _finish(response: Response) -> Response:
    rule = request.url_rule.rule if request.url_rule is not None else "(ingen)"
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    response.headers["X-Correlation-Id"] = context().correlation_id
    _secure(response)
    _write_session(response)
    method = request.method if request.method in _METHODS else "?"  # a caller may invent any
    REQUESTS.labels(method, rule, str(response.status_code)).inc()
    SECONDS.labels(method, rule).observe(seconds)
    if rule not in ("/livez", "/readyz", "/metrics", "/static/<path:filename>"):
        actor: Actor | None = g.get("actor")
        _log.info(
            "request",
            method=method,
            route=rule,
            status=response.status_code,
            ms=round(seconds * 1000, 1),
            correlation_id=context().correlation_id,
            actor_id=actor.id if actor else None,
            actor_kind=actor.kind if actor else None,
        )
    return response


def _write_session(response: Response) -> None:
    held: Session | None = g.get("session")
    changed = g.get("session_changed", False)
    place = {"httponly": True, "samesite": "Lax", "secure": current_app.config["SECURE"]}
    # A page that asks for itself again is no sign that anybody sits before it.
    idle = held is None or g.get("by_itself", False) or held.touched().used - held.used < RENEW_SECONDS
    if held is not None and (changed or not idle):
        # No lifetime of its own: kept until the browser is closed, and its content says when it is over.
        response.set_cookie(COOKIE, seal(held.touched(), current_app.config["ACTOR_TOKEN_KEY"]), **place)
    elif held is None and changed:
        response.delete_cookie(COOKIE, **place)


def _leave(_error: BaseException | None) -> None:
    if g.pop("under_way", False):
        UNDER_WAY.dec()


def _secure(response: Response) -> None:
    """Headers every answer carries. Nothing here is kept by a browser unless a handler says so."""
    headers = response.headers
    headers.setdefault("Cache-Control", "no-store")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "same-origin")
    headers["X-Frame-Options"] = "DENY"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    if current_app.config["SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
