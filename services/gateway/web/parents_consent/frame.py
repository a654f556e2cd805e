"""What the consent pages share: the blueprint, calls by link, the reader's language, and kind pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.exceptions import HTTPException, TooManyRequests

from services.chassis.errors import TrivselError
from services.chassis.logs import logger
from services.gateway import limits
from services.gateway.api.problems import BadRequest, Internal
from services.gateway.request import context
from services.gateway.web.by_link import sealed, status_of
from services.gateway.web.parents_consent.words import LANGUAGES, words

blueprint = Blueprint("parents_consent", __name__)

_KEPT = ("svar", "tekst", "gemt")
_log = logger("parents")
_KINDS = {404: "unknown", 409: "expired", 410: "expired", 429: "many"}


def asked_language() -> str | None:
    """The language she has just chosen for our words, if any."""
    asked = request.values.get("sprog", "")
    return asked if asked in LANGUAGES else None


def language_of(view: Mapping[str, Any]) -> str:
    """The language of the page: what she chose, else the one her text is in."""
    own = view["text"]["language"]
    return asked_language() or (own if own in LANGUAGES else "da")


def page(template: str, language: str, status: int = 200, **more: Any) -> Response:
    """A page in one language, from its title to its foot."""
    rendered = render_template(
        f"parents_consent/{template}.html",
        language=language,
        direction=words(language)["direction"],
        words=words(language),
        languages=[(code, words(code)["name"]) for code in LANGUAGES],
        chosen=asked_language(),
        in_language=_in_language,
        **more,
    )
    return sealed(Response(rendered, status=status))


def _in_language(language: str) -> str:
    """The address of the same page in another language; a page that a form led to has none of its own."""
    values = request.view_args or {}
    if request.method != "GET":
        return url_for(".show", **values, sprog=language)
    kept: dict[str, Any] = {name: request.args[name] for name in _KEPT if name in request.args}
    return url_for(str(request.endpoint), **values, **kept, sprog=language)


def closed(error: TrivselError) -> Response:
    """What to do, in every language since we do not know whose link it was; nothing about anybody."""
    status = 429 if error.status == 429 else status_of(error)
    first = asked_language()
    order = sorted(LANGUAGES, key=lambda code: code != first)
    kind = _KINDS.get(error.status, "unknown" if error.status < 500 else "later")
    return page("closed", order[0], status, told=[(code, words(code)) for code in order], kind=kind)


@blueprint.errorhandler(TrivselError)
def _refused(error: TrivselError) -> Response:
    return closed(error)


@blueprint.errorhandler(Exception)
def _broken(error: Exception) -> Response:
    """Everything else that goes wrong on these pages is told in her language too."""
    if isinstance(error, TooManyRequests):
        waiting = limits.exceeded()
        response = closed(waiting)
        response.headers.extend(waiting.headers)
        return response
    if isinstance(error, HTTPException):
        return closed(BadRequest())
    _log.error("request failed", exc_info=error, correlation_id=context().correlation_id)
    return closed(Internal())
