"""Who may see and do what with notices: those with a task for the child, in the unit where it is.

A child the caller may not know of is "not found", the same as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, or_, select, true

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden, NotFound
from services.notifications.models import Enrolment, Notice

READERS = frozenset(
    {"pedagogue", "childminder", "teacher", "health_visitor", "leader", "administration", "specialist"}
)
"""May see whether a child's parents have been told, and what, in units where they hold the role."""

MANAGERS = frozenset({"leader", "administration"})
"""May mend what has failed and handle letters, in their own institutions."""

MAINTAINERS = frozenset({"operations", "administration"})
"""May have the projection rebuilt: it shows nobody anything."""


def _now_enrolled() -> ColumnElement[bool]:
    today = clock.today()
    return (Enrolment.starts_on <= today) & or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today)


def require_child(uow: UnitOfWork, actor: Actor, child_id: str, roles: Iterable[str] = READERS) -> None:
    """:class:`NotFound` unless the caller holds one of ``roles`` where the child is enrolled today."""
    if actor.is_system:
        return
    rows = uow.session.execute(
        select(Enrolment.institution_id, Enrolment.group_id, Enrolment.district_id).where(
            Enrolment.child_id == child_id, _now_enrolled()
        )
    )
    units = {unit for row in rows for unit in row if unit}
    if actor.kind != "staff" or not units or not actor.holds(roles, units):
        raise NotFound("Barnet findes ikke, eller du har ikke adgang til det.")


def require_managing(actor: Actor) -> None:
    """:class:`Forbidden` for those who manage no institution at all."""
    if not actor.is_system and (actor.kind != "staff" or not actor.units(MANAGERS)):
        raise Forbidden("Det kan kun ledere og administration gøre.")


def require_maintaining(actor: Actor) -> None:
    """:class:`Forbidden` unless the caller runs the system, or is a service."""
    if not actor.is_system and (actor.kind != "staff" or not actor.holds(MAINTAINERS, [EVERYWHERE])):
        raise Forbidden("Det kan kun driften gøre.")


def managed_by(actor: Actor) -> ColumnElement[bool]:
    """Notices about children who today are where the caller is leader or administration."""
    units = actor.units(MANAGERS)
    if actor.is_system or EVERYWHERE in units:
        return true()
    known = sorted(units)
    return exists().where(
        Enrolment.child_id == Notice.child_id,
        _now_enrolled(),
        or_(
            Enrolment.institution_id.in_(known),
            Enrolment.group_id.in_(known),
            Enrolment.district_id.in_(known),
        ),
    )
