"""The commands that notifications adds to ``trivsel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.chassis.rebuilding import Call, Rebuild


def _read(database: Any, call: Call) -> Mapping[str, int]:
    # Imported here: the command line is light, and most commands are not this one.
    from services.notifications import projection
    from services.notifications.handlers import consents

    found = projection.rebuild(database, call)
    return {**found, "withdrawals": consents.reread_withdrawals(database, call)}


SAYS = (
    "Read custody and enrolment anew from the registry, and withdrawals that were missed from consent. "
    "Both must be running."
)
COMMANDS = [Rebuild("notifications", SAYS, _read)]
