"""Consent's part of a child's access log: for those who lead where the child is, and administration, which
sees here who looked and why and nothing of what was asked for or answered."""

from __future__ import annotations

from typing import Any

from services.chassis import access
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.schemas import Uid
from services.consent import models, policy


class AccessLogOf(access.LogPage):
    """The log about one child."""

    child_id = Uid(required=True)


def access_log(uow: UnitOfWork, actor: Actor, *, child_id: str, **page: Any) -> dict[str, Any]:
    """Who has looked at the child's consents; :class:`NotFound` for those who may not know of her."""
    policy.require_log_reader(uow, actor, child_id)
    return access.read_log(uow, models.Base.metadata.tables["access_log"], actor, child_id, **page)
