"""Faults of the broker itself: alarms, a full queue, a queue that is not ours."""

from __future__ import annotations

import random
import time
import urllib.parse

from kombu import Connection

from tests.faults.chain import Broken, Chain
from tests.faults.suite import scenario


@scenario("memory alarm", times=3, short=1)
def memory_alarm(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    with chain.under_load():
        for _ in range(times):
            with chain.broker.memory_alarm():
                _published_stands_still(chain)
            worst = max(worst, chain.recovered())
    return worst


@scenario("disk alarm", times=3)
def disk_alarm(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    with chain.under_load():
        for _ in range(times):
            chain.broker.ctl("set_disk_free_limit", "900000GB")
            try:
                _published_stands_still(chain)
            finally:
                chain.broker.ctl("set_disk_free_limit", "100MB")
            worst = max(worst, chain.recovered())
    return worst


def _published_stands_still(chain: Chain) -> None:
    """The broker takes nothing: those who want to publish say so, and all stay alive.

    (Who has nothing to publish is not blocked: the broker holds a connection only once it publishes. And
    while it takes nothing no call reaches assessment either, so nothing new comes to be published.)
    """
    chain.unhear("assessment")
    chain.wait(
        lambda: chain.fleet.health("assessment-1")[1].get("status") in ("degraded", "unready"),
        30,
        "assessment saying that the broker takes nothing",
    )
    chain.wait(
        lambda: chain.count("assessment", "outbox", "published_at IS NULL"), 30, "events that wait for it"
    )
    for name in chain.fleet.members:
        if chain.fleet.health(name, "livez")[0] != 200:
            raise Broken(f"{name} does not live under an alarm")


@scenario("full queue", times=2, short=1)
def full_queue(chain: Chain, times: int, chance: random.Random) -> float:
    """The broker refuses what does not fit: it stays in the outbox until there is room."""
    worst = 0.0
    path = f"/policies/{urllib.parse.quote(chain.name, safe='')}/full"
    for _ in range(times):
        chain.fleet.pause("meetings-1")
        limit = {"pattern": r"^meetings\.require_focus_meetings$", "definition": {"max-length": 3}}
        chain.broker.api("PUT", path, {**limit, "apply-to": "queues"})
        try:
            # More than the consumer that stands still had room for, and a limit that holds only once it acts.
            deadline = time.monotonic() + 30
            while not chain.count("assessment", "outbox", "published_at IS NULL AND last_error = 'refused'"):
                chain.submit()
                if time.monotonic() > deadline:
                    raise Broken("a full queue refused nothing")
        finally:
            chain.broker.api("DELETE", path)
            chain.fleet.resume("meetings-1")
        worst = max(worst, chain.recovered())
        # What was refused again and again waits up to a minute for its next try, or for operations.
        chain.fleet.trivsel("outbox", "retry", "assessment")
        chain.settled(120)
    return worst


@scenario("queue exists with other arguments", times=2, short=1)
def other_arguments(chain: Chain, times: int, chance: random.Random) -> float:
    """The service must say so, name the queue and end, rather than try for ever."""
    worst, queue = 0.0, "meetings.require_focus_meetings"
    for _ in range(times):
        chain.settled()
        chain.fleet.stop("meetings-1")
        with Connection(chain.direct["AMQP_URI"]) as connection:
            channel = connection.channel()
            channel.queue_delete(queue)
            channel.queue_declare(queue, durable=True, auto_delete=False)
        chain.fleet.start("meetings-1")
        member = chain.fleet.members["meetings-1"]
        chain.wait(lambda: not member.running, 20, "the end of a service whose queue is another")  # noqa: B023
        if member.exit_code != 4 or queue not in member.last_words():
            raise Broken(f"it ended with {member.exit_code} and said: {member.last_words(3)}")
        with Connection(chain.direct["AMQP_URI"]) as connection:
            connection.channel().queue_delete(queue)
        chain.fleet.start("meetings-1")
        worst = max(worst, chain.recovered())
        chain.submit()
    return worst
