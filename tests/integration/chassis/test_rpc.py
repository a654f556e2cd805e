"""Calls: verified, checked, bounded, and silent about what went wrong inside."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from nameko.standalone.rpc import ClusterRpcProxy

from services.chassis import topology
from services.chassis.actor import Actor, issue_token
from services.chassis.amqp import Outgoing, Publisher
from services.chassis.client import RpcClient
from services.chassis.context import Context
from services.chassis.database import InsideTransaction
from services.chassis.errors import (
    Conflict,
    Invalid,
    NotFound,
    OutcomeUnknown,
    TrivselError,
    Unauthenticated,
    Unavailable,
)
from tests.integration.chassis.conftest import KEY, House, sqlite_house
from tests.support.bus import encoded, thing_happened
from tests.support.process import ROOT, ServiceProcess
from tests.support.waiting import until


@pytest.fixture(scope="module")
def house(broker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One house for all that do it no harm; another where they might is asked for as ``own_house``."""
    uri = broker.create_vhost("test-calls")
    with sqlite_house(uri, tmp_path_factory.mktemp("calls")) as made:
        yield made
    broker.delete_vhost("test-calls")


@pytest.fixture
def own_house(amqp_uri: str, tmp_path: Path) -> Iterator[House]:
    with sqlite_house(amqp_uri, tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def probe_process(house: House) -> ServiceProcess:
    return house.start("Probe")


def test_a_call_is_answered_with_what_the_service_declares_and_nothing_more(
    house: House, probe_process: ServiceProcess
) -> None:
    context = Context.new()
    assert house.client.call("probe.echo", {"word": "hej"}, context=context) == {
        "word": "hej",
        "actor": "service:tests",
        "correlation": context.correlation_id,
    }


def test_what_a_caller_did_wrong_reaches_her_as_it_is(house: House, probe_process: ServiceProcess) -> None:
    with pytest.raises(Invalid) as invalid:
        house.client.call("probe.echo", {"how": "well", "wort": "hej"})
    assert invalid.value.fields == {
        "word": "Skal udfyldes.",
        "wort": "Feltet kendes ikke. Fjern det, eller ret navnet.",
    }
    with pytest.raises(Conflict) as conflict:
        house.client.call("probe.echo", {"word": "hej", "how": "conflict"})
    assert (conflict.value.detail, conflict.value.extra) == ("Nogen kom først.", {"version": 7})
    with pytest.raises(NotFound):
        house.client.call("probe.unheard_of")
    with pytest.raises(Invalid):
        house.client.call("probe.effects", {"unasked": 1})


def test_who_cannot_be_verified_gets_nowhere(house: House, probe_process: ServiceProcess) -> None:
    nobody = RpcClient(house.amqp_uri)
    expired = issue_token(Actor.system("tests"), KEY, -1)
    forged = issue_token(Actor.system("tests"), KEY[::-1], 60)
    for token in (None, expired, forged, "x.y.z"):
        with pytest.raises(Unauthenticated):
            nobody.call("probe.echo", {"word": "hej"}, token=token)
    nobody.close()


def test_of_an_unexpected_error_only_the_correlation_id_leaves_the_service(
    house: House, probe_process: ServiceProcess
) -> None:
    context = Context.new()
    with pytest.raises(TrivselError) as unexpected:
        house.client.call("probe.echo", {"word": "hej", "how": "breaks"}, context=context)
    assert unexpected.value.problem() == {
        "code": "internal",
        "title": "Der opstod en fejl",
        "status": 500,
        "detail": "Der opstod en fejl",
        "correlation_id": context.correlation_id,
    }
    failed = {line["correlation_id"]: line["error"] for line in probe_process.lines("call_failed")}
    assert failed[context.correlation_id] == "RuntimeError"
    assert "Vinterberg" not in probe_process.text()


def test_a_request_that_is_none_is_answered_with_a_problem_or_dropped(
    house: House, probe_process: ServiceProcess
) -> None:
    queue = house.bus.listen("nameko-rpc", "answers-to-me")
    bodies = [b"{bad", b"[]", b'{"args": [1], "kwargs": {}}', b'{"args": [], "kwargs": 5}', b"\x80\x04N."]
    headers = {"nameko.auth_token": house.token, "nameko.call_id_stack": 5, "nameko.timeout_ms": "soon"}
    for body in bodies:
        house.bus.publish("nameko-rpc", "probe.echo", body, headers, reply_to="answers-to-me")
        reply = until(lambda: house.bus.get(queue))
        assert json.loads(reply.body)["error"]["value"]["code"] == "malformed-call"
    house.bus.publish("nameko-rpc", "probe.echo", b"nobody to answer to", headers)
    house.bus.publish("nameko-rpc", "probe.echo", b"", None, content_type=None, reply_to="answers-to-nobody")
    assert house.client.call("probe.echo", {"word": "still here"})["word"] == "still here"
    assert probe_process.running


def test_a_call_that_nobody_listens_to_fails_at_once(house: House) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        house.client.call("nobody.answers", timeout=20)
    assert time.monotonic() - started < 2


def test_a_call_that_takes_too_long_has_an_unknown_outcome_and_is_broken_off_in_the_service(
    house: House, probe_process: ServiceProcess
) -> None:
    with pytest.raises(OutcomeUnknown):
        house.client.call("probe.echo", {"word": "slow", "seconds": 30.0}, timeout=0.4)
    broken_off = 'trivsel_rpc_seconds_count{code="outcome-unknown",operation="echo",service="probe"}'
    until(lambda: probe_process.metric(broken_off) >= 1, 5)


def test_a_call_whose_caller_has_given_up_is_not_begun(own_house: House) -> None:
    own_house.gate.touch()
    process = own_house.start("Probe", MAX_WORKERS="1")
    queue = own_house.bus.listen("nameko-rpc", "answers-to-me")
    own_house.bus.publish("teller.events", "thing.happened", encoded(thing_happened("gated")))
    until(lambda: own_house.gate.with_suffix(".in").exists(), what="the one worker taken")
    request = json.dumps({"args": [], "kwargs": {"word": "hej"}})
    headers = {"nameko.auth_token": own_house.token, "nameko.timeout_ms": 100}
    own_house.bus.publish("nameko-rpc", "probe.echo", request, headers, reply_to="answers-to-me")
    until(lambda: own_house.bus.count("rpc-probe") == 0, what="fetched")
    given_up = time.monotonic() + 0.2
    until(lambda: time.monotonic() > given_up)
    own_house.gate.unlink()
    until(lambda: process.metric('trivsel_rpc_dropped_total{service="probe"}') == 1)
    assert own_house.client.call("probe.echo", {"word": "after"})["word"] == "after"
    assert own_house.bus.get(queue) is None


def test_a_call_that_nobody_fetches_is_gone_when_its_caller_is(own_house: House) -> None:
    own_house.bus.declare("rpc-probe", topology.rpc_arguments())
    own_house.bus.bind("rpc-probe", "nameko-rpc", "probe.*")
    with pytest.raises(OutcomeUnknown):
        own_house.client.call("probe.echo", {"word": "hej"}, timeout=0.1)
    until(lambda: own_house.bus.count("rpc-probe") == 0)


def test_one_client_serves_many_threads_at_once(house: House, probe_process: ServiceProcess) -> None:
    def ask(number: int) -> bool:
        word = f"{number}-{uuid4()}"
        answer: dict[str, Any] = house.client.call("probe.echo", {"word": word}, timeout=20)
        return bool(answer["word"] == word)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))


