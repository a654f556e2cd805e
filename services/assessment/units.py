"""Groups and children's places as the policy asks about them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from services.assessment.models import Assignment, ChildAssessment, Enrolment, Group, Institution, Staff
from services.assessment.policy import NO_CHILD, NO_GROUP, RATES_IN, Unit, lead_reach, leads, may_see
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Forbidden
from services.chassis.membership import one_of

_INSTITUTION: Any = Institution.__table__
_GROUP: Any = Group.__table__
_GIVEN = bindparam("group_id", type_=_GROUP.c.id.type)
# A group, or an institution that has none; the one or the other by its key.
_UNIT = select(_INSTITUTION.c.id, _INSTITUTION.c.district_id, _INSTITUTION.c.kind).where(
    _INSTITUTION.c.id
    == func.coalesce(select(_GROUP.c.institution_id).where(_GROUP.c.id == _GIVEN).scalar_subquery(), _GIVEN)
)


def group_unit(session: Session, group_id: str) -> Unit:
    """The group in its institution. A group that we do not know is answered as one that is not yours."""
    found = session.execute(_UNIT, {"group_id": group_id}).first()
    if found is None:
        raise Forbidden(NO_GROUP)
    return Unit(group_id, found.id, found.district_id, found.kind)


def current_units(session: Session, child_id: str) -> list[Unit]:
    """Where a child is today."""
    found = session.execute(
        select(Enrolment.group_id, Enrolment.institution_id, Enrolment.district_id, Enrolment.kind).where(
            Enrolment.child_id == child_id, held_today(Enrolment)
        )
    )
    return [Unit(*row) for row in found]


def held_today(period: Any) -> Any:
    """Enrolments or assignments that hold today; both their days belong to them, and none is without end."""
    today = clock.today()
    return and_(
        or_(period.first.is_(None), period.first <= today), or_(period.last.is_(None), period.last >= today)
    )


def visible_institutions(session: Session, actor: Actor, child_id: str, *, leading: bool = False) -> set[str]:
    """The institutions whose ratings of a child the actor may read; :class:`Forbidden` when there are none.

    Those where the child is today and the actor has a task with it; and for a leader also where the child
    was, since she answers for what is written there. What was rated at one institution is shown there, also
    after the child changed group, and does not follow the child to the next: passing it on is a decision of
    its own (LR-9). ``leading``: only those that she leads.
    """
    fits = leads if leading else may_see
    here = {unit.institution_id for unit in current_units(session, child_id) if fits(actor, unit)}
    if lead_reach(actor):
        rated = session.execute(
            select(
                ChildAssessment.group_id,
                ChildAssessment.institution_id,
                ChildAssessment.district_id,
                ChildAssessment.kind,
            ).where(ChildAssessment.child_id == child_id)
        )
        here |= {row.institution_id for row in rated if leads(actor, Unit(*row))}
    if not here:
        raise Forbidden(NO_CHILD)
    return here


def raters(session: Session, unit: Unit) -> list[str]:
    """Staff assigned today to rate in the group."""
    roles = [role for role, kinds in RATES_IN.items() if unit.kind in kinds]
    return list(
        session.scalars(
            select(Assignment.staff_id)
            .join(Staff, Staff.id == Assignment.staff_id)
            .where(
                Staff.active,
                Assignment.role.in_(roles),
                Assignment.unit_id.in_(unit.ids),
                held_today(Assignment),
            )
            .distinct()
            .order_by(Assignment.staff_id)
        )
    )


_STAFF: Any = Staff.__table__
_ACTIVE_STAFF = select(_STAFF.c.id).where(one_of(_STAFF.c.id, bindparam("ids")), _STAFF.c.active)


def known_staff(session: Session, ids: Collection[str], actor: Actor) -> set[str]:
    """Those of ``ids`` who are staff; the actor always is, also before registry's news of her have come."""
    if not set(ids) - {actor.id}:
        return {actor.id}
    return {actor.id, *session.scalars(_ACTIVE_STAFF, {"ids": ids})}
