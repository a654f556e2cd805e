"""What a meeting tells: its events, and the steps on the child's timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.context import Context
from services.chassis.database import UnitOfWork, insert_all
from services.meetings import events, models
from services.meetings.planning import Plan

CUSTODY = ("sole", "joint")


def day_from(text: str) -> date:
    """A day as it is kept in JSON."""
    return date.fromisoformat(text)


def chain_of(meeting: models.Meeting) -> Context:
    """The chain that the concern began, so that one trace shows the way from rating to invitation."""
    return Context(meeting.correlation_id, traceparent=meeting.traceparent)


def custody_holders(session: Session, child_ids: Iterable[str]) -> dict[str, list[models.Guardian]]:
    """Those who are to be invited and told, by child, in a stable order."""
    found: dict[str, list[models.Guardian]] = {}
    for guardian in session.scalars(
        select(models.Guardian)
        .where(models.Guardian.child_id.in_(set(child_ids)), models.Guardian.custody.in_(CUSTODY))
        .order_by(models.Guardian.guardian_id)
    ):
        found.setdefault(guardian.child_id, []).append(guardian)
    return found


def holders_of(session: Session, meeting: models.Meeting) -> list[str]:
    """The ids of one meeting's custody holders."""
    return [
        holder.guardian_id
        for holder in custody_holders(session, [meeting.child_id]).get(meeting.child_id, [])
    ]


def step(
    meeting: models.Meeting, kind: str, *, detail: str | None = None, at: datetime | None = None
) -> dict[str, Any]:
    """A row for the timeline."""
    return {
        "step_id": str(uuid4()),
        "meeting_id": meeting.meeting_id,
        "child_id": meeting.child_id,
        "at": at or clock.now(),
        "kind": kind,
        "detail": detail,
        "invitation": meeting.invitation or None,
    }


def add_steps(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Writes rows for the timeline. The meetings they belong to must have been written before."""
    if rows:
        session.flush()
        insert_all(session, models.Step, list(rows))


def invited(
    uow: UnitOfWork, meeting: models.Meeting, plan: Plan, holders: Sequence[str], context: Context
) -> None:
    """Tells of an invitation; the meeting's version has already been raised."""
    uow.emit(
        events.MeetingInvited,
        subject=meeting.meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting.meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "invitation": meeting.invitation,
            "answer_by": meeting.answer_by,
            "link_until": meeting.link_until,
            "guardian_ids": list(holders),
            "proposals": [
                {"proposal_id": id_, "starts_at": starts_at, "ends_at": ends_at}
                for id_, starts_at, ends_at in plan.times()
            ],
            "reason": "first" if meeting.invitation == 1 else "new_times",
        },
        context=context,
    )


def confirmed(uow: UnitOfWork, meeting: models.Meeting) -> None:
    """Tells that the time is fixed, or has been moved."""
    uow.emit(
        events.MeetingConfirmed,
        subject=meeting.meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting.meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "starts_at": meeting.starts_at,
            "ends_at": meeting.ends_at,
            "sequence": meeting.sequence,
            "guardian_ids": holders_of(uow.session, meeting),
            "accepted_by": meeting.accepted_by,
            "place": meeting.place,
        },
    )


def cancelled(
    uow: UnitOfWork,
    meeting: models.Meeting,
    holders: Sequence[str],
    *,
    reason: str,
    silent: bool,
    context: Context | None = None,
) -> None:
    """Tells that the meeting will not be held."""
    uow.emit(
        events.MeetingCancelled,
        subject=meeting.meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting.meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "invited": meeting.invitation > 0,
            "confirmed": meeting.in_calendars,
            "silent": silent,
            "sequence": meeting.sequence,
            "guardian_ids": list(holders),
            "starts_at": meeting.starts_at,
            "ends_at": meeting.ends_at,
            "reason": reason,
        },
        context=context,
    )
