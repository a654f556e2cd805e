"""The quick way through a flat schema: the same answer as marshmallow's for what is in order.

Events are thin: ids, codes, dates. Most of what marshmallow does for each field of each event is to be ready
for anything, and that was a sixth of all the time of a busy service (docs/performance.md). What is plainly
right takes this way; whatever is not, or is not flat, is left to marshmallow, which then says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marshmallow import Schema, fields, missing
from marshmallow.exceptions import ValidationError

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_Reader = Callable[[Any], Any]


class _Doubt(Exception):
    """Not plainly right: marshmallow shall look."""


def _uuid(value: Any) -> str:
    if type(value) is str and _UUID.fullmatch(value):
        return value
    raise _Doubt


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise _Doubt


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    raise _Doubt


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise _Doubt


def _date_out(value: Any) -> str:
    if type(value) is date:
        return value.isoformat()
    raise _Doubt


def _date_in(value: Any) -> date:
    if type(value) is str and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    raise _Doubt


_OUT: dict[type[fields.Field[Any]], _Reader] = {
    fields.String: _text,
    fields.Integer: _integer,
    fields.Boolean: _boolean,
    fields.Date: _date_out,
}
_IN: dict[type[fields.Field[Any]], _Reader] = {**_OUT, fields.Date: _date_in}


class Quick:
    """A flat schema's quick way in both directions; each gives ``None`` for what marshmallow must look at."""

    def __init__(self, schema: Schema, uuid_field: type[fields.Field[Any]]) -> None:
        out, into = {**_OUT, uuid_field: _uuid}, {**_IN, uuid_field: _uuid}
        every = list(schema.fields.items())
        self._flat = not any(schema._hooks.values()) and all(
            type(field) in out and field.attribute is None and not field.dump_only and not field.load_only
            for _, field in every
        )
        self._names = {name for name, _ in every}
        self._steps = (
            [
                (name, field.data_key or name, out[type(field)], into[type(field)], field)
                for name, field in every
            ]
            if self._flat
            else []
        )

    def dump(self, data: Mapping[str, Any]) -> dict[str, Any] | None:
        """The data as it travels, checked."""
        if not self._flat or data.keys() - self._names:
            return None
        dumped: dict[str, Any] = {}
        try:
            for name, key, out, _, field in self._steps:
                value = data.get(name, missing)
                if value is missing:
                    if field.required or field.dump_default is not missing:
                        return None
                    continue
                dumped[key] = _checked(value, out, field)
        except (_Doubt, ValidationError, ValueError):
            return None
        return dumped

    def load(self, data: Any) -> dict[str, Any] | None:
        """What is read of the data; what is not known is left out."""
        if not self._flat or type(data) is not dict:
            return None
        loaded: dict[str, Any] = {}
        try:
            for name, key, _, into, field in self._steps:
                value = data.get(key, missing)
                if value is missing:
                    if field.required:
                        return None
                    if field.load_default is not missing:
                        default = field.load_default
                        loaded[name] = default() if callable(default) else default
                    continue
                loaded[name] = _checked(value, into, field)
        except (_Doubt, ValidationError, ValueError):
            return None
        return loaded


def _checked(value: Any, read: _Reader, field: fields.Field[Any]) -> Any:
    if value is None:
        if not field.allow_none:
            raise _Doubt
        return None
    value = read(value)
    for validator in field.validators:
        validator(value)
    return value
