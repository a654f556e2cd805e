"""The browser's session: what it is signed with and how long it lasts."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any
from urllib.parse import urlsplit

from services.gateway.settings import GatewaySettings


def derived(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose, so that what is made for one is worth nothing to another."""
    return hmac.new(key.encode(), f"trivsel gateway {purpose}".encode(), hashlib.sha256).digest()


def flask_settings(settings: GatewaySettings) -> dict[str, Any]:
    """Flask's own cookie: it carries the form token, a message to the next page and a sign-in under way."""
    return {
        "SECRET_KEY": derived(settings.actor_key, "forms"),
        "SESSION_COOKIE_NAME": "trivsel_form",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": urlsplit(settings.public_url).scheme == "https",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a slow writer loses nothing
        "WTF_CSRF_SSL_STRICT": True,
    }
