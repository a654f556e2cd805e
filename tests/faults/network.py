"""Faults of the network: between the services and the broker, and between the services and PostgreSQL."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from tests.faults.chain import Chain
from tests.faults.proxy import Proxy
from tests.faults.suite import scenario

Fault = Callable[[Proxy, random.Random], float]
"""Makes the fault and says for how long it is to last."""


def refused(proxy: Proxy, chance: random.Random) -> float:
    proxy.refuse()
    return chance.uniform(0.5, 3)


def cut(proxy: Proxy, chance: random.Random) -> float:
    proxy.cut()
    return 0.0


def cut_mid_frame(proxy: Proxy, chance: random.Random) -> float:
    proxy.cut_after(chance.randrange(1, 4000))
    deadline = time.monotonic() + 5
    while not proxy.cut_done and time.monotonic() < deadline:
        time.sleep(0.05)
    return 0.0


def delayed(proxy: Proxy, chance: random.Random) -> float:
    proxy.delay(chance.uniform(0.02, 0.3))
    return 3.0


def swallowed(proxy: Proxy, chance: random.Random) -> float:
    proxy.blackhole()
    return chance.uniform(1, 8)


def one_way(proxy: Proxy, chance: random.Random) -> float:
    proxy.blackhole(chance.choice(("up", "down")))
    return chance.uniform(1, 8)


def half_closed(proxy: Proxy, chance: random.Random) -> float:
    proxy.half_close()
    return chance.uniform(0, 1)


def between(which: str, fault: Fault) -> Callable[[Chain, int, random.Random], float]:
    """A scenario: the fault between services and ``which``, under load, and time to recover after each."""

    def run(chain: Chain, times: int, chance: random.Random) -> float:
        worst = 0.0
        proxy = chain.proxies[which]
        with chain.under_load():
            for _ in range(times):
                time.sleep(chance.uniform(0.2, 1))
                time.sleep(fault(proxy, chance))
                proxy.heal()
                worst = max(worst, chain.recovered())
        return worst

    return run


FAULTS: dict[str, tuple[Fault, int]] = {
    "connections refused": (refused, 1),
    "connections reset": (cut, 2),
    "reset in the midst of a frame": (cut_mid_frame, 2),
    "everything delayed": (delayed, 0),
    "everything swallowed": (swallowed, 1),
    "one direction swallowed": (one_way, 1),
    "half closed": (half_closed, 1),
}

for _name, (_fault, _short) in FAULTS.items():
    scenario(f"to the broker: {_name}", rig="proxied", times=2, short=_short)(between("broker", _fault))
    scenario(
        f"to the database: {_name}", rig="proxied", times=2, short=min(_short, 1), engines=("postgresql",)
    )(between("database", _fault))
