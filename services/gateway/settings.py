"""The gateway's own settings, besides those every process has; from the environment alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import environ

from services.chassis.config import Misconfigured, Settings, load, number

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
GRANTS = ("trivsel_grants", "privileges")
LEVELS = ("low", "substantial", "high")
"""How sure a sign-in is, as NSIS and eIDAS have it; the surest last."""
MATCHES = ("cpr", "person")


def _truth(value: str | bool) -> bool:
    return str(value).strip().lower() in {"1", "true", "yes", "ja"}


@environ.config(prefix="")
class GatewaySettings(Settings):
    """Where the gateway listens, how much it takes, and who says who a person is."""

    host: str = environ.var("127.0.0.1", name="GATEWAY_HOST", help="where the gateway listens")
    port: int = environ.var(8080, name="GATEWAY_PORT", converter=number, help="its port")
    threads: int = environ.var(
        16, name="GATEWAY_THREADS", converter=number, help="requests answered at a time"
    )
    body_bytes: int = environ.var(
        1_048_576, name="GATEWAY_BODY_BYTES", converter=number, help="the largest body taken, in bytes"
    )
    demonstration: bool = environ.var(
        "0",
        name="DEMONSTRATION",
        converter=_truth,
        help="1 marks every page as a demonstration with invented people; only on one's own machine",
    )
    oidc_issuer: str = environ.var(
        "", name="OIDC_ISSUER", help="the identity provider; its /.well-known/openid-configuration is read"
    )
    oidc_client_id: str = environ.var("trivsel", name="OIDC_CLIENT_ID", help="our name at the provider")
    oidc_client_secret: str = environ.var("", name="OIDC_CLIENT_SECRET", help="our secret at the provider")
    oidc_scope: str = environ.var("openid profile", name="OIDC_SCOPE", help="what is asked for")
    oidc_staff_claim: str = environ.var(
        "sub", name="OIDC_STAFF_CLAIM", help="the claim with the person's UUID in the staff register"
    )
    oidc_grants: str = environ.var(
        "trivsel_grants",
        name="OIDC_GRANTS",
        help="how rights are told: trivsel_grants, or privileges (role URIs with units, as KOMBIT's)",
    )
    oidc_grants_claim: str = environ.var(
        "", name="OIDC_GRANTS_CLAIM", help="the claim that carries them, when it is named otherwise"
    )
    oidc_role_uris: str = environ.var(
        "", name="OIDC_ROLE_URIS", help="role=URI pairs with commas; else a URI's own last word is the role"
    )
    parent_oidc_issuer: str = environ.var(
        "", name="PARENT_OIDC_ISSUER", help="the parents' identity provider, such as a broker of MitID"
    )
    parent_oidc_client_id: str = environ.var(
        "trivsel-foraeldre", name="PARENT_OIDC_CLIENT_ID", help="our name at it"
    )
    parent_oidc_client_secret: str = environ.var(
        "", name="PARENT_OIDC_CLIENT_SECRET", help="our secret at it"
    )
    parent_oidc_scope: str = environ.var("openid", name="PARENT_OIDC_SCOPE", help="what is asked for")
    parent_oidc_name: str = environ.var("MitID", name="PARENT_OIDC_NAME", help="what parents know it as")
    parent_oidc_claim: str = environ.var(
        "cpr", name="PARENT_OIDC_CLAIM", help="the claim that says who the parent is"
    )
    parent_oidc_match: str = environ.var(
        "cpr",
        name="PARENT_OIDC_MATCH",
        help="what that claim is: cpr (a CPR number), or person (the person's UUID in the registry)",
    )
    parent_oidc_level_claim: str = environ.var(
        "acr", name="PARENT_OIDC_LEVEL_CLAIM", help="the claim that says how sure the sign-in is"
    )
    parent_oidc_level: str = environ.var(
        "substantial", name="PARENT_OIDC_LEVEL", help="the least sure that counts: low, substantial or high"
    )
    parent_oidc_acr_values: str = environ.var(
        "", name="PARENT_OIDC_ACR_VALUES", help="acr_values to ask the provider for, with spaces"
    )
    session_idle_minutes: int = environ.var(
        30, name="SESSION_IDLE_MINUTES", converter=number, help="signed out after so long without use"
    )
    session_max_minutes: int = environ.var(
        480, name="SESSION_MAX_MINUTES", converter=number, help="signed out after so long in any case"
    )
    trusted_proxies: int = environ.var(
        0, name="TRUSTED_PROXIES", converter=number, help="reverse proxies whose X-Forwarded-For is believed"
    )
    rate_limit_storage: str = environ.var(
        "memory://",
        name="RATE_LIMIT_STORAGE_URI",
        help="where limits are counted; one place for all gateways",
    )
    rate_limit_api: str = environ.var(
        "1200 per minute", name="RATE_LIMIT_API", help="calls of the API by one person"
    )
    rate_limit_sign_in: str = environ.var(
        "600 per minute", name="RATE_LIMIT_SIGN_IN", help="sign-ins begun from one address"
    )
    rate_limit_links: str = environ.var(
        "300 per minute", name="RATE_LIMIT_LINKS", help="parents' links opened from one address"
    )
    rate_limit_search: str = environ.var(
        "60 per minute", name="RATE_LIMIT_SEARCH", help="searches by one person"
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
    """The settings of this process. A demonstration is refused wherever others could reach it."""
    chosen: GatewaySettings = load(GatewaySettings, environment)
    local = urlsplit(chosen.public_url).hostname in LOCAL
    if chosen.demonstration and not local:
        raise _wrong("DEMONSTRATION", "is only for PUBLIC_URL on 127.0.0.1 or localhost; unset it")
    _require_safe("OIDC_ISSUER", chosen.oidc_issuer, local)
    _require_safe("PARENT_OIDC_ISSUER", chosen.parent_oidc_issuer, local)
    if chosen.oidc_grants not in GRANTS:
        raise _wrong("OIDC_GRANTS", f"must be one of {', '.join(GRANTS)}")
    if chosen.parent_oidc_match not in MATCHES:
        raise _wrong("PARENT_OIDC_MATCH", f"must be one of {', '.join(MATCHES)}")
    if chosen.parent_oidc_level not in LEVELS:
        raise _wrong("PARENT_OIDC_LEVEL", f"must be one of {', '.join(LEVELS)}")
    return chosen


def _require_safe(name: str, address: str, local: bool) -> None:
    """A provider is reached by https, and by plain http on one's own machine alone."""
    issuer = urlsplit(address)
    if address and issuer.scheme != "https" and issuer.hostname not in LOCAL:
        raise _wrong(name, "must be an https address")
    if address and not local and issuer.hostname in LOCAL:
        raise _wrong(name, "is on this machine, where a demonstration's would be; name the municipality's")


def _wrong(name: str, mend: str) -> Misconfigured:
    return Misconfigured(f"{name} {mend}.", fields={name: mend})
