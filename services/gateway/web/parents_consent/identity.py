"""Who a parent is, by an identity provider such as MitID, where the municipality asks for it before a yes.

She goes from the consent's page to the provider and comes back to the same page, where she still says yes
herself. The registry says whether the person who signed in is the one the link names; nobody signs in here
and no number is kept. What stays, for minutes, is a sealed cookie that says that this browser's holder of
this one link has been identified, how surely, and a digest of the provider's word as evidence.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from cryptography.fernet import Fernet, InvalidToken
from flask import Flask, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as Answer

from services.chassis.logs import logger
from services.gateway.sessions import derived
from services.gateway.settings import LEVELS, GatewaySettings
from services.gateway.web import provider
from services.gateway.web.by_link import call, sealed
from services.gateway.web.parents_consent.frame import asked_language, blueprint, language_of, page
from services.gateway.web.parents_consent.words import LANGUAGES, filled, words

COOKIE = "trivsel_foraelder"
SECONDS = 600
"""How long she has at the provider, and afterwards to say yes."""
NAME = "parents"

_LEVEL = re.compile(rf"({'|'.join(LEVELS)})\W*\Z", re.IGNORECASE)
_log = logger("parents")
_Sent = TypeVar("_Sent", Response, Answer)


def install(app: Flask, settings: GatewaySettings) -> None:
    """Make the parents' provider known. Without one nobody says yes where the municipality asks for it."""
    app.config["PARENT_OIDC"] = settings if settings.parent_oidc_issuer else None
    if settings.parent_oidc_issuer:
        provider.register(
            app,
            NAME,
            issuer=settings.parent_oidc_issuer,
            client_id=settings.parent_oidc_client_id,
            secret=settings.parent_oidc_client_secret,
            scope=settings.parent_oidc_scope,
        )


def _settings() -> GatewaySettings | None:
    found: GatewaySettings | None = current_app.config["PARENT_OIDC"]
    return found


# On the consent's pages ------------------------------------------------------------------------------


def asked(token: str, view: Mapping[str, Any]) -> Response:
    """Asks her to show who she is, or says that it cannot be done here."""
    chosen = _settings()
    if chosen is None:
        return _told("missing", token, language_of(view), 503)
    language = language_of(view)
    go = filled(words(language)["identity"]["go"], provider=chosen.parent_oidc_name)
    return page("identity", language, token=token, view=view, go=go)


def proven(token: str) -> dict[str, str] | None:
    """What stands behind a yes by this link, as consent takes it; None when nobody was identified lately."""
    held = _held()
    if held is None or held.get("link") != _mark(token):
        return None
    return {"level": held["level"], "evidence": held["evidence"]}


def forgotten(response: _Sent) -> _Sent:
    """The answer is given: the next one asks anew."""
    if COOKIE in request.cookies:
        response.delete_cookie(COOKIE, **_place())
    return response


# To the provider and back ----------------------------------------------------------------------------


@blueprint.get("/samtykke/<token>/log-ind")
def identify(token: str) -> Answer:
    """Off to the provider, which asks anew who she is: a phone may be the family's."""
    view = call("consent.parent_view", {"token": token})
    language = language_of(view)
    chosen, client = _settings(), provider.provider(NAME)
    if not (view["can_answer"] and view["needs_identity"]):
        return sealed(redirect(url_for(".show", token=token, sprog=asked_language()), code=303))  # type: ignore[arg-type]
    if chosen is None or client is None:
        return _told("missing", token, language, 503)
    provider.forget_attempts(NAME)
    more = {"acr_values": chosen.parent_oidc_acr_values} if chosen.parent_oidc_acr_values else {}
    back = current_app.config["PUBLIC_URL"].rstrip("/") + url_for(".identified")
    try:
        answer: Answer = client.authorize_redirect(back, prompt="login", ui_locales=language, **more)
    except provider.CANNOT_BEGIN as error:
        _log.warning("the parents' identity provider does not answer", error=type(error).__name__)
        return _told("away", token, language, 503)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return _keep(answer, {"token": token, "language": asked_language() or ""})


