"""Staff's own engagements, and who is free when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import delete, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, NotFound
from services.meetings import bookings, models, policy
from services.meetings.bookings import Hold
from services.meetings.domain.calendar import COPENHAGEN, moment_of, slot_of, slots_between
from services.meetings.planning import Planner


def block_time(
    uow: UnitOfWork, actor: Actor, *, starts_at: datetime, ends_at: datetime, staff_id: str | None = None
) -> dict[str, Any]:
    """Engages one of the staff with something of her own, so that no meeting is put there."""
    staff_id = staff_id or actor.id
    policy.require_calendar(uow.session, actor, staff_id)
    if uow.session.get(models.Staff, staff_id) is None:
        raise NotFound("Medarbejderen findes ikke.")
    hold = Hold(str(uuid4()), (staff_id,), slots_between(starts_at, ends_at))
    if bookings.engage(uow.session, [hold]):
        raise Conflict(
            "Der er allerede noget i kalenderen i det tidsrum.",
            code="time-taken",
            fields={"starts_at": "Vælg et ledigt tidsrum, eller flyt det, der ligger der."},
        )
    return {
        "block_id": hold.hold_id,
        "staff_id": staff_id,
        "starts_at": moment_of(hold.slots.start),
        "ends_at": moment_of(hold.slots.stop),
    }


def free_time(uow: UnitOfWork, actor: Actor, *, block_id: str) -> dict[str, Any]:
    """Takes back a time that was blocked."""
    booked = models.Booking
    of_block = (booked.hold_id == block_id) & booked.meeting_id.is_(None)
    # By person as well, since that is how the table is ordered.
    slots = uow.session.scalars(select(booked).where(of_block)).all()
    if not slots:
        raise NotFound("Tidsrummet findes ikke.")
    policy.require_calendar(uow.session, actor, slots[0].person_id)
    uow.session.execute(delete(booked).where(booked.person_id == slots[0].person_id, of_block))
    (block,) = _stretches(slots)
    return block | {"staff_id": slots[0].person_id}


def availability(
    uow: UnitOfWork, actor: Actor, *, meeting_id: str, from_day: date, to_day: date
) -> dict[str, Any]:
    """When those who could hold the meeting are engaged: not with what or with whom."""
    meeting = policy.meeting(uow, actor, meeting_id)
    candidates = Planner(uow.session, [meeting], clock.now()).candidates(meeting)
    capacities = (
        dict.fromkeys(candidates.receiving, "receiver")
        | dict.fromkeys(candidates.staff, "staff")
        | dict.fromkeys(candidates.leaders, "leader")
    )
    booked = models.Booking
    first = slot_of(datetime.combine(from_day, time.min, COPENHAGEN))
    last = slot_of(datetime.combine(to_day + timedelta(days=1), time.min, COPENHAGEN)) - 1
    found: dict[str, list[models.Booking]] = {}
    for row in uow.session.scalars(
        select(booked)
        .where(booked.person_id.in_(capacities), booked.slot_start.between(first, last))
        .order_by(booked.person_id, booked.slot_start)
    ):
        found.setdefault(row.person_id, []).append(row)
    return {
        "people": [
            {"staff_id": person, "capacity": capacity, "busy": _stretches(found.get(person, []))}
            for person, capacity in sorted(capacities.items())
        ]
    }


def _stretches(slots: Sequence[models.Booking]) -> list[dict[str, Any]]:
    """Half-hours of one engagement after another, put together."""
    return [
        {
            "starts_at": moment_of(run[0].slot_start),
            "ends_at": moment_of(run[-1].slot_start + 1),
            "kind": "meeting" if run[0].meeting_id else "blocked",
            "block_id": None if run[0].meeting_id else run[0].hold_id,
        }
        for run in _runs(slots)
    ]


def _runs(slots: Iterable[models.Booking]) -> list[list[models.Booking]]:
    runs: list[list[models.Booking]] = []
    for slot in slots:
        last = runs[-1][-1] if runs else None
        if last and last.hold_id == slot.hold_id and last.slot_start + 1 == slot.slot_start:
            runs[-1].append(slot)
        else:
            runs.append([slot])
    return runs
