"""A service process from start to end: it drains, survives its broker and database, and says how it is."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from kombu import Connection, Queue
from nameko.messaging import QueueConsumer

from services.chassis import topology
from services.chassis.consumers import HardenedQueueConsumer
from tests.integration.chassis.conftest import KEY, House
from tests.support.bus import encoded, thing_happened
from tests.support.waiting import until

QUEUE = "probe.note"


def publish(house: House, count: int, way: str = "well") -> list[str]:
    """Publishes so many events and returns their subjects."""
    events = [thing_happened(way) for _ in range(count)]
    for event in events:
        house.bus.publish("teller.events", "thing.happened", encoded(event))
    return [event["subject"] for event in events]


def in_hand(house: House) -> bool:
    """Whether a handler stands at the gate."""
    return (house.folder / "gate.in").exists()


def test_sigterm_ends_what_is_in_hand_and_gives_back_what_is_not_begun(house: House) -> None:
    house.gate.touch()
    process = house.start("Probe")
    subjects = publish(house, 8, "gated")
    until(lambda: in_hand(house) and house.bus.count(QUEUE) == 0, what="all eight fetched")
    process.signal()
    until(lambda: process.lines("stopping"))
    house.gate.unlink()
    assert process.exit_code() == 0
    done = house.subjects()
    given_back = until(lambda: house.bus.count(QUEUE) == 8 - len(done), what="the others given back")
    assert done, given_back
    assert len(set(done)) == len(done)

    house.start("Probe")
    until(lambda: len(house.subjects()) >= 8)
    assert sorted(house.subjects()) == sorted(subjects)


def test_a_drain_that_takes_too_long_is_broken_off_and_its_message_comes_again(house: House) -> None:
    house.gate.touch()
    process = house.start("Probe", GRACE_SECONDS="1")
    (subject,) = publish(house, 1, "gated")
    until(lambda: in_hand(house))
    asked = time.monotonic()
    assert process.stop() == 3
    assert time.monotonic() - asked < 4
    house.gate.unlink()
    house.start("Probe")
    until(lambda: house.subjects() == [subject])


def test_calls_in_hand_at_sigterm_are_answered(house: House) -> None:
    process = house.start("Probe")
    with ThreadPoolExecutor(5) as pool:
        calls = [
            pool.submit(house.client.call, "probe.echo", {"word": str(number), "seconds": 1.0})
            for number in range(5)
        ]
        until(lambda: house.bus.count("rpc-probe") == 0 and house.client.connected)
        house.client.call("probe.echo", {"word": "and all five are in hand before me"})
        process.signal()
        assert [call.result(10)["word"] for call in calls] == ["0", "1", "2", "3", "4"]
    assert process.exit_code() == 0


def test_a_broker_restart_during_work_leaves_each_effect_once(house: House, broker: Any) -> None:
    house.gate.touch()
    process = house.start("Probe")
    subjects = publish(house, 5, "gated")
    until(lambda: in_hand(house))
    broker.restart()
    house.gate.unlink()
    house.bus = type(house.bus)(house.amqp_uri)
    back = time.monotonic()
    subjects += publish(house, 1)
    until(lambda: len(house.subjects()) >= 6, 15, "resumed")
    assert time.monotonic() - back < 15
    until(lambda: house.bus.count(QUEUE) == 0)
    assert sorted(house.subjects()) == sorted(subjects)
    until(process.is_ready, 15)
    assert house.client.call("probe.echo", {"word": "back"})["word"] == "back"
    assert process.stop() == 0


def test_a_service_waits_for_its_broker_and_can_be_stopped_while_it_does(house: House) -> None:
    process = house.process("Probe", AMQP_URI="amqp://guest:guest@127.0.0.1:1//").start(ready=False)
    until(lambda: len(process.lines("broker_unreachable")) > 1, 20)
    assert process.health("/livez")[0] == 200
    assert process.readiness() == {"status": "starting", "services": {}, "http": 503}
    assert process.stop() == 0


def test_connections_cut_during_work_do_no_harm(house: House, broker: Any) -> None:
    house.gate.touch()
    process = house.start("Probe")
    (subject,) = publish(house, 1, "gated")
    until(lambda: in_hand(house))
    vhost = house.amqp_uri.rsplit("/", 1)[1]
    broker.ctl("close_all_connections", "--vhost", vhost, "cut by a test")
    house.gate.unlink()
    house.bus = type(house.bus)(house.amqp_uri)
    until(lambda: process.lines("connection_lost"))
    (later,) = publish(house, 1)
    until(lambda: sorted(house.subjects()) == sorted([subject, later]), 15)
    assert process.running


@dataclass(eq=False)
class Listener:
    """As much of an entrypoint as a consumer asks for."""

    queue: Queue
    prefetch: int
    busy: bool
    on_message: Callable[[Any], None]


def test_a_loss_that_an_acknowledgement_finds_before_the_reader_does_not_leave_a_service_deaf(
    house: House,
) -> None:
    """kombu would make another connection under the reader, on which nobody consumes, and say nothing."""
    house.bus.declare("heard", {})
    house.bus.publish("", "heard", b"{}")
    messages: list[Any] = []
    provider = Listener(queue=Queue("heard"), prefetch=1, busy=True, on_message=messages.append)
    consumer = HardenedQueueConsumer()
    consumer.container = SimpleNamespace(config={"AMQP_URI": house.amqp_uri}, service_name="probe")
    consumer.register_provider(provider)
    reading = consumer.consume(safety_interval=0.1)
    next(reading)
    messages[0].channel.connection.transport.sock.shutdown(socket.SHUT_RDWR)
    consumer.ack_message(messages[0])
    with ThreadPoolExecutor(1) as pool:
        outcome = pool.submit(next, reading, "nothing")
        done = wait([outcome], 5).done
        consumer.should_stop = True
        assert done, "it reads on, and nobody tells that it is deaf"
        with pytest.raises(OSError):
            outcome.result()


def test_an_acknowledgement_on_a_dead_socket_does_no_harm(house: House) -> None:
    house.bus.declare("there", {})
    house.bus.publish("", "there", b"{}")
    with Connection(house.amqp_uri) as connection:
        queue = Queue("there")(connection.default_channel)
        message = until(lambda: queue.get(no_ack=False))
        connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            QueueConsumer().ack_message(message)
        HardenedQueueConsumer().ack_message(message)
        HardenedQueueConsumer().requeue_message(message)
        connection.connection.collect()


@pytest.mark.parametrize(
    ("queue", "arguments"),
    [
        (QUEUE, {}),
        ("probe.dlq", {"x-queue-type": "classic"}),
        ("probe.retry.100", {"x-message-ttl": 5}),
        ("rpc-probe", {}),
    ],
)
def test_a_queue_with_other_arguments_ends_the_start_at_once_and_is_named(
    house: House, queue: str, arguments: dict[str, Any]
) -> None:
    house.bus.declare(queue, arguments)
    process = house.process("Probe")
    process.start(ready=False)
    assert process.exit_code() == 4
    assert f"queue {queue}:" in process.text()


def test_what_is_wrong_with_a_setting_is_told_by_its_variable_and_secrets_stay_secret(house: House) -> None:
    short = house.process("Probe", ACTOR_TOKEN_KEY="too-short")
    short.start(ready=False)
    assert short.exit_code() == 2
    assert "ACTOR_TOKEN_KEY must be" in short.text()
    assert "too-short" not in short.text()

    nowhere = house.process("Probe", PROBE_DATABASE_URL="")
    nowhere.start(ready=False)
    assert nowhere.exit_code() == 2
    assert "PROBE_DATABASE_URL is missing" in nowhere.text()

    well = house.start("Probe")
    assert well.lines("starting")[0]["settings"]["ACTOR_TOKEN_KEY"] == "***"
    assert KEY not in well.text()
    password = house.amqp_uri.split(":")[2].split("@")[0]
    assert password not in well.text()


def test_a_taken_health_port_is_told_by_its_variable(house: House) -> None:
    first = house.start("Probe")
    second = house.process("Teller", HEALTH_PORT=str(first.lines("health_listening")[0]["port"]))
    second.start(ready=False)
    assert second.exit_code() == 2
    assert "HEALTH_PORT" in second.text()


def test_health_pages_answer_quickly_while_every_worker_is_busy(house: House) -> None:
    process = house.start("Probe", MAX_WORKERS="2")
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(house.client.call, "probe.echo", {"word": "slow", "seconds": 1.5}, timeout=10)
            for _ in range(4)
        ]
        until(lambda: house.bus.count("rpc-probe") > 0, what="more calls than workers")
        slowest = max(process.health(page)[2] for page in ("/livez", "/readyz", "/metrics") * 5)
        assert not any(call.done() for call in calls)
        assert [call.result(15)["word"] for call in calls] == ["slow"] * 4
    assert slowest < 0.1


def test_a_database_that_is_down_is_nobodys_fault_and_the_event_is_handled_when_it_is_back(
    postgres_house: House, postgresql: Any
) -> None:
    house = postgres_house
    process = house.start("Probe")
    try:
        postgresql.stop()
        until(lambda: process.readiness()["http"] == 503, 15)
        assert process.readiness()["services"]["probe"]["database"] != "ok"
        assert process.health("/livez")[0] == 200
        (subject,) = publish(house, 1)
        # More rounds than the ladder has rungs: an outage counts as no attempt.
        until(lambda: len(process.lines("outage")) > 3, 20)
    finally:
        postgresql.start()
    until(lambda: house.subjects() == [subject], 20)
    assert house.bus.count("probe.dlq") == 0
    until(process.is_ready, 15)


def test_nothing_that_is_declared_is_transient_shared_auto_deleted_or_global(
    house: House, broker: Any
) -> None:
    house.start("Teller", "Probe")
    house.client.call("probe.echo", {"word": "so that the client's queue is there"})
    vhost = house.amqp_uri.rsplit("/", 1)[1]
    queues = {queue["name"]: queue for queue in broker.api("GET", f"/queues/{vhost}")}
    assert {QUEUE, "probe.dlq", "teller.dlq", "probe.retry.100", "probe.retry.200", "rpc-probe"} <= set(
        queues
    )
    assert any(name.startswith("rpc.reply-tests") for name in queues)
    for name, queue in queues.items():
        assert queue["durable"] or queue["exclusive"], name
        assert not queue["auto_delete"], name
        if not name.startswith("rpc"):
            assert queue["type"] == "quorum", name
            assert queue["arguments"]["x-overflow"] == "reject-publish", name
    assert queues[QUEUE]["arguments"]["x-delivery-limit"] == topology.DELIVERY_LIMIT
    assert queues[QUEUE]["arguments"]["x-dead-letter-strategy"] == "at-least-once"
    for exchange in broker.api("GET", f"/exchanges/{vhost}"):
        assert exchange["durable"], exchange["name"]
        assert not exchange["auto_delete"], exchange["name"]
    counts = until(lambda: _global_prefetches(broker, vhost), 10)
    assert set(counts) == {0}


def _global_prefetches(broker: Any, vhost: str) -> list[int]:
    """Of every channel there, once the broker has counted them. RabbitMQ 4 tells none, as it allows none."""
    channels = [each for each in broker.api("GET", "/channels") if each["vhost"] == vhost]
    return [each.get("global_prefetch_count", 0) for each in channels if "prefetch_count" in each]


def test_a_public_event_is_also_on_the_exchange_for_other_systems(house: House) -> None:
    queue = house.bus.listen("trivsel.public", "thing.*")
    house.start("Teller", "Probe")
    house.client.call("teller.say", {"subjects": ["5d1c6a52-8b1c-4f8e-9a43-0b7f4f6d1a10"]})
    message = until(lambda: house.bus.get(queue))
    assert json.loads(message.body)["sensitivity"] == "internal"


def test_a_job_is_woken_by_a_commit_long_before_its_turn(house: House) -> None:
    house.start("Probe")
    until(lambda: house.nudges() == 1, what="the run at the start")
    for run in (2, 3):
        house.client.call("probe.nudge")
        until(lambda run=run: house.nudges() == run, 2)


def test_a_job_comes_round_again_after_it_has_failed(house: House) -> None:
    process = house.start("Probe", PROBE_JOB="breaks")
    until(lambda: len(process.lines("job_failed")) > 2)
    assert process.is_ready()
    assert process.stop() == 0
