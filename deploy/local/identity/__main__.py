"""Runs the demonstration's identity provider until told to stop."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from waitress import create_server

from deploy.local.identity.parents import Parents
from deploy.local.identity.people import People
from deploy.local.identity.provider import Provider, app

HOST = "127.0.0.1"


def main() -> int:
    """Exits with 0 when stopped, 1 when the port is taken or a secret is missing."""
    parser = argparse.ArgumentParser(prog="python -m deploy.local.identity", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--gateway", required=True, help="the gateway's address, the only one led back to")
    parser.add_argument("--municipality", type=Path, help="the folder with the invented municipality's files")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        people = People(os.environ["AMQP_URI"], os.environ["ACTOR_TOKEN_KEY"])
        secret, client = os.environ["OIDC_CLIENT_SECRET"], os.environ["OIDC_CLIENT_ID"]
    except KeyError as missing:
        print(f"identity: {missing.args[0]} is missing", file=sys.stderr)
        return 1
    issuer = f"http://{HOST}:{options.port}"
    parents = (os.environ.get("PARENT_OIDC_CLIENT_ID", ""), os.environ.get("PARENT_OIDC_CLIENT_SECRET", ""))
    provider = Provider(
        issuer, client, secret, options.gateway.rstrip("/"), parents if all(parents) else None
    )
    flask = app(provider, people, Parents(options.municipality))
    try:
        page = create_server(flask, host=HOST, port=options.port, threads=4, ident=None)
    except OSError as error:
        print(f"identity: port {options.port} is taken: {error.strerror}", file=sys.stderr)
        return 1
    threading.Thread(target=page.run, daemon=True, name="page").start()
    print(f"identity: {issuer}/ (KUN TIL DEMO)", flush=True)
    stop.wait()
    page.close()
    people.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
