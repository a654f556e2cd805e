"""Assessment's part of a child's access log: for those who lead where the child is or was, and
administration, which sees here who looked and why and nothing of what was rated."""

from __future__ import annotations

from typing import Any

from services.assessment import models, policy, units
from services.chassis import access
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden
from services.chassis.schemas import Uid


class AccessLogOf(access.LogPage):
    """The log about one child."""

    child_id = Uid(required=True)


def access_log(uow: UnitOfWork, actor: Actor, *, child_id: str, **page: Any) -> dict[str, Any]:
    """Who has looked at the child's ratings; :class:`Forbidden` for those who lead no place of the child."""
    if not policy.administers(actor):
        if not policy.lead_reach(actor):
            raise Forbidden(policy.NO_CHILD)
        units.visible_institutions(uow.session, actor, child_id, leading=True)
    return access.read_log(uow, models.Base.metadata.tables["access_log"], actor, child_id, **page)
