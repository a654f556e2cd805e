"""Operations that the gateway answers itself, gathering from the services. It still decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from services.chassis.actor import Actor
from services.chassis.context import Context
from services.chassis.schemas import load
from services.gateway import schemas, timeline
from services.gateway.api.operation import Operation
from services.gateway.calls import Calls

Local = Callable[[Calls, Mapping[str, Any], Actor, Context], Any]


def me(_calls: Calls, data: Mapping[str, Any], actor: Actor, _context: Context) -> Any:
    load(schemas.Nothing(), data)
    return schemas.Me().dump(
        {
            "id": actor.id,
            "kind": actor.kind,
            "purpose": actor.purpose,
            "grants": [{"role": grant.role, "unit": grant.unit} for grant in actor.grants],
        }
    )


def child_timeline(calls: Calls, data: Mapping[str, Any], actor: Actor, context: Context) -> Any:
    child_id = load(schemas.OfChild(), data)["child_id"]
    found = timeline.read(calls, child_id, actor, context)
    return schemas.Timeline().dump(
        {"child_id": child_id, "items": [each.as_item() for each in found.entries], "silent": found.silent}
    )


LOCAL: Mapping[str, Local] = {"gateway.me": me, "gateway.timeline": child_timeline}

OPERATIONS = (
    Operation("GET", "/me", "gateway.me", "Who the token says I am", schemas.Nothing, schemas.Me),
    Operation(
        "GET",
        "/children/<uuid:child_id>/timeline",
        "gateway.timeline",
        "What happened around a child, from every service",
        schemas.OfChild,
        schemas.Timeline,
        ("pedagogue", "childminder", "teacher", "health_visitor", "leader", "specialist"),
        notes="Each service gives what the caller may see and logs the read. One that does not answer is "
        "named in `silent`, and the rest is given.",
    ),
)
