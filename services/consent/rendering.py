"""What a signatory reads: a request in her language, made of a template's texts, and its hash.

A rendering is plain data (a title, sections of lines, the words of the answers), so a web page, a letter
and a court read the same. Its hash is over that data in one fixed form.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from babel.dates import format_date

from services.consent.domain.states import Kind, Part

TEXTS = Path(__file__).parent / "texts"
LANGUAGES = ("da", "en", "ar", "pl", "so")
FALLBACK = "da"
RIGHT_TO_LEFT = frozenset({"ar"})

_DAYS = {
    "da": "d. MMMM y",
    "en": "d MMMM y",
    "ar": "d MMMM y",
    "pl": "d MMMM y",
    "so": "d MMMM y",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for, as far as it is read."""

    purpose: str
    information: Sequence[str]
    recipients: Sequence[str]
    legal_basis: str
    valid_from: date
    valid_to: date
    words: str | None
    several: bool


@cache
def built_in(language: str) -> dict[str, Any]:
    """Our own texts in a language, the municipality's first version."""
    found: dict[str, Any] = json.loads((TEXTS / f"{language}.json").read_text(encoding="utf-8"))
    return found


def language_for(code: str | None) -> str:
    """The language that a reader of ``code`` gets; Danish where there is none for her."""
    base = (code or FALLBACK).strip().lower().replace("_", "-").split("-")[0]
    return base if base in LANGUAGES else FALLBACK


def is_read_by(code: str | None) -> bool:
    """Whether there are texts in the reader's own language; else somebody must interpret for her."""
    return (code or FALLBACK).strip().lower().replace("_", "-").split("-")[0] in LANGUAGES


def render(
    texts: Mapping[str, Any], language: str, request: Request, kind: Kind, part: Part
) -> dict[str, Any]:
    """The text for one signatory, from the texts of a template in her language."""
    voice = kind.value
    headings = texts["headings"]
    sections = [
        _section(headings["purpose"], [texts["purposes"][request.purpose]]),
        _section(headings["information"], [texts["information"][one] for one in request.information]),
        _section(headings["recipients"], list(request.recipients)),
        _section(headings["basis"], [texts["bases"][request.legal_basis]]),
        _section(headings["validity"], [_validity(texts["validity"], language, request)]),
    ]
    if request.words:
        sections.append(_section(headings["words"], [request.words], language="da"))
    last = [texts["informed"]] if part is Part.INFORMED else list(texts["rights"][voice])
    if request.several and part is Part.SIGNS:
        last.append(texts["several"])
    sections.append(_section(headings["rights"], last))
    return {
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "title": texts["title"][voice],
        "intro": texts["intro"][voice],
        "sections": sections,
        "answers": {name: texts[name] for name in ("yes", "no", "withdraw")},
    }


def text_hash(rendering: Mapping[str, Any]) -> str:
    """SHA-256 of a rendering in its fixed form, in hexadecimal."""
    fixed = json.dumps(rendering, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(fixed.encode()).hexdigest()


def wrong_texts(texts: Any, pattern: Any | None = None, path: str = "texts") -> dict[str, str]:
    """What keeps ``texts`` from being a template, by field: it must have the same parts as ours."""
    like = built_in(FALLBACK) if pattern is None else pattern
    if isinstance(like, dict):
        if not isinstance(texts, dict):
            return {path: "Skal være et objekt med tekster."}
        wrong = {f"{path}.{name}": "Kendes ikke. Fjern det." for name in texts if name not in like}
        for name, part in like.items():
            if name not in texts:
                wrong[f"{path}.{name}"] = "Mangler."
            else:
                wrong |= wrong_texts(texts[name], part, f"{path}.{name}")
        return wrong
    if isinstance(like, list):
        if not isinstance(texts, list) or not texts or not all(_is_text(one) for one in texts):
            return {path: "Skal være en liste med mindst én tekst."}
        return {}
    if not _is_text(texts):
        return {path: "Skal være en tekst på højst 2000 tegn."}
    missing = [name for name in ("{from}", "{to}") if name in like and name not in texts]
    return {path: f"Skal indeholde {' og '.join(missing)}."} if missing else {}


def _section(heading: str, lines: list[str], *, language: str | None = None) -> dict[str, Any]:
    return {"heading": heading, "lines": lines, **({"language": language} if language else {})}


def _validity(text: str, language: str, request: Request) -> str:
    # Not str.format: a municipality's text may hold braces of its own.
    days = {
        "{from}": format_date(request.valid_from, _DAYS[language], locale=language),
        "{to}": format_date(request.valid_to, _DAYS[language], locale=language),
    }
    for name, day in days.items():
        text = text.replace(name, str(day))
    return text


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 2000
