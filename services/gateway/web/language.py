"""Which language a page is in: the one that was chosen, else Danish, whatever the browser's own language is.

A municipality works in Danish, on machines whose browsers are often set up in English: what the browser asks
for says little of the person. English is one press away, in the footer.

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
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else "da"


def install(app: Flask) -> None:
    """Make `_()` known in templates and choose the language of each request."""
    Babel(app, default_locale="da", default_timezone="Europe/Copenhagen", locale_selector=language)
