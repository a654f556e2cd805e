"""Fields that several of assessment's schemas share."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import Schema, ValidationError

from services.assessment.events import KINDS, POSITIONS, TRACKS
from services.chassis.quick import Doubt, Quick, uuid
from services.chassis.schemas import Takes, Uid, fields, flatten, validate

__all__ = [
    "KINDS",
    "POSITIONS",
    "TRACKS",
    "ByGroup",
    "Entry",
    "PerChild",
    "Text",
    "Touched",
    "kind",
    "position",
    "text",
    "track",
    "version",
]

MOST_IN_A_CALL = 100
"""Children in one call: four times a large group. More is a mistake, or an attack."""

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Entry:
    """One child's entry of a group call: its ``data``, or what is wrong with it in ``fields``.

    ``key`` is the child assessment's id where it could be read, so that the error finds its row.
    """

    index: int
    key: str | None
    data: Mapping[str, Any] | None
    fields: Mapping[str, str]


class Text(fields.String):
    """Text without surrounding space, and without what no database can store."""

    default_error_messages = {
        "unstorable": "Indeholder tegn, der ikke kan gemmes. Slet dem, og skriv dem igen."
    }

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        text = str(super()._deserialize(value, attr, data, **kwargs)).strip()
        if _UNSTORABLE.search(text):
            raise self.make_error("unstorable")
        return text


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _text(value: Any) -> str:
    """The quick way of :class:`Text`."""
    if type(value) is str and not _UNSTORABLE.search(value):
        return value.strip()
    raise Doubt


class PerChild(fields.List[Any]):
    """A list where each entry stands alone: one that is wrong does not take the others with it.

    Loads to a list of :class:`Entry`; only a list that is none, empty or too long is refused whole.
    """

    default_error_messages = {
        "empty": "Skal indeholde mindst ét barn.",
        "too_many": f"Må højst indeholde {MOST_IN_A_CALL} børn i ét kald. Del kaldet i flere.",
    }

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(fields.Nested(schema), required=True, **kwargs)
        self._schema = schema()
        self._quick = Quick(self._schema, {Uid: uuid, Text: _text})

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        if not value:
            raise self.make_error("empty")
        if len(value) > MOST_IN_A_CALL:
            raise self.make_error("too_many")
        return [self._entry(index, item) for index, item in enumerate(value)]

    def _entry(self, index: int, item: Any) -> Entry:
        try:
            data = self._quick.load(item) or self._schema.load(item)
        except ValidationError as error:
            return Entry(index, _key(item), None, flatten(error.messages))
        return Entry(index, data["child_assessment_id"], data, {})


def _key(item: Any) -> str | None:
    try:
        return str(Uid().deserialize(item["child_assessment_id"]))
    except (ValidationError, KeyError, TypeError):
        return None


def version(**kwargs: Any) -> fields.Integer:
    """The version of the child assessment that the writer saw."""
    return fields.Integer(
        required=True, strict=True, validate=validate.Range(min=1), metadata={"example": 1}, **kwargs
    )


def text(example: str = "", **kwargs: Any) -> Text:
    """Something that a professional writes about a child's situation; stays in assessment."""
    kwargs.setdefault("load_default", "")
    return Text(
        validate=validate.Length(max=LONGEST_TEXT),
        metadata={"example": example} if example else {},
        **kwargs,
    )


def kind(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(KINDS), metadata={"example": "boernehave"}, **kwargs)


def position(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(POSITIONS), metadata={"example": "yellow"}, **kwargs)


def track(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(TRACKS), metadata={"example": "institution"}, **kwargs)


class ByGroup(Takes):
    """What every call about a whole group names."""

    round_id = Uid(required=True)
    group_id = Uid(required=True)


class Touched(Takes):
    """What every entry about one child names."""

    child_assessment_id = Uid(required=True)
    expected_version = version()
