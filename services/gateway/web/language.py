"""Which language a page is in: the one that was chosen, else Danish, whatever the browser's own language is.

A municipality works in Danish, on machines whose browsers are often set up in English: what the browser asks
for says little of the person. English is one press away, in the footer.

Danish is the source: texts stand in the templates in Danish, and translations/en has the English. The
catalogue is read as it is written (.po): there is nothing to compile and nothing that could be out of date.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_request_context, request
from flask_babel import Babel, Domain

COOKIE = "trivsel_sprog"
LANGUAGES = ("da", "en")
TRANSLATIONS = Path(__file__).parents[1] / "translations"


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Marks a text that is translated where it is shown; `make texts` finds it."""
    return text


def language() -> str:
    """`da` or `en`."""
    if not has_request_context():
        return "da"
    chosen = request.cookies.get(COOKIE, "")
    return chosen if chosen in LANGUAGES else "da"


def install(app: Flask) -> None:
    """Make `_()` known in templates and choose the language of each request."""
    babel = Babel(app, default_locale="da", default_timezone="Europe/Copenhagen", locale_selector=language)
    babel.domain_instance = _Written()
    # A long page asks for hundreds of texts; flask-babel would find the request's language anew for each.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _of_request().gettext(text),
        ngettext=lambda one, many, count: _of_request().ngettext(one, many, count),
        newstyle=True,
    )


def _of_request() -> NullTranslations:
    if not has_request_context():
        return catalogue("da")
    found: NullTranslations | None = g.get("catalogue")
    if found is None:
        found = g.catalogue = catalogue(language())
    return found


class _Written(Domain):
    """Translations from the catalogues as they are written."""

    def get_translations(self) -> Any:
        return _of_request()


@cache
def catalogue(code: str) -> NullTranslations:
    """The texts of a language; Danish, the source, needs none."""
    path = TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"
    if code not in LANGUAGES or not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as written:
        write_mo(compiled, read_po(written, locale=code))
    compiled.seek(0)
    return Translations(compiled)
