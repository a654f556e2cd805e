"""The browser's session: who is signed in, since when, and what she has said she is looking for.

It lives in one sealed cookie (encrypted and signed), so any gateway process can open it and a shared tablet
shows nothing of it. It ends after a time without use and, used or not, after a working day.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, InvalidToken

from services.chassis.actor import Actor, Grant
from services.gateway.settings import GatewaySettings

COOKIE = "trivsel_session"
LARGEST = 3900
"""Browsers keep cookies of 4,096 bytes with name and attributes; purposes give way first."""
PURPOSES = 12
"""Children whose purpose is remembered; for one looked up longer ago it is asked anew."""


@dataclass(frozen=True)
class Session:
    """``began`` and ``used`` are seconds since 1970. ``purposes`` is by child, newest last."""

    actor: Actor
    name: str
    began: int
    used: int
    purposes: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def begin(cls, actor: Actor, name: str = "") -> Session:
        now = int(time.time())
        return cls(actor, name, now, now)

    def is_live(self, idle_seconds: int, max_seconds: int) -> bool:
        """Whether it has been used lately and is not older than a session may become."""
        now = time.time()
        return now - self.used <= idle_seconds and now - self.began <= max_seconds

    def touched(self) -> Session:
        return replace(self, used=int(time.time()))

    def looking_for(self, child_id: str, purpose: str) -> Session:
        """The session once she has said why she looks the child up."""
        kept = [(child, text) for child, text in self.purposes.items() if child != child_id]
        return replace(self, purposes=dict([*kept, (child_id, purpose)][-PURPOSES:]))


def seal(session: Session, key: str) -> str:
    """The session as a cookie's value; the oldest purposes are left out when it would be too large."""
    purposes = list(session.purposes.items())
    while True:
        body = json.dumps(
            {
                "sub": session.actor.id,
                "name": session.name[:80],
                "grants": [[grant.role, grant.unit] for grant in session.actor.grants],
                "began": session.began,
                "used": session.used,
                "purposes": purposes,
            },
            separators=(",", ":"),
        )
        sealed = _box(key).encrypt(zlib.compress(body.encode())).decode()
        if len(sealed) <= LARGEST or not purposes:
            return sealed
        purposes = purposes[1:]


def unseal(value: str | None, key: str) -> Session | None:
    """The session in a cookie, live or not; None when it is none of ours."""
    if not value or len(value) > 2 * LARGEST:
        return None
    try:
        body = json.loads(zlib.decompress(_box(key).decrypt(value.encode())))
        grants = tuple(Grant(str(role), str(unit)) for role, unit in body["grants"])
        return Session(
            Actor(str(body["sub"]), "staff", grants),
            str(body["name"]),
            int(body["began"]),
            int(body["used"]),
            {str(child): str(text) for child, text in body["purposes"]},
        )
    except (InvalidToken, zlib.error, ValueError, KeyError, TypeError):
        return None


def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(derived(key, "session")))


def derived(key: str, purpose: str) -> bytes:
    """A key of its own for each purpose, so that what is made for one is worth nothing to another."""
    return hmac.new(key.encode(), f"trivsel gateway {purpose}".encode(), hashlib.sha256).digest()


def flask_settings(settings: GatewaySettings) -> dict[str, Any]:
    """The session's limits, and Flask's own cookie: it carries the form token, a message to the next page
    and a sign-in under way."""
    return {
        "SESSION_IDLE_SECONDS": settings.session_idle_minutes * 60,
        "SESSION_MAX_SECONDS": settings.session_max_minutes * 60,
        "SECRET_KEY": derived(settings.actor_key, "forms"),
        "SESSION_COOKIE_NAME": "trivsel_form",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": urlsplit(settings.public_url).scheme == "https",
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a slow writer loses nothing
        # A proxy may have changed the host name that the referrer would be held against.
        "WTF_CSRF_SSL_STRICT": False,
    }
