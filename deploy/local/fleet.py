"""Services as processes that can be killed, paused and started again one by one: for faults and benchmarks.

`deploy.local.house` runs a whole house for people and stops it all when one process ends; here a process
that ends is what one is after.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from deploy.local.keys import keys
from deploy.local.processes import Child, LocalError, free_ports, wait_until

ROOT = Path(__file__).resolve().parents[2]
CHAIN = ("assessment", "meetings", "notifications")
"""The services between a joint rating and its meeting and notices."""


class Fleet:
    """``replicas`` processes of each of ``services``, named ``meetings-1``, ``meetings-2`` and so on.

    ``environment`` holds AMQP_URI and the databases' URLs. ``direct`` holds what differs for the tools that
    prepare databases and queues, when the services go through a proxy that may be broken by then.
    ``programs`` names the class (``module:Class``) for a service that is to run in a form of one's own.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        services: Iterable[str] = CHAIN,
        replicas: int | Mapping[str, int] = 1,
        direct: Mapping[str, str] | None = None,
        programs: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.command = [sys.executable, "-m", "services.chassis"]
        self.programs = dict(programs or {})
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        self.environment = {
            **os.environ,
            **keys(folder / "keys.env"),
            "GRACE_SECONDS": "10",
            **environment,
        }
        self.direct = {**self.environment, **(direct or {})}
        many = replicas if isinstance(replicas, Mapping) else dict.fromkeys(services, replicas)
        names = [f"{service}-{number}" for service in services for number in range(1, many[service] + 1)]
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.members: dict[str, Child] = {name: self._child(name) for name in names}

    def _child(self, name: str) -> Child:
        return Child(
            [*self.command, "run", self.programs.get(service_of(name), service_of(name))],
            env={**self.environment, "HEALTH_PORT": str(self.ports[name])},
            log=self.folder / "logs" / f"{name}.log",
            cwd=ROOT,
        )

    # -- life -----------------------------------------------------------------------------------------

    def prepare(self) -> None:
        """Tables and queues."""
        for tool in ("migrate", "topology"):
            self.trivsel(tool, *sorted({service_of(name) for name in self.members}))

    def trivsel(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one of our commands to its end, past any proxy."""
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.direct,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if check and done.returncode != 0:
            raise LocalError(f"trivsel {' '.join(arguments)}: {done.stderr[-2000:] or done.stdout[-2000:]}")
        return done

    def start(self, *names: str) -> Fleet:
        """Start those that do not run, or those named; returns at once."""
        for name in names or self.members:
            if not self.members[name].running:
                self.members[name].start()
        return self

    def set(self, name: str, **settings: str) -> None:
        """Give one process settings of its own, from its next start on."""
        self.members[name].env.update(settings)

    def become(self, name: str, program: str | None) -> None:
        """Let one process run another class (``module:Class``), or its own, from its next start on."""
        self.members[name].command[-1] = program or service_of(name)

    def wait_ready(self, seconds: float = 30.0, *names: str) -> float:
        """Wait until all, or those named, are ready; gives the seconds it took."""
        started = time.monotonic()
        wanted = list(names or self.members)
        try:
            wait_until(lambda: all(map(self.ready, wanted)), seconds, "ready")
        except LocalError:
            waiting = [name for name in wanted if not self.ready(name)]
            last = "\n".join(f"{name}: {self.members[name].last_words(6)}" for name in waiting)
            raise LocalError(f"{', '.join(waiting)}: not ready within {seconds:g} s\n{last}") from None
        return time.monotonic() - started

    def kill(self, name: str) -> None:
        """SIGKILL: no farewell to anybody."""
        self.members[name].kill()

    def pause(self, name: str) -> None:
        """SIGSTOP: it is there and does nothing, as a machine that swaps or a paused container."""
        self.members[name].signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self.members[name].signal(signal.SIGCONT)

    def stop(self, *names: str) -> None:
        """SIGTERM, and SIGKILL after the grace period."""
        chosen = [self.members[name] for name in names or self.members]
        for member in chosen:
            member.ask_to_stop()
        for member in chosen:
            member.wait_stopped(15)

    def close(self) -> None:
        """End all of them at once."""
        for member in self.members.values():
            member.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- what it says ---------------------------------------------------------------------------------

    def ready(self, name: str) -> bool:
        """Does it say that it is ready for work?"""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/readyz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def health(self, name: str, path: str = "readyz") -> tuple[int, dict[str, object]]:
        """The status and body of one of its health pages; 0 when it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/{path}", timeout=2) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())
        except OSError:
            return 0, {}

    def memory_mb(self, name: str, *, peak: bool = False) -> float:
        """Resident memory of one process, at present or at its highest so far."""
        field = "VmHWM:" if peak else "VmRSS:"
        for line in Path(f"/proc/{self.members[name].pid}/status").read_text().splitlines():
            if line.startswith(field):
                return int(line.split()[1]) / 1024
        return 0.0


def service_of(name: str) -> str:
    """``meetings-2`` is a process of ``meetings``."""
    return name.rsplit("-", 1)[0]
