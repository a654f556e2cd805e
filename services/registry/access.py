"""The registry's part of a child's access log: for those who lead where the child is, and administration."""

from __future__ import annotations

from typing import Any

from services.chassis import access, clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.schemas import Uid
from services.registry import models, policy, queries


class AccessLogOf(access.LogPage):
    """The log about one child."""

    child_id = Uid(required=True)


def access_log(uow: UnitOfWork, actor: Actor, *, child_id: str, **page: Any) -> dict[str, Any]:
    """Who has looked at the child's record; :class:`NotFound` for those who may not know of her."""
    queries.visible_child(uow.session, actor, child_id, clock.today(), policy.SEE_LOG)
    return access.read_log(uow, models.Base.metadata.tables["access_log"], actor, child_id, **page)
