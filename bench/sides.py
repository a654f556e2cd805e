"""Those who are compared. Each gets the same servers, the same children, the same groups in one order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from pathlib import Path

import psycopg
from sqlalchemy import create_engine

from bench.peers import rows
from bench.servers import Servers
from deploy.local.processes import Child, LocalError, wait_until

ROOT = Path(__file__).resolve().parents[1]
AT_A_TIME = 8
"""Groups whose submission is under way at the same time: as many colleagues press the button at once."""
PATIENCE_S = 600.0


class Side(ABC):
    """One way to do the job."""

    name = ""
    services: tuple[str, ...] = ("assessment", "meetings", "notifications")

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.environment = {
            **os.environ,
            "AMQP_URI": servers.broker.create_vhost(self.name),
            "PYTHONPATH": str(ROOT),
            **servers.databases(self.name, *self.services),
        }
        self.children: list[Child] = []
        self.rated = 0

    def __enter__(self) -> Side:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End every process and drop what was made."""
        for child in self.children:
            child.stop(3)
        # The servers go with all that is in them; what is dropped here is dropped for the next side's sake.
        if self.servers.broker.running:
            with contextlib.suppress(OSError):
                self.servers.broker.delete_vhost(self.name)
        for service in self.services:
            self.servers.postgresql.drop_database(f"{self.name}_{service}")

    @abstractmethod
    def prepare(self, children: int) -> None:
        """Make tables, store ``children`` children, start the services."""

    @abstractmethod
    def rate(self, first: int, count: int) -> float:
        """Submit the children ``first`` to ``first + count``, all with a concern.

        Gives the moment (`time.perf_counter`) of the first submission: a driver in a process of its own
        takes a while to start, and that is not what is measured.
        """

    def meetings(self) -> int:
        """How many meetings have been committed."""
        return self._count("meetings", "SELECT count(*) FROM meeting")

    def notices(self) -> int:
        """How many notices have been committed."""
        return self._count("notifications", "SELECT count(*) FROM notice")

    def run(self, count: int) -> float:
        """Rate the next ``count`` children; the seconds until all meetings and notices are committed."""
        started = self.rate(self.rated, count)
        self.rated += count
        expected = sum(len(rows.guardian_ids(number)) for number in range(self.rated))
        for what, wanted in ((self.meetings, self.rated), (self.notices, expected)):
            wait_until(lambda: what() >= wanted, PATIENCE_S, f"{self.name}: {wanted} rows")  # noqa: B023
        elapsed = time.perf_counter() - started
        assert (self.meetings(), self.notices()) == (self.rated, expected), f"{self.name}: lost or doubled"
        return elapsed

    def look_at_tables(self) -> None:
        """What PostgreSQL does by itself within a minute or two of a table's growth: a round's tables are not
        empty for long, and what was learnt of empty ones is true of nobody's second day."""
        for service in self.services:
            with psycopg.connect(self._dsn(service), autocommit=True) as connection:
                connection.execute("ANALYZE")

    def processes(self) -> dict[str, int]:
        """The process of each service, by its id."""
        return {Path(child.log).stem.removeprefix(f"{self.name}-"): child.pid for child in self.children}

    def cpu_seconds(self) -> dict[str, float]:
        """Processor time that each service has used so far: it says more than the clock on a busy machine."""
        return {name: cpu_of(pid) for name, pid in self.processes().items()}

    def _start(self, name: str, *command: str) -> None:
        log = self.servers.folder / f"{self.name}-{name}.log"
        child = Child(command, env=self.environment, log=log, cwd=ROOT)
        child.start()
        self.children.append(child)

    def _drive(self, module: str, first: int, count: int) -> float:
        """Run a driver that says when it begins."""
        command = [sys.executable, "-W", "ignore", "-m", module, str(first), str(count)]
        with subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=subprocess.PIPE) as driver:
            assert driver.stdout is not None
            driver.stdout.readline()
            started = time.perf_counter()
            if driver.wait() != 0:
                raise LocalError(f"{module} ended with {driver.returncode}")
        return started

    def _count(self, service: str, statement: str) -> int:
        with psycopg.connect(self._dsn(service)) as connection:
            found = connection.execute(statement).fetchone()
            assert found is not None
            return int(found[0])

    def _dsn(self, service: str) -> str:
        return self.environment[f"{service.upper()}_DATABASE_URL"].replace("+psycopg", "")

    def _consumers(self) -> int:
        """How many consumers there are in the side's virtual host."""
        queues = self.servers.broker.api("GET", f"/queues/{self.name}")
        return sum(queue.get("consumers", 0) for queue in queues)

    def _fill(self, children: int) -> None:
        """The plain tables, with children and custody holders."""
        for service, base in rows.BASES.items():
            engine = create_engine(self.environment[f"{service.upper()}_DATABASE_URL"])
            base.metadata.create_all(engine)
            engine.dispose()
        with (
            psycopg.connect(self._dsn("assessment")) as connection,
            connection.cursor().copy("COPY child (child_id, institution_id, group_id) FROM STDIN") as copy,
        ):
            for number in range(children):
                group = number // rows.CHILDREN_OF_A_GROUP
                copy.write_row((rows.child_id(number), rows.institution_id(group), rows.group_id(group)))
        with (
            psycopg.connect(self._dsn("notifications")) as connection,
            connection.cursor().copy(
                "COPY guardianship (child_id, guardian_id, custody, exempt) FROM STDIN"
            ) as copy,
        ):
            for number in range(children):
                for guardian in rows.guardian_ids(number):
                    copy.write_row((rows.child_id(number), guardian, "joint", False))
        for service, table in (("assessment", "child"), ("notifications", "guardianship")):
            with psycopg.connect(self._dsn(service), autocommit=True) as connection:
                connection.execute(f"ANALYZE {table}")


