"""Signed, expiring links of a single purpose, for people who have no account.

The same facts give the same link, so a message that is sent twice carries one link. Whether a
link has been used is the owner's state, not the link's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from itsdangerous import BadSignature, URLSafeSerializer

from services.chassis import clock
from services.chassis.errors import LinkExpired, LinkForged


@dataclass(frozen=True, slots=True)
class Link:
    """``audience`` may do the one thing ``purpose`` names, to ``subject``, until ``expires_at``."""

    purpose: str
    subject: str
    audience: str
    expires_at: datetime
    extra: dict[str, Any]


def sign_link(
    purpose: str,
    subject: str,
    audience: str,
    extra: Mapping[str, Any],
    expires_at: datetime,
    key: str,
) -> str:
    """The token of a link; safe in an address, readable by nobody's eye, altered by nobody's hand."""
    return str(_serializer(purpose, key).dumps([subject, audience, int(expires_at.timestamp()), dict(extra)]))


def open_link(token: str, purpose: str, key: str) -> Link:
    """What the link allows. :class:`LinkForged` or :class:`LinkExpired`, neither of which tells more."""
    try:
        subject, audience, expires, extra = _serializer(purpose, key).loads(token)
        link = Link(purpose, str(subject), str(audience), datetime.fromtimestamp(expires, UTC), dict(extra))
    except (BadSignature, ValueError, TypeError, OverflowError, OSError) as error:
        raise LinkForged("Linket virker ikke. Brug linket i den nyeste besked, du har fået.") from error
    if link.expires_at <= clock.now():
        raise LinkExpired("Linket er udløbet. Kontakt institutionen, hvis I ikke har aftalt en tid.")
    return link


def _serializer(purpose: str, key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=f"trivsel.link.{purpose}", signer_kwargs={"key_derivation": "hmac"})
