"""What a scenario is, and how scenarios are run: the same by pytest (a short form) and by `make faults`."""

from __future__ import annotations

import random
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.postgresql import PostgreSQL
from deploy.local.rabbitmq import RabbitMQ
from tests.faults.chain import READY_S, Broken, Chain
from tests.faults.consents import Propagation

ENGINES = ("sqlite", "postgresql")
WITHDRAWN_S = 30.0
"""A withdrawal shuts its doors within this, whatever is killed on the way: a kill, a start, and some air."""


@dataclass(frozen=True)
class Scenario:
    """A fault and what is done with it.

    ``run(chain, times, chance)`` makes the fault ``times`` times and gives the longest time that services
    took to be ready after its end. Scenarios with the same ``rig`` share a chain, one after the other;
    meanwhile the services of ``programs`` run in another form (``module:Class``).
    """

    name: str
    run: Callable[[Chain, int, random.Random], float]
    times: int
    short: int
    rig: str
    engines: tuple[str, ...]
    kills: bool
    programs: Mapping[str, str]


@dataclass
class Record:
    """What came of a scenario on one engine."""

    name: str
    engine: str
    times: int
    lost: int = 0
    doubled: int = 0
    recovery_s: float = 0.0
    seconds: float = 0.0
    ratings: int = 0
    kills: int = 0
    withdrawals: Propagation | None = None
    excuses: list[tuple[float, float]] = field(default_factory=list)
    problem: str = ""

    @property
    def well(self) -> bool:
        return not (self.lost or self.doubled or self.problem)


SCENARIOS: list[Scenario] = []
RIGS: dict[str, dict[str, Any]] = {
    "plain": {"settings": {"SLOW_MS": "15"}},
    "proxied": {"proxied": ("broker", "database")},
    "steps": {"proxied": ("assessment", "meetings", "notifications"), "children": 4000},
    "two": {"replicas": 2},
}
"""How the chain of each rig is built, and for at most how many children; scenarios add their own."""


def scenario(
    name: str,
    *,
    rig: str = "plain",
    times: int = 5,
    short: int = 0,
    engines: tuple[str, ...] = ENGINES,
    kills: bool = False,
    programs: Mapping[str, str] | None = None,
) -> Callable[[Callable[..., float]], Callable[..., float]]:
    """Takes a function in. ``short`` is how often the short form makes the fault; 0 leaves it out."""

    def take(run: Callable[..., float]) -> Callable[..., float]:
        # Two processes of a service cannot share an SQLite file, and there is no network to a file.
        fit = ("postgresql",) if RIGS[rig].get("replicas", 1) != 1 else engines
        SCENARIOS.append(Scenario(name, run, times, short, rig, fit, kills, programs or {}))
        return run

    return take


@dataclass
class Stage:
    """The servers, and the chains that are up on them."""

    folder: Path
    broker: RabbitMQ
    postgresql: PostgreSQL
    seed: int = 1
    ready_s: float = READY_S
    chains: dict[tuple[str, str], Chain] = field(default_factory=dict)

    def chain(self, rig: str, engine: str, children: int) -> Chain:
        """The chain of a rig, started when it is first asked for; chains of other rigs are ended."""
        key = (rig, engine)
        if key not in self.chains:
            self.close()
            options = dict(RIGS[rig])
            if engine == "sqlite":
                options["proxied"] = tuple(p for p in options.get("proxied", ()) if p != "database")
            folder = self.folder / f"{rig}-{engine}-{time.monotonic_ns() % 10**9}"
            chain = Chain(
                folder,
                self.broker,
                self.postgresql if engine == "postgresql" else None,
                children=min(children, options.pop("children", children)),
                ready_s=self.ready_s,
                **options,
            )
            self.chains[key] = chain.__enter__()
        return self.chains[key]

    def close(self) -> None:
        for chain in self.chains.values():
            chain.close()
        self.chains.clear()

    def run(self, one: Scenario, engine: str, *, short: bool, children: int) -> Record:
        """One scenario on one engine. What breaks is recorded, and the chain is thrown away."""
        times = one.short if short else one.times
        record = Record(one.name, engine, times)
        started = time.monotonic()
        try:
            chain = self.chain(one.rig, engine, children)
            chance = random.Random(f"{self.seed} {one.name} {engine}")
            record.excuses = chain.excuses = []
            before = len(chain.submitted)
            with chain.in_other_forms(one.programs):
                record.recovery_s = round(one.run(chain, times, chance), 2)
                chain.settled()
            record.ratings = len(chain.submitted) - before
            record.kills = times if one.kills else 0
            if chain.consents is not None:
                chain.consents.try_doors()
                record.withdrawals = chain.consents.propagation()
                if (longest := max(record.withdrawals.of("meetings"))) > WITHDRAWN_S:
                    raise Broken(f"a door stood open {longest:.1f} s after its consent was taken back")
        except Exception as error:
            record.problem = str(error) if isinstance(error, Broken) else traceback.format_exc()
            if (key := (one.rig, engine)) in self.chains:
                verdict = self._verdict(self.chains[key])
                record.lost, record.doubled = len(verdict.lost), len(verdict.doubled)
            self._mend()
        record.seconds = round(time.monotonic() - started, 1)
        return record

    @staticmethod
    def _verdict(chain: Chain) -> Any:
        from tests.faults.chain import Verdict

        try:
            return chain.judge()
        except Exception:
            return Verdict(lost=["unknown"])

    def _mend(self) -> None:
        """After a scenario that broke, the next one gets servers that run and a chain of its own."""
        for chain in self.chains.values():
            chain._loading = False
        self.chains, broken = {}, self.chains
        if not self.broker.running:
            self.broker.start()
        if not self.postgresql.running:
            self.postgresql.start()
        for chain in broken.values():
            try:
                chain.close()
            except Exception:
                chain.fleet.close()


@contextmanager
def stage(folder: Path, seed: int = 1, ready_s: float = READY_S) -> Iterator[Stage]:
    """Servers that may be broken. PostgreSQL is durable: else a killed server forgets what it has said."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with (
        RabbitMQ(folder / "rabbitmq", name="faults", memory_mb=1024) as broker,
        PostgreSQL(folder / "postgresql") as postgresql,
    ):
        one = Stage(folder, broker, postgresql, seed, ready_s)
        try:
            yield one
        finally:
            one.close()
            broker.kill()


def load_scenarios() -> list[Scenario]:
    """All of them, in the order in which they share their chains best."""
    from tests.faults import (  # noqa: F401
        broker,
        kills,
        network,
        poison,
        processes,
        steps,
        versions,
        withdrawals,
    )

    return sorted(SCENARIOS, key=lambda one: list(RIGS).index(one.rig))
