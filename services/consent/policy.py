"""Who may see and do what with consents. Every way to a child's consent goes through here and is noted.

Staff see and ask where the child is now enrolled and they hold a role (her group, institution or district).
A specialist sees nothing here but whether a consent opens a door to one of her own units. Settings and
texts are the leaders' to read and the administration's to change.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden, NotFound, PreconditionFailed
from services.consent import models

LEADER = "leader"
STAFF = frozenset({LEADER, "pedagogue", "childminder", "teacher", "health_visitor"})
SPECIALIST = frozenset({"specialist"})
SETTINGS = frozenset({"administration"})
OPERATIONS = frozenset({"operations", "system"})
LOG_READERS = frozenset({LEADER, "administration"})

_NO_CHILD = "Barnet findes ikke, eller du har ikke adgang til det."


def current() -> ColumnElement[bool]:
    """Enrolments that cover today."""
    place, today = models.Enrolment, clock.today()
    return (place.from_day <= today) & (place.to_day.is_(None) | (place.to_day >= today))


def places_of(session: Session, child_id: str) -> list[models.Enrolment]:
    """Where the child is enrolled today."""
    place = models.Enrolment
    found = session.scalars(
        select(place).where(place.child_id == child_id, current()).order_by(place.from_day, place.number)
    )
    return list(found)


def child(
    uow: UnitOfWork, actor: Actor, child_id: str, *, action: str = "read", kind: str = "consent"
) -> models.Enrolment:
    """The place at which the actor has to do with the child, and the note that she did ``action``.

    A child she may not see is not told from one that does not exist.
    """
    require_staff(actor)
    for place in places_of(uow.session, child_id):
        if actor.holds(STAFF, _units(place)):
            uow.log_access(actor, action=action, kind=kind, subjects=[child_id])
            return place
    raise NotFound(_NO_CHILD)


def consent(
    uow: UnitOfWork, actor: Actor, consent_id: str, *, action: str = "read", kind: str = "consent"
) -> models.Consent:
    """The consent, if the actor may see its child; for any other action than reading it is locked."""
    require_staff(actor)
    found = uow.session.get(models.Consent, consent_id, with_for_update=action != "read" or None)
    if found is None or not _sees(uow.session, actor, found.child_id):
        raise no_consent()
    uow.log_access(actor, action=action, kind=kind, subjects=[found.child_id])
    return found


def no_consent() -> NotFound:
    """A consent she may not see is not told from one that does not exist."""
    return NotFound("Samtykket findes ikke, eller du har ikke adgang til det.")


def door(uow: UnitOfWork, actor: Actor, child_id: str, unit_id: str | None) -> None:
    """Notes that the actor asks whether a consent opens for a unit, if she may ask.

    The house's own services may, staff of the child, and a specialist about a unit of her own.
    """
    own = unit_id is not None and actor.kind == "staff" and unit_id in actor.units(SPECIALIST)
    if not (actor.is_system or own or (actor.kind == "staff" and _sees(uow.session, actor, child_id))):
        raise NotFound(_NO_CHILD)
    uow.log_access(actor, action="read", kind="consent-check", subjects=[child_id])


def children_within(actor: Actor) -> ColumnElement[bool] | None:
    """The condition on a consent that its child is now where the actor works; nothing to restrict for one
    who works everywhere."""
    units = actor.units(STAFF)
    if EVERYWHERE in units:
        return None
    keys = _keys(units)
    place = models.Enrolment
    enrolled = select(place.child_id).where(
        or_(place.group_id.in_(keys), place.institution_id.in_(keys), place.district_id.in_(keys)), current()
    )
    return models.Consent.child_id.in_(enrolled.scalar_subquery())


def require_staff(actor: Actor) -> None:
    """Refuses anybody but staff, who are known by their key in the registry."""
    if actor.kind != "staff" or not actor.grants or not _keys({actor.id}):
        raise Forbidden("Kun medarbejdere har adgang til samtykkerne.")


def require_log_reader(uow: UnitOfWork, actor: Actor, child_id: str) -> None:
    """The access log is for those who lead where the child is, and for administration."""
    require_staff(actor)
    units = {unit for place in places_of(uow.session, child_id) for unit in _units(place)}
    if not actor.holds(LOG_READERS, units):
        raise NotFound(_NO_CHILD)


def require_settings(actor: Actor) -> None:
    """Settings and texts are the administration's."""
    require_staff(actor)
    if not actor.holds(SETTINGS):
        raise Forbidden("Kun forvaltningen kan ændre indstillinger og tekster.")


def require_gateway(actor: Actor) -> None:
    """What comes by a link comes through the house's own door, which alone vouches for an identity."""
    if not actor.is_system:
        raise Forbidden("Linket kan kun bruges på forældrenes side.")


def require_operations(actor: Actor) -> None:
    """Only those who run the system, and its own services."""
    if not actor.holds(OPERATIONS):
        raise Forbidden("Kun driften kan gøre dette.")


def require_version(current_version: int, expected: int) -> None:
    """Refuses a change that was made on another version than the current."""
    if current_version != expected:
        raise PreconditionFailed(
            "En anden har ændret det i mellemtiden. Hent det igen, og prøv så på ny.",
            extra={"version": current_version},
        )


def _sees(session: Session, actor: Actor, child_id: str) -> bool:
    places = places_of(session, child_id)
    return bool(places) and any(actor.holds(STAFF, _units(place)) for place in places)


def _units(place: models.Enrolment) -> set[str]:
    return {unit for unit in (place.group_id, place.institution_id, place.district_id) if unit}


def _keys(names: Collection[str]) -> set[str]:
    """Those that are UUIDs. Others name nothing here, and PostgreSQL would not compare them."""
    found = set()
    for name in names:
        try:
            found.add(str(UUID(name)))
        except ValueError:
            continue
    return found
