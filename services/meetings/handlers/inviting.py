"""Inviting: in batches for a round's many meetings, and one at a time for staff and parents.

The job is the hot path of a round. It takes meetings that nobody else has taken (their row locks are
its lease), loads in a few queries what all of them need, chooses, and engages everybody in one
insert. A meeting whose people were faster engaged elsewhere is chosen for again in the next batch.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import OperationalError

from services.chassis import clock
from services.chassis.database import Database, UnitOfWork, insert_all, insert_new
from services.chassis.logs import logger
from services.chassis.wakeups import wake
from services.meetings import bookings, models, policy, tasks, telling
from services.meetings.domain import invitations
from services.meetings.domain.scheduling import Team
from services.meetings.domain.states import Move, State, after
from services.meetings.planning import Plan, Planner

log = logger("meetings")

BATCH = 50
"""So few that a batch is over in a tenth of a second: nothing else in the process runs meanwhile, and on
SQLite nobody else can write."""

RETRY = timedelta(minutes=15)
UNKNOWN_CHILD_RETRY = timedelta(seconds=10)
ENOUGH_S = 5.0
"""After so long a run ends, so that a process told to stop need not wait for a whole round's invitations."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What one batch did: meetings taken, invited, and lost to a faster booking."""

    taken: int
    invited: int
    lost: int


def invite_required(database: Database, batch: int = BATCH) -> int:
    """The job: invites for every meeting that waits for it; returns how many were invited.

    Several replicas may run it at once. It ends when it finds no more that are its to take, or has had
    enough: then it has itself woken again. A meeting that cannot be dealt with for a reason we do not
    know delays none but itself.
    """
    invited, limit = 0, batch
    until = time.monotonic() + ENOUGH_S
    while True:
        taken: list[str] = []
        try:
            with database.unit_of_work() as uow:
                sent = invite_batch(uow, limit, taken)
        except Exception as error:
            if _gave_way(error):
                continue
            if not taken:
                raise
            if limit == 1:
                log.exception("invitation_failed", meeting_id=taken[0])
                _postpone(database, taken[0])
            limit = 1
            continue
        invited += sent.invited
        time.sleep(0)  # lets the process' other greenlets have their turn between batches
        if sent.taken < limit and not sent.lost:
            return invited
        if time.monotonic() > until:
            wake("invite_required")
            return invited


def invite_batch(uow: UnitOfWork, limit: int = BATCH, taken: list[str] | None = None) -> Sent:
    """Invites for up to ``limit`` waiting meetings in this transaction; ``taken`` learns which."""
    now = clock.now()
    meetings = _take(uow, now, limit)
    if taken is not None:
        taken += [meeting.meeting_id for meeting in meetings]
    if not meetings:
        return Sent(0, 0, 0)
    children = {meeting.child_id for meeting in meetings}
    silent = policy.withheld_among(uow.session, children)
    holders = telling.custody_holders(uow.session, children)
    planner = Planner(uow.session, meetings, now)
    given: list[dict[str, Any]] = []
    plans: list[tuple[models.Meeting, Plan]] = []
    for meeting in meetings:
        if meeting.child_id in silent:
            _try_later(meeting, now + RETRY)
        elif not holders.get(meeting.child_id):
            _try_later(meeting, now + UNKNOWN_CHILD_RETRY)
            if now - meeting.created_at > RETRY:
                given.append(tasks.for_leader("no_custody_holder", meeting))
        elif plan := planner.plan(meeting):
            plans.append((meeting, plan))
        else:
            _try_later(meeting, now + RETRY)
            reason = "no_free_time" if planner.candidates(meeting) else "no_staff"
            given.append(tasks.for_leader(reason, meeting, due=meeting.invite_by))
    late = bookings.engage(uow.session, [hold for _, plan in plans for hold in plan.holds])
    lost = {hold.meeting_id for hold in late}
    bookings.release(uow.session, [id_ for id_ in lost if id_])
    won = [(meeting, plan) for meeting, plan in plans if meeting.meeting_id not in lost]
    send(uow, won, planner, holders, now)
    tasks.give(uow, given)
    return Sent(len(meetings), len(won), len(lost))


