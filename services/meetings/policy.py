"""Who may see and do what with meetings. Every way to a child's meeting goes through here and is noted.

Staff see a meeting when the child is now enrolled where they hold a role (her group, institution or
district), or while they are among those who hold it. The same staff plan, minute and close it.
What only a leader sees to comes to her as a task.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Forbidden, NotFound, PreconditionFailed
from services.meetings import gates, models
from services.meetings.domain.concerns import Standing
from services.meetings.domain.states import ENDED
from services.meetings.planning import GROUP_STAFF, LEADER, TRANSITION

STAFF = frozenset({LEADER, *GROUP_STAFF})
SETTINGS_EVERYWHERE = frozenset({"administration"})
OPERATIONS = frozenset({"operations", "system"})


def current(today: date) -> ColumnElement[bool]:
    """Enrolments that cover the day."""
    place = models.Enrolment
    return (place.from_day <= today) & (place.to_day.is_(None) | (place.to_day >= today))


def units_of(session: Session, child_id: str) -> set[str]:
    """The groups, institutions and districts in which the child is enrolled today."""
    found = session.scalars(
        select(models.Enrolment).where(models.Enrolment.child_id == child_id, current(clock.today()))
    )
    return {
        unit
        for place in found
        for unit in (place.group_id, place.institution_id, place.district_id)
        if unit is not None
    }


def children_within(actor: Actor, roles: Collection[str] = STAFF) -> ColumnElement[bool] | None:
    """The condition on a meeting that its child is enrolled where the actor works in one of ``roles``;
    nothing to restrict for one who works everywhere."""
    units = actor.units(roles)
    if EVERYWHERE in units:
        return None
    units = _keys(units)
    place = models.Enrolment
    enrolled = (
        select(place.child_id)
        .where(
            or_(place.group_id.in_(units), place.institution_id.in_(units), place.district_id.in_(units)),
            current(clock.today()),
        )
        .scalar_subquery()
    )
    return models.Meeting.child_id.in_(enrolled)


def transitions_of(actor: Actor) -> ColumnElement[bool] | None:
    """The condition on a transition that the actor works where it begins or ends; nothing to restrict for
    one who works everywhere."""
    units = actor.units(STAFF)
    if EVERYWHERE in units:
        return None
    units = _keys(units)
    row, institution = models.Transition, models.Institution
    in_district = (
        select(institution.institution_id).where(institution.district_id.in_(units)).scalar_subquery()
    )
    return or_(
        row.from_group_id.in_(units),
        row.to_group_id.in_(units),
        row.from_institution_id.in_(units),
        row.to_institution_id.in_(units),
        row.from_institution_id.in_(in_district),
        row.to_institution_id.in_(in_district),
    )


def require_staff(actor: Actor) -> None:
    """Refuses anybody but staff, who are known by their key in the registry."""
    if actor.kind != "staff" or not actor.grants or not _keys({actor.id}):
        raise Forbidden("Kun medarbejdere har adgang til møderne.")


def meeting(
    uow: UnitOfWork, actor: Actor, meeting_id: str, *, action: str = "read", kind: str = "meeting"
) -> models.Meeting:
    """The meeting, if the actor may see it, and the note that she did ``action`` to it.

    For any other action than reading it is locked until the transaction ends. A meeting she may not
    see is not told from one that does not exist.
    """
    require_staff(actor)
    found = uow.session.get(models.Meeting, meeting_id, with_for_update=action != "read" or None)
    if found is None or not (_sees(uow.session, actor, found) or _may_read(uow, actor, found, action)):
        raise NotFound("Mødet findes ikke, eller du har ikke adgang til det.")
    uow.log_access(actor, action=action, kind=kind, subjects=[found.child_id])
    return found


def child(uow: UnitOfWork, actor: Actor, child_id: str, *, kind: str) -> None:
    """Notes that the actor reads about the child, if she may."""
    require_staff(actor)
    if not actor.holds(STAFF, units_of(uow.session, child_id)):
        raise NotFound("Barnet findes ikke, eller du har ikke adgang til det.")
    uow.log_access(actor, action="read", kind=kind, subjects=[child_id])


def withheld_among(session: Session, child_ids: Collection[str]) -> set[str]:
    """Those of the children about whom nobody may contact the parents."""
    concern = models.Concern
    found = session.scalars(
        select(concern.child_id).where(
            concern.child_id.in_(child_ids), concern.standing == Standing.WITHHELD.value
        )
    )
    return set(found)


def is_withheld(session: Session, child_id: str) -> bool:
    """Whether nobody may contact the child's parents."""
    return bool(withheld_among(session, [child_id]))


