"""The ground of every schema for calls: strict in what it takes, Danish in what it says."""

from __future__ import annotations

from typing import Any

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from services.chassis.catalogue import Uid
from services.chassis.errors import Invalid

__all__ = ["Gives", "Page", "Takes", "Uid", "fields", "flatten", "load", "validate"]

_MESSAGES = {
    "required": "Skal udfyldes.",
    "null": "Må ikke være tom.",
    "validator_failed": "Værdien er ikke gyldig.",
}
_BY_FIELD: dict[type[fields.Field], dict[str, str]] = {
    fields.String: {"invalid": "Skal være tekst.", "invalid_utf8": "Skal være gyldig tekst."},
    fields.Integer: {"invalid": "Skal være et helt tal."},
    fields.Boolean: {"invalid": "Skal være sand eller falsk."},
    fields.Date: {"invalid": "Skal være en dato som 2026-11-30."},
    fields.DateTime: {"invalid": "Skal være et tidspunkt som 2026-11-30T13:30:00+01:00."},
    fields.List: {"invalid": "Skal være en liste."},
    fields.Nested: {"type": "Skal være et objekt."},
    fields.Dict: {"invalid": "Skal være et objekt."},
}


class _Danish(Schema):
    """Says in Danish what marshmallow says in English."""

    error_messages = {
        "unknown": "Feltet kendes ikke. Fjern det, eller ret navnet.",
        "type": "Skal være et objekt.",
    }

    def on_bind_field(self, field_name: str, field_obj: fields.Field) -> None:
        messages = dict(_MESSAGES)
        for kind, texts in _BY_FIELD.items():
            if isinstance(field_obj, kind):
                messages |= texts
        own = getattr(type(field_obj), "default_error_messages", {})
        kept = {
            key: text for key, text in field_obj.error_messages.items() if key in own and key not in messages
        }
        field_obj.error_messages = {**field_obj.error_messages, **messages, **kept}
        for validator in field_obj.validators:
            _translate(validator)


def _translate(validator: Any) -> None:
    """The library's own validators in Danish, where nobody gave them a text."""
    if isinstance(validator, validate.OneOf) and validator.error == validate.OneOf.default_message:
        validator.error = "Vælg en af: {choices}."
    elif isinstance(validator, validate.Length) and validator.error is None:
        validator.message_min = "Skal være mindst {min} lang."
        validator.message_max = "Må højst være {max} lang."
        validator.message_all = "Skal være mellem {min} og {max} lang."
        validator.message_equal = "Skal være {equal} lang."
    elif isinstance(validator, validate.Range) and validator.error is None:
        least = "mindst {min}" if validator.min_inclusive else "over {min}"
        most = "højst {max}" if validator.max_inclusive else "under {max}"
        validator.message_min = f"Skal være {least}."
        validator.message_max = f"Skal være {most}."
        validator.message_all = f"Skal være {least} og {most}."


class Takes(_Danish):
    """What a call takes: an unknown field is an error that names it."""

    class Meta:
        unknown = RAISE


class Gives(_Danish):
    """What a call gives back: only the fields it declares."""

    class Meta:
        unknown = EXCLUDE


class Page(Takes):
    """A list is read in pages: ``after`` is the ``next`` of the page before."""

    after = fields.String(load_default=None, allow_none=True)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=1000))


def load(schema: Schema, data: Any) -> dict[str, Any]:
    """Validated input, or :class:`Invalid` naming each field and its mend."""
    try:
        return dict(schema.load({} if data is None else data))
    except ValidationError as error:
        raise Invalid("Ret felterne, og prøv igen.", fields=flatten(error.messages)) from error


def flatten(messages: Any, path: str = "") -> dict[str, str]:
    """marshmallow's nested messages as ``{"items.3.reason": "Skal udfyldes."}``."""
    if isinstance(messages, dict):
        flat: dict[str, str] = {}
        for key, value in messages.items():
            own = path if key == "_schema" else f"{path}.{key}" if path else str(key)
            flat |= flatten(value, own)
        return flat
    if isinstance(messages, list):
        return {path or "body": " ".join(str(message) for message in messages)}
    return {path or "body": str(messages)}
