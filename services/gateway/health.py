"""Alive, ready, and the numbers: on the gateway's own port, and again on a port of their own.

The port of its own answers even while every thread of the gateway waits for a service. The numbers are
only there: what is busy and when is nobody's business at the open door.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from flask import Blueprint, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

blueprint = Blueprint("health", __name__)

Checks = Mapping[str, Callable[[], bool]]
"""What must be well for the gateway to be of use, by name."""


@blueprint.get("/livez")
def livez() -> Response:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when the services can be reached, else 503; the body names each check."""
    well, body = readiness(current_app.extensions["checks"])
    return Response(body, status=200 if well else 503, mimetype="application/json")


def readiness(checks: Checks) -> tuple[bool, bytes]:
    found = {name: _holds(check) for name, check in checks.items()}
    well = all(found.values())
    return well, json.dumps({"ready": well, "checks": found}).encode()


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return bool(check())
    except Exception:  # whatever is wrong with it, it is not well
        return False


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Silent(WSGIRequestHandler):
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        """Probes come every few seconds; they are not worth a line."""


class HealthServer:
    """Serves /livez, /readyz and /metrics from threads of its own."""

    def __init__(self, host: str, port: int, checks: Checks) -> None:
        self._checks = checks
        self._server = make_server(host, port, self._answer, server_class=_Server, handler_class=_Silent)
        self.port: int = self._server.server_port

    def start(self) -> HealthServer:
        threading.Thread(target=self._server.serve_forever, args=(0.1,), name="health", daemon=True).start()
        return self

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _answer(self, environ: Mapping[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        status, kind, body = "200 OK", "text/plain; charset=utf-8", b"ok\n"
        match environ.get("PATH_INFO"):
            case "/livez":
                pass
            case "/readyz":
                well, body = readiness(self._checks)
                status, kind = ("200 OK" if well else "503 Service Unavailable"), "application/json"
            case "/metrics":
                kind, body = CONTENT_TYPE_LATEST, generate_latest()
            case _:
                status, body = "404 Not Found", b"not found\n"
        start(
            status,
            [("Content-Type", kind), ("Content-Length", str(len(body))), ("Cache-Control", "no-store")],
        )
        return [body]