def test_one_client_serves_the_threads_of_a_process_without_eventlet(
    house: House, probe_process: ServiceProcess
) -> None:
    script = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from services.chassis.client import RpcClient

client = RpcClient(sys.argv[1], sys.argv[2])
with ThreadPoolExecutor(8) as pool:
    words = [str(number) for number in range(400)]
    calls = pool.map(lambda word: client.call("probe.echo", {"word": word}, timeout=20), words)
    assert [call["word"] for call in calls] == words
assert "eventlet" not in sys.modules and "nameko" not in sys.modules
"""
    command = [sys.executable, "-c", script, house.amqp_uri, house.token]
    subprocess.run(command, cwd=ROOT, check=True, timeout=60)


def test_a_client_survives_a_restart_of_the_broker(
    house: House, probe_process: ServiceProcess, broker: Any
) -> None:
    assert house.client.call("probe.echo", {"word": "before"})["word"] == "before"
    broker.stop()
    started = time.monotonic()
    with pytest.raises((Unavailable, OutcomeUnknown)):
        house.client.call("probe.echo", {"word": "meanwhile"}, timeout=10)
    assert time.monotonic() - started < 6
    broker.start()

    def answered() -> bool:
        try:
            return bool(house.client.call("probe.echo", {"word": "after"}, timeout=1)["word"] == "after")
        except (Unavailable, OutcomeUnknown):
            return False

    until(answered, 15)


def test_a_connection_that_swallows_a_call_is_given_up(
    house: House, probe_process: ServiceProcess, broker: Any
) -> None:
    client = RpcClient(house.amqp_uri, house.token)
    assert client.call("probe.echo", {"word": "before"})["word"] == "before"
    broker.pause()
    try:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown):
            client.call("probe.echo", {"word": "swallowed"}, timeout=2.0)
        assert time.monotonic() - started < 4
        assert not client.connected
    finally:
        broker.resume()
    until(lambda: client.call("probe.echo", {"word": "after"})["word"] == "after")
    client.close()


def test_a_stock_nameko_client_can_call_with_a_token(house: House, probe_process: ServiceProcess) -> None:
    with ClusterRpcProxy({"AMQP_URI": house.amqp_uri}, context_data={"auth_token": house.token}) as cluster:
        assert cluster.probe.echo(word="hej")["word"] == "hej"


def test_nobody_calls_or_publishes_while_a_transaction_is_open(house: House) -> None:
    publisher = Publisher(house.amqp_uri, "test")
    with house.probe_db.unit_of_work():
        with pytest.raises(InsideTransaction):
            house.client.call("probe.echo", {"word": "hej"})
        with pytest.raises(InsideTransaction):
            publisher.publish([Outgoing("", "probe.note", b"{}", "1")])
        with pytest.raises(InsideTransaction), house.probe_db.unit_of_work():
            pass
