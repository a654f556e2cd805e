"""Fixing, moving and freeing a meeting's time; shared by parents' answers and staff's decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, select, update

from services.chassis import clock
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.meetings import bookings, models, tasks, telling
from services.meetings.bookings import Hold
from services.meetings.domain.calendar import day_of, slots_between
from services.meetings.domain.scheduling import Candidates, Team
from services.meetings.domain.states import Move, NotAllowed, State, after, moves_from, next_sequence
from services.meetings.handlers.inviting import invite_guardians, staff_rows, wake_waiting
from services.meetings.planning import TRANSITION, Plan, Planner
from services.meetings.settings_store import settings_for

BACKWARDS = timedelta(days=1)
"""Staff may note a meeting that came about by itself, such as at the door this morning."""

_NOT_NOW = {
    Move.INVITE: "Der kan ikke inviteres til mødet, som det står nu.",
    Move.CONFIRM: "Tidspunktet kan ikke aftales, som mødet står nu.",
    Move.RESCHEDULE: "Mødet kan kun flyttes, når det har et aftalt tidspunkt.",
    Move.HOLD: "Mødet kan kun markeres som holdt, når det har et aftalt tidspunkt.",
    Move.NO_SHOW: "Kun et møde med et aftalt tidspunkt kan markeres som udeblevet.",
    Move.FOLLOW_UP: "Opfølgning kan først aftales, når mødet er holdt.",
    Move.CLOSE: "Mødet kan først afsluttes, når det er holdt.",
    Move.CANCEL: "Et møde, der er holdt eller afsluttet, kan ikke aflyses.",
}


def moves_of(meeting: models.Meeting) -> frozenset[Move]:
    """What can happen to the meeting as it stands."""
    return moves_from(State(meeting.state))


def move(meeting: models.Meeting, which: Move) -> None:
    """Moves the meeting to its next state and version, or says in Danish why that cannot be."""
    try:
        meeting.state = after(State(meeting.state), which).value
    except NotAllowed as error:
        raise Conflict(
            _NOT_NOW.get(which, "Det kan ikke lade sig gøre, som mødet står nu."),
            code="not-now",
            extra={"version": meeting.version, "state": meeting.state},
        ) from error
    meeting.version += 1


def fix(
    uow: UnitOfWork,
    meeting: models.Meeting,
    proposal: models.Proposal,
    *,
    which: Move = Move.CONFIRM,
    accepted_by: str | None = None,
    place: str | None = None,
) -> None:
    """Fixes the meeting at the proposal's time, frees all others, and tells everybody.

    The proposal's time must be engaged already.
    """
    move(meeting, which)
    meeting.sequence = next_sequence(meeting.sequence, in_calendars=meeting.in_calendars)
    meeting.in_calendars = True
    meeting.starts_at, meeting.ends_at = proposal.starts_at, proposal.ends_at
    meeting.accepted_by = accepted_by
    meeting.attempt_at = None
    if place or meeting.place is None:
        own = settings_for(uow.session, [meeting.institution_id])[meeting.institution_id]
        meeting.place = place or own.place
    release_proposals(uow, [meeting.meeting_id])
    proposal.state = "accepted"
    bookings.release(uow.session, [meeting.meeting_id], but=proposal.proposal_id)
    tasks.settle(uow, [meeting.meeting_id], [*tasks.SETTLED_BY_INVITING, "parent_cannot"])
    telling.confirmed(uow, meeting)
    telling.add_steps(
        uow.session, [telling.step(meeting, "confirmed" if which is Move.CONFIRM else "rescheduled")]
    )
    holders = telling.custody_holders(uow.session, [meeting.child_id])
    invite_guardians(uow, meeting, holders.get(meeting.child_id, []))
    ask_for_interpreters(uow, meeting)
    ask_receivers(uow, meeting)
    wake_waiting(uow, meeting.institution_id)


def release_proposals(uow: UnitOfWork, meeting_ids: Sequence[str]) -> None:
    """Withdraws what has been proposed and not been chosen."""
    uow.session.execute(
        update(models.Proposal)
        .where(models.Proposal.meeting_id.in_(meeting_ids), models.Proposal.state != "released")
        .values(state="released")
    )


def engage_other_time(uow: UnitOfWork, meeting: models.Meeting, starts_at: datetime) -> models.Proposal:
    """Engages those who hold the meeting for a time that staff have chosen, as its new proposal."""
    plan = engage_times(uow, meeting, [starts_at], None)
    ((proposal_id, begins, ends),) = plan.times()
    proposal = models.Proposal(
        proposal_id=proposal_id,
        meeting_id=meeting.meeting_id,
        invitation=meeting.invitation,
        starts_at=begins,
        ends_at=ends,
        state="offered",
    )
    uow.session.add(proposal)
    write_team(uow, meeting, plan.team)
    return proposal


def engage_times(
    uow: UnitOfWork, meeting: models.Meeting, starts: Sequence[datetime], staff_ids: Sequence[str] | None
) -> Plan:
    """Engages the staff for each of the times, or says which of them is taken and changes nothing.

    The times need not lie within meeting hours. Without ``staff_ids`` it is those who hold the
    meeting already, else those whom the job would choose. What the meeting has engaged so far is
    freed first, since a meeting moved by half an hour overlaps itself.
    """
    now = clock.now()
    passed = [number for number, starts_at in enumerate(starts) if starts_at < now - BACKWARDS]
    if passed:
        mends = {_field(starts, number): "Vælg et senere tidspunkt." for number in passed}
        raise Invalid("Tidspunktet er passeret.", fields=mends)
    duration = settings_for(uow.session, [meeting.institution_id])[meeting.institution_id].duration
    spans = [slots_between(starts_at, starts_at + duration) for starts_at in starts]
    bookings.release(uow.session, [meeting.meeting_id])
    team = _team(uow, meeting, {slot for span in spans for slot in span}, staff_ids)
    holds = tuple(Hold(str(uuid4()), team.members, span, meeting.meeting_id) for span in spans)
    late = {hold.hold_id for hold in bookings.engage(uow.session, holds)}
    if late:
        raise Conflict(
            "Et af tidspunkterne er optaget for en af dem, der skal holde mødet.",
            code="time-taken",
            fields={
                _field(starts, number): "Optaget. Vælg et andet tidspunkt."
                for number, hold in enumerate(holds)
                if hold.hold_id in late
            },
        )
    return Plan(team, holds, tuple(starts), duration)


def write_team(uow: UnitOfWork, meeting: models.Meeting, team: Team) -> None:
    """Writes down who holds the meeting, in the place of those who did."""
    held = models.MeetingStaff
    uow.session.flush()
    uow.session.execute(
        delete(held).where(held.meeting_id == meeting.meeting_id).execution_options(synchronize_session=False)
    )
    uow.session.execute(held.__table__.insert(), staff_rows(meeting, team))


def _team(uow: UnitOfWork, meeting: models.Meeting, slots: set[int], staff_ids: Sequence[str] | None) -> Team:
    planner = Planner(uow.session, [meeting], clock.now())
    if staff_ids is not None:
        require_employed(uow, staff_ids)
        require_both_places(planner.candidates(meeting), staff_ids)
        people = list(dict.fromkeys(staff_ids))
        leaders = set(planner.candidates(meeting).leaders)
        receiving = set(planner.candidates(meeting).receiving)
        leader = next((person for person in people if person in leaders), None)
        return Team(
            leader,
            tuple(person for person in people if person != leader and person not in receiving),
            tuple(person for person in people if person in receiving),
        )
    present = uow.session.scalars(
        select(models.MeetingStaff).where(models.MeetingStaff.meeting_id == meeting.meeting_id)
    ).all()
    if present:
        leader = next((one.staff_id for one in present if one.capacity == "leader"), None)
        receivers = tuple(one.staff_id for one in present if one.capacity == "receiver")
        others = {leader, *receivers}
        return Team(leader, tuple(one.staff_id for one in present if one.staff_id not in others), receivers)
    team = planner.team_for(meeting, slots)
    if team is None:
        raise Conflict("Der er ingen medarbejdere at holde mødet med. Vælg hvem.", code="no-staff")
    return team


def require_employed(uow: UnitOfWork, staff_ids: Sequence[str]) -> None:
    """Refuses those who are not, or no longer, employed."""
    active = set(
        uow.session.scalars(
            select(models.Staff.staff_id).where(
                models.Staff.staff_id.in_(staff_ids), models.Staff.active.is_(True)
            )
        )
    )
    wrong = {
        f"staff_ids.{number}": "Vælg en medarbejder, der er ansat."
        for number, staff_id in enumerate(staff_ids)
        if staff_id not in active
    }
    if wrong:
        raise Invalid("Ikke alle de valgte er medarbejdere her.", fields=wrong)


def require_both_places(candidates: Candidates, staff_ids: Sequence[str]) -> None:
    """Refuses a transition meeting without anybody of the place to which the child goes."""
    if candidates.receivers and not set(candidates.receiving) & set(staff_ids):
        raise Invalid(
            "Til et sammenhængsmøde kommer der også nogen fra det nye sted.",
            fields={"staff_ids": "Vælg mindst én fra det nye sted."},
        )


def ask_receivers(uow: UnitOfWork, meeting: models.Meeting) -> None:
    """Tells those of the new place who are to come, each by a task of her own, on which day."""
    if meeting.starts_at is None or meeting.kind != TRANSITION:
        return
    uow.session.flush()
    coming = uow.session.scalars(
        select(models.MeetingStaff.staff_id)
        .where(
            models.MeetingStaff.meeting_id == meeting.meeting_id,
            models.MeetingStaff.capacity == "receiver",
        )
        .order_by(models.MeetingStaff.staff_id)
    ).all()
    tasks.settle(uow, [meeting.meeting_id], ["join_meeting"])
    due = day_of(meeting.starts_at)
    tasks.give(
        uow,
        [
            tasks.for_staff("join_meeting", meeting, staff_id, once=f"{staff_id}:{meeting.sequence}", due=due)
            for staff_id in coming
        ],
    )


def ask_for_interpreters(uow: UnitOfWork, meeting: models.Meeting) -> None:
    """Asks for an interpreter for each custody holder who needs one, once the time is known."""
    if meeting.starts_at is None:
        return
    needing = uow.session.scalars(
        select(models.MeetingGuardian.guardian_id).where(
            models.MeetingGuardian.meeting_id == meeting.meeting_id,
            models.MeetingGuardian.interpreter_language.is_not(None),
            models.MeetingGuardian.interpreter_ordered.is_(False),
        )
    ).all()
    due = day_of(meeting.starts_at) - timedelta(days=1)
    tasks.give(
        uow,
        [
            tasks.for_staff("book_interpreter", meeting, contact_of(meeting), once=guardian_id, due=due)
            for guardian_id in needing
        ],
    )


def contact_of(meeting: models.Meeting) -> str | None:
    """The one the family can ask, if somebody has been given that role."""
    contact = (meeting.roles or {}).get("contact")
    return str(contact) if contact else None


def _field(starts: Sequence[datetime], number: int) -> str:
    return "starts_at" if len(starts) == 1 else f"starts_at.{number}"
