"""The gateway in a process of its own, with the shelf's operations; prints its two ports."""

from __future__ import annotations

import sys

from services.chassis import logs
from services.chassis.client import RpcClient
from services.gateway.app import create_app
from services.gateway.serve import Serving
from services.gateway.settings import settings
from tests.unit.gateway import shelf


def main() -> None:
    chosen = settings()
    logs.configure("WARNING")
    client = RpcClient(chosen.amqp_uri)
    serving = Serving(create_app(chosen, client, shelf.OPERATIONS), chosen)
    sys.stdout.write(f"{serving.port} {serving.health.port}\n")
    sys.stdout.flush()
    serving.until_told()
    client.close()


if __name__ == "__main__":
    main()
