"""Runs the gateway: waitress with threads, health on a port of its own, an orderly end."""

from __future__ import annotations

import signal
import sys
import time
from types import FrameType
from typing import Any

from flask import Flask
from waitress import wasyncore
from waitress.server import create_server

from services.chassis import config, logs
from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.health import HealthServer
from services.gateway.settings import GatewaySettings, settings
from services.gateway.web.consents.paper import LARGEST_BODY

_TICK = 0.2
_log = logs.logger("gateway")


def main() -> int:
    """Serve until SIGTERM or SIGINT; 0 when that was the end, 2 when the settings are wrong."""
    try:
        chosen = settings()
    except config.Misconfigured as error:
        sys.stderr.write(f"gateway: {error.detail}\n")
        return 2
    logs.configure(chosen.log_level)
    _log.info("settings", **config.summary(chosen))
    client = RpcClient(chosen.amqp_uri, name="trivsel-gateway")
    try:
        Serving(create_app(chosen, client), chosen).until_told()
    finally:
        client.close()
    return 0


class Serving:
    """One run of the gateway. The first signal ends it in order; answers under way are given first."""

    def __init__(self, app: Flask, chosen: GatewaySettings) -> None:
        self._app = app
        self._grace = chosen.grace_seconds
        self._stop_asked = False
        self.health = HealthServer(chosen.health_host, chosen.health_port, app.extensions["checks"])
        self._server: Any = create_server(
            app,
            host=chosen.host,
            port=chosen.port,
            threads=chosen.threads,
            ident="trivsel",
            # The application refuses a large body kindly; this is the wall behind it.
            max_request_body_size=max(chosen.body_bytes * 4, LARGEST_BODY * 2),
            channel_timeout=30,
            **_proxies(chosen.trusted_proxies),
        )
        self.port: int = self._server.effective_port

    def until_told(self) -> None:
        """Serve until SIGTERM or SIGINT, then finish what is under way, within the time of grace."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask_to_stop)
        self.health.start()
        _log.info("listening", port=self.port, health_port=self.health.port)
        while not self._stop_asked:
            self._turn()
        self._drain()
        self._server.task_dispatcher.shutdown(timeout=1)
        self._server.close()
        self.health.stop()
        self._app.extensions["calls"].close()
        _log.info("stopped")

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stop_asked = True

    def _turn(self) -> None:
        wasyncore.loop(timeout=_TICK, map=self._server._map, count=1)

    def _drain(self) -> None:
        wasyncore.dispatcher.close(self._server)  # nobody new; the trigger stays for those under way
        deadline = time.monotonic() + self._grace
        while self._busy() and time.monotonic() < deadline:
            self._turn()

    def _busy(self) -> bool:
        channels = list(self._server.active_channels.values())
        return any(channel.requests or channel.total_outbufs_len for channel in channels)


def _proxies(count: int) -> dict[str, Any]:
    """Whose word for a caller's address is taken: the `count` reverse proxies before us, else nobody's."""
    if not count:
        return {}
    return {
        "trusted_proxy": "*",
        "trusted_proxy_count": count,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto"},
    }
