"""Our own words on the consent pages in each language that consents are written in, and days in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from services.gateway.timeline import moment_of
from services.gateway.web import danish

LANGUAGES = ("da", "en", "ar", "pl", "so")
_FOLDER = Path(__file__).parent / "words"


@cache
def words(language: str) -> Mapping[str, Any]:
    """Our texts in a language, by what they are for; all languages have the same."""
    found: Mapping[str, Any] = json.loads((_FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    return found


def filled(text: str, **values: str) -> str:
    """The text with ``{name}`` replaced. Not str.format: what is filled in may hold braces of its own."""
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def day(value: str | date, language: str) -> str:
    """A day as it is read in the language, from a date or from a moment's text."""
    if isinstance(value, str):
        value = moment_of(value) if "T" in value else date.fromisoformat(value)
    return danish.day(value, language)


def moment(value: str, language: str) -> str:
    """A moment on a Danish clock, with its day in the language."""
    at: datetime = moment_of(value)
    between = {"da": " kl. ", "ar": "، "}.get(language, ", ")
    return f"{danish.day(at, language)}{between}{danish.clock(at, language)}"