def cpu_of(pid: int) -> float:
    """Seconds of processor time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class NamekoPlain(Side):
    """nameko as its examples use it."""

    name = "nameko_plain"

    def prepare(self, children: int) -> None:
        self._fill(children)
        self.environment["PSYCOPG_WAIT_FUNC"] = "wait_selector"  # without it psycopg stops every greenlet
        for service in self.services:
            module = f"bench.peers.nameko_plain.{service}"
            nameko = str(Path(sys.executable).parent / "nameko")
            self._start(service, nameko, "run", module, "--config", "bench/peers/nameko_plain/config.yaml")
        wait_until(lambda: self._consumers() >= 3, 60, "nameko's start")

    def rate(self, first: int, count: int) -> float:
        return self._drive("bench.peers.nameko_plain.drive", first, count)


class FastStreamPeer(Side):
    """FastStream with SQLAlchemy's asyncio."""

    name = "faststream"

    def prepare(self, children: int) -> None:
        self._fill(children)
        for service in self.services:
            app = f"bench.peers.faststream_peer.{service}:app"
            self._start(
                service, sys.executable, "-m", "faststream", "run", app, "--loop", "uvloop:new_event_loop"
            )
        wait_until(lambda: self._consumers() >= 3, 60, "FastStream's start")

    def rate(self, first: int, count: int) -> float:
        return asyncio.run(self._rate(first, count))

    async def _rate(self, first: int, count: int) -> float:
        from faststream.rabbit import RabbitBroker

        async with RabbitBroker(self.environment["AMQP_URI"], logger=None) as broker:
            await broker.start()
            places = asyncio.Semaphore(AT_A_TIME)

            async def submit(group: object, children: list[object]) -> None:
                async with places:
                    await broker.request(
                        {"group": str(group), "ratings": [rows.rating(child) for child in children]},  # type: ignore[arg-type]
                        "faststream.assessment.submit",
                        timeout=60,
                    )

            started = time.perf_counter()
            await asyncio.gather(*(submit(*each) for each in rows.groups(first, count)))
            return started


class Limit(Side):
    """Nothing between us and the wires."""

    name = "limit"

    def prepare(self, children: int) -> None:
        self._fill(children)
        for service in ("meetings", "notifications"):
            self._start(service, sys.executable, "-m", "bench.limit.consume", service)
        wait_until(lambda: self._consumers() >= 2, 60, "the limit's start")

    def rate(self, first: int, count: int) -> float:
        return self._drive("bench.limit.submit", first, count)


def in_parallel(work: list[tuple[object, ...]], call: object, places: int = AT_A_TIME) -> None:
    """Call ``call(*each)`` for each of ``work`` from ``places`` threads; the first error is raised."""
    queue, errors, lock = iter(work), [], threading.Lock()

    def worker() -> None:
        while not errors:
            with lock:
                each = next(queue, None)
            if each is None:
                return
            try:
                call(*each)  # type: ignore[operator]
            except Exception as error:
                errors.append(error)

    threads = [threading.Thread(target=worker, daemon=True) for _ in range(places)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
