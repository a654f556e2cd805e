"""Faults of processes and machines: paused, slow, with a wrong clock, restarted one after the other."""

from __future__ import annotations

import random
import time

from tests.faults.chain import Broken, Chain
from tests.faults.suite import scenario

BEYOND_HEARTBEAT_S = 50.0
"""Two heartbeats of a consumer's connection are 40 seconds; then the broker gives its messages away."""
FLAT_MB = 25.0
"""So much may a process grow while it handles some thousand events more; it must not grow with each."""

JUMPING = {"assessment": "tests.faults.variants:JumpingAssessment"}
SLOW = {"meetings": "tests.faults.variants:SlowMeetings"}


@scenario("one replica paused beyond its heartbeat", rig="two", times=1)
def paused_long(chain: Chain, times: int, chance: random.Random) -> float:
    return _paused(chain, times, BEYOND_HEARTBEAT_S, "meetings-1")


@scenario("one replica paused for seconds", rig="two", times=2, short=1)
def paused(chain: Chain, times: int, chance: random.Random) -> float:
    return _paused(chain, times, 3.0, "meetings-1", "notifications-2")


def _paused(chain: Chain, times: int, seconds: float, *names: str) -> float:
    worst = 0.0
    for _ in range(times):
        for name in names:
            with chain.under_load(0.3):
                chain.fleet.pause(name)
                time.sleep(seconds)
                chain.fleet.resume(name)
                worst = max(worst, chain.recovered())
            chain.settled()
    return worst


@scenario("the relay's replica paused", rig="two", times=2)
def paused_relay(chain: Chain, times: int, chance: random.Random) -> float:
    """While it is paused nothing is published: its lock is held. When it wakes, nothing comes twice."""
    from tests.faults.kills import active_relay

    worst = 0.0
    for _ in range(times):
        with chain.under_load(0.3):
            name = active_relay(chain, "assessment")
            chain.fleet.pause(name)
            time.sleep(8)
            chain.fleet.resume(name)
            worst = max(worst, chain.recovered())
        chain.settled()
    return worst


@scenario("rolling restart of two replicas", rig="two", times=1, short=1)
def rolling_restart(chain: Chain, times: int, chance: random.Random) -> float:
    """As a deployment does it: each gets SIGTERM, drains, ends with 0, and the next waits for its return."""
    worst = 0.0
    for _ in range(times):
        with chain.under_load():
            for name in chain.fleet.members:
                member = chain.fleet.members[name]
                chain.fleet.stop(name)
                if member.exit_code != 0:
                    raise Broken(f"{name} ended with {member.exit_code} after SIGTERM")
                chain.fleet.start(name)
                worst = max(worst, chain.recovered())
    return worst


@scenario("clock jumps an hour", programs=JUMPING, times=2, short=1)
def clock_jump(chain: Chain, times: int, chance: random.Random) -> float:
    """Forward and back, as when a machine's clock is set: leases and parked events must not stick."""
    with chain.under_load():
        for turn in range(times):
            chain.tell("clock", 3600 if turn % 2 == 0 else -3600)
            time.sleep(2)
            chain.tell("clock", 0)
            time.sleep(1)
    return chain.recovered()


@scenario("slow consumer", programs=SLOW, times=1)
def slow_consumer(chain: Chain, times: int, chance: random.Random) -> float:
    """The queue grows in the broker and not in the consumer."""
    chain.submit(10)
    chain.settled(120)
    before = {name: chain.fleet.memory_mb(name) for name in chain.fleet.members}
    chain.submit(120)
    _flat(chain, before)
    chain.settled(180)
    _flat(chain, before)
    return chain.recovered()


@scenario("memory over some thousand events", times=1)
def memory_flat(chain: Chain, times: int, chance: random.Random) -> float:
    chain.submit(40)
    chain.settled()
    before = {name: chain.fleet.memory_mb(name) for name in chain.fleet.members}
    chain.submit(120)
    chain.settled()
    _flat(chain, before)
    return chain.recovered()


def _flat(chain: Chain, before: dict[str, float]) -> None:
    for name, then in before.items():
        now = chain.fleet.memory_mb(name)
        if now - then > FLAT_MB:
            raise Broken(f"{name} grew from {then:.0f} to {now:.0f} MB")
