"""What staff do with a meeting, from proposing times to closing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.meetings import bookings, events, gates, models, policy, tasks, telling
from services.meetings.domain.calendar import slot_of
from services.meetings.domain.states import Move, next_sequence
from services.meetings.handlers import timing
from services.meetings.handlers.inviting import send, staff_rows, wake_waiting
from services.meetings.handlers.preparing import require_begun, require_roles
from services.meetings.planning import Plan, Planner
from services.meetings.queries import whole
from services.meetings.settings_store import agenda_for

_ASKED_BEFORE = ("hold_overdue", "book_interpreter", "parent_cannot", "concern_settled", "join_meeting")
"""Tasks that a meeting that has been held has behind it."""

MINUTES_WITHIN = timedelta(days=7)
"""So long after the meeting its minutes should have been sent to the parents."""


def propose_times(
    uow: UnitOfWork, actor: Actor, *, meeting_id: str, proposals: int | None = None
) -> dict[str, Any]:
    """The people and times that would be proposed now. Nothing is held for them."""
    meeting = policy.meeting(uow, actor, meeting_id)
    planner = Planner(uow.session, [meeting], clock.now())
    plan = planner.plan(meeting, wanted=proposals)
    if plan is None:
        reason = "no_free_time" if planner.candidates(meeting) else "no_staff"
        return {"times": [], "staff": [], "reason": reason}
    return {
        "times": [{"starts_at": starts_at, "ends_at": ends_at} for _, starts_at, ends_at in plan.times()],
        "staff": staff_rows(meeting, plan.team),
        "reason": None,
    }


def invite(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    starts_at: Sequence[datetime] | None = None,
    staff_ids: Sequence[str] | None = None,
) -> dict[str, Any]:
    """Sends the invitation: with the times that staff chose, else with times chosen as the job would.

    On a meeting that is already invited it proposes other times, as a new invitation.
    """
    meeting = policy.meeting(uow, actor, meeting_id, action="change")
    policy.require_version(meeting.version, expected_version)
    gates.require_consent(uow.session, meeting)
    if Move.INVITE not in timing.moves_of(meeting):
        timing.move(meeting, Move.INVITE)
    now = clock.now()
    holders = telling.custody_holders(uow.session, [meeting.child_id])
    if not holders.get(meeting.child_id):
        raise Conflict("Barnet har ingen forældremyndighedsindehaver at invitere.", code="no-custody-holder")
    policy.require_parents_may_be_told(uow.session, meeting.child_id)
    planner = Planner(uow.session, [meeting], now)
    before = list(
        uow.session.scalars(
            select(models.Proposal).where(
                models.Proposal.meeting_id == meeting_id, models.Proposal.state != "released"
            )
        )
    )
    if starts_at:
        plan = timing.engage_times(uow, meeting, sorted(starts_at), staff_ids)
    else:
        plan = _find(uow, meeting, planner, avoid={slot_of(old.starts_at) for old in before})
        bookings.withdraw(uow.session, [old.proposal_id for old in before], meeting_id)
    send(uow, [(meeting, plan)], planner, holders, now)
    meeting.plan = None
    wake_waiting(uow, meeting.institution_id)
    return whole(uow, meeting)


def confirm(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    proposal_id: str | None = None,
    starts_at: datetime | None = None,
    place: str | None = None,
) -> dict[str, Any]:
    """Fixes the time as agreed by telephone: one of the proposals, or another time."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    gates.require_consent(uow.session, meeting)
    _require_move(meeting, Move.CONFIRM)
    policy.require_parents_may_be_told(uow.session, meeting.child_id)
    if proposal_id is not None:
        proposal = uow.session.get(models.Proposal, proposal_id)
        if proposal is None or proposal.meeting_id != meeting_id or proposal.state != "offered":
            raise Invalid(
                "Det er ikke et af de tidspunkter, der er foreslået nu.",
                fields={"proposal_id": "Vælg et af de foreslåede tidspunkter."},
            )
    else:
        if starts_at is None:
            raise Invalid("Angiv et tidspunkt.", fields={"starts_at": "Skal udfyldes."})
        proposal = timing.engage_other_time(uow, meeting, starts_at)
    timing.fix(uow, meeting, proposal, place=place)
    return whole(uow, meeting)


def reschedule(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    starts_at: datetime,
    place: str | None = None,
) -> dict[str, Any]:
    """Moves a meeting to another time; everybody is told, and calendars follow (SEQUENCE)."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    gates.require_consent(uow.session, meeting)
    _require_move(meeting, Move.RESCHEDULE)
    policy.require_parents_may_be_told(uow.session, meeting.child_id)
    proposal = timing.engage_other_time(uow, meeting, starts_at)
    timing.fix(uow, meeting, proposal, which=Move.RESCHEDULE, place=place)
    return whole(uow, meeting)


def cancel(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    reason: str,
    note: str | None = None,
) -> dict[str, Any]:
    """Calls the meeting off. Parents who were invited are told, without the reason."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    timing.move(meeting, Move.CANCEL)
    meeting.end_reason, meeting.end_note = reason, note
    meeting.attempt_at = None
    meeting.sequence = next_sequence(meeting.sequence, in_calendars=meeting.in_calendars)
    silent = meeting.invitation == 0 and not meeting.in_calendars
    telling.cancelled(
        uow,
        meeting,
        telling.holders_of(uow.session, meeting),
        reason="moved" if reason == "moved" else "staff",
        silent=silent or policy.is_withheld(uow.session, meeting.child_id),
    )
    timing.release_proposals(uow, [meeting_id])
    bookings.release(uow.session, [meeting_id])
    tasks.settle(uow, [meeting_id], tasks.SETTLED_BY_ENDING)
    telling.add_steps(uow.session, [telling.step(meeting, "cancelled", detail=reason)])
    wake_waiting(uow, meeting.institution_id)
    return whole(uow, meeting)


