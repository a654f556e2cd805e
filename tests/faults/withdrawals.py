"""Consents taken back while what must shut the doors is killed: none is lost, and no door outlives one.

How long a withdrawal takes to reach those who act on it is measured, with nothing broken and with.
"""

from __future__ import annotations

import random
import time

from deploy.local.fleet import CHAIN
from tests.faults.chain import Chain
from tests.faults.consents import Consents
from tests.faults.kills import kill_and_restart
from tests.faults.steps import Background, again
from tests.faults.suite import RIGS, scenario

RIGS["consent"] = {
    "services": (*CHAIN, "consent"),
    "consents": 600,
    "children": 10_000,
    "proxied": ("consent", "meetings"),
}
UNTOLD = "published_at IS NULL AND type = 'dk.trivsel.{}.v1'"


def _consents(chain: Chain) -> Consents:
    assert chain.consents is not None
    return chain.consents


@scenario("withdrawals, nothing broken", rig="consent", times=30)
def unharmed(chain: Chain, times: int, chance: random.Random) -> float:
    with chain.under_load(0.3):
        with _consents(chain).on_the_move(times):
            pass
        return chain.recovered()


@scenario("withdrawals while services and servers are killed", rig="consent", times=16, short=4, kills=True)
def killed(chain: Chain, times: int, chance: random.Random) -> float:
    victims = ["broker", "consent-1", "meetings-1", "notifications-1"]
    victims += ["postgresql"] if chain.postgresql else []
    worst = 0.0
    with chain.under_load(0.3), _consents(chain).on_the_move(times):
        for _ in range(times // 2):
            time.sleep(chance.uniform(0.2, 1.5))
            worst = max(worst, kill_and_restart(chain, chance.sample(victims, 2), chance))
    return worst


def _open_door(chain: Chain) -> str:
    """A consent that stands, and the door that it has opened."""
    consents = _consents(chain)
    consent_id = consents.give()
    chain.wait(lambda: consents.sees(consents.given[consent_id]), 30, "an open door")
    return consent_id


@scenario("consent killed between a withdrawal and its telling", rig="consent", times=3, short=2, kills=True)
def untold(chain: Chain, times: int, chance: random.Random) -> float:
    """It is committed, and neither the one who took it back nor anybody else has heard of it."""
    worst = 0.0
    for _ in range(times):
        consent_id = _open_door(chain)
        chain.proxies["consent"].blackhole("up")
        withdrawal = Background(lambda: _consents(chain).take_back(consent_id))  # noqa: B023
        waiting = UNTOLD.format("consent.consent.withdrawn")
        chain.wait(lambda: chain.count("consent", "outbox", waiting), 30, "a withdrawal that waits")  # noqa: B023
        worst = max(worst, again(chain, "consent"))
        withdrawal.wait()
        chain.settled()
    return worst


@scenario("meetings killed between shutting a door and saying so", rig="consent", times=3, kills=True)
def unsaid(chain: Chain, times: int, chance: random.Random) -> float:
    """The door is shut; neither the acknowledgement of the event nor that of the withdrawal gets out."""
    worst = 0.0
    for _ in range(times):
        consent_id = _open_door(chain)
        chain.proxies["meetings"].blackhole("up")
        _consents(chain).take_back(consent_id)
        waiting = UNTOLD.format("meetings.withdrawal.acknowledged")
        chain.wait(lambda: chain.count("meetings", "outbox", waiting), 30, "a door that shuts")  # noqa: B023
        worst = max(worst, again(chain, "meetings"))
        chain.settled()
    return worst
