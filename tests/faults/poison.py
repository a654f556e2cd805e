"""Messages that cannot be handled, and handlers that fail: neighbours must not notice."""

from __future__ import annotations

import json
import random
from uuid import uuid4

from kombu import Connection

from tests.faults.chain import Chain
from tests.faults.suite import scenario
from tests.support import population

ILL = {"meetings": "tests.faults.variants:IllMeetings"}

QUEUE = "meetings.require_focus_meetings"


def _event(**changes: object) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/trivsel/assessment",
        "type": "dk.trivsel.assessment.concern.raised.v1",
        "subject": str(uuid4()),
        "aggregateversion": 1,
        "data": {},
        **changes,
    }


def poison() -> list[dict[str, object]]:
    """Every case of R4 that ends as a dead letter: body, content type, headers."""
    good = {"content_type": "application/json", "headers": {}}
    return [
        {**good, "body": b"{not json"},
        {**good, "body": b"\xff\xfe\x00"},
        {**good, "body": b"[]"},
        {**good, "body": json.dumps({"no": "cloudevent"}).encode()},
        {**good, "body": json.dumps(_event(type="dk.trivsel.unheard.of.thing.v1")).encode()},
        {**good, "body": json.dumps(_event()).encode()},  # its data breaks the schema
        {**good, "body": b"x" * (1024 * 1024)},
        {**good, "body": json.dumps(_event(aggregateversion="one")).encode()},
        {
            "content_type": "application/x-python-serialize",
            "headers": {},
            "body": b"cos\nsystem\n(S'true'\ntR.",
        },
        {"content_type": "text/plain", "headers": {}, "body": b"hello"},
        {**good, "headers": {"nameko.call_id_stack": 5, "attempt": "many"}, "body": b"{}"},
    ]


@scenario("poisoned messages among good ones", times=2, short=1)
def poisoned(chain: Chain, times: int, chance: random.Random) -> float:
    for _ in range(times):
        with chain.under_load(), Connection(chain.direct["AMQP_URI"]) as connection:
            producer = connection.Producer()
            messages = poison()
            for message in messages:
                producer.publish(
                    message["body"],
                    routing_key=QUEUE,
                    content_type=message["content_type"],
                    content_encoding="binary",
                    headers=message["headers"],
                    delivery_mode=2,
                )
            chain.dead += len(messages)
            chain.wait(lambda: sum(chain.dead_letters().values()) == chain.dead, 60, "every dead letter")
        chain.settled()
    return chain.recovered()


@scenario("a handler that always fails for one child", programs=ILL, times=1, short=1)
def always_fails(chain: Chain, times: int, chance: random.Random) -> float:
    """It climbs the ladder to its end and becomes a dead letter; the others are handled meanwhile."""
    for _ in range(times):
        chain.tell("always", [population.child_id(number) for number in chain.next_raised(1)])
        chain.dead += 1
        chain.without += 1
        chain.submit(2)
        chain.settled()
    return chain.recovered()


@scenario("a handler that fails twice for some children", programs=ILL, times=2, short=1)
def fails_twice(chain: Chain, times: int, chance: random.Random) -> float:
    for _ in range(times):
        chain.tell("twice", [population.child_id(number) for number in chain.next_raised(3)])
        chain.submit(2)
        chain.settled()
    return chain.recovered()


@scenario("a handler that hangs", programs=ILL, times=1)
def hangs(chain: Chain, times: int, chance: random.Random) -> float:
    """The process stays alive and answers; SIGTERM ends it within its grace; the message is handled then."""
    chain.tell("hang", [population.child_id(number) for number in chain.next_raised(1)])
    chain.submit(3)
    chain.wait(lambda: chain.count("notifications", "inbox") > 0, 30, "the others' work")
    assert chain.fleet.health("meetings-1", "livez")[0] == 200
    chain.fleet.stop("meetings-1")
    chain.tell("hang", [])
    chain.fleet.start("meetings-1")
    return chain.recovered()
