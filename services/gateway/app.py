"""The gateway's Flask application: its parts put together once, its errors told in one way."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from urllib.parse import urlsplit

from flask import Flask, Response, json, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from services.chassis.errors import TrivselError
from services.chassis.logs import logger
from services.gateway import compression, health, limits, sessions
from services.gateway import request as requests
from services.gateway.api import problems
from services.gateway.api.blueprint import api
from services.gateway.api.operation import Operation
from services.gateway.api.table import OPERATIONS
from services.gateway.calls import Calls, Client, reaches
from services.gateway.settings import GatewaySettings
from services.gateway.web import PAGES, frame, sign_in
from services.gateway.web.language import N_
from services.gateway.web.parents_consent import identity
from services.gateway.web.words import SERVICES

VERSION = version("trivsel")

_log = logger("gateway")


def create_app(
    settings: GatewaySettings, client: Client, operations: tuple[Operation, ...] = OPERATIONS
) -> Flask:
    """The application over one client to the services, ready for any WSGI server of threads."""
    app = Flask(__name__)
    app.config.update(
        ACTOR_TOKEN_KEY=settings.actor_key,
        MAX_CONTENT_LENGTH=settings.body_bytes,
        MAX_FORM_PARTS=200,
        DEMONSTRATION=settings.demonstration,
        PUBLIC_URL=settings.public_url,
        SECURE=urlsplit(settings.public_url).scheme == "https",
        LINKS=_links(settings),
        VERSION=VERSION,
        MUNICIPALITY_NAME=settings.municipality_name,
        ACCESSIBILITY_STATEMENT_URL=settings.accessibility_statement_url,
        **sessions.flask_settings(settings),
    )
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.extensions["calls"] = Calls(client, settings.actor_key, parallel=settings.threads * 4)
    app.extensions["checks"] = {"bus": lambda: reaches(client, settings.actor_key)}
    compression.install(app)
    requests.install(app)
    app.register_blueprint(api(operations))
    app.register_blueprint(health.blueprint)
    for page in PAGES:
        app.register_blueprint(import_module(f"services.gateway.web.{page}").blueprint)
    sign_in.install(app, settings)
    identity.install(app, settings)
    frame.install(app)
    limits.install(app, settings)
    app.register_error_handler(Exception, _explain)
    return app


def _links(settings: GatewaySettings) -> list[tuple[str, str]]:
    """Where to look besides, on a local start page."""
    found = [("Postkassen med de sendte beskeder", settings.mailbox_url), ("RabbitMQ", settings.broker_url)]
    for pair in filter(None, settings.metrics_urls.split(",")):
        name, _, url = pair.partition("=")
        part = SERVICES.get(name.strip(), (name.strip().capitalize(),))[0]
        found.append((f"Målinger: {part}", url.strip()))
    return [(name, url) for name, url in found if url]


def _explain(error: Exception) -> Response:
    """Every error of every route: a problem document to programs, a kind page to people."""
    if isinstance(error, TrivselError):
        known: TrivselError = error
    elif isinstance(error, HTTPException):
        if error.code is not None and error.code < 400:
            return error.get_response()  # type: ignore[return-value]
        known = _of_http(error)
    else:
        _log.error("request failed", exc_info=error, correlation_id=requests.context().correlation_id)
        known = problems.Internal(
            N_("Fejlen er noteret. Prøv igen, og oplys korrelations-id, hvis den bliver ved.")
        )
    if request.path.startswith("/api/"):
        body = json.dumps(problems.document(known, requests.context().correlation_id))
        response = Response(body, status=known.status, mimetype=problems.MEDIA_TYPE)
    else:
        page = render_template("error.html", error=known, correlation_id=requests.context().correlation_id)
        response = Response(page, status=known.status)
    response.headers.extend(problems.headers(known))
    return response


def _of_http(error: HTTPException) -> TrivselError:
    """What Flask and werkzeug refuse by themselves, in our words."""
    match error.code:
        case 400 if isinstance(error, CSRFError):
            return problems.BadRequest(
                N_(
                    "Siden var for gammel. Gå tilbage, genindlæs siden, og prøv igen; "
                    "kopiér først det, du skrev."
                )
            )
        case 404:
            return problems.RouteUnknown(N_("Der er intet på den adresse."))
        case 405:
            allowed = sorted(set(getattr(error, "valid_methods", None) or ()))
            return problems.MethodNotAllowed(
                f"Brug en af: {', '.join(allowed)}." if allowed else None,
                headers={"Allow": ", ".join(allowed)},
            )
        case 413:
            return problems.TooLarge(N_("Indholdet er for stort. Del det op i flere mindre forespørgsler."))
        case 415:
            return problems.UnsupportedMediaType("Send indholdet som JSON: Content-Type: application/json.")
        case 429:
            return limits.exceeded()
        case code if code is not None and code < 500:
            return problems.BadRequest(N_("Forespørgslen kan ikke læses."))
    return problems.Internal()
