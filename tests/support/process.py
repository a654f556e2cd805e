"""A service process as it runs in production: started, asked how it is, told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.support.waiting import until

ROOT = Path(__file__).parents[2]


class ServiceProcess:
    """``trivsel run`` of some services in a process of its own."""

    def __init__(self, specs: list[str], environment: dict[str, str], log: Path) -> None:
        self._specs = specs
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._mark = 0

    def start(self, *, ready: bool = True, seconds: float = 20.0) -> ServiceProcess:
        with self._log.open("ab") as sink:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.chassis", "run", *self._specs],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **self._environment},
                stdout=sink,
                stderr=sink,
            )
        if ready:
            until(self.is_ready, seconds, f"{self._specs} ready; {self.text()[-2000:]}")
        return self

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def signal(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def exit_code(self, seconds: float = 20.0) -> int:
        """Waits for the end and returns its code."""
        assert self._process is not None
        until(lambda: not self.running, seconds, f"{self._specs} ended; {self.text()[-2000:]}")
        return int(self._process.returncode)

    def stop(self, seconds: float = 20.0) -> int:
        self.signal()
        return self.exit_code(seconds)

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def forget(self) -> None:
        """From now on ``text`` and ``lines`` tell only what comes after."""
        self._mark = len(self._all())

    def text(self) -> str:
        return self._all()[self._mark :]

    def lines(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log's entries, or those of one kind."""
        return self._entries(self.text(), event)

    def _all(self) -> str:
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    @staticmethod
    def _entries(text: str, event: str | None) -> list[dict[str, Any]]:
        found = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        return [line for line in found if event is None or line["event"] == event]

    def health(self, path: str) -> tuple[int, bytes, float]:
        """Status, body and seconds of a page."""
        port = self._entries(self._all(), "health_listening")[-1]["port"]
        started = time.monotonic()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read(), time.monotonic() - started
        except urllib.error.HTTPError as error:
            return error.code, error.read(), time.monotonic() - started

    def readiness(self) -> dict[str, Any]:
        """The body of ``/readyz``, with its HTTP status."""
        status, body, _ = self.health("/readyz")
        return {**json.loads(body), "http": status}

    def metric(self, line: str) -> float:
        """The value of a metric's line (``trivsel_relay_active{service="teller"}``); 0 if not there."""
        text = self.health("/metrics")[1].decode()
        return next(
            (float(each.rsplit(" ", 1)[1]) for each in text.splitlines() if each.startswith(line)), 0.0
        )

    def is_ready(self) -> bool:
        assert self.running, f"ended at once: {self.text()[-2000:]}"
        try:
            return (
                bool(self._entries(self._all(), "health_listening")) and self.readiness()["status"] == "ready"
            )
        except OSError:
            return False
