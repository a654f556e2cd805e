"""Examples for the API document, with invented data only.

A schema's own examples win (`metadata={"example": …}`). Where there are none, an example is made from
the field's type and constraints, so that every operation shows a whole body that its own schema accepts.
"""

from __future__ import annotations

import uuid
from typing import Any

from marshmallow import Schema, validate
from marshmallow import fields as ma

_BY_NAME: dict[str, Any] = {
    "given_name": "Alma",
    "first_name": "Alma",
    "family_name": "Holm-Eksempel",
    "last_name": "Holm-Eksempel",
    "name": "Solstrålen",
    "email": "eksempel@example.org",
    "phone": "+4500000000",
    "cpr": "010120-0000",
    "language": "da",
    "correlation_id": "6b1f0c3e-52a6-4d0e-9a57-0f4a2f0f3d11",
    "reason": "Trækker sig fra legen om eftermiddagen; trives i mindre grupper.",
    "comment": "Vi prøver en fast makker om morgenen.",
    "code": "purpose",
    "interpreter_language": "ar",
    "starts_at": "2025-11-03T13:30:00+01:00",
    "ends_at": "2025-11-03T14:30:00+01:00",
    **{day: [["09:00", "16:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")},
}

_SPACE = uuid.UUID("5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6")


def example(schema: type[Schema] | Schema, *, without: tuple[str, ...] = ()) -> dict[str, Any]:
    """An invented value of the schema: every field that must be there, and the telling optional ones."""
    declared = schema._declared_fields if isinstance(schema, type) else schema.fields
    return {
        (field.data_key or name): value_of(name, field)
        for name, field in declared.items()
        if name not in without and not field.load_only
    }


def value_of(name: str, field: ma.Field) -> Any:
    if "example" in field.metadata:
        return field.metadata["example"]
    allowed = next((rule for rule in _rules(field) if isinstance(rule, validate.OneOf)), None)
    if allowed is not None:
        return next(iter(allowed.choices))
    if name in _BY_NAME and not isinstance(field, ma.String):
        return [_BY_NAME[name]] if isinstance(field, ma.List) and not name.endswith("day") else _BY_NAME[name]
    if isinstance(field, ma.Nested):
        inner = example(field.schema)
        return [inner] if field.many or field.schema.many else inner
    if isinstance(field, ma.List):
        return [value_of(name.removesuffix("s"), field.inner)]
    if isinstance(field, ma.Dict):
        return {}
    return _plain(name, field)


def _rules(field: ma.Field) -> list[Any]:
    found: list[Any] = []
    for rule in field.validators:
        found.extend(rule.validators if isinstance(rule, validate.And) else [rule])
    return found


def _plain(name: str, field: ma.Field) -> Any:
    if isinstance(field, ma.UUID) or type(field).__name__ == "Uid":
        return str(uuid.uuid5(_SPACE, name))
    if isinstance(field, ma.DateTime):
        return "2025-11-03T12:30:00+00:00"
    if isinstance(field, ma.Date):
        return "2025-11-03"
    if isinstance(field, ma.Time):
        return "13:30:00"
    if isinstance(field, ma.Boolean):
        return True
    if isinstance(field, ma.Integer):
        return _within(field, 3)
    if isinstance(field, ma.Float | ma.Decimal):
        return _within(field, 0.5)
    if isinstance(field, ma.String):
        return _text(name, field)
    return None if field.allow_none else {}


def _within(field: ma.Field, wish: float) -> float:
    for rule in _rules(field):
        if isinstance(rule, validate.Range):
            if rule.min is not None and wish < rule.min:
                wish = rule.min
            if rule.max is not None and wish > rule.max:
                wish = rule.max
    return wish


def _text(name: str, field: ma.Field) -> str:
    text = str(_BY_NAME.get(name, "Eksempel"))
    for rule in _rules(field):
        if isinstance(rule, validate.Length):
            if rule.equal is not None:
                text = (text * rule.equal)[: rule.equal]
            if rule.max is not None:
                text = text[: rule.max]
            if rule.min is not None and len(text) < rule.min:
                text = (text + " ") * (rule.min // len(text) + 1)
                text = text[: max(rule.min, 1)]
    return text
