"""The processes of one local run, started in order and ended together.

Why not a ready process manager (honcho, supervisor): ours are bound to us by the kernel so that none outlives
us, they start in phases that wait for one another, and the demonstration works beside them.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.keys import keys
from deploy.local.postgresql import PostgreSQL
from deploy.local.processes import Child, LocalError, accepts, free_ports
from deploy.local.rabbitmq import RabbitMQ
from services.chassis import discovery

ROOT = Path(__file__).resolve().parents[2]
SERVICES = tuple(discovery.names())
STOP_SECONDS, BROKER_SECONDS, DATABASE_SECONDS = 5.0, 2.5, 2.0
"""Together under ten: nobody waits longer for Ctrl-C. A server that is cut off recovers at its next start."""
START_SECONDS = 60.0

Say = Callable[[str], None]


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One run at a time in a folder: two would write in the same databases."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise LocalError(
                f"Trivsel runs already in {folder} (process {lock.read().strip()}). Stop it with Ctrl-C in "
                f"its terminal, or give this run a folder of its own: RUN_DIR=/some/folder"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


class House:
    """Broker, databases, services, gateway, mailbox and identity provider in one folder.

    ``replicas`` is the number of processes of each service; more than one needs PostgreSQL, because an SQLite
    file belongs to one process. ``postgresql`` starts a private server; without it, and without
    ``*_DATABASE_URL`` in the environment, each service has an SQLite file. ``gateway_port`` is where it is
    wished to listen; 0, or a port that is taken, gives it a free one.
    """

    def __init__(
        self,
        folder: Path,
        *,
        replicas: int = 1,
        postgresql: bool = False,
        gateway_port: int = 0,
        say: Say = print,
    ) -> None:
        self.folder = folder.resolve()
        self.replicas = replicas
        self.gateway_port = gateway_port
        self.postgresql = PostgreSQL(self.folder / "postgresql") if postgresql else None
        self.say = say
        self.broker: RabbitMQ | None = None
        self.environment: dict[str, str] = {}
        self.health: dict[str, str] = {}
        self.mailbox = self.folder / "mailbox"
        self.gateway_url = self.mailbox_url = self.identity_url = ""
        self._children: dict[str, Child] = {}

    # -- the parts ------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Folders, keys, broker, databases with their tables, queues. Nothing of ours runs yet."""
        self._require_postgresql()
        for name in ("data", "logs", "mailbox", "municipality"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
            (self.folder / name).chmod(0o700)
        self.environment = {**os.environ, **keys(self.folder / "keys.env"), "GRACE_SECONDS": "4"}
        self._start_broker()
        self._start_databases()
        self.trivsel("migrate", *SERVICES)
        self.trivsel("topology", *SERVICES)

    def _start_broker(self) -> None:
        if "AMQP_URI" in os.environ:
            self.say("Broker: the one that AMQP_URI names")
            return
        self.say("Starting a private RabbitMQ ...")
        self.broker = RabbitMQ(self.folder / "rabbitmq").start()
        self.environment["AMQP_URI"] = self.broker.amqp_uri()
        self.environment["BROKER_PAGE_URL"] = self.broker.api_url

    def _require_postgresql(self) -> None:
        """More than one process of a service needs a database server; said before anything is started."""
        urls = {name: os.environ.get(f"{name.upper()}_DATABASE_URL", "sqlite") for name in SERVICES}
        on_files = [name for name, url in urls.items() if url.startswith("sqlite")]
        if self.replicas > 1 and on_files and not self.postgresql:
            raise LocalError(
                f"{self.replicas} processes of each service need PostgreSQL, and {', '.join(on_files)} would "
                f"use SQLite. Add --postgresql, or set the *_DATABASE_URL variables."
            )

    def _start_databases(self) -> None:
        if self.postgresql:
            self.say("Starting a private PostgreSQL ...")
            self.postgresql.start()
        for service in SERVICES:
            name = f"{service.upper()}_DATABASE_URL"
            if name in os.environ:
                continue
            if self.postgresql:
                self.environment[name] = self.postgresql.create_database(service)
            else:
                self.environment[name] = f"sqlite:///{self.folder / 'data' / service}.sqlite"

    def start(self) -> None:
        """Start services, gateway and mailbox, and wait until each says it is ready."""
        self._choose_door()
        self._start_mailbox()
        self._start_identity()
        names = [
            service if self.replicas == 1 else f"{service}-{number}"
            for service in SERVICES
            for number in range(1, self.replicas + 1)
        ]
        gateway_health, *ports = free_ports(len(names) + 1)
        for name, port in zip(names, ports, strict=True):
            self._start_service(name, port)
        self._start_gateway(gateway_health)
        self.say(f"Starting {', '.join(self._children)} ...")
        self.wait_until(
            lambda: all(self._ready(url) for url in self.health.values()), START_SECONDS, self._not_ready
        )
        if self.identity_url:
            port = int(self.identity_url.rsplit(":", 1)[1])
            self.wait_until(lambda: accepts(port), 20, lambda: "the identity provider")

    def _choose_door(self) -> None:
        """Where the gateway will listen. Its address stands in the parents' links, so all must know it."""
        port = self.gateway_port or free_ports(1)[0]
        if accepts(port):
            if "GATEWAY_PORT" in os.environ:
                raise LocalError(f"GATEWAY_PORT={port} is taken. Stop who listens there, or choose another.")
            [port] = free_ports(1)
        self.gateway_url = f"http://127.0.0.1:{port}"
        self.environment["GATEWAY_PORT"] = str(port)
        self.environment.setdefault("PUBLIC_URL", self.gateway_url)

    def _start_service(self, name: str, port: int) -> None:
        self.health[name] = f"http://127.0.0.1:{port}"
        self._start(name, ["trivsel", "run", name.split("-")[0]], HEALTH_PORT=str(port))

    def _start_gateway(self, health_port: int) -> None:
        self.health["gateway"] = f"http://127.0.0.1:{health_port}"
        metrics = ",".join(f"{name}={url}/metrics" for name, url in self.health.items())
        self._start(
            "gateway",
            [sys.executable, "-m", "services.gateway"],
            HEALTH_PORT=str(health_port),
            DEMONSTRATION=os.environ.get("DEMONSTRATION", "1" if self.identity_url else "0"),
            MAILBOX_URL=self.mailbox_url,
            METRICS_URLS=metrics,
        )

    def _start_mailbox(self) -> None:
        """The local mail server, unless SMTP_URL names a real one."""
        if "SMTP_URL" in os.environ:
            return
        smtp, page = free_ports(2)
        self.environment["SMTP_URL"] = f"smtp://127.0.0.1:{smtp}"
        self.mailbox_url = f"http://127.0.0.1:{page}"
        places = {"--smtp-port": smtp, "--http-port": page, "--folder": self.folder / "mailbox"}
        options = [str(part) for option in places.items() for part in option]
        self._start("mailbox", [sys.executable, "-m", "deploy.local.mailbox", *options])
        self.wait_until(lambda: accepts(smtp) and accepts(page), 20, lambda: "the mailbox")

    def _start_identity(self) -> None:
        """The demonstration's identity provider, unless OIDC_ISSUER names a real one."""
        self.environment.setdefault("MUNICIPALITY_NAME", "Demokommunen")
        self.environment.setdefault("RATE_LIMIT_API", "100000 per minute")  # programs rate whole rounds here
        if "OIDC_ISSUER" in os.environ:
            return
        [port] = free_ports(1)
        self.identity_url = f"http://127.0.0.1:{port}"
        self.environment |= {
            "OIDC_ISSUER": self.identity_url,
            "OIDC_CLIENT_ID": "trivsel",
            "OIDC_CLIENT_SECRET": secrets.token_hex(32),
        }
        if "PARENT_OIDC_ISSUER" not in os.environ:
            self.environment |= {
                "PARENT_OIDC_ISSUER": self.identity_url,
                "PARENT_OIDC_CLIENT_ID": "trivsel-foraeldre",
                "PARENT_OIDC_CLIENT_SECRET": secrets.token_hex(32),
            }
        self._start(
            "identity",
            [
                *(sys.executable, "-m", "deploy.local.identity"),
                *("--port", str(port), "--gateway", self.environment["PUBLIC_URL"]),
                *("--municipality", str(self.folder / "municipality")),
            ],
        )

    # -- life -----------------------------------------------------------------------------------------

    def _start(self, name: str, command: list[str], **settings: str) -> None:
        log = self.folder / "logs" / f"{name}.log"
        child = Child(self._ours(command), env={**self.environment, **settings}, log=log, cwd=ROOT)
        self._children[name] = child
        child.start()

    def _ours(self, command: list[str]) -> list[str]:
        """The program beside this Python, whatever is first on the PATH."""
        beside = Path(sys.executable).parent / command[0]
        return [str(beside), *command[1:]] if beside.exists() else command

    def trivsel(self, *arguments: str) -> None:
        """Run one command of ours to its end; `LocalError` with its last lines when it fails."""
        command = self._ours(["trivsel", *arguments])
        log = self.folder / "logs" / f"{arguments[0]}.log"
        with log.open("ab") as out:
            done = subprocess.run(
                command,
                env=self.environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                check=False,
            )
        if done.returncode != 0:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
            raise LocalError(
                f"`trivsel {' '.join(arguments)}` failed (exit {done.returncode}). {log} ends so:\n{last}"
            )

    def check(self) -> None:
        """`LocalError` naming the first process that is no longer there."""
        for name, child in self._children.items():
            if not child.running:
                raise LocalError(
                    f"{name} has ended by itself (exit {child.exit_code}), so all is stopped. "
                    f"Its log, {child.log}, ends so:\n{child.last_words()}"
                )
        if self.broker and not self.broker.running:
            raise LocalError(f"RabbitMQ has ended by itself, so all is stopped. See {self.folder}/rabbitmq")
        if self.postgresql and not self.postgresql.running:
            raise LocalError(
                f"PostgreSQL has ended by itself, so all is stopped. See {self.folder}/postgresql"
            )

    def wait_until(self, condition: Callable[[], bool], seconds: float, what: Callable[[], str]) -> None:
        """Poll, watching that all processes live; `LocalError` with ``what()`` when the time is up."""

        def watched() -> bool:
            self.check()
            return condition()

        deadline = time.monotonic() + seconds
        while not watched():
            if time.monotonic() > deadline:
                raise LocalError(f"{what()}: not within {seconds:g} s")
            time.sleep(0.1)

    def stop(self) -> None:
        """End everything within ten seconds, services first so that they can still talk to the broker."""
        children = list(self._children.values())
        for child in children:
            child.ask_to_stop()
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            child.wait_stopped(max(0.0, deadline - time.monotonic()))
        self._children.clear()
        if self.broker:
            self.broker.close(BROKER_SECONDS)
        if self.postgresql:
            self.postgresql.stop(DATABASE_SECONDS)

    # -- what it says ---------------------------------------------------------------------------------

    def database_url(self, service: str) -> str:
        """SQLAlchemy's URL of a service's database."""
        return self.environment[f"{service.upper()}_DATABASE_URL"]

    def _ready(self, url: str) -> bool:
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def _not_ready(self) -> str:
        return f"{', '.join(self._waiting())} not ready (logs: {self.folder}/logs)"

    def _waiting(self) -> list[str]:
        return [name for name, url in self.health.items() if not self._ready(url)]
