"""What consents open here: a meeting with specialists, and the child's meetings for a named unit.

Asked on every read, of the projection as it stands in the same transaction: once a withdrawal is known
here the next read is refused. Whatever is not open is as if it were not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import ColumnElement, select, union
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.errors import Conflict
from services.meetings import models
from services.meetings.domain.states import ENDED
from services.meetings.planning import GROUP_STAFF, LEADER

SPECIALIST = "specialist"
AT_A_PLACE = frozenset({LEADER, *GROUP_STAFF})
KIND = "specialist"
"""The kind of meeting that waits for a consent."""

MEETING, RECORD = "specialist_meeting", "record_sharing"
"""The purposes of the consents that open doors here."""

MINUTES = "meeting_minutes"
"""The kind of information that a shared record's meetings are."""

GRANTED = "granted"


def holding(today: date) -> ColumnElement[bool]:
    """Consents that hold today."""
    consent = models.Consent
    return (consent.state == GRANTED) & (consent.valid_from <= today) & (consent.valid_to >= today)


def is_holding(consent: models.Consent) -> bool:
    """Whether the consent holds today."""
    return consent.state == GRANTED and consent.valid_from <= clock.today() <= consent.valid_to


def covering(
    session: Session, child_id: str, purpose: str, units: Iterable[Collection[str]], *, keep: bool = False
) -> models.Consent | None:
    """The consent about the child that holds for this purpose and reaches each specialist: one of the units
    of each is among its recipients. With ``keep`` no news of it is taken in until the transaction ends: what
    is made to rest on it is there to be suspended."""
    wanted = [set(each) for each in units]
    query = (
        select(models.Consent)
        .where(models.Consent.child_id == child_id, models.Consent.purpose == purpose, holding(clock.today()))
        .order_by(models.Consent.valid_to.desc(), models.Consent.consent_id)
    )
    found = session.scalars(query.with_for_update(read=True) if keep else query)
    return next(
        (one for one in found if all(each & set(one.recipients) for each in wanted)),
        None,
    )


def standing(session: Session, meeting: models.Meeting) -> str:
    """``not_needed``, ``waiting``, ``open`` or ``suspended``: how the meeting stands with its consent."""
    if meeting.kind != KIND:
        return "not_needed"
    if _holds(session, meeting):
        return "open"
    return "suspended" if meeting.suspended_at else "waiting"


def require_consent(session: Session, meeting: models.Meeting) -> None:
    """Refuses to go on with a meeting that waits for a consent, or whose consent no longer holds."""
    if meeting.kind == KIND and not _holds(session, meeting):
        raise Conflict(
            "Mødet venter på samtykke til, at specialisten er med.",
            code="consent-missing",
            extra={"version": meeting.version, "state": meeting.state},
        )


def opens_to_specialist(session: Session, actor: Actor, meeting: models.Meeting) -> bool:
    """Whether a specialist may read the meeting now: she is to be at it, or the record is shared with a
    unit of hers."""
    units = _own_units(actor)
    if not units:
        return False
    if record_shared(session, meeting.child_id, units):
        return True
    invited = session.get(models.MeetingSpecialist, (meeting.meeting_id, actor.id))
    if invited is None or meeting.consent_id is None or meeting.state in ENDED:
        return False
    consent = _holds(session, meeting)
    return consent is not None and bool(units & set(consent.recipients))


def record_shared(session: Session, child_id: str, units: Collection[str]) -> models.Consent | None:
    """The consent that lets one of the units read the child's meetings today, if one does."""
    found = session.scalars(
        select(models.Consent)
        .where(models.Consent.child_id == child_id, models.Consent.purpose == RECORD, holding(clock.today()))
        .order_by(models.Consent.valid_to.desc(), models.Consent.consent_id)
    )
    named = (one for one in found if MINUTES in one.information)
    return next((one for one in named if set(units) & set(one.recipients)), None)


def units_of_reader(session: Session, actor: Actor) -> set[str]:
    """The units by which a consent to share a record may name the actor: an institution is its staff's and
    its groups' staff's, a district its specialists'."""
    if actor.kind != "staff":
        return set()
    places = actor.units(AT_A_PLACE) - {EVERYWHERE}
    if places:
        house, place = models.Institution.institution_id, models.Enrolment
        known = select(house).where(house.in_(sorted(places)))
        around = select(place.institution_id).where(place.group_id.in_(sorted(places)))
        places = set(session.scalars(union(known, around)))
    return places | _own_units(actor)


def open_meetings(session: Session, actor: Actor) -> list[str]:
    """The meetings that a specialist is to be at and may read now."""
    units = _own_units(actor)
    if not units:
        return []
    guest, meeting, consent = models.MeetingSpecialist, models.Meeting, models.Consent
    found = session.execute(
        select(guest.meeting_id, consent.recipients)
        .join(meeting, meeting.meeting_id == guest.meeting_id)
        .join(consent, consent.consent_id == meeting.consent_id)
        .where(guest.staff_id == actor.id, holding(clock.today()))
    )
    return [row.meeting_id for row in found if units & set(row.recipients)]


def units_of_specialists(session: Session, staff_ids: Collection[str]) -> dict[str, set[str]]:
    """The units in which each of these works as a specialist today; who does not is left out."""
    given, today = models.Assignment, clock.today()
    found: dict[str, set[str]] = {}
    for staff_id, unit in session.execute(
        select(given.staff_id, given.unit_id)
        .join(models.Staff, models.Staff.staff_id == given.staff_id)
        .where(
            given.staff_id.in_(staff_ids),
            given.role == SPECIALIST,
            given.from_day <= today,
            given.to_day.is_(None) | (given.to_day >= today),
            models.Staff.active.is_(True),
        )
    ):
        found.setdefault(staff_id, set()).add(unit)
    return found


def _holds(session: Session, meeting: models.Meeting) -> models.Consent | None:
    if meeting.consent_id is None:
        return None
    return session.scalar(
        select(models.Consent).where(models.Consent.consent_id == meeting.consent_id, holding(clock.today()))
    )


def _own_units(actor: Actor) -> set[str]:
    """A consent names its units: one who works everywhere is in none of them by that alone."""
    return actor.units({SPECIALIST}) - {EVERYWHERE}
