"""What more replicas bring: throughput of meetings with 1, 2 and 4 processes whose handler waits."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.ours import Ours
from bench.servers import servers
from deploy.local.processes import wait_until

REPLICAS = (1, 2, 4)
SECONDS = 10
EACH = 200
"""Concerns a second that one process can handle when each waits five milliseconds."""


def scale(say: Callable[[str], None]) -> dict[str, float]:
    """Concerns a second with each number of replicas, from a queue that is filled before they start."""
    found = {}
    for replicas in REPLICAS:
        concerns = EACH * SECONDS * replicas + 1000
        with servers() as both:
            programs = {"meetings": "bench.waiting:WaitingMeetings"}
            with Ours(
                both, replicas={"assessment": 1, "meetings": replicas, "notifications": 1}, programs=programs
            ) as ours:
                members = [name for name in ours.fleet.members if name.startswith("meetings")]
                ours.prepare(concerns - concerns % 20)
                ours.fleet.stop(*members)
                ours.rate(0, concerns - concerns % 20)
                wait_until(lambda: not ours._count("assessment", WAITING), 120, "an empty outbox")
                ours.fleet.start(*members)
                ours.fleet.wait_ready(60)
                wait_until(lambda few=200 * replicas: ours.meetings() >= few, 60, "warm replicas")
                before, started = ours.meetings(), time.perf_counter()
                time.sleep(SECONDS * 0.6)
                after, elapsed = ours.meetings(), time.perf_counter() - started
                found[str(replicas)] = round((after - before) / elapsed, 1)
                say(f"{replicas} replicas: {found[str(replicas)]:,.0f} concerns/s")
    return found


WAITING = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
