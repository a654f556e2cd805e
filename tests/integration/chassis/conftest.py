"""The probe's house: its databases, its broker, its processes, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, delete, make_url, select

from services.chassis.actor import Actor, issue_token
from services.chassis.client import RpcClient
from services.chassis.database import Database
from tests.support import probe
from tests.support.bus import Bus
from tests.support.process import ServiceProcess

KEY = "a-key-of-the-tests-and-of-nobody-else-0123456789"


class House:
    """Everything a test of the probe's services asks for."""

    def __init__(self, amqp_uri: str, teller_url: str, probe_url: str, folder: Path) -> None:
        self.amqp_uri = amqp_uri
        self.folder = folder
        self.gate = folder / "gate"
        self.bus = Bus(amqp_uri)
        self.token = issue_token(Actor.system("tests"), KEY, 600)
        self.client = RpcClient(amqp_uri, self.token, name="tests")
        self.environment = {
            "AMQP_URI": amqp_uri,
            "TELLER_DATABASE_URL": teller_url,
            "PROBE_DATABASE_URL": probe_url,
            "ACTOR_TOKEN_KEY": KEY,
            "LINK_TOKEN_KEY": KEY,
            "RETRY_LADDER_MS": "100,200",
            "GRACE_SECONDS": "10",
            "PROBE_FILE": str(self.gate),
        }
        self.processes: list[ServiceProcess] = []
        self.teller_db = self._database(teller_url, probe.TellerBase)
        self.probe_db = self._database(probe_url, probe.ProbeBase)

    def process(self, *names: str, **changes: str) -> ServiceProcess:
        """A process of ``Probe``, ``Teller`` or both, not yet started."""
        log = self.folder / f"process-{len(self.processes)}.log"
        made = ServiceProcess(
            [f"tests.support.probe:{name}" for name in names], {**self.environment, **changes}, log
        )
        self.processes.append(made)
        return made

    def start(self, *names: str, **changes: str) -> ServiceProcess:
        return self.process(*names, **changes).start()

    def clear(self) -> None:
        """Forgets what tests before have left, where they share a house."""
        self.gate.unlink(missing_ok=True)
        while self.bus.count("probe.dlq") and self.bus.get("probe.dlq"):
            pass
        with self.probe_db.unit_of_work() as uow:
            uow.session.execute(delete(probe.Effect))
        for process in self.processes:
            process.forget()

    def effects(self) -> list[Any]:
        """What the probe's handlers have done, in order."""
        return [row for row in self._rows() if row.subject != probe.NUDGED]

    def nudges(self) -> int:
        """How often the job that must be woken has run."""
        return sum(row.subject == probe.NUDGED for row in self._rows())

    def _rows(self) -> list[Any]:
        with self.probe_db.engine.connect() as connection:
            return list(connection.execute(select(probe.Effect.__table__).order_by(probe.Effect.number)))

    def subjects(self) -> list[str]:
        return [row.subject for row in self.effects()]

    def tell(self, *arguments: Any, **named: Any) -> None:
        """Puts events into the teller's outbox from this process, as another replica would."""
        with self.teller_db.unit_of_work() as uow:
            probe.tell(uow, *arguments, **named)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
        self.client.close()
        self.bus.close()
        self.teller_db.close()
        self.probe_db.close()

    @staticmethod
    def _database(url: str, base: Any) -> Database:
        engine = create_engine(make_url(url).set(drivername=_driver(url)))
        base.metadata.create_all(engine)
        engine.dispose()
        return Database(url, base)


def _driver(url: str) -> str:
    return "sqlite" if url.startswith("sqlite") else "postgresql+psycopg"


@contextmanager
def sqlite_house(amqp_uri: str, folder: Path) -> Iterator[House]:
    """The probe's house with databases in ``folder``."""
    made = House(amqp_uri, f"sqlite:///{folder}/teller.db", f"sqlite:///{folder}/probe.db", folder)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def house(amqp_uri: str, tmp_path: Path) -> Iterator[House]:
    """The probe's house on SQLite."""
    with sqlite_house(amqp_uri, tmp_path) as made:
        yield made


@pytest.fixture
def postgres_house(amqp_uri: str, postgresql: Any, tmp_path: Path) -> Iterator[House]:
    """The probe's house on PostgreSQL, where a service may have several replicas."""
    names = [f"probe_{kind}_{tmp_path.name[-12:]}".lower().replace("-", "_") for kind in ("teller", "probe")]
    urls = [postgresql.create_database(name) for name in names]
    made = House(amqp_uri, *urls, tmp_path)
    yield made
    made.close()
    for name in names:
        postgresql.drop_database(name)
