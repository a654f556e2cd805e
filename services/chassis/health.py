"""Whether the process lives, is ready, and what it has counted: over HTTP, beside the workers.

``/livez`` says that the process turns, ``/readyz`` whether it can do its work and if not why, in codes,
``/metrics`` what Prometheus gathers. The checks run by themselves and their answers are kept, so a
request never waits for a database that does not answer.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.chassis import metrics
from services.chassis.logs import logger

log = logger("health")

OK = "ok"
EVERY_SECONDS = 1.0
STALE_SECONDS = 10.0
"""A check that has not come back for so long is answer enough."""

Check = Callable[[], str]
"""Does a look and returns ``ok`` or a code. What it raises counts as ``down``."""


class Checks:
    """Checks by service and name. One that is ``vital`` and fails makes the process not ready; another
    only degraded: it still does its work, and somebody should look.
    """

    def __init__(self) -> None:
        self.stopping = False
        self.started = False
        self._closed = threading.Event()
        self._checks: list[tuple[str, str, bool, Check]] = []
        self._found: dict[tuple[str, str], tuple[float, str]] = {}

    def add(self, service: str, name: str, check: Check, *, vital: bool = True) -> None:
        """Takes a check in; each has a greenlet of its own, so a slow one delays no other."""
        self._checks.append((service, name, vital, check))
        threading.Thread(target=self._run, args=(service, name, check), daemon=True).start()

    def close(self) -> None:
        self._closed.set()

    def report(self) -> tuple[bool, dict[str, Any]]:
        """Whether ready, and the body that says why."""
        now = time.monotonic()
        services: dict[str, dict[str, str]] = {}
        ready, well = self.started and not self.stopping, True
        for service, name, vital, _ in self._checks:
            at, code = self._found.get((service, name), (now, "unchecked"))
            if now - at > STALE_SECONDS:
                code = "no-answer"
            services.setdefault(service, {})[name] = code
            if code != OK:
                well = False
                ready = ready and not vital
        status = "stopping" if self.stopping else "starting" if not self.started else "unready"
        if ready:
            status = "ready" if well else "degraded"
        return ready, {"status": status, "services": services}

    def _run(self, service: str, name: str, check: Check) -> None:
        while not self._closed.is_set():
            try:
                code = check()
            except Exception:
                code = "down"
            before = self._found.get((service, name), (0.0, ""))[1]
            self._found[service, name] = (time.monotonic(), code)
            metrics.READY.labels(service, name).set(code == OK)
            if code != before:
                (log.info if code == OK else log.warning)("check", service=service, check=name, code=code)
            self._closed.wait(EVERY_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    """The three pages; everything else is not found."""

    checks: Checks
    protocol_version = "HTTP/1.1"
    server_version = "trivsel"
    sys_version = ""
    timeout = 5

    def do_GET(self) -> None:
        if self.path == "/livez":
            self._send(200, "application/json", b'{"status": "live"}')
        elif self.path == "/readyz":
            ready, body = self.checks.report()
            self._send(200 if ready else 503, "application/json", json.dumps(body).encode())
        elif self.path == "/metrics":
            self._send(200, CONTENT_TYPE_LATEST, generate_latest())
        else:
            self._send(404, "application/json", b'{"status": "not-found"}')

    def log_message(self, format: str, *args: Any) -> None:
        """A line for each probe would drown the log."""

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def serve(host: str, port: int, checks: Checks) -> ThreadingHTTPServer:
    """Starts answering; the server's ``server_port`` says where when ``port`` was 0."""
    server = _Server((host, port), type("Handler", (_Handler,), {"checks": checks}))
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
