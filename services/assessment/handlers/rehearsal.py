"""What a call would do, shown to people before it is done.

The very same rules run in a transaction that is then rolled back: no event, no row and no log entry is left,
and what was shown is what will happen unless somebody acts in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.chassis.actor import Actor
from services.chassis.context import Context
from services.chassis.database import Database


class _Rehearsed(Exception):
    """Leaves a transaction so that it is rolled back, with what would have come of it."""

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__()
        self.result = result


def rehearse(
    database: Database, context: Context, actor: Actor, handler: Callable[..., dict[str, Any]], /, **data: Any
) -> dict[str, Any]:
    """What ``handler`` would give; raises what it would raise. The ids of what is new are not kept."""
    try:
        with database.unit_of_work(context) as uow:
            raise _Rehearsed(handler(uow, actor, **data))
    except _Rehearsed as done:
        return done.result