def send(
    uow: UnitOfWork,
    plans: Sequence[tuple[models.Meeting, Plan]],
    planner: Planner,
    holders: dict[str, list[models.Guardian]],
    now: datetime,
) -> None:
    """Makes invitations of plans whose times have been engaged, and tells of them."""
    if not plans:
        return
    ids = [meeting.meeting_id for meeting, _ in plans]
    again = [meeting.meeting_id for meeting, _ in plans if meeting.state != State.REQUIRED.value]
    if again:
        _clear(uow, again)
    proposals, staff, guardians, steps = [], [], [], []
    for meeting, plan in plans:
        settings = planner.settings(meeting)
        times = plan.times()
        meeting.state = after(State(meeting.state), Move.INVITE).value
        meeting.version += 1
        meeting.invitation += 1
        meeting.invited_at = now
        meeting.attempt_at = None
        meeting.place = meeting.place or settings.place
        meeting.answer_by = invitations.answer_by(
            now, [starts_at for _, starts_at, _ in times], settings.answer_days, settings.accept_lead
        )
        meeting.link_until = invitations.link_until([ends_at for _, _, ends_at in times])
        meeting.starts_at = meeting.ends_at = meeting.accepted_by = None
        invited = holders[meeting.child_id]
        proposals += [
            {
                "proposal_id": id_,
                "meeting_id": meeting.meeting_id,
                "invitation": meeting.invitation,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "state": "offered",
            }
            for id_, starts_at, ends_at in times
        ]
        staff += staff_rows(meeting, plan.team)
        guardians += [_guardian_row(meeting, holder) for holder in invited]
        telling.invited(
            uow, meeting, plan, [holder.guardian_id for holder in invited], telling.chain_of(meeting)
        )
        steps.append(telling.step(meeting, "invited", at=now))
    uow.session.flush()
    for model, rows in ((models.Proposal, proposals), (models.MeetingStaff, staff)):
        insert_all(uow.session, model, rows)
    insert_new(uow.session, models.MeetingGuardian, guardians, key=["meeting_id", "guardian_id"])
    tasks.settle(uow, ids, tasks.SETTLED_BY_INVITING)
    telling.add_steps(uow.session, steps)


def staff_rows(meeting: models.Meeting, team: Team) -> list[dict[str, str]]:
    """The rows of those who hold the meeting."""
    people = [(team.leader, "leader")] if team.leader else []
    people += [(person, "staff") for person in team.staff]
    people += [(person, "receiver") for person in team.receivers]
    return [
        {"meeting_id": meeting.meeting_id, "staff_id": person, "capacity": capacity}
        for person, capacity in people
    ]


def invite_guardians(uow: UnitOfWork, meeting: models.Meeting, holders: Sequence[models.Guardian]) -> None:
    """Adds the custody holders who are not noted yet; what the others have answered is kept.

    Whether an answer is to the newest invitation is told by ``answered_invitation``.
    """
    rows = [_guardian_row(meeting, holder) for holder in holders]
    insert_new(uow.session, models.MeetingGuardian, rows, key=["meeting_id", "guardian_id"])


def wake_waiting(uow: UnitOfWork, institution_id: str) -> None:
    """Times have become free: meetings that found none are looked at again at once."""
    uow.session.execute(
        update(models.Meeting)
        .where(
            models.Meeting.institution_id == institution_id,
            models.Meeting.state == State.REQUIRED.value,
            models.Meeting.attempts > 0,
        )
        .values(attempt_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _take(uow: UnitOfWork, now: datetime, limit: int) -> list[models.Meeting]:
    meeting = models.Meeting
    return list(
        uow.session.scalars(
            select(meeting)
            .where(meeting.state == State.REQUIRED.value, meeting.attempt_at <= now)
            .order_by(meeting.attempt_at, meeting.meeting_id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    )


def _gave_way(error: Exception) -> bool:
    """Two replicas waited for each other crosswise, and the database chose us to begin anew."""
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) == "40P01"


def _postpone(database: Database, meeting_id: str) -> None:
    with database.unit_of_work() as uow:
        found = uow.session.get(models.Meeting, meeting_id, with_for_update=True)
        if found is not None and found.state == State.REQUIRED.value:
            _try_later(found, clock.now() + RETRY)


def _try_later(meeting: models.Meeting, at: datetime) -> None:
    meeting.attempt_at = at
    meeting.attempts += 1


def _clear(uow: UnitOfWork, meeting_ids: list[str]) -> None:
    """An invitation takes the place of the one before: its proposals, people and answers."""
    uow.session.execute(
        update(models.Proposal)
        .where(models.Proposal.meeting_id.in_(meeting_ids), models.Proposal.state != "released")
        .values(state="released")
        .execution_options(synchronize_session=False)
    )
    uow.session.execute(
        delete(models.MeetingStaff)
        .where(models.MeetingStaff.meeting_id.in_(meeting_ids))
        .execution_options(synchronize_session=False)
    )


def _guardian_row(meeting: models.Meeting, holder: models.Guardian) -> dict[str, Any]:
    return {
        "meeting_id": meeting.meeting_id,
        "guardian_id": holder.guardian_id,
        "answer": invitations.Answer.NONE.value,
        "answered_invitation": 0,
        "interpreter_language": holder.language if holder.interpreter else None,
    }
