"""Children on their way from one place to another: their names, for those whom the change concerns.

Who is to receive a child knows her name before she comes, and who has let her go still answers for her
until the new place has accepted. Neither address, adults nor CPR number come with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.database import UnitOfWork
from services.registry import policy
from services.registry.domain import is_id
from services.registry.models import Child, Enrolment, Group, Institution

BEFORE = timedelta(days=400)
"""So long ahead a place knows who is to come; children are enrolled in school a year before."""

AFTER = timedelta(days=120)
"""So long afterwards a place knows who has left."""


def moving_children(uow: UnitOfWork, actor: Actor, child_ids: Sequence[str]) -> dict[str, Any]:
    """Names and days of birth of those among ``child_ids`` who are, soon will be or lately were where the
    actor works; each one is noted in the access log."""
    policy.require_roles(actor, policy.PROFESSIONALS)
    rows = uow.session.execute(
        select(Child.id, Child.first_name, Child.last_name, Child.born)
        .where(Child.id.in_(child_ids), Child.active, _concerned(actor, clock.today()))
        .order_by(Child.last_key, Child.id)
    ).all()
    uow.log_access(actor, action="read", kind="child", subjects=[row.id for row in rows])
    return {"items": [{**row._mapping, "child_id": row.id} for row in rows]}


def _concerned(actor: Actor, today: date) -> ColumnElement[bool]:
    if actor.kind != "staff":
        return false()
    units = actor.units(policy.PROFESSIONALS)
    if EVERYWHERE in units:
        return true()
    own = sorted(filter(is_id, units))
    return (
        select(1)
        .select_from(Enrolment)
        .join(Group, Group.id == Enrolment.group_id)
        .join(Institution, Institution.id == Group.institution_id)
        .where(
            Enrolment.child_id == Child.id,
            and_(
                Enrolment.valid_from <= today + BEFORE,
                or_(Enrolment.valid_to.is_(None), Enrolment.valid_to >= today - AFTER),
            ),
            or_(
                Enrolment.group_id.in_(own),
                Group.institution_id.in_(own),
                # Health visiting lies in every district; its children are not on their way by that.
                and_(Institution.district_id.in_(own), Institution.kind != "health_visiting"),
            ),
        )
        .exists()
    )
