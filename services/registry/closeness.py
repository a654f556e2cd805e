"""Whether it speaks for itself why somebody looks a child up.

For those who work in the child's own group it does. A leader, a health visitor or the administration may
see many children she has nothing to do with that day: she is asked for a purpose, which the access log then
holds.
The answer tells nothing of the child but that the asker may see her, so it is no read of her data.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.registry import policy, queries
from services.registry.models import Enrolment


def closeness(uow: UnitOfWork, actor: Actor, child_id: str) -> dict[str, Any]:
    """``evident`` when one of the actor's own groups is the child's today; NotFound outside her rights."""
    today = clock.today()
    queries.visible_child(uow.session, actor, child_id, today)
    groups = uow.session.scalars(
        select(Enrolment.group_id).where(Enrolment.child_id == child_id, policy.is_current(today))
    ).all()
    return {"evident": not actor.units(policy.PROFESSIONALS).isdisjoint(groups)}