@blueprint.get("/foraeldre/log-ind/svar")
def identified() -> Answer:
    """What the provider answers. Only the person whom the link names comes further; nothing is signed yet."""
    held, client, chosen = _held() or {}, provider.provider(NAME), _settings()
    token = held.get("token")
    if not token or client is None or chosen is None:
        return _told("broken", None, held.get("language") or "da", 400)
    view = call("consent.parent_view", {"token": token})
    language = held.get("language") or _own(view)
    claim = chosen.parent_oidc_claim
    try:
        told = provider.told_by(client, claim)
        evidence = _evidence(told)
    except provider.NO_ANSWER as error:
        _log.warning("the parents' identity provider does not answer", error=type(error).__name__)
        return _told("away", token, language, 503)
    except provider.DOES_NOT_FIT as error:
        _log.warning("a parent's sign-in that does not fit together", error=type(error).__name__)
        return _told("broken", token, language, 400)
    level = level_of(told.get(chosen.parent_oidc_level_claim))
    if level is None or LEVELS.index(level) < LEVELS.index(chosen.parent_oidc_level):
        _log.warning("a parent's sign-in is not sure enough", level=level)
        return _told("level", token, language, 403)
    why = _is_somebody_else(view, str(told.get(claim) or ""), chosen.parent_oidc_match)
    if why:
        return _told(why, token, language, 403)
    place = url_for(".confirm", token=token, svar="yes", sprog=held.get("language") or None)
    kept = {"link": _mark(token), "level": level, "evidence": evidence}
    return _keep(sealed(redirect(place, code=303)), kept)  # type: ignore[arg-type]


def _is_somebody_else(view: Mapping[str, Any], value: str, by: str) -> str | None:
    """Why the person who signed in is not taken for the one whom the link names; None when she is."""
    person = {"child_id": view["child_id"], "person_id": view["signatory_id"]}
    found = call("registry.match_person", {**person, "by": by, "value": value[:200]})
    if found["wait"]:
        return "many"
    return None if found["matches"] else "mismatch"


def level_of(told: Any) -> str | None:
    """low, substantial or high, from the level's own word or the address or URN that ends in it."""
    found = _LEVEL.search(str(told or ""))
    return found[1].lower() if found else None


def _evidence(told: Mapping[str, Any]) -> str:
    """A digest of whose word it was, about whom, for which sign-in. It tells nothing to who has not those."""
    parts = [told["iss"], told["sub"], told["nonce"]]
    return hashlib.sha256("\n".join(str(part) for part in parts).encode()).hexdigest()


def _told(why: str, token: str | None, language: str, status: int) -> Response:
    """Nothing was signed, and what to do."""
    return forgotten(page("refused", language, status, token=token, why=why))


def _own(view: Mapping[str, Any]) -> str:
    own = str(view["text"]["language"])
    return own if own in LANGUAGES else "da"


# The sealed cookie -----------------------------------------------------------------------------------


def _keep(response: _Sent, what: Mapping[str, str]) -> _Sent:
    response.set_cookie(
        COOKIE, _box().encrypt(json.dumps(what).encode()).decode(), max_age=SECONDS, **_place()
    )
    return response


def _held() -> dict[str, str] | None:
    try:
        found = json.loads(_box().decrypt(request.cookies.get(COOKIE, "").encode(), ttl=SECONDS))
    except (InvalidToken, ValueError):
        return None
    return {str(name): str(value) for name, value in found.items()}


def _place() -> dict[str, Any]:
    return {"path": "/", "httponly": True, "samesite": "Lax", "secure": current_app.config["SECURE"]}


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived(current_app.config["ACTOR_TOKEN_KEY"], "parent")))


def _mark(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


__all__ = ["asked", "forgotten", "install", "level_of", "proven"]
