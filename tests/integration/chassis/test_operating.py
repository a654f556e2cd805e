"""What operations see of a service and do with its dead letters, by the calls that every service answers."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from services.chassis.actor import Actor, Grant, issue_token
from services.chassis.errors import Forbidden, Invalid
from tests.integration.chassis.conftest import KEY, House
from tests.support import probe
from tests.support.bus import encoded, thing_happened
from tests.support.waiting import until

DLQ = "probe.dlq"
OPERATOR = Actor(str(uuid4()), "staff", (Grant("operations", "*"),), "drift")
LEADER = Actor(str(uuid4()), "staff", (Grant("leader", "*"),), "drift")
NAME = "Alma Kanariefugl"


def ask(house: House, operation: str, data: dict[str, Any] | None = None, actor: Actor = OPERATOR) -> Any:
    return house.client.call(f"probe.{operation}", data or {}, token=issue_token(actor, KEY, 60), timeout=20)


def letters(house: House, count: int) -> list[dict[str, Any]]:
    """The dead letters once there are so many; a look takes them off the queue for its moment."""
    until(lambda: house.bus.count(DLQ) == count)
    found: list[dict[str, Any]] = ask(house, "dead_letters")["items"]
    return found


def notes(house: House) -> list[tuple[str, str, str, str]]:
    log = probe.ProbeBase.metadata.tables["access_log"]
    query = select(log.c.actor_id, log.c.action, log.c.kind, log.c.purpose).order_by(log.c.seq)
    with house.probe_db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query) if row.actor_id == OPERATOR.id]  # type: ignore[misc]


def test_operations_see_how_a_service_is_and_what_waits_in_its_queues(house: House) -> None:
    house.start("Probe")
    state = until(lambda: (found := ask(house, "health"))["ready"] and found, 20)
    assert (state["service"], state["relay"], state["outbox_waiting"]) == ("probe", "active", 0)
    assert {check["code"] for check in state["checks"]} == {"ok"}
    parts: dict[str, set[str]] = {}
    for queue in state["queues"]:
        parts.setdefault(queue["part"], set()).add(queue["name"])
    assert (parts["calls"], parts["dead-letters"]) == ({"rpc-probe"}, {DLQ})
    assert "probe.retry.100" in parts["retries"]
    listening = [queue["consumers"] for queue in state["queues"] if queue["part"] in ("calls", "events")]
    assert min(listening) >= 1


def test_only_operations_are_answered(house: House) -> None:
    house.start("Probe")
    for operation, data in (
        ("health", {}),
        ("dead_letters", {}),
        ("replay_dead_letters", {"marks": ["x"]}),
        ("discard_dead_letters", {"marks": ["x"], "reason": "uden grund"}),
    ):
        with pytest.raises(Forbidden):
            ask(house, operation, data, LEADER)
    with pytest.raises(Forbidden):  # nor may a service throw away what people should decide about
        ask(house, "discard_dead_letters", {"marks": ["x"], "reason": "uden grund"}, Actor.system("probe"))


def test_a_dead_letter_is_shown_without_anybodys_id_or_words(house: House) -> None:
    house.start("Probe")
    child = str(uuid4())
    concern = str(uuid4())
    telling = {
        "child_id": child, "concern_id": concern, "position": "red", "name": NAME, NAME: concern,
        "hold_by": "2026-12-01", "invite_by": NAME, "meeting_id": NAME, "way": "permanent",
    }  # fmt: skip
    event = thing_happened(subject=child) | {"data": telling, "type": f"dk.trivsel.{NAME}", "id": NAME}
    strange = {"origin-queue": NAME, "reason": NAME, "code": child, "dead-at": NAME, "event-id": NAME}
    house.bus.publish("", DLQ, encoded(event), strange, message_id=child)
    [letter] = letters(house, 1)
    shown = json.dumps(letter, ensure_ascii=False)
    for secret in (NAME, child[:8], '"red"', "permanent"):
        assert secret not in shown
    assert {"name": "concern_id", "value": f"{concern[:8]}…"} in letter["facts"]
    assert {"name": "hold_by", "value": "2026-12-01"} in letter["facts"]
    assert letter["hidden"] == len(telling) - 2


def test_a_chosen_letter_is_sent_back_and_has_its_effect_once(house: House) -> None:
    house.gate.touch()
    house.start("Probe")
    event = thing_happened(way="not-yet-while-file")
    house.bus.publish("teller.events", "thing.happened", encoded(event))
    [letter] = letters(house, 1)
    assert (letter["type"], letter["reason"]) == (event["type"], "exhausted")
    house.gate.unlink()
    marks = [letter["mark"]]
    assert ask(house, "replay_dead_letters", {"marks": marks, "note": "køen er rettet"}) == {
        "done": 1, "kept": 0, "missing": 0,
    }  # fmt: skip
    until(lambda: house.subjects() == [event["subject"]])
    assert ask(house, "replay_dead_letters", {"marks": marks})["missing"] == 1, "it is not there any more"
    assert notes(house)[-1] == (OPERATOR.id, "change", "dead-letter", "køen er rettet")

    # The same event as a dead letter again: what was handled is not handled twice.
    origin = {"origin-queue": letter["queue"], "reason": "exhausted"}
    house.bus.publish("", DLQ, encoded(event), origin, message_id="once-more")
    [again] = letters(house, 1)
    assert ask(house, "replay_dead_letters", {"marks": [again["mark"]]})["done"] == 1
    until(lambda: house.bus.count(DLQ) == 0 and house.bus.count(letter["queue"]) == 0)
    assert house.subjects() == [event["subject"]]


def test_a_letter_without_a_queue_is_kept_and_thrown_away_with_a_reason_only(house: House) -> None:
    house.start("Probe")
    for number in range(3):
        house.bus.publish("", DLQ, b"{}", {"origin-queue": "no.such.queue"}, message_id=f"stray-{number}")
    found = letters(house, 3)
    marks = [letter["mark"] for letter in found]
    assert ask(house, "replay_dead_letters", {"marks": marks[:1]}) == {"done": 0, "kept": 1, "missing": 0}
    until(lambda: house.bus.count(DLQ) == 3)
    with pytest.raises(Invalid) as refused:
        ask(house, "discard_dead_letters", {"marks": marks[:2], "reason": "  "})
    assert "reason" in refused.value.fields
    reason = "Testbeskeder uden kø"
    assert ask(house, "discard_dead_letters", {"marks": marks[:2], "reason": reason})["done"] == 2
    assert [letter["mark"] for letter in letters(house, 1)] == marks[2:]
    assert notes(house)[-1] == (OPERATOR.id, "delete", "dead-letter", reason)
