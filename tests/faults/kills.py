"""SIGKILL: of services, of relays, of the broker, of PostgreSQL, at random moments, under load."""

from __future__ import annotations

import random
import time
import urllib.request

from tests.faults.chain import PATIENCE_S, Broken, Chain
from tests.faults.suite import scenario


def kill_and_restart(chain: Chain, victims: list[str], chance: random.Random) -> float:
    """Kill all the victims at once, start them again after a moment; gives the time until all is ready."""
    for victim in victims:
        if victim == "broker":
            chain.broker.kill()
        elif victim == "postgresql":
            assert chain.postgresql is not None
            chain.postgresql.kill()
        else:
            chain.fleet.kill(victim)
    time.sleep(chance.uniform(0, 0.5))
    if "broker" in victims:
        chain.broker.start()
    if chain.postgresql is not None and "postgresql" in victims:
        chain.postgresql.start()
    chain.fleet.start()
    return chain.recovered()


def _random_kills(chain: Chain, times: int, chance: random.Random, servers: list[str]) -> float:
    """Services mostly, now and then a server, one to three at a time, until ``times`` have been killed."""
    worst, done = 0.0, 0
    with chain.under_load():
        while done < times:
            many = min(times - done, chance.choice((1, 2, 3, 3)))
            victims = chance.sample(sorted(chain.fleet.members), min(many, len(chain.fleet.members)))
            if servers and chance.random() < 0.12:
                victims[0] = chance.choice(servers)
            time.sleep(chance.uniform(0, 1.2))
            worst = max(worst, kill_and_restart(chain, victims, chance))
            done += len(victims)
    return worst


@scenario("services killed at random moments", times=40, short=4, kills=True)
def services_killed(chain: Chain, times: int, chance: random.Random) -> float:
    return _random_kills(chain, times, chance, [])


@scenario("services and servers killed at random moments", times=24, kills=True)
def all_killed(chain: Chain, times: int, chance: random.Random) -> float:
    servers = ["broker"] + (["postgresql"] if chain.postgresql else [])
    return _random_kills(chain, times, chance, servers)


@scenario("broker killed", times=3, short=1, kills=True)
def broker_killed(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    with chain.under_load():
        for _ in range(times):
            time.sleep(chance.uniform(0.3, 1))
            worst = max(worst, kill_and_restart(chain, ["broker"], chance))
    return worst


@scenario("PostgreSQL killed", times=5, short=1, engines=("postgresql",), kills=True)
def postgresql_killed(chain: Chain, times: int, chance: random.Random) -> float:
    worst = 0.0
    with chain.under_load():
        for _ in range(times):
            time.sleep(chance.uniform(0.3, 1))
            worst = max(worst, kill_and_restart(chain, ["postgresql"], chance))
    return worst


@scenario("replicas killed at random moments", rig="two", times=24, kills=True)
def replicas_killed(chain: Chain, times: int, chance: random.Random) -> float:
    return _random_kills(chain, times, chance, [])


@scenario("active relay killed, the other takes over", rig="two", times=6, short=1, kills=True)
def relay_killed(chain: Chain, times: int, chance: random.Random) -> float:
    """The one that is left must publish what the killed one had in hand, without waiting for its return."""
    worst = 0.0
    for _ in range(times):
        with chain.under_load(0.05):
            time.sleep(chance.uniform(0.3, 1))
            active = active_relay(chain, "assessment")
            chain.fleet.kill(active)
            killed = time.monotonic()
            chain.wait(lambda: active_relay(chain, "assessment") != active, PATIENCE_S, "another relay")  # noqa: B023
            before = chain.count("assessment", "outbox", "published_at IS NOT NULL")
            chain.wait(
                lambda: chain.count("assessment", "outbox", "published_at IS NOT NULL") > before,  # noqa: B023
                PATIENCE_S,
                "the other relay's first event",
            )
            took = time.monotonic() - killed
        chain.fleet.start()
        worst = max(worst, chain.weighed(took, chain.ready_s))
        chain.recovered()
    return worst


def active_relay(chain: Chain, service: str) -> str:
    """Which process publishes from the service's database."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for name in chain.fleet.members:
            if not name.startswith(service):
                continue
            try:
                url = f"http://127.0.0.1:{chain.fleet.ports[name]}/metrics"
                with urllib.request.urlopen(url, timeout=2) as page:
                    if f'trivsel_relay_active{{service="{service}"}} 1.0' in page.read().decode():
                        return name
            except OSError:
                continue
        time.sleep(0.05)
    raise Broken(f"no relay of {service} is active")