def set_roles(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    roles: Mapping[str, str | None],
) -> dict[str, Any]:
    """Says who does what at the meeting; one person may have several roles."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    chosen = {staff_id for staff_id in roles.values() if staff_id}
    known = set(
        uow.session.scalars(
            select(models.Staff.staff_id).where(
                models.Staff.staff_id.in_(chosen), models.Staff.active.is_(True)
            )
        )
    )
    wrong = {
        f"roles.{role}": "Vælg en medarbejder, der er ansat."
        for role, staff_id in roles.items()
        if staff_id and staff_id not in known
    }
    if wrong:
        raise Invalid("Ikke alle de valgte er medarbejdere her.", fields=wrong)
    meeting.roles = {**meeting.roles, **roles}
    meeting.version += 1
    return whole(uow, meeting)


def hold(uow: UnitOfWork, actor: Actor, *, meeting_id: str, expected_version: int) -> dict[str, Any]:
    """Marks the meeting as held. Every role must be filled, so that minutes and sending are somebody's."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    gates.require_consent(uow.session, meeting)
    _require_move(meeting, Move.HOLD)
    require_roles(meeting)
    require_begun(meeting)
    timing.move(meeting, Move.HOLD)
    meeting.agenda_version = agenda_for(uow.session, meeting.kind, meeting.agenda_version)["version"]
    uow.emit(
        events.MeetingHeld,
        subject=meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "held_at": meeting.starts_at,
        },
    )
    sender = meeting.roles.get("sender")
    tasks.give(uow, [tasks.for_staff("send_minutes", meeting, sender, due=clock.today() + MINUTES_WITHIN)])
    tasks.settle(uow, [meeting_id], _ASKED_BEFORE)
    telling.add_steps(uow.session, [telling.step(meeting, "held")])
    return whole(uow, meeting)


def no_show(uow: UnitOfWork, actor: Actor, *, meeting_id: str, expected_version: int) -> dict[str, Any]:
    """Notes that the parents did not come. The meeting still waits: invite again, or call it off."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    _require_move(meeting, Move.NO_SHOW)
    require_begun(meeting)
    timing.move(meeting, Move.NO_SHOW)
    telling.add_steps(uow.session, [telling.step(meeting, "no_show")])
    return whole(uow, meeting)


def set_follow_up(
    uow: UnitOfWork, actor: Actor, *, meeting_id: str, expected_version: int, follow_up_on: date
) -> dict[str, Any]:
    """Fixes the day on which all see together how it goes."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    if follow_up_on < clock.today():
        raise Invalid("Opfølgningen er før i dag.", fields={"follow_up_on": "Vælg en dag fra i dag og frem."})
    timing.move(meeting, Move.FOLLOW_UP)
    tasks.settle(uow, [meeting_id], ["follow_up"])
    meeting.follow_up_on = follow_up_on
    task = tasks.for_staff(
        "follow_up", meeting, timing.contact_of(meeting), once=follow_up_on.isoformat(), due=follow_up_on
    )
    tasks.give(uow, [task])
    telling.add_steps(uow.session, [telling.step(meeting, "follow_up", detail=follow_up_on.isoformat())])
    return whole(uow, meeting)


def close(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    outcome: str,
    note: str | None = None,
) -> dict[str, Any]:
    """Ends the matter. A follow-up must have been agreed, unless the note says why not."""
    meeting = _changed(uow, actor, meeting_id, expected_version)
    _require_move(meeting, Move.CLOSE)
    if meeting.follow_up_on is None and not (note or "").strip():
        raise Invalid(
            "Aftal en dag for opfølgning, eller skriv, hvorfor der ikke skal følges op.",
            fields={"note": "Skriv, hvorfor der ikke skal følges op."},
        )
    timing.move(meeting, Move.CLOSE)
    meeting.outcome, meeting.end_note = outcome, note
    uow.emit(
        events.MeetingClosed,
        subject=meeting_id,
        version=meeting.version,
        data={
            "meeting_id": meeting_id,
            "child_id": meeting.child_id,
            "institution_id": meeting.institution_id,
            "outcome": outcome,
        },
    )
    tasks.settle(uow, [meeting_id], tasks.SETTLED_BY_ENDING)
    telling.add_steps(uow.session, [telling.step(meeting, "closed", detail=outcome)])
    return whole(uow, meeting)


def _changed(uow: UnitOfWork, actor: Actor, meeting_id: str, expected_version: int) -> models.Meeting:
    meeting = policy.meeting(uow, actor, meeting_id, action="change")
    policy.require_version(meeting.version, expected_version)
    return meeting


def _require_move(meeting: models.Meeting, which: Move) -> None:
    """Says at once if the move cannot be, before anything is booked for it."""
    if which not in timing.moves_of(meeting):
        timing.move(meeting, which)


def _find(uow: UnitOfWork, meeting: models.Meeting, planner: Planner, avoid: set[int]) -> Plan:
    """Times chosen as the job would, engaged; several tries, since others choose at the same time."""
    for _ in range(5):
        plan = planner.plan(meeting, avoid=avoid)
        if plan is None:
            break
        late = bookings.engage(uow.session, plan.holds)
        if not late:
            return plan
        bookings.withdraw(uow.session, [hold.hold_id for hold in plan.holds], meeting.meeting_id)
        planner = Planner(uow.session, [meeting], clock.now())
    raise Conflict(
        "Der er ingen ledige tider inden fristen. Vælg selv tidspunkter, eller frigør tid i kalenderen.",
        code="no-free-time",
    )
