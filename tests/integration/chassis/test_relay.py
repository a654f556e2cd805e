"""From the outbox to the broker: nothing is lost, nothing overtakes, and trouble is bounded and told."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from services.chassis.amqp import Outcome, Outgoing, Publisher
from services.chassis.cli import main
from tests.integration.chassis.conftest import House
from tests.support import probe
from tests.support.process import ROOT, ServiceProcess
from tests.support.waiting import until


def waiting(house: House) -> int:
    """Events in the teller's outbox that have not been published."""
    with house.teller_db.engine.connect() as connection:
        table = probe.TellerBase.metadata.tables["outbox"]
        return len(connection.execute(table.select().where(table.c.published_at.is_(None))).all())


def test_what_is_published_before_any_consumer_ever_ran_waits_for_it(house: House) -> None:
    specs = ["tests.support.probe:Teller", "tests.support.probe:Probe"]
    for _ in range(2):
        assert CliRunner().invoke(main, ["topology", *specs], env=house.environment).exit_code == 0
    house.start("Teller")
    ids = probe.new_ids(20)
    house.tell(ids)
    until(lambda: house.bus.count("probe.note") == 20)
    house.start("Probe")
    until(lambda: sorted(house.subjects()) == sorted(ids))


def test_an_expected_event_that_finds_no_queue_is_an_alarm_and_holds_only_its_own_aggregate(
    house: House,
) -> None:
    process = house.start("Teller", "Probe")
    missed, ignored, heard = probe.new_ids(3)
    house.tell([missed], kind="missed", versions=2)
    house.tell([ignored], kind="ignored")
    house.tell([heard])
    until(lambda: house.subjects() == [heard])
    until(lambda: waiting(house) == 2)
    assert process.lines("event_parked")[0]["code"] == "unroutable"
    unroutable = 'trivsel_relay_unroutable_total{service="teller",type="%s"}'
    assert process.metric(unroutable % "dk.trivsel.teller.thing.missed.v1") >= 1
    assert not process.metric(unroutable % "dk.trivsel.teller.thing.ignored.v1")

    queue = house.bus.listen("teller.events", "thing.missed")
    versions = [
        json.loads(until(lambda: house.bus.get(queue), 15).body)["aggregateversion"] for _ in range(2)
    ]
    assert versions == [1, 2]
    until(lambda: waiting(house) == 0)


def test_a_full_queue_keeps_the_event_until_there_is_room(house: House) -> None:
    house.bus.declare("full", {"x-max-length": 1, "x-overflow": "reject-publish"})
    house.bus.bind("full", "teller.events", "thing.happened")
    house.bus.publish("", "full", b"there is no more room")
    process = house.start("Teller")
    house.tell(probe.new_ids(1))
    until(lambda: process.lines("event_parked"))
    assert process.lines("event_parked")[0]["code"] == "refused"
    assert waiting(house) == 1
    until(lambda: house.bus.get("full"))
    until(lambda: waiting(house) == 0, 15)


def test_under_a_memory_alarm_events_wait_readiness_says_so_and_all_drain_after_it(
    house: House, broker: Any
) -> None:
    process = house.start("Teller", "Probe")
    before, after = probe.new_ids(1), probe.new_ids(5)
    house.tell(before)
    until(lambda: house.subjects() == before)
    with broker.memory_alarm():
        house.tell(after)
        until(lambda: process.readiness()["services"]["teller"]["relay"] == "broker-blocked", 20)
        assert (process.readiness()["status"], process.readiness()["http"]) == ("degraded", 200)
        assert process.health("/livez")[0] == 200
        assert waiting(house) == 5
    until(lambda: sorted(house.subjects()) == sorted(before + after), 20)
    until(lambda: waiting(house) == 0)
    until(process.is_ready)


def test_publishing_into_a_black_hole_returns_in_time_and_works_again_after_it(
    house: House, broker: Any
) -> None:
    house.bus.declare("there", {})
    publisher = Publisher(house.amqp_uri, "test", timeout=1.0)
    message = Outgoing("", "there", b"{}", "1")
    assert publisher.publish([message]) == [Outcome.CONFIRMED]
    broker.pause()
    try:
        for _ in range(2):
            started = time.monotonic()
            assert publisher.publish([message] * 3) == [Outcome.UNKNOWN] * 3
            assert time.monotonic() - started < 7
    finally:
        broker.resume()
    until(lambda: publisher.publish([message]) == [Outcome.CONFIRMED], 15)
    publisher.close()


def test_two_relays_keep_the_order_of_every_aggregate(postgres_house: House) -> None:
    house = postgres_house
    queue = house.bus.listen("teller.events", "thing.happened")
    processes = [house.process("Teller") for _ in range(2)]
    for process in processes:
        process.start(ready=False)
    subjects = probe.new_ids(40)
    for version in range(1, 11):
        with house.teller_db.unit_of_work() as uow:
            for subject in subjects:
                data = {"thing_id": subject, "way": "well"}
                uow.emit(probe.ThingHappened, subject=subject, version=version, data=data)
        if version == 5:
            active = until(lambda: next((each for each in processes if _is_active(each)), None), 20)
            active.kill()
    until(lambda: waiting(house) == 0, 20)
    seen: dict[str, list[int]] = {}
    while message := house.bus.get(queue):
        event = json.loads(message.body)
        seen.setdefault(event["subject"], []).append(event["aggregateversion"])
    for versions in seen.values():
        # A killed relay may repeat what it had published, never go back behind what nobody has had.
        first_seen = list(dict.fromkeys(versions))
        assert first_seen == list(range(1, 11))
    assert set(seen) == set(subjects)


def test_a_commit_in_another_process_wakes_the_relay_at_once(postgres_house: House) -> None:
    house = postgres_house
    queue = house.bus.listen("teller.events", "thing.happened")
    house.start("Teller")
    times = []
    for subject in probe.new_ids(10):
        house.tell([subject])
        committed = time.monotonic()
        until(lambda: house.bus.get(queue))
        times.append(time.monotonic() - committed)
    assert sorted(times)[5] < 0.2, "the poll alone would take up to a second"


def test_a_stock_nameko_service_receives_the_events_and_the_cncf_sdk_reads_them(house: House) -> None:
    nameko = Path(sys.executable).with_name("nameko")
    config = house.folder / "stock.yaml"
    config.write_text(f"AMQP_URI: '{house.amqp_uri}'\n")
    log = house.folder / "stock.log"
    with log.open("wb") as sink:
        stock = subprocess.Popen(
            [nameko, "run", "--config", config, "stock"],
            cwd=ROOT / "tests" / "support",
            env={"PATH": os.environ["PATH"]},
            stdout=sink,
            stderr=sink,
        )
    try:
        until(lambda: "Connected to" in log.read_text(), 20, "the stock service listens")
        house.start("Teller", "Probe")
        (subject,) = probe.new_ids(1)
        house.client.call("teller.say", {"subjects": [subject]})
        until(lambda: f"heard dk.trivsel.teller.thing.happened.v1 {subject}" in log.read_text())
    finally:
        stock.terminate()
        stock.wait(10)


def _is_active(process: ServiceProcess) -> bool:
    try:
        return process.metric('trivsel_relay_active{service="teller"}') == 1
    except (OSError, IndexError):
        return False
