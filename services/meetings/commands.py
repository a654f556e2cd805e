"""The commands that meetings adds to ``trivsel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.chassis.rebuilding import Call, Rebuild


def _read(database: Any, call: Call) -> Mapping[str, int]:
    # Imported here: the command line is light, and most commands are not this one.
    from services.meetings import projection
    from services.meetings.handlers import consents

    def registry_page(kind: str, after: str | None) -> dict[str, Any]:
        return call("registry.snapshot", {"kind": kind, "after": after, "limit": 1000})

    def consent_page(after: str | None) -> dict[str, Any]:
        return call("consent.snapshot", {"after": after, "limit": 1000})

    found = projection.rebuild(database, registry_page)
    return {**found, "consents": consents.rebuild(database, consent_page)}


SAYS = "Read children, institutions and staff anew from the registry, and consents. Both must be running."
COMMANDS = [Rebuild("meetings", SAYS, _read)]
