"""The quick way through a flat schema: the same answer as marshmallow's for what is in order.

Events are thin: ids, codes, dates. Most of what marshmallow does for each field of each event is to be ready
for anything, and that was a sixth of all the time of a busy service (docs/performance.md). What is plainly
right takes this way; whatever is not, or is not flat, is left to marshmallow, which then says what is wrong.

"Flat" is a schema of plain fields and of lists of them, without hooks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from marshmallow import RAISE, Schema, fields, missing
from marshmallow.exceptions import ValidationError

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
Reader = Callable[[Any], Any]


class Doubt(Exception):
    """Not plainly right: marshmallow shall look."""


def uuid(value: Any) -> str:
    """A UUID in its canonical form."""
    if type(value) is str and _UUID.fullmatch(value):
        return value
    raise Doubt


def _text(value: Any) -> str:
    if type(value) is str:
        return value
    raise Doubt


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    raise Doubt


def _boolean(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise Doubt


def _date_out(value: Any) -> str:
    if type(value) is date:
        return value.isoformat()
    raise Doubt


def _date_in(value: Any) -> date:
    if type(value) is str and len(value) == 10 and value[4] == value[7] == "-":
        return date.fromisoformat(value)
    raise Doubt


_OUT: dict[type[fields.Field[Any]], Reader] = {
    fields.String: _text,
    fields.Integer: _integer,
    fields.Boolean: _boolean,
    fields.Date: _date_out,
}
_IN: dict[type[fields.Field[Any]], Reader] = {**_OUT, fields.Date: _date_in}


class Quick:
    """A flat schema's quick way in both directions; each gives ``None`` for what marshmallow must look at.

    ``own`` has the readers of field types that are not marshmallow's: each gives the value as it is loaded
    and as it is dumped, or raises :class:`Doubt`.
    """

    def __init__(self, schema: Schema, own: Mapping[type[fields.Field[Any]], Reader]) -> None:
        every = list(schema.fields.items())
        outs = [_reader(field, {**_OUT, **own}) for _, field in every]
        ins = [_reader(field, {**_IN, **own}) for _, field in every]
        self._flat = not any(schema._hooks.values()) and all(
            out is not None
            and into is not None
            and field.attribute is None
            and not field.dump_only
            and not field.load_only
            for (_, field), out, into in zip(every, outs, ins, strict=True)
        )
        self._names = {name for name, _ in every}
        self._keys = {field.data_key or name for name, field in every}
        self._strict = schema.unknown == RAISE
        self._steps: list[tuple[str, str, Any, Any, fields.Field[Any]]] = [
            (name, field.data_key or name, out, into, field)
            for (name, field), out, into in zip(every, outs, ins, strict=True)
        ]

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
        except (Doubt, ValidationError, ValueError):
            return None
        return dumped

    def load(self, data: Any) -> dict[str, Any] | None:
        """What is read of the data; what is not known is left out, or left to a strict schema to refuse."""
        if not self._flat or type(data) is not dict or (self._strict and data.keys() - self._keys):
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
        except (Doubt, ValidationError, ValueError):
            return None
        return loaded


def _reader(field: fields.Field[Any], known: Mapping[type[fields.Field[Any]], Reader]) -> Reader | None:
    if type(field) is not fields.List:
        return known.get(type(field))
    inner = field.inner
    read = _reader(inner, known)
    if read is None:
        return None

    def each(value: Any) -> list[Any]:
        if type(value) is list:
            return [_checked(one, read, inner) for one in value]
        raise Doubt

    return each


def _checked(value: Any, read: Reader, field: fields.Field[Any]) -> Any:
    if value is None:
        if not field.allow_none:
            raise Doubt
        return None
    value = read(value)
    for validator in field.validators:
        validator(value)
    return value
