"""The gateway's own settings, besides those every process has; from the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import environ

from services.chassis.config import Misconfigured, Settings, load, number

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


def _truth(value: str | bool) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes", "ja"}


@environ.config(prefix="")
class GatewaySettings(Settings):
    """Where the gateway listens, how much it takes, and whether the demo sign-in is open."""

    host: str = environ.var("127.0.0.1", name="GATEWAY_HOST", help="where the gateway listens")
    port: int = environ.var(8080, name="GATEWAY_PORT", converter=number, help="its port")
    threads: int = environ.var(
        16, name="GATEWAY_THREADS", converter=number, help="requests answered at a time"
    )
    body_bytes: int = environ.var(
        1_048_576, name="GATEWAY_BODY_BYTES", converter=number, help="the largest body taken, in bytes"
    )
    local_sign_in: bool = environ.var(
        "0",
        name="LOCAL_SIGN_IN",
        converter=_truth,
        help="1 opens the demo sign-in; only on one's own machine",
    )
    municipality_name: str = environ.var(
        "", name="MUNICIPALITY_NAME", help="the municipality's name, shown at the top of every page"
    )
    accessibility_statement_url: str = environ.var(
        "", name="ACCESSIBILITY_STATEMENT_URL", help="the statement at was.digst.dk; /was leads there"
    )
    mailbox_url: str = environ.var("", name="MAILBOX_URL", help="where the local mailbox is shown")
    broker_url: str = environ.var("", name="BROKER_PAGE_URL", help="where the local broker's pages are")
    metrics_urls: str = environ.var(
        "", name="METRICS_URLS", help="name=url pairs with commas, linked from the local start page"
    )


def settings(environment: Mapping[str, str] | None = None) -> GatewaySettings:
    """The settings of this process. The demo sign-in is refused wherever others could reach it."""
    chosen: GatewaySettings = load(GatewaySettings, environment)
    if chosen.local_sign_in and urlsplit(chosen.public_url).hostname not in LOCAL:
        raise Misconfigured(
            "LOCAL_SIGN_IN lets anybody in: it is only for PUBLIC_URL on 127.0.0.1 or localhost. Unset it.",
            fields={"LOCAL_SIGN_IN": "unset it"},
        )
    return chosen
