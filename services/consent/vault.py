"""Scanned papers at rest: sealed with a key that is not in the database.

AES-256-GCM, bound to the row a paper stands in, so that one moved to another row does not open.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12
_SEALED_V1 = b"\x01"


class Unreadable(Exception):
    """A sealed paper does not open: another key, another row, or damage."""


class Vault:
    """Seals and opens papers."""

    def __init__(self, key: str) -> None:
        derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=b"trivsel consent scans")
        self._cipher = AESGCM(derived.derive(key.encode()))

    def seal(self, paper: bytes, row_id: str) -> bytes:
        """The paper as it is stored."""
        nonce = os.urandom(_NONCE)
        return _SEALED_V1 + nonce + self._cipher.encrypt(nonce, paper, row_id.encode())

    def open(self, sealed: bytes, row_id: str) -> bytes:
        """The paper, or :class:`Unreadable`."""
        nonce, body = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            if sealed[:1] != _SEALED_V1:
                raise Unreadable
            return self._cipher.decrypt(nonce, body, row_id.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error
