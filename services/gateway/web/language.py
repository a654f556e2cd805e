"""Which language a page is in: the one that was chosen, else what the browser asks for, else Danish.

Danish is the source: texts stand in the templates in Danish, and translations/en has the English.
"""

from __future__ import annotations

from flask import Flask, has_request_context, request
from flask_babel import Babel

COOKIE = "trivsel_sprog"
LANGUAGES = ("da", "en")


def language() -> str:
    """`da` or `en`."""
    if not has_request_context():
        return "da"
    chosen = request.cookies.get(COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return request.accept_languages.best_match(LANGUAGES) or "da"


def install(app: Flask) -> None:
    """Make `_()` known in templates and choose the language of each request."""
    Babel(app, default_locale="da", default_timezone="Europe/Copenhagen", locale_selector=language)
