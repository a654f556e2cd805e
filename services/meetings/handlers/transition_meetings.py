"""The transition meeting (sammenhængsmøde): the parents with people of the old and of the new place."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.meetings import events, models, policy, tasks, telling
from services.meetings.domain.concerns import Standing
from services.meetings.domain.states import ENDED, State
from services.meetings.handlers import transitions
from services.meetings.planning import TRANSITION
from services.meetings.queries import whole

INVITE_WITHIN = timedelta(days=5)


def transition_meeting(
    uow: UnitOfWork, actor: Actor, *, transition_id: str, expected_version: int, hold_by: date
) -> dict[str, Any]:
    """Makes the meeting, invited to by staff as any other. Its concern is the child's; a meeting about it
    may have been before."""
    found = transitions.changed(uow, actor, transition_id, expected_version, "sender")
    policy.require_parents_may_be_told(uow.session, found.child_id)
    if hold_by < clock.today():
        raise Invalid("Dagen er før i dag.", fields={"hold_by": "Vælg en dag fra i dag og frem."})
    _require_none_open(uow, found)
    about, before = _concern(uow, found.child_id), _newest_meeting(uow, found.child_id)
    round_id = (before.round_id if before else None) or (about.round_id if about else None)
    if about is None or round_id is None:
        raise Conflict("Der er ingen bekymring at holde mødet om.", code="not-now")
    meeting = models.Meeting(
        meeting_id=str(uuid4()),
        version=1,
        kind=TRANSITION,
        child_id=found.child_id,
        track=about.track,
        concern_id=about.concern_id,
        round_id=round_id,
        institution_id=found.from_institution_id,
        group_id=found.from_group_id,
        state=State.REQUIRED.value,
        invite_by=min(hold_by, clock.today() + INVITE_WITHIN),
        hold_by=hold_by,
        attempt_at=None,
        attempts=0,
        invitation=0,
        chased=0,
        sequence=0,
        in_calendars=False,
        roles={},
        created_at=clock.now(),
        follows=before.meeting_id if before else None,
        correlation_id=uow.context.correlation_id,
        traceparent=uow.context.traceparent,
    )
    uow.session.add(meeting)
    uow.session.flush()
    found.meeting_id = meeting.meeting_id
    found.version += 1
    names = (
        "meeting_id",
        "child_id",
        "concern_id",
        "track",
        "kind",
        "institution_id",
        "invite_by",
        "hold_by",
    )
    uow.emit(
        events.MeetingRequired,
        subject=meeting.meeting_id,
        version=1,
        data={name: getattr(meeting, name) for name in names},
    )
    telling.add_steps(uow.session, [telling.step(meeting, "required", detail=TRANSITION)])
    tasks.give(uow, [tasks.for_leader("plan_meeting", meeting, due=meeting.invite_by)])
    return whole(uow, meeting)


def _concern(uow: UnitOfWork, child_id: str) -> models.Concern | None:
    """The child's concern: one that is raised before others, the institution's before the home's."""
    concern = models.Concern
    return uow.session.scalars(
        select(concern)
        .where(concern.child_id == child_id)
        .order_by(
            concern.standing != Standing.RAISED.value, concern.track != "institution", concern.concern_id
        )
        .limit(1)
    ).first()


def _newest_meeting(uow: UnitOfWork, child_id: str) -> models.Meeting | None:
    meeting = models.Meeting
    return uow.session.scalars(
        select(meeting).where(meeting.child_id == child_id).order_by(meeting.created_at.desc()).limit(1)
    ).first()


def _require_none_open(uow: UnitOfWork, found: models.Transition) -> None:
    meeting = models.Meeting
    open_one = uow.session.scalar(
        select(meeting.meeting_id).where(
            meeting.child_id == found.child_id,
            meeting.kind == TRANSITION,
            meeting.state.not_in([state.value for state in ENDED]),
        )
    )
    if open_one is not None:
        raise Conflict(
            "Der er allerede et sammenhængsmøde i gang.", code="meeting-open", extra={"meeting_id": open_one}
        )
