"""What stands around every page: its door, its menu, its language and its assets."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as Answer

from services.chassis.actor import Actor
from services.chassis.errors import Forbidden, NotFound
from services.gateway.request import session, signed_in
from services.gateway.web import danish, language
from services.gateway.web.form_token import MaskedProtection
from services.gateway.web.language import N_
from services.gateway.web.paths import local_path
from services.gateway.web.purpose import asked_first
from services.gateway.web.roles import MENU, PUBLIC, asks_purpose, may_see, missing, roles_of
from services.gateway.web.sign_in import to_sign_in
from services.gateway.web.words import POSITIONS

blueprint = Blueprint("frame", __name__)

STATIC = Path(__file__).parents[1] / "static"
YEAR = 31_536_000
WITHOUT_TOKEN = ("api", "parents", "parents_consent", "parents_transition")
"""Blueprints whose key comes with each request by itself (a bearer token, a signed link), so that another
site's page has nothing to borrow. Parents' pages work in a mail program's browser that keeps no cookie."""


def install(app: Flask) -> None:
    """Give the application its frame. Call it when every blueprint is registered."""
    language.install(app)
    protection = MaskedProtection(app)
    for name in WITHOUT_TOKEN:
        protection.exempt(app.blueprints[name])
    if forgotten := missing(app.view_functions):
        raise LookupError(f"No roles in services/gateway/web/roles.py for {', '.join(forgotten)}")
    app.jinja_env.globals.update(positions=POSITIONS, danish=danish, asset=asset)
    app.before_request(_door)
    app.after_request(_keep_assets)
    app.context_processor(_around)


def _door() -> Answer | None:
    """Leads who is not signed in to the sign-in, and tells who is that a page is not for her role."""
    endpoint = request.endpoint
    if endpoint is None or roles_of(endpoint) is PUBLIC:
        return None
    actor = signed_in()
    if actor is None:
        return to_sign_in()
    if not may_see(actor, endpoint):
        raise Forbidden(N_("Siden hører til en anden rolle end din."))
    child = (request.view_args or {}).get("child_id")
    if child and request.method in ("GET", "HEAD") and asks_purpose(endpoint):
        return asked_first(str(child))
    return None


def _around() -> dict[str, Any]:
    config = current_app.config
    held = session()
    return {
        "person": {"name": held.name} if held else None,
        "menu": _menu(held.actor) if held else [],
        "here": request.full_path.rstrip("?") if request.method == "GET" else url_for("pages.start"),
        "may_sign_in": config["MAY_SIGN_IN"],
        "demonstration": config["DEMONSTRATION"],
        "municipality": config["MUNICIPALITY_NAME"],
        "accessibility_statement": config["ACCESSIBILITY_STATEMENT_URL"],
        "chosen_language": language.language(),
        "version": config["VERSION"],
    }


def _menu(actor: Actor) -> list[dict[str, Any]]:
    own = (request.endpoint or "").split(".", 1)[0]
    return [
        {
            "name": gettext(item.name),
            "url": url_for(item.endpoint),
            "current": item.endpoint.split(".", 1)[0] == own,
            "here": item.endpoint == request.endpoint,
        }
        for item in MENU
        if item.endpoint in current_app.view_functions and may_see(actor, item.endpoint)
    ]


# Assets ----------------------------------------------------------------------------------------------


def asset(name: str) -> str:
    """The address of a static file, with a mark of its content, so that a browser may keep it for long."""
    return url_for("static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "0"


def _keep_assets(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code in (200, 304):
        marked = "v" in request.args
        response.headers["Cache-Control"] = (
            f"public, max-age={YEAR}, immutable" if marked else "public, max-age=86400"
        )
    return response


# Small pages of the frame ----------------------------------------------------------------------------


@blueprint.get("/was")
def accessibility() -> Answer:
    """The accessibility statement lies with the authority; the law wants it reachable as /was."""
    address = current_app.config["ACCESSIBILITY_STATEMENT_URL"]
    if not address:
        raise NotFound(N_("Kommunen har endnu ikke angivet en tilgængelighedserklæring."))
    return redirect(address, code=302)


@blueprint.post("/sprog")
def choose_language() -> Answer:
    chosen = request.form.get("sprog", "")
    response = redirect(local_path(request.form.get("tilbage")), code=303)
    if chosen in language.LANGUAGES:
        response.set_cookie(
            language.COOKIE,
            chosen,
            max_age=YEAR,
            httponly=True,
            samesite="Lax",
            secure=current_app.config["SECURE"],
        )
    return response
