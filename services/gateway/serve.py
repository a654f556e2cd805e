"""Runs the gateway: waitress with threads, health on a port of its own, an orderly end."""

from __future__ import annotations

import signal
import sys
from types import FrameType

from waitress.server import create_server

from services.chassis import config, logs
from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.health import HealthServer
from services.gateway.settings import settings


def main() -> int:
    """Serve until SIGTERM or SIGINT; 0 when that was the end, 2 when the settings are wrong."""
    try:
        chosen = settings()
    except config.Misconfigured as error:
        sys.stderr.write(f"gateway: {error.detail}\n")
        return 2
    logs.configure(chosen.log_level)
    log = logs.logger("gateway")
    client = RpcClient(chosen.amqp_uri, name="trivsel-gateway")
    app = create_app(chosen, client)
    health = HealthServer(chosen.health_host, chosen.health_port, app.extensions["checks"]).start()
    server = create_server(
        app,
        host=chosen.host,
        port=chosen.port,
        threads=chosen.threads,
        ident="trivsel",
        max_request_body_size=chosen.body_bytes
        + 65_536,  # the app says so kindly, this is the wall behind it
        channel_timeout=30,
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("settings", **config.summary(chosen))
    log.info("listening", host=chosen.host, port=server.effective_port, health_port=health.port)
    try:
        server.run()
    except SystemExit:
        pass
    finally:
        server.task_dispatcher.shutdown(cancel_pending=False, timeout=chosen.grace_seconds)
        server.close()
        health.stop()
        app.extensions["calls"].close()
        client.close()
        log.info("stopped")
    return 0
