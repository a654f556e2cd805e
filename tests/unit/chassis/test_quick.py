"""The quick way through a schema never says anything else than marshmallow does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import RAISE, ValidationError, validate

from services.chassis.catalogue import Event, Reads, Uid, fields
from services.chassis.quick import Quick, uuid

OWN = {Uid: uuid}
UUID = "0b9f8a2e-7c1d-4e5f-8a90-1b2c3d4e5f60"

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.dates(),
    st.dates().map(date.isoformat),
    st.just("20260101"),
    st.just(UUID),
    st.just(UUID.upper()),
    st.uuids(),
    st.sampled_from(["home", "school"]),
    st.lists(st.integers(), max_size=2),
    st.lists(st.sampled_from(["ab", "abcd", None, UUID, UUID.upper()]), max_size=3),
)
keys = ["thing_id", "other_id", "track", "count", "due", "on", "tags", "others", "unheard_of"]
bodies = st.dictionaries(st.sampled_from(keys), anything)


class ThingDone(Event):
    type = "dk.trivsel.little.thing.done.v1"
    thing_id = Uid(required=True)
    other_id = Uid(allow_none=True)
    track = fields.String(required=True, validate=validate.OneOf(["home", "school"]))
    count = fields.Integer(strict=True, validate=validate.Range(min=1))
    due = fields.Date()
    on = fields.Boolean()


class ReadsThing(Reads):
    thing_id = Uid(required=True)
    other_id = Uid(load_default=None, allow_none=True)
    track = fields.String(load_default="home")
    count = fields.Integer(strict=True)
    due = fields.Date(load_default=None, allow_none=True)
    on = fields.Boolean(load_default=False)
    tags = fields.List(fields.String(validate=validate.Length(max=3)), validate=validate.Length(max=2))
    others = fields.List(Uid(), load_default=list)


class TakesThing(ReadsThing):
    class Meta:
        unknown = RAISE


def slow_payload(data: dict[str, Any]) -> dict[str, Any] | None:
    """What marshmallow alone makes of it."""
    schema = ThingDone()
    try:
        dumped = schema.dump(data)
    except (ValueError, TypeError, AttributeError):
        return None
    return None if schema.validate(dumped) or set(data) - set(schema.fields) else dict(dumped)


@given(bodies)
def test_what_is_published_the_quick_way_is_what_marshmallow_would_publish(data: dict[str, Any]) -> None:
    quick = Quick(ThingDone(), OWN).dump(data)
    assert quick is None or quick == slow_payload(data)


@pytest.mark.parametrize("schema", [ReadsThing, TakesThing])
@given(data=bodies)
def test_what_is_read_the_quick_way_is_what_marshmallow_would_read(
    schema: type[Reads], data: dict[str, Any]
) -> None:
    quick = Quick(schema(), OWN).load(data)
    try:
        slow = dict(schema().load(data))
    except ValidationError:
        slow = None
    assert quick is None or quick == slow


def test_an_ordinary_event_takes_the_quick_way_in_both_directions() -> None:
    data = {
        "thing_id": UUID,
        "other_id": None,
        "track": "home",
        "count": 2,
        "due": date(2026, 5, 1),
        "on": True,
    }
    dumped = Quick(ThingDone(), OWN).dump(data)
    assert dumped == {**data, "due": "2026-05-01"}
    read = {**data, "tags": ["ab"], "others": [UUID]}
    assert Quick(ReadsThing(), OWN).load({**dumped, "tags": ["ab"], "others": [UUID], "more": 1}) == read


def test_what_is_not_flat_is_left_to_marshmallow() -> None:
    class Nested(Reads):
        inner = fields.Nested(ReadsThing)

    assert Quick(Nested(), OWN).load({"inner": {}}) is None
