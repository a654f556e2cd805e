"""How much one may ask for in a while, so that one caller's loop or guessing is nobody else's waiting.

People are counted by who they are, and only where nobody is known by their address: a whole municipality may
sit behind one. Counted in this process, or where RATE_LIMIT_STORAGE_URI says for all gateways together.
"""

from __future__ import annotations

import time
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

from services.chassis.actor import verify_token
from services.chassis.errors import Unauthenticated
from services.gateway.api.problems import TooManyRequests
from services.gateway.request import signed_in
from services.gateway.settings import GatewaySettings

SIGN_IN = (
    "sign_in.form",
    "sign_in.callback",
    "parents_consent.identify",
    "parents_consent.identified",
)
LINKS = ("parents", "parents_consent")
"""Blueprints of pages that a signed link opens."""
SEARCHES = ("pages.search",)
"""Views in which a person looks for children by their names."""


def install(app: Flask, settings: GatewaySettings) -> None:
    """Put limits on what is registered. Call it when every blueprint is."""
    limiter: Any = Limiter(
        get_remote_address,
        app=app,
        storage_uri=settings.rate_limit_storage,
        in_memory_fallback_enabled=True,  # a storage that is away stops nobody's work
        headers_enabled=False,
    )
    limiter.shared_limit(settings.rate_limit_api, scope="api", key_func=_caller)(app.blueprints["api"])
    links = limiter.shared_limit(settings.rate_limit_links, scope="links")
    for name in LINKS:
        links(app.blueprints[name])
    for scope, limit, endpoints in (
        ("sign-in", settings.rate_limit_sign_in, SIGN_IN),
        ("search", settings.rate_limit_search, SEARCHES),
    ):
        key = _person if scope == "search" else get_remote_address
        for endpoint in endpoints:
            if endpoint in app.view_functions:
                view = app.view_functions[endpoint]
                app.view_functions[endpoint] = limiter.shared_limit(limit, scope=scope, key_func=key)(view)
    app.extensions["limiter_of_trivsel"] = limiter


def _caller() -> str:
    """The API's caller; a token that is none of ours counts for the address it comes from."""
    _, _, token = request.headers.get("Authorization", "").partition(" ")
    try:
        return f"actor:{verify_token(token.strip(), current_app.config['ACTOR_TOKEN_KEY']).id}"
    except Unauthenticated:
        return f"address:{get_remote_address()}"


def _person() -> str:
    actor = signed_in()
    return f"actor:{actor.id}" if actor else f"address:{get_remote_address()}"


def exceeded() -> TooManyRequests:
    """What one is told who has reached a limit, with the seconds until there is room again."""
    limiter: Any = current_app.extensions["limiter_of_trivsel"]
    reached = limiter.current_limit
    seconds = max(1, round(reached.reset_at - time.time())) if reached else 60
    return TooManyRequests(
        f"Der er kommet mange forespørgsler på kort tid. Prøv igen om {_span(seconds)}.",
        headers={"Retry-After": str(seconds)},
    )


def _span(seconds: int) -> str:
    if seconds < 90:
        return "et sekund" if seconds == 1 else f"{seconds} sekunder"
    return f"{-(-seconds // 60)} minutter"
