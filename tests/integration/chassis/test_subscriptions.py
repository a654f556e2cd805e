"""Subscriptions: every message has one of three fates, and none harms the process or its neighbours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.integration.chassis.conftest import House, sqlite_house
from tests.support.bus import encoded, thing_happened
from tests.support.process import ServiceProcess
from tests.support.waiting import until

QUEUE = "probe.note"
DLQ = "probe.dlq"


@pytest.fixture(scope="module")
def shared(broker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, ServiceProcess]]:
    """One house and one process for all, as none of them may do the process any harm."""
    uri = broker.create_vhost("test-subscriptions")
    with sqlite_house(uri, tmp_path_factory.mktemp("subscriptions")) as made:
        yield made, made.start("Teller", "Probe")
    broker.delete_vhost("test-subscriptions")


@pytest.fixture
def house(shared: tuple[House, ServiceProcess]) -> House:
    shared[0].clear()
    return shared[0]


@pytest.fixture
def process(shared: tuple[House, ServiceProcess]) -> ServiceProcess:
    return shared[1]


def test_an_event_has_its_effect_and_a_flood_is_handled_in_batches(house: House) -> None:
    ids = [str(uuid4()) for _ in range(1000)]
    assert house.client.call("teller.say", {"subjects": ids}, timeout=20) == {"said": 1000}
    until(lambda: len(house.subjects()) >= 1000, 20)
    assert sorted(house.subjects()) == sorted(ids)
    assert max(row.batch for row in house.effects()) > 10


BAD: dict[str, tuple[Any, dict[str, Any]]] = {
    "not-json": (b"{not json", {}),
    "not-json of binary": (b"\xff\xfe\x00", {}),
    "content-type": (encoded(thing_happened()), {"content_type": "text/plain"}),
    "content-type of pickle": (b"\x80\x04N.", {"content_type": "application/x-python-serialize"}),
    "not-a-cloudevent": (b'{"hello": "world"}', {}),
    "not-a-cloudevent of a list": (b"[1, 2]", {}),
    "unknown-type": (encoded(thing_happened(type="dk.trivsel.teller.thing.exploded.v1")), {}),
    "unknown-type of another": (encoded(thing_happened(type="com.example.other")), {}),
    "schema-invalid": (encoded(thing_happened(data={"thing_id": 7})), {}),
    "no-version": (encoded(thing_happened(aggregateversion="soon")), {}),
    "event-id": (encoded(thing_happened(id="x" * 500)), {}),
    "too-large": (encoded(thing_happened(data={"way": "w" * 1_048_576})), {}),
    "thing-refused": (encoded(thing_happened(way="permanent")), {}),
}


def test_a_bad_message_is_dead_lettered_with_its_reason_and_the_next_good_one_is_handled(
    house: House,
) -> None:
    for reason, (body, options) in BAD.items():
        house.bus.publish("teller.events", "thing.happened", body, **options)
        good = thing_happened()
        house.bus.publish("teller.events", "thing.happened", encoded(good))
        until(lambda good=good: good["subject"] in house.subjects(), 10, f"the good one after {reason}")
        dead = until(lambda: house.bus.get(DLQ), 10, f"a dead letter for {reason}")
        assert dead.headers["reason"] == reason.split(" of ")[0]
        assert dead.headers["origin-queue"] == QUEUE
        assert (dead.body.encode() if isinstance(dead.body, str) else dead.body) == body
    assert house.bus.get(DLQ) is None


@pytest.mark.parametrize(
    "headers",
    [
        None,
        {"nameko.call_id_stack": 5},
        {"nameko.call_id_stack": {"a": [1, None]}, "nameko.auth_token": 7, "attempt": "many", "outage": -1},
        {
            "x-death": [{"count": 99, "queue": QUEUE}],
            "attempt": True,
            "traceparent": 5,
            "compression": "lies",
        },
    ],
    ids=["none", "stack", "types", "x-death"],
)
def test_strange_or_missing_headers_do_no_harm(
    house: House, process: ServiceProcess, headers: dict[str, Any] | None
) -> None:
    event = thing_happened()
    house.bus.publish("teller.events", "thing.happened", encoded(event), headers)
    until(lambda: house.subjects() == [event["subject"]])
    assert process.running
    assert house.bus.count(DLQ) == 0


def test_another_version_of_the_event_is_for_others_and_passed_over(house: House) -> None:
    later = thing_happened(type="dk.trivsel.teller.thing.happened.v2", data={"quite": "different"})
    ours = thing_happened()
    for event in (later, ours):
        house.bus.publish("teller.events", "thing.happened", encoded(event))
    until(lambda: house.subjects() == [ours["subject"]])
    assert house.bus.count(DLQ) == house.bus.count(QUEUE) == 0


def test_a_queue_that_is_deleted_under_its_consumer_is_made_and_bound_anew(
    house: House, process: ServiceProcess, broker: Any
) -> None:
    vhost = house.amqp_uri.rsplit("/", 1)[1]
    broker.api("DELETE", f"/queues/{vhost}/{QUEUE}")
    until(lambda: process.lines("connection_lost"))
    until(lambda: ("teller.events", QUEUE) in _bindings(broker, vhost), 15)
    event = thing_happened()
    house.bus.publish("teller.events", "thing.happened", encoded(event))
    until(lambda: house.subjects() == [event["subject"]])


def test_a_poisoned_message_takes_no_neighbour_with_it(house: House) -> None:
    house.gate.touch()
    first = thing_happened(way="gated")
    house.bus.publish("teller.events", "thing.happened", encoded(first))
    good = [thing_happened() for _ in range(20)]
    for place, event in enumerate(good):
        if place % 5 == 2:
            house.bus.publish("teller.events", "thing.happened", encoded(thing_happened(way="permanent")))
        house.bus.publish("teller.events", "thing.happened", encoded(event))
    house.gate.unlink()
    until(lambda: len(house.subjects()) >= 21)
    assert sorted(house.subjects()) == sorted(event["subject"] for event in [first, *good])
    until(lambda: house.bus.count(DLQ) == 4)


def test_a_transient_failure_climbs_the_ladder_and_what_is_exhausted_can_be_replayed_once(
    house: House,
    process: ServiceProcess,
) -> None:
    house.gate.touch()
    event = thing_happened(way="not-yet-while-file")
    house.bus.publish("teller.events", "thing.happened", encoded(event))
    dead = until(lambda: house.bus.get(DLQ))
    assert {
        name: dead.headers[name] for name in ("reason", "code", "attempt", "origin-queue", "event-id")
    } == {
        "reason": "exhausted",
        "code": "thing-unknown",
        "attempt": 2,
        "origin-queue": QUEUE,
        "event-id": event["id"],
    }
    assert [line["attempt"] for line in process.lines("retried")] == [0, 1]

    house.gate.unlink()
    for _ in range(2):
        # Without x-death, as RabbitMQ 4.x ignores what a client publishes there.
        house.bus.publish("", dead.headers["origin-queue"], dead.body, {})
    later = thing_happened()
    house.bus.publish("teller.events", "thing.happened", encoded(later))
    until(lambda: later["subject"] in house.subjects())
    assert house.subjects().count(event["subject"]) == 1


def test_an_unexpected_error_is_retried_and_neither_log_nor_dead_letter_repeats_its_words(
    house: House,
    process: ServiceProcess,
) -> None:
    house.bus.publish("teller.events", "thing.happened", encoded(thing_happened(way="breaks")))
    dead = until(lambda: house.bus.get(DLQ))
    assert dead.headers["reason"] == "exhausted"
    assert dead.headers["code"] == "unexpected"
    assert "Vinterberg" not in process.text() + json.dumps(dead.headers, default=str)


def test_three_deliveries_of_one_event_at_once_have_one_effect_and_no_error(postgres_house: House) -> None:
    house = postgres_house
    processes = [house.process("Probe") for _ in range(2)]
    for process in processes:
        process.start(ready=False)
    for process in processes:
        until(process.is_ready, 20)
    events = [thing_happened() for _ in range(50)]
    for _ in range(3):
        for event in events:
            house.bus.publish("teller.events", "thing.happened", encoded(event))
    until(lambda: sum(_handled(process) for process in processes) >= 150, 20)
    assert sorted(house.subjects()) == sorted(event["subject"] for event in events)
    assert house.bus.count(DLQ) == 0
    assert not any(process.lines("retried") for process in processes)


def _bindings(broker: Any, vhost: str) -> set[tuple[str, str]]:
    return {(each["source"], each["destination"]) for each in broker.api("GET", f"/bindings/{vhost}")}


def _handled(process: Any) -> float:
    count: float = process.metric('trivsel_events_handled_total{service="probe",subscription="note"}')
    return count
