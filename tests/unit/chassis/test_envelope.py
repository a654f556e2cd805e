"""Events are CloudEvents that anybody's SDK reads, and nothing that we cannot read harms us."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st

from services.chassis import envelope, outbox
from services.chassis.catalogue import Event, Reads, Uid, read, route
from services.chassis.context import Context
from services.chassis.errors import Permanent
from tests.support.little import ThingMade, ThingSeen, key


def row(kind: type[Event] = ThingMade, **context: Any) -> dict[str, Any]:
    thing = key()
    return outbox.row(kind, thing, 3, {"thing_id": thing}, Context("chain", **context), "12345678")


def test_the_cncf_sdk_reads_what_we_send() -> None:
    made = row(traceparent="00-a-b-01", causation_id="call-1")
    event = JSONFormat().read(None, envelope.build(made))
    attributes = event.get_attributes()
    assert event.get_type() == "dk.trivsel.little.thing.made.v1"
    assert attributes["subject"] == made["aggregate_id"]
    assert attributes["aggregateversion"] == 3
    assert (attributes["municipality"], attributes["correlationid"]) == ("12345678", "chain")
    assert (attributes["causationid"], attributes["traceparent"]) == ("call-1", "00-a-b-01")
    assert (attributes["sensitivity"], attributes["kle"]) == ("internal", "00.00.00")


def test_an_event_that_is_not_public_says_nothing_of_sensitivity() -> None:
    attributes = JSONFormat().read(None, envelope.build(row(ThingSeen))).get_attributes()
    assert "sensitivity" not in attributes
    assert "kle" not in attributes


def test_what_was_built_is_received_unchanged_and_continues_the_chain() -> None:
    made = row()
    got = envelope.receive(envelope.build(made))
    assert (got.id, got.subject, got.version, got.data) == (made["id"], made["aggregate_id"], 3, made["data"])
    assert (got.context.correlation_id, got.context.causation_id) == ("chain", made["id"])
    assert got.time == made["occurred_at"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\xff\xfe", "not-json"),
        (b"{", "not-json"),
        (b"[" * 100_000, "not-json"),
        (7, "not-json"),
        (b"[]", "not-a-cloudevent"),
        (b"{}", "not-a-cloudevent"),
        (b'{"id":"1","source":"s","type":"t","specversion":"0.9"}', "not-a-cloudevent"),
        (b'{"id":"1","source":"s","type":"t","specversion":"1.0","time":"yesterday"}', "not-a-cloudevent"),
        (b'{"id":"1","source":"s","type":"t","specversion":"1.0","data":{}}', "not-a-cloudevent"),
        (b'{"id":"1","source":"s","type":"t","specversion":"1.0","subject":"x","data":{}}', "no-version"),
        (b'"' + b"x" * (1 << 20) + b'"', "too-large"),
    ],
)
def test_what_is_not_an_event_of_ours_is_refused_with_its_reason(body: Any, reason: str) -> None:
    with pytest.raises(Permanent) as refused:
        envelope.receive(body)
    assert refused.value.code == reason


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["id", "source", "type", "subject", "specversion", "time", "data", "aggregateversion"]
)


@given(st.dictionaries(NAMES, JSON | st.sampled_from(["1.0", "2026-01-01T00:00:00Z"])))
def test_no_body_however_strange_raises_anything_but_permanent(body: dict[str, Any]) -> None:
    try:
        received = envelope.receive(json.dumps(body))
    except Permanent:
        return
    assert received.time.tzinfo is UTC


@given(
    st.dictionaries(
        NAMES | st.sampled_from(["time", "data", "datacontenttype", "data_base64", "strange name"]),
        JSON | st.sampled_from(["1.0", "2026-01-01T00:00:00Z", "2026-02-30T00:00:00Z"]) | st.just({"a": 1}),
    ),
    st.sampled_from(["Z", "+01:00", "", ".123Z", ".1234567Z"]),
)
def test_what_is_read_the_quick_way_is_what_the_sdk_reads(body: dict[str, Any], zone: str) -> None:
    whole = {"id": "1", "source": "s", "type": "t", "specversion": "1.0", "data": {"b": [1.5, None]}}
    whole["time"] = f"2026-01-01T00:00:00{zone}"
    for told in (whole, {**whole, **body}):
        text = json.dumps(told)
        try:
            quick = envelope.parse(text)
        except Permanent:
            continue
        slow = JSONFormat().read(CloudEvent, text)
        assert (quick.get_attributes(), quick.get_data()) == (slow.get_attributes(), slow.get_data())


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_permanent(body: bytes) -> None:
    with pytest.raises(Permanent):
        envelope.receive(body)


def test_a_type_is_told_apart_into_exchange_and_routing_key() -> None:
    found = route("dk.trivsel.assessment.joint_rating.finalised.v1")
    assert (found.exchange, found.routing_key) == ("assessment.events", "joint_rating.finalised")
    with pytest.raises(Permanent):
        route("com.example.thing")


def test_a_consumer_reads_what_it_named_and_ignores_the_rest() -> None:
    class Wanted(Reads):
        thing_id = Uid(required=True)

    thing = key()
    assert read(Wanted, {"thing_id": thing.upper(), "new_in_this_version": 1}) == {"thing_id": thing}
    for data in ({}, {"thing_id": 7}, [], None, "text"):
        with pytest.raises(Permanent):
            read(Wanted, data)


def test_a_moment_travels_in_utc() -> None:
    made = row()
    made["occurred_at"] = datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert json.loads(envelope.build(made))["time"] == "2026-11-21T12:00:00Z"
