"""Entity tags: what a client holds, and on which version it wants to write.

A tag is `"<version>.<digest>"`. The digest is of the representation, because what one person may see
of an object can change without the object changing (a colleague's rating opens when all are in), and
a 304 must not keep her from seeing it. The version is the object's, and the only part that matters
when writing: `If-Match` becomes `expected_version`, which the owning service compares in the same
transaction as the write.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from services.gateway.api.problems import BadRequest

_TAG = re.compile(r'^(?:W/)?"(?P<version>\d{1,18}|-)\.(?P<digest>[0-9a-f]{16})"$')
_PLAIN = re.compile(r'^"?(?P<version>\d{1,18})"?$')


def etag(document: Any, body: bytes) -> str:
    """The strong entity tag of `body`, led by the document's `version` where it has one."""
    version = document.get("version") if isinstance(document, dict) else None
    lead = str(version) if isinstance(version, int) and not isinstance(version, bool) else "-"
    return f'"{lead}.{hashlib.sha256(body).hexdigest()[:16]}"'


def expected_version(if_match: str) -> int:
    """The version `If-Match` names: a tag of ours, or the bare version number as a person types it."""
    match = _TAG.match(if_match.strip()) or _PLAIN.match(if_match.strip())
    if match is None or match["version"] == "-":
        raise BadRequest(
            'If-Match skal være det ETag, som objektet blev hentet med, fx "3.0f1e2d3c4b5a6978". '
            "Hent objektet, og send dets ETag tilbage."
        )
    return int(match["version"])


def is_fresh(if_none_match: str | None, tag: str) -> bool:
    """Whether the client already holds this very representation."""
    if not if_none_match:
        return False
    held = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    return "*" in held or tag in held
