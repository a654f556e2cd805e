"""Children of this process that never outlive it.

A broker or a database server left behind holds a port, memory and a lock file, so each child is bound to
us by the kernel: when we die, also by SIGKILL, it gets its own stop signal (``setpriv --pdeathsig``).
"""

from __future__ import annotations

import contextlib
import grp
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PORTS = (15_000, 32_000)


class LocalError(RuntimeError):
    """Something on this machine is missing or in the way. The text says what, and how to mend it."""


def wait_until(condition: Callable[[], object], seconds: float, what: str, pause: float = 0.05) -> None:
    """Poll until ``condition`` is true; `LocalError` naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise LocalError(f"{what}: not within {seconds:g} s")
        time.sleep(pause)


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens on.

    By chance from below the range in which the system chooses ports for outgoing connections: one of those
    could be taken by anybody's connection before the server that it is meant for has started.
    """
    chosen: list[int] = []
    for port in random.sample(range(*PORTS), count * 50):
        with socket.socket() as one, contextlib.suppress(OSError):
            one.bind(("127.0.0.1", port))
            chosen.append(port)
        if len(chosen) == count:
            return chosen
    raise LocalError(f"no {count} free ports of 127.0.0.1 between {PORTS[0]} and {PORTS[1]}")


def accepts(port: int) -> bool:
    """Does somebody on 127.0.0.1 accept connections on ``port``?"""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def account_for(name: str, folder: Path) -> str | None:
    """The account a server is to run under: ``name`` when we are root and it can reach ``folder``.

    ``None`` means: as ourselves. A checkout under /root cannot be reached by another account.
    """
    if os.geteuid() != 0:
        return None
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        return None
    for parent in folder.resolve().parents:
        status = parent.stat()
        reachable = status.st_mode & 0o001 or (status.st_uid == account.pw_uid and status.st_mode & 0o100)
        if not reachable:
            return None
    return name


def give_to(account: str | None, *paths: Path) -> None:
    """Hand files and folders (with what is in them) to the account that the server runs under."""
    if account is None:
        return
    owner = pwd.getpwnam(account)
    for path in paths:
        for each in [path, *path.rglob("*")]:
            os.chown(each, owner.pw_uid, owner.pw_gid, follow_symlinks=False)


def bound_to_us(command: Sequence[str], account: str | None, death_signal: str) -> list[str]:
    """``command`` so wrapped that it runs as ``account`` and gets ``death_signal`` when we die."""
    setpriv = shutil.which("setpriv") or "/usr/bin/setpriv"
    wrapped = [setpriv, "--pdeathsig", death_signal]
    if account is not None:
        group = grp.getgrgid(pwd.getpwnam(account).pw_gid).gr_name
        wrapped += ["--reuid", account, "--regid", group, "--clear-groups"]
    return [*wrapped, "--", *command]


class Child:
    """One server process in its own session, with its own log file."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str],
        log: Path,
        account: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        cwd: Path | None = None,
    ) -> None:
        self.command = list(command)
        self.env = dict(env)
        self.log = log
        self.account = account
        self.stop_signal = stop_signal
        self.cwd = cwd
        self.process: subprocess.Popen[bytes] | None = None
        self._ended_with: int | None = None

    @property
    def running(self) -> bool:
        """Is the process alive?"""
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        """The process's id; it is its group's as well."""
        if self.process is None:
            raise LocalError(f"{self.command[0]} has not been started")
        return self.process.pid

    def start(self) -> None:
        """Start it; returns at once."""
        name = self.stop_signal.name.removeprefix("SIG")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                bound_to_us(self.command, self.account, name),
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.cwd or self.log.parent,
            )

    @property
    def exit_code(self) -> int | None:
        """How it ended, the last time; a negative number is the signal that ended it. None while it lives."""
        return self._ended_with if self.process is None else self.process.poll()

    def ask_to_stop(self) -> None:
        """Send the stop signal, and do not wait."""
        if self.process is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, signal.SIGCONT)  # a paused process would not hear the next one
                os.kill(self.process.pid, self.stop_signal)

    def stop(self, seconds: float = 10.0) -> None:
        """Ask it to end; after ``seconds`` make it. Helpers it started go with it."""
        self.ask_to_stop()
        self.wait_stopped(seconds)

    def wait_stopped(self, seconds: float) -> None:
        """Wait for one that has been asked to stop; after ``seconds`` make it."""
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(seconds)
        self.kill()

    def kill(self) -> None:
        """End it and all it started, at once."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self._ended_with = self.process.wait()
        self.process = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process alone (SIGSTOP and SIGCONT imitate a machine that hangs)."""
        os.kill(self.pid, number)

    def wait_until_ready(self, ready: Callable[[], bool], seconds: float, what: str) -> None:
        """Poll ``ready``. If it does not come, or the process ends, end it and tell with its last words."""
        problem = ""
        try:
            wait_until(lambda: ready() or not self.running, seconds, f"{what}'s start", 0.1)
        except LocalError as error:
            problem = str(error)
        if not problem and not self.running:
            problem = f"{what} ended while starting"
        if problem:
            self.kill()
            raise LocalError(f"{problem}. Its log, {self.log}, ends so:\n{self.last_words()}")

    def last_words(self, lines: int = 15) -> str:
        """The end of its log, for an error message."""
        with contextlib.suppress(OSError):
            return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
        return ""
