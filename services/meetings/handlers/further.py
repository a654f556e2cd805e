"""Further meetings: a follow-up, or one with specialists, after a meeting that has been held.

One with specialists waits for a consent that reaches each of them; until then it can be called off and
nothing else. Who is added later is added here too, as a meeting of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.meetings import events, gates, models, policy, tasks, telling
from services.meetings.domain.states import ENDED, State
from services.meetings.handlers import timing
from services.meetings.queries import whole

AFTER = frozenset({State.HELD, State.FOLLOW_UP_DUE, State.CLOSED})
INVITE_WITHIN = timedelta(days=5)


def further_meeting(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    kind: str,
    hold_by: date,
    specialist_ids: Sequence[str],
) -> dict[str, Any]:
    """Makes the meeting that follows; it is invited to by staff, with times as any other."""
    before = policy.meeting(uow, actor, meeting_id, action="change")
    policy.require_version(before.version, expected_version)
    if State(before.state) not in AFTER:
        raise Conflict(
            "Et yderligere møde aftales, når mødet er holdt.",
            code="not-now",
            extra={"version": before.version, "state": before.state},
        )
    today = clock.today()
    if hold_by < today:
        raise Invalid("Dagen er før i dag.", fields={"hold_by": "Vælg en dag fra i dag og frem."})
    units = _units(uow, kind, specialist_ids)
    _require_none_open(uow, before, kind)
    consent = None
    if units:
        consent = gates.covering(uow.session, before.child_id, gates.MEETING, units, keep=True)
    meeting = models.Meeting(
        meeting_id=str(uuid4()),
        version=1,
        kind=kind,
        state=State.REQUIRED.value,
        attempt_at=None,
        attempts=0,
        invitation=0,
        chased=0,
        sequence=0,
        in_calendars=False,
        roles={},
        created_at=clock.now(),
        correlation_id=uow.context.correlation_id,
        traceparent=uow.context.traceparent,
        # A meeting that waits for a consent is not late with its invitation.
        invite_by=hold_by if units and consent is None else min(hold_by, today + INVITE_WITHIN),
        hold_by=hold_by,
        follows=meeting_id,
        consent_id=consent.consent_id if consent else None,
        **{
            name: getattr(before, name)
            for name in ("child_id", "track", "concern_id", "round_id", "institution_id", "group_id")
        },
    )
    uow.session.add(meeting)
    uow.session.flush()
    uow.session.add_all(
        models.MeetingSpecialist(meeting_id=meeting.meeting_id, staff_id=staff_id)
        for staff_id in dict.fromkeys(specialist_ids)
    )
    _tell(uow, meeting)
    if not units or consent is not None:
        contact = timing.contact_of(before)
        tasks.give(uow, [tasks.for_staff("plan_meeting", meeting, contact, due=meeting.invite_by)])
    return whole(uow, meeting)


def _units(uow: UnitOfWork, kind: str, specialist_ids: Sequence[str]) -> list[set[str]]:
    if kind != gates.KIND:
        if specialist_ids:
            mend = "Vælg et møde med specialister."
            raise Invalid(
                "Specialister er kun med på et møde, der venter på samtykke.", fields={"kind": mend}
            )
        return []
    known = gates.units_of_specialists(uow.session, specialist_ids)
    if not specialist_ids or set(known) != set(specialist_ids):
        mend = "Vælg mindst én specialist, der er ansat."
        raise Invalid("Vælg, hvem der skal være med.", fields={"specialist_ids": mend})
    return list(known.values())


def _require_none_open(uow: UnitOfWork, before: models.Meeting, kind: str) -> None:
    meeting = models.Meeting
    found = uow.session.scalar(
        select(meeting.meeting_id).where(
            meeting.child_id == before.child_id,
            meeting.track == before.track,
            meeting.kind == kind,
            meeting.state.not_in([state.value for state in ENDED]),
        )
    )
    if found is not None:
        raise Conflict(
            "Der er allerede et møde af den slags i gang.", code="meeting-open", extra={"meeting_id": found}
        )


def _tell(uow: UnitOfWork, meeting: models.Meeting) -> None:
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
    telling.add_steps(uow.session, [telling.step(meeting, "required", detail=meeting.kind)])
