"""What every page needs: who acts, the way to the services, and a form's refusal told where it was made."""

from __future__ import annotations

from typing import Any

from flask import current_app

from services.chassis.actor import Actor
from services.chassis.errors import Unauthenticated
from services.gateway.calls import Calls
from services.gateway.request import context, session_actor
from services.gateway.web.language import N_


def actor() -> Actor:
    """The signed-in person. The door (`frame`) has already led everybody else to the sign-in."""
    found = session_actor()
    if found is None:
        raise Unauthenticated(N_("Du er ikke logget ind."))
    return found


def calls() -> Calls:
    """The way to the services."""
    found: Calls = current_app.extensions["calls"]
    return found


def ask(method: str, timeout: Any = 5.0, **data: Any) -> Any:
    """What `method` gives the signed-in person within `timeout` seconds; raises what the service raises."""
    return calls().one(method, data, actor(), context(), timeout)


def ask_together(**wanted: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    """Several reads side by side for the signed-in person; one that fails is a `calls.Failure`."""
    return calls().side_by_side(wanted, actor(), context())
