"""CPR numbers at rest: sealed with a key that is not in the database, and findable without opening.

The number is sealed with AES-256-GCM, bound to the row it stands in, so a sealed number moved to
another row does not open. A keyed hash beside it (HMAC-SHA-256) serves look-up and uniqueness; without
the key the ten digits could be tried out in seconds. Both keys are derived from ``CPR_KEY``.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import uuid

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_SEALED_V1 = b"\x01"


class Unreadable(Exception):
    """A sealed number does not open: another key, another row, or damage."""


class Vault:
    """Seals, opens and hashes CPR numbers, and gives people ids that tell nothing about them."""

    def __init__(self, key: str) -> None:
        secret = key.encode()
        self._cipher = AESGCM(_derived(secret, b"trivsel cpr sealing"))
        self._look_up = _derived(secret, b"trivsel cpr look-up")
        self._ids = _derived(secret, b"trivsel person ids")

    def seal(self, cpr: str, row_id: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return _SEALED_V1 + nonce + self._cipher.encrypt(nonce, cpr.encode(), row_id.encode())

    def open(self, sealed: bytes, row_id: str) -> str:
        """The number, or :class:`Unreadable`."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != _SEALED_V1:
                raise Unreadable
            return self._cipher.decrypt(nonce, body, row_id.encode()).decode()
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error

    def hash(self, cpr: str) -> bytes:
        return hmac.digest(self._look_up, cpr.encode(), hashlib.sha256)

    def person_id(self, kind: str, source_id: str) -> str:
        """The UUID of a child or guardian first seen under ``source_id``.

        Always the same, so a registry imported anew after a loss meets the other services' data
        again; and keyed, so nobody can try out source ids to find whom a UUID means.
        """
        made = hmac.digest(self._ids, f"{kind}:{source_id}".encode(), hashlib.sha256)
        return str(uuid.UUID(bytes=made[:16], version=4))


def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=purpose).derive(secret)
