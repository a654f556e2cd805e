"""Reading a request's JSON body strictly.

The standard decoder is lenient where leniency hides mistakes: a key given twice silently keeps the
last value, NaN passes although it is not JSON, and half a surrogate pair decodes to text that no
database or broker can carry. Each of those is refused here with the place in the body, so that the
caller can find it. Values are never repeated in the message: they may be somebody's personal data.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from services.gateway.api.problems import BadRequest

DEPTH = 32
"""Deepest nesting of lists and objects taken; our own bodies use four."""


def read_json(raw: bytes) -> dict[str, Any]:
    """The body as a JSON object. Raises `BadRequest` (400) with line and column where it breaks."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"Indholdet er ikke UTF-8: byte nummer {error.start + 1} kan ikke læses. Send JSON som UTF-8."
        ) from None
    try:
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise BadRequest(
            f"Indholdet er ikke gyldig JSON: fejlen er på linje {error.lineno}, tegn {error.colno}."
        ) from None
    except RecursionError:
        raise BadRequest(f"Indholdet er indlejret for dybt; højst {DEPTH} niveauer.") from None
    except ValueError:  # an integer of thousands of digits
        raise BadRequest("Indholdet rummer et tal, der er for langt til at være meningsfuldt.") from None
    if not isinstance(value, dict):
        raise BadRequest("Indholdet skal være et JSON-objekt: { … }.")
    _check(value, DEPTH)
    return value


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("Et objekt i indholdet har samme felt to gange. Lad kun det ene stå.")
    return found


def _no_constant(_: str) -> NoReturn:
    raise BadRequest("Indholdet rummer NaN eller Infinity, som ikke findes i JSON. Brug null eller et tal.")


def _check(value: Any, depth: int) -> None:
    """Refuse what decodes but can be neither stored nor sent on: NUL, lone surrogates, deep nesting."""
    if depth == 0:
        raise BadRequest(f"Indholdet er indlejret for dybt; højst {DEPTH} niveauer.")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, inner in value.items():
            check_text(key)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


def check_text(text: str) -> None:
    """Refuse characters no text of ours can hold (NUL and half of a surrogate pair)."""
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise BadRequest("Indholdet rummer et tegn, der ikke kan gemmes (NUL eller et halvt surrogatpar).")
