"""The commands that consent adds to ``trivsel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.chassis.rebuilding import Call, Rebuild


def _read(database: Any, call: Call) -> Mapping[str, int]:
    # Imported here: the command line is light, and most commands are not this one.
    from services.consent import projection

    def page(kind: str, after: str | None) -> dict[str, Any]:
        return call("registry.snapshot", {"kind": kind, "after": after, "limit": 1000})

    return projection.rebuild(database, page)


SAYS = "Read custody, ages and institutions anew from the registry. It must be running."
COMMANDS = [Rebuild("consent", SAYS, _read)]
