"""Meetings' part of a child's access log: for those who lead where the child is, and administration."""

from __future__ import annotations

from typing import Any

from services.chassis import access
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotFound
from services.chassis.schemas import Uid
from services.meetings import models, policy
from services.meetings.planning import LEADER

READERS = frozenset({LEADER, "administration"})


class AccessLogOf(access.LogPage):
    """The log about one child."""

    child_id = Uid(required=True)


def access_log(uow: UnitOfWork, actor: Actor, *, child_id: str, **page: Any) -> dict[str, Any]:
    """Who has looked at the child's meetings; :class:`NotFound` for those who may not know of her."""
    policy.require_staff(actor)
    if not actor.holds(READERS, policy.units_of(uow.session, child_id)):
        raise NotFound("Barnet findes ikke, eller du har ikke adgang til det.")
    return access.read_log(uow, models.Base.metadata.tables["access_log"], actor, child_id, **page)