def require_parents_may_be_told(session: Session, child_id: str) -> None:
    """Refuses what would reach the parents of a child about whom nobody may contact them."""
    if is_withheld(session, child_id):
        raise Conflict(
            "Forældrene må ikke kontaktes om dette barn. Tal med din leder.", code="parents-not-to-be-told"
        )


def require_version(current_version: int, expected: int, thing: str = "Mødet") -> None:
    """Refuses a change that was made on another version than the current; ``thing`` is what it is of."""
    if current_version != expected:
        raise PreconditionFailed(
            f"{thing} er ændret af en anden i mellemtiden. Se, hvordan det står nu, og prøv så på ny.",
            extra={"version": current_version},
        )


def require_settings(session: Session, actor: Actor, institution_id: str | None) -> None:
    """The municipality's settings are the administration's; an institution's own also its leader's."""
    require_staff(actor)
    if actor.holds(SETTINGS_EVERYWHERE):
        return
    if institution_id is not None:
        place = session.get(models.Institution, institution_id)
        units = {institution_id, *([place.district_id] if place and place.district_id else [])}
        if actor.holds({LEADER, *SETTINGS_EVERYWHERE}, units):
            return
    raise Forbidden("Kun forvaltningen, og for egen institution lederen, kan ændre indstillingerne.")


def require_calendar(session: Session, actor: Actor, staff_id: str) -> None:
    """A calendar is its owner's, and her leader's."""
    require_staff(actor)
    if actor.id == staff_id or actor.holds({LEADER}, _workplaces(session, staff_id)):
        return
    raise Forbidden("Kun medarbejderen selv og lederen kan ændre kalenderen.")


def require_operations(actor: Actor) -> None:
    """Only those who run the system, and its own services."""
    if not actor.holds(OPERATIONS):
        raise Forbidden("Kun driften kan gøre dette.")


def has_task(session: Session, actor: Actor) -> ColumnElement[bool]:
    """The condition on a task that it is the actor's own, or a leader's where the actor leads."""
    task = models.Task
    own = task.staff_id == actor.id
    units = actor.units({LEADER})
    if EVERYWHERE in units:
        return own | task.staff_id.is_(None)
    units = _keys(units)
    if not units:
        return own
    in_district = select(models.Institution.institution_id).where(models.Institution.district_id.in_(units))
    led = or_(
        task.institution_id.in_(units),
        task.group_id.in_(units),
        task.institution_id.in_(in_district.scalar_subquery()),
    )
    return own | (task.staff_id.is_(None) & led)


def _sees(session: Session, actor: Actor, found: models.Meeting) -> bool:
    if actor.holds(STAFF, units_of(session, found.child_id)):
        return True
    # A transition meeting is the old place's until it has been held, also when the child has begun anew.
    if found.kind == TRANSITION and actor.holds(STAFF, {found.institution_id, found.group_id}):
        return True
    if found.state in ENDED:
        return False
    holds = session.get(models.MeetingStaff, (found.meeting_id, actor.id))
    return holds is not None


def _may_read(uow: UnitOfWork, actor: Actor, found: models.Meeting, action: str) -> bool:
    """A specialist reads what a consent opens for her now, and changes nothing."""
    return action == "read" and gates.opens_to_specialist(uow.session, actor, found)


def _workplaces(session: Session, staff_id: str) -> Collection[str]:
    """The units of one of the staff, and the institutions and districts around them, as far as known."""
    given = models.Assignment
    units = set(session.scalars(select(given.unit_id).where(given.staff_id == staff_id)))
    around = session.execute(
        select(models.Enrolment.institution_id, models.Enrolment.district_id)
        .where(models.Enrolment.group_id.in_(units))
        .distinct()
    ).all()
    known = session.scalars(
        select(models.Institution.district_id).where(models.Institution.institution_id.in_(units))
    )
    return units | {unit for row in around for unit in row if unit} | {unit for unit in known if unit}


def _keys(names: Collection[str]) -> set[str]:
    """Those that are UUIDs. Others name nothing here, and PostgreSQL would not compare them."""
    found = set()
    for name in names:
        try:
            found.add(str(UUID(name)))
        except ValueError:
            continue
    return found
