"""A child's minutes for staff elsewhere, with whom a consent shares the record.

The minutes as the parents were given them, in their newest edition: what they have not read themselves, their
consent does not reach. Asked of the projection on every read, so that a withdrawal shuts it on the next.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, tuple_

from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotFound
from services.meetings import gates, models, policy


def shared_minutes(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """The minutes that a consent opens to the actor's units now; :class:`NotFound` without one."""
    policy.require_staff(actor)
    units = gates.units_of_reader(uow.session, actor)
    consent = gates.record_shared(uow.session, child_id, units)
    if consent is None:
        raise NotFound("Barnet findes ikke, eller du har ikke adgang til det.")
    uow.log_access(actor, action="read", kind="minutes", subjects=[child_id])
    meeting, edition = models.Meeting, models.SharedMinutes
    newest = (
        select(edition.meeting_id, func.max(edition.edition))
        .join(meeting, meeting.meeting_id == edition.meeting_id)
        .where(meeting.child_id == child_id)
        .group_by(edition.meeting_id)
    )
    rows = uow.session.execute(
        select(
            meeting.meeting_id,
            meeting.kind,
            meeting.institution_id,
            meeting.starts_at,
            edition.shared_at,
            edition.items,
            edition.agreements,
        )
        .join(edition, edition.meeting_id == meeting.meeting_id)
        .where(tuple_(edition.meeting_id, edition.edition).in_(newest))
        .order_by(edition.shared_at.desc(), meeting.meeting_id)
    ).all()
    return {
        "child_id": child_id,
        "valid_to": consent.valid_to,
        "meetings": [row._asdict() for row in rows],
    }
