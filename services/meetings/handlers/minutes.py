"""Minutes and agreements. They are people's own words: they stay here, out of events and logs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import uuid4

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, NotFound
from services.meetings import models, policy, tasks
from services.meetings.domain.states import State

WRITABLE = frozenset({State.CONFIRMED, State.HELD, State.FOLLOW_UP_DUE})
"""Minutes may be begun before the meeting and mended until it is closed."""


def save_minutes(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    items: Sequence[Mapping[str, Any]],
) -> models.Minutes:
    """Stores the minutes as they now stand. Made for autosave: their version is their own, so that
    writing never collides with what happens to the meeting; two writers do collide."""
    meeting = policy.meeting(uow, actor, meeting_id, action="change", kind="minutes")
    _require_writable(meeting)
    minutes = uow.session.get(models.Minutes, meeting_id)
    policy.require_version(minutes.version if minutes else 0, expected_version)
    if minutes is None:
        minutes = models.Minutes(meeting_id=meeting_id, version=0)
        uow.session.add(minutes)
    minutes.items = [dict(item) for item in items]
    minutes.version += 1
    minutes.written_by = actor.id
    minutes.written_at = clock.now()
    return minutes


def add_agreement(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    what: str,
    who: str,
    staff_id: str | None = None,
    due: date | None = None,
) -> models.Agreement:
    """Notes what somebody took on. One of the staff who did so gets it among her tasks."""
    meeting = policy.meeting(uow, actor, meeting_id, action="add", kind="agreement")
    _require_writable(meeting)
    agreement = models.Agreement(
        agreement_id=str(uuid4()),
        meeting_id=meeting_id,
        version=1,
        what=what.strip(),
        who=who.strip(),
        staff_id=staff_id,
        due=due,
        state="open",
    )
    uow.session.add(agreement)
    if staff_id:
        tasks.give(
            uow, [tasks.for_staff("agreement", meeting, staff_id, once=agreement.agreement_id, due=due)]
        )
    return agreement


def change_agreement(
    uow: UnitOfWork, actor: Actor, *, agreement_id: str, expected_version: int, **changes: Any
) -> models.Agreement:
    """Changes what was agreed, or notes that it is done or dropped."""
    agreement = uow.session.get(models.Agreement, agreement_id)
    if agreement is None:
        raise NotFound("Aftalen findes ikke, eller du har ikke adgang til den.")
    policy.meeting(uow, actor, agreement.meeting_id, action="change", kind="agreement")
    uow.session.refresh(agreement)
    policy.require_version(agreement.version, expected_version)
    for name, value in changes.items():
        setattr(agreement, name, value)
    agreement.version += 1
    if agreement.state != "open":
        tasks.settle_once(uow, f"agreement:{agreement.meeting_id}:{agreement_id}")
    return agreement


def _require_writable(meeting: models.Meeting) -> None:
    if State(meeting.state) not in WRITABLE:
        raise Conflict(
            "Der kan kun skrives referat og aftaler til et aftalt eller holdt møde.",
            code="not-now",
            extra={"version": meeting.version, "state": meeting.state},
        )
