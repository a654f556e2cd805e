"""Groups and children's places as the policy asks about them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.assessment.models import Assignment, Enrolment, Group, Institution, Staff
from services.assessment.policy import NO_CHILD, NO_GROUP, RATES_IN, Unit, may_see
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Forbidden


def group_unit(session: Session, group_id: str) -> Unit:
    """The group in its institution. A group that we do not know is answered as one that is not yours."""
    found = session.execute(
        select(Institution.id, Institution.district_id, Institution.kind)
        .outerjoin(Group, Group.institution_id == Institution.id)
        .where(or_(Group.id == group_id, Institution.id == group_id))
        .limit(1)
    ).first()
    if found is None:
        raise Forbidden(NO_GROUP)
    return Unit(group_id, found.id, found.district_id, found.kind)


def current_units(session: Session, child_id: str) -> list[Unit]:
    """Where a child is today."""
    today = clock.today()
    found = session.execute(
        select(Enrolment.group_id, Enrolment.institution_id, Enrolment.district_id, Enrolment.kind).where(
            Enrolment.child_id == child_id,
            Enrolment.first <= today,
            or_(Enrolment.last.is_(None), Enrolment.last >= today),
        )
    )
    return [Unit(*row) for row in found]


def visible_units(session: Session, actor: Actor, child_id: str) -> list[Unit]:
    """The child's places of today that the actor sees; :class:`Forbidden` when there are none.

    What was rated at an institution is shown there, also after the child changed group, and does not follow
    the child to the next: passing it on is a decision of its own (LR-9).
    """
    mine = [unit for unit in current_units(session, child_id) if may_see(actor, unit)]
    if not mine:
        raise Forbidden(NO_CHILD)
    return mine


def raters(session: Session, unit: Unit) -> list[str]:
    """Staff assigned today to rate in the group."""
    today = clock.today()
    roles = [role for role, kinds in RATES_IN.items() if unit.kind in kinds]
    return list(
        session.scalars(
            select(Assignment.staff_id)
            .join(Staff, Staff.id == Assignment.staff_id)
            .where(
                Staff.active,
                Assignment.role.in_(roles),
                Assignment.unit_id.in_(unit.ids),
                or_(Assignment.first.is_(None), Assignment.first <= today),
                or_(Assignment.last.is_(None), Assignment.last >= today),
            )
            .distinct()
            .order_by(Assignment.staff_id)
        )
    )


def known_staff(session: Session, ids: Collection[str], actor: Actor) -> set[str]:
    """Those of ``ids`` who are staff; the actor always is, also before registry's news of her have come."""
    if not set(ids) - {actor.id}:
        return {actor.id}
    return {actor.id, *session.scalars(select(Staff.id).where(Staff.id.in_(ids), Staff.active))}
