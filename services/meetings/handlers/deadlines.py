"""Jobs that look at the calendar: deadlines missed, invitations nobody answered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid5

from sqlalchemy import exists, select

from services.chassis import clock
from services.chassis.database import Database, UnitOfWork, insert_new
from services.meetings import events, models, tasks, telling
from services.meetings.domain.deadlines import UNMET, Deadline
from services.meetings.domain.states import State

BATCH = 500
_BREACHES = UUID("5a6f1b60-7f0e-5d0b-8a35-6a4f4d1f0c11")
"""The namespace of a breach's key, so that a meeting and deadline always give the same."""


def find_breaches(database: Database) -> int:
    """The job: tells of every deadline that was missed, once; returns how many were new."""
    found = 0
    for deadline in Deadline:
        while True:
            with database.unit_of_work() as uow:
                taken, new = _find(uow, deadline, clock.today())
            found += new
            if taken < BATCH:
                break
    return found


def notice_silence(database: Database) -> int:
    """The job: asks the leader about invitations whose time to answer has passed; returns how many."""
    found = 0
    while True:
        with database.unit_of_work() as uow:
            taken = _notice(uow)
        found += taken
        if taken < BATCH:
            return found


def _find(uow: UnitOfWork, deadline: Deadline, today: date) -> tuple[int, int]:
    meeting, breach = models.Meeting, models.Breach
    due = meeting.invite_by if deadline is Deadline.INVITE else meeting.hold_by
    known = exists().where(breach.meeting_id == meeting.meeting_id, breach.deadline == deadline.value)
    taken = uow.session.scalars(
        select(meeting)
        .where(meeting.state.in_([state.value for state in UNMET[deadline]]), due < today, ~known)
        .order_by(meeting.meeting_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    return len(taken), _tell(uow, deadline, taken)


def _tell(uow: UnitOfWork, deadline: Deadline, meetings: Sequence[models.Meeting]) -> int:
    rows = {
        meeting.meeting_id: {
            "meeting_id": meeting.meeting_id,
            "deadline": deadline.value,
            "breach_id": str(uuid5(_BREACHES, f"{meeting.meeting_id}:{deadline.value}")),
            "due": meeting.invite_by if deadline is Deadline.INVITE else meeting.hold_by,
            "found_at": clock.now(),
        }
        for meeting in meetings
    }
    written = insert_new(uow.session, models.Breach, list(rows.values()), key=["meeting_id", "deadline"])
    new = {row.meeting_id for row in written}
    told = [meeting for meeting in meetings if meeting.meeting_id in new]
    for meeting in told:
        row = rows[meeting.meeting_id]
        uow.emit(
            events.DeadlineBreached,
            subject=str(row["breach_id"]),
            version=1,
            data={
                "meeting_id": meeting.meeting_id,
                "child_id": meeting.child_id,
                "deadline": deadline.value,
                "due": row["due"],
                "institution_id": meeting.institution_id,
            },
            context=telling.chain_of(meeting),
        )
    tasks.give(uow, [tasks.for_leader(f"{deadline.value}_overdue", meeting) for meeting in told])
    telling.add_steps(
        uow.session, [telling.step(meeting, "overdue", detail=deadline.value) for meeting in told]
    )
    return len(told)


def _notice(uow: UnitOfWork) -> int:
    meeting = models.Meeting
    silent = uow.session.scalars(
        select(meeting)
        .where(
            meeting.state == State.INVITED.value,
            meeting.answer_by < clock.now(),
            meeting.chased < meeting.invitation,
        )
        .order_by(meeting.meeting_id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for found in silent:
        found.chased = found.invitation
    tasks.give(uow, [tasks.for_leader("no_answer", found, once=found.invitation) for found in silent])
    return len(silent)
