"""From an HTTP request to the data an RPC takes: path, query and body become one flat object.

The service validates and authorises what it is given. Here only the transport is undone: a query string
knows nothing but text, so numbers and truth values are turned back by the type the service declares.
What cannot be turned is passed on as it came, and the service names the error in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import fields as ma
from werkzeug.datastructures import MultiDict

from services.gateway.api.body import check_text
from services.gateway.api.etags import expected_version
from services.gateway.api.operation import Operation
from services.gateway.api.problems import BadRequest, PreconditionRequired

_INTEGER = re.compile(r"^-?\d{1,18}$")
_TRUTH = {"true": True, "false": False, "1": True, "0": False, "ja": True, "nej": False}


def arguments(
    operation: Operation,
    path: Mapping[str, Any],
    query: MultiDict[str, str],
    body: Mapping[str, Any],
    if_match: str | None,
) -> dict[str, Any]:
    """The RPC's data. A field given in two places must say the same in both, else 400."""
    data: dict[str, Any] = {}
    _merge(data, body)
    _merge(data, _from_query(operation, query))
    _merge(data, {name: str(value) for name, value in path.items()})
    if if_match is not None:
        if not operation.takes_version:
            raise BadRequest("If-Match bruges ikke her: det, der kaldes, har ingen udgave at rette i.")
        _merge(data, {"expected_version": expected_version(if_match)})
    elif operation.requires_version and data.get("expected_version") is None:
        raise PreconditionRequired(
            "Send If-Match med det ETag, du hentede objektet med, så du ikke retter i en andens ændring.",
            fields={"expected_version": "Angiv den udgave, du har set (If-Match)."},
        )
    return data


def _merge(data: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if name in data and data[name] != value:
            raise BadRequest(
                "Et felt er givet to steder med hver sin værdi. Angiv det kun ét sted.",
                fields={_safe(name): "Angiv feltet kun ét sted."},
            )
        data[name] = value


def _safe(name: str) -> str:
    """A field's name as the caller wrote it may be anything; only a plain name is repeated."""
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", name) else "?"


def _from_query(operation: Operation, query: MultiDict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    declared = operation.takes._declared_fields
    for name in query:
        check_text(name)
        values = query.getlist(name)
        for value in values:
            check_text(value)
        field = declared.get(name)
        if isinstance(field, ma.List):
            found[name] = [_typed(field.inner, part) for value in values for part in value.split(",") if part]
        elif len(values) > 1:
            raise BadRequest(
                "En parameter er givet flere gange. Angiv den kun én gang.",
                fields={_safe(name): "Angiv parameteren kun én gang."},
            )
        else:
            found[name] = _typed(field, values[0])
    return found


def _typed(field: Any, text: str) -> Any:
    if isinstance(field, ma.Integer) and _INTEGER.match(text):
        return int(text)
    if isinstance(field, ma.Boolean):
        return _TRUTH.get(text.lower(), text)
    return text
