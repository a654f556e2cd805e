"""The commands that assessment adds to ``trivsel``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.chassis.rebuilding import Call, Rebuild


def _read(database: Any, call: Call) -> Mapping[str, int]:
    # Imported here: the command line is light, and most commands are not this one.
    from services.assessment import projection
    from services.assessment.handlers import consents
    from services.chassis.actor import Actor
    from services.chassis.context import Context

    actor = Actor.system("assessment")
    context = Context.new(actor.id)
    found = projection.rebuild(database, actor, context, call)
    return {**found, "consents": consents.rebuild(database, context, call)}


SAYS = "Read children, institutions and staff anew from the registry, and consents. Both must be running."
COMMANDS = [Rebuild("assessment", SAYS, _read)]
