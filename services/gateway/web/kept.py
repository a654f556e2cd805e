"""What somebody had typed when her session ran out, kept until she has signed in again.

The text lies encrypted in this process's memory for a quarter of an hour; the key to it is in her browser's
cookie and nowhere else. It is given back to the same person only, and nothing is sent before she says so.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken

SECONDS = 15 * 60
MOST_FORMS = 200
LARGEST = 200_000


@dataclass(frozen=True)
class Form:
    """A form as it was sent: to which path of ours, and its fields in order."""

    path: str
    fields: tuple[tuple[str, str], ...]


class Kept:
    """The forms of this process. The oldest give way when there are too many."""

    def __init__(self) -> None:
        self._forms: OrderedDict[str, tuple[float, str, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, owner: str, form: Form) -> dict[str, str] | None:
        """Keep it for `owner`; what her browser needs to have it back, or None when it is too large."""
        body = json.dumps([form.path, form.fields]).encode()
        if len(body) > LARGEST:
            return None
        key, name = Fernet.generate_key(), secrets.token_urlsafe(16)
        with self._lock:
            self._tidy()
            self._forms[name] = (time.monotonic() + SECONDS, owner, Fernet(key).encrypt(body))
            while len(self._forms) > MOST_FORMS:
                self._forms.popitem(last=False)
        return {"name": name, "key": key.decode()}

    def take(self, owner: str, ticket: Any, *, forget: bool = False) -> Form | None:
        """The form behind a ticket if it is `owner`'s and still here."""
        if not isinstance(ticket, dict):
            return None
        with self._lock:
            self._tidy()
            found = self._forms.get(str(ticket.get("name")))
            if found and (forget or found[1] != owner):
                # Somebody else has signed in on this machine: what was typed is none of hers.
                del self._forms[str(ticket.get("name"))]
        if not found or found[1] != owner:
            return None
        try:
            path, fields = json.loads(Fernet(str(ticket.get("key")).encode()).decrypt(found[2]))
        except (InvalidToken, ValueError):
            return None
        return Form(path, tuple((name, value) for name, value in fields))

    def _tidy(self) -> None:
        now = time.monotonic()
        for name in [name for name, (until, _, _) in self._forms.items() if until < now]:
            del self._forms[name]
