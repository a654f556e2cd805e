"""Preparing a meeting step by step before anybody is told, and opening it when its roles are filled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Conflict, Invalid
from services.meetings import gates, models, policy, tasks, telling
from services.meetings.domain import invitations
from services.meetings.domain.agenda import ROLES
from services.meetings.domain.calendar import moment_of, slots_between
from services.meetings.domain.interpreters import may_be_ordered
from services.meetings.domain.scheduling import spread
from services.meetings.domain.states import AHEAD, State
from services.meetings.handlers import inviting, timing
from services.meetings.planning import TRANSITION, Planner
from services.meetings.queries import whole

EARLY = timedelta(hours=1)
"""So long before its time a meeting may be opened or marked as held: families come early."""

SUGGESTED = 6


def save_plan(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    staff_ids: Sequence[str] | None = None,
    starts_at: Sequence[datetime] | None = None,
    place: str | None = None,
    agenda_version: int | None = None,
    agenda: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Keeps what has been chosen so far. Nothing is engaged and nobody told before the invitation."""
    meeting = _ahead(uow, actor, meeting_id, expected_version)
    plan = dict(meeting.plan or {})
    if staff_ids is not None:
        timing.require_employed(uow, staff_ids)
        if meeting.kind == TRANSITION:
            planner = Planner(uow.session, [meeting], clock.now())
            timing.require_both_places(planner.candidates(meeting), staff_ids)
        plan["staff_ids"] = list(dict.fromkeys(staff_ids))
    if starts_at is not None:
        plan["starts_at"] = [moment.isoformat() for moment in sorted(set(starts_at))]
    if place is not None:
        if meeting.in_calendars and place != meeting.place:
            raise Conflict(
                "Mødet er aftalt. Flyt det for at ændre stedet, så forældrene får besked.", code="not-now"
            )
        meeting.place = place
    if agenda is not None:
        _require_distinct(agenda)
        meeting.agenda_items = [dict(item) for item in agenda]
    if agenda_version is not None:
        meeting.agenda_version = agenda_version
    meeting.plan = plan or None
    meeting.version += 1
    return whole(uow, meeting)


def draft(uow: UnitOfWork, actor: Actor, *, meeting_id: str) -> dict[str, Any]:
    """The invitation as it would go out now: people, times and who is engaged at each, and suggestions."""
    meeting = policy.meeting(uow, actor, meeting_id)
    now = clock.now()
    planner = Planner(uow.session, [meeting], now)
    settings = planner.settings(meeting)
    candidates = planner.candidates(meeting)
    leaders, receiving = set(candidates.leaders), set(candidates.receiving)
    plan = meeting.plan or {}
    people = plan.get("staff_ids") or _who_holds(uow, meeting, planner)
    starts = [datetime.fromisoformat(text) for text in plan.get("starts_at") or []]
    last = max([*starts, now], default=now)
    busy = _busy(uow, meeting, people, now, last)
    engaged_at_all = set().union(*busy.values()) if busy else set()
    free = [
        start
        for start in planner.possible(meeting)
        if engaged_at_all.isdisjoint(range(start, start + settings.length))
    ]
    return {
        "meeting_id": meeting_id,
        "version": meeting.version,
        "staff": [_capacity(person, leaders, receiving) for person in people],
        "candidates": [_capacity(person, leaders, receiving) for person in candidates.people],
        "times": [
            {
                "starts_at": start,
                "ends_at": start + settings.duration,
                "engaged": [
                    person
                    for person in people
                    if not busy.get(person, set()).isdisjoint(slots_between(start, start + settings.duration))
                ],
                "passed": start < now,
            }
            for start in starts
        ],
        "suggested": [
            {"starts_at": moment_of(start), "ends_at": moment_of(start) + settings.duration}
            for start in spread(free, SUGGESTED)
        ],
        "answer_by": invitations.answer_by(now, starts, settings.answer_days, settings.accept_lead)
        if starts
        else None,
        "place": meeting.place or settings.place,
        "reason": "first" if meeting.invitation == 0 else "new_times",
        "guardian_ids": telling.holders_of(uow.session, meeting),
        "withheld": policy.is_withheld(uow.session, meeting.child_id),
    }


def set_interpreters(
    uow: UnitOfWork,
    actor: Actor,
    *,
    meeting_id: str,
    expected_version: int,
    items: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    """Notes for each custody holder named whether she needs an interpreter, and whether one is ordered.

    An order asks for the confirmation that the interpreter is 18 or older, or that the matter is
    unproblematic (LR-15).
    """
    meeting = _ahead(uow, actor, meeting_id, expected_version)
    holders = telling.custody_holders(uow.session, [meeting.child_id]).get(meeting.child_id, [])
    inviting.invite_guardians(uow, meeting, holders)
    mends = {}
    for number, item in enumerate(items):
        if item["guardian_id"] not in {holder.guardian_id for holder in holders}:
            mends[f"items.{number}.guardian_id"] = "Vælg en af barnets forældremyndighedsindehavere."
        elif item["ordered"] and not may_be_ordered(item["language"], item["age"]):
            field = "age" if item["language"] else "language"
            mends[f"items.{number}.{field}"] = (
                "Bekræft, at tolken er fyldt 18 år, eller at sagen er uproblematisk."
                if item["language"]
                else "Vælg, hvilket sprog der skal tolkes på."
            )
    if mends:
        raise Invalid("Tolken kan ikke noteres sådan.", fields=mends)
    for item in items:
        row = uow.session.get(models.MeetingGuardian, (meeting_id, item["guardian_id"]))
        if row is None:
            continue
        row.interpreter_language = item["language"]
        row.interpreter_ordered = bool(item["language"] and item["ordered"])
        row.interpreter_age = item["age"] if row.interpreter_ordered else None
        if row.interpreter_ordered or row.interpreter_language is None:
            tasks.settle_once(uow, f"book_interpreter:{meeting_id}:{item['guardian_id']}")
    uow.session.flush()
    timing.ask_for_interpreters(uow, meeting)
    meeting.version += 1
    return whole(uow, meeting)


def start(uow: UnitOfWork, actor: Actor, *, meeting_id: str, expected_version: int) -> dict[str, Any]:
    """Opens the meeting: it has a time, that time has come, and every role is somebody's."""
    meeting = _ahead(uow, actor, meeting_id, expected_version)
    if State(meeting.state) is not State.CONFIRMED:
        raise Conflict("Mødet kan begynde, når det har et aftalt tidspunkt.", code="not-now")
    gates.require_consent(uow.session, meeting)
    require_roles(meeting)
    require_begun(meeting)
    if meeting.started_at is None:
        meeting.started_at = clock.now()
        meeting.version += 1
    return whole(uow, meeting)


def require_roles(meeting: models.Meeting) -> None:
    """Refuses what needs every role filled, and says which are not."""
    empty = [role for role in ROLES if not (meeting.roles or {}).get(role)]
    if empty:
        raise Invalid(
            "Alle roller skal være fordelt, før mødet holdes.",
            code="roles-missing",
            fields={f"roles.{role}": "Vælg, hvem der har rollen." for role in empty},
        )


def require_begun(meeting: models.Meeting) -> None:
    """Refuses what comes before the meeting's time."""
    if meeting.starts_at is not None and clock.now() < meeting.starts_at - EARLY:
        raise Conflict("Mødet er ikke begyndt endnu.", code="not-begun")


def _ahead(uow: UnitOfWork, actor: Actor, meeting_id: str, expected_version: int) -> models.Meeting:
    meeting = policy.meeting(uow, actor, meeting_id, action="change")
    policy.require_version(meeting.version, expected_version)
    if State(meeting.state) not in AHEAD:
        raise Conflict(
            "Mødet er holdt eller afsluttet og kan ikke planlægges om.",
            code="not-now",
            extra={"version": meeting.version, "state": meeting.state},
        )
    return meeting


def _who_holds(uow: UnitOfWork, meeting: models.Meeting, planner: Planner) -> list[str]:
    """Those who hold the meeting already, else those whom the job would choose."""
    present = uow.session.scalars(
        select(models.MeetingStaff)
        .where(models.MeetingStaff.meeting_id == meeting.meeting_id)
        .order_by(models.MeetingStaff.capacity, models.MeetingStaff.staff_id)
    ).all()
    if present:
        return [one.staff_id for one in present]
    team = planner.team_for(meeting, ())
    return list(team.members) if team else []


def _busy(
    uow: UnitOfWork, meeting: models.Meeting, people: Sequence[str], first: datetime, last: datetime
) -> dict[str, set[int]]:
    """What the people are engaged with besides this very meeting, whose own times are freed when it moves."""
    booked = models.Booking
    until = max(last, first + timedelta(days=(meeting.hold_by - _day(first)).days + 2)) + timedelta(days=1)
    slots = slots_between(first, max(until, first + timedelta(days=1)))
    found: dict[str, set[int]] = {}
    for person, slot in uow.session.execute(
        select(booked.person_id, booked.slot_start).where(
            booked.person_id.in_(people),
            booked.slot_start.between(slots.start, slots.stop),
            booked.meeting_id.is_(None) | (booked.meeting_id != meeting.meeting_id),
        )
    ):
        found.setdefault(person, set()).add(slot)
    return found


def _day(moment: datetime) -> date:
    return moment.astimezone(clock.COPENHAGEN).date()


def _capacity(person: str, leaders: set[str], receiving: set[str]) -> dict[str, str]:
    capacity = "leader" if person in leaders else "receiver" if person in receiving else "staff"
    return {"staff_id": person, "capacity": capacity}


def _require_distinct(agenda: Sequence[Mapping[str, Any]]) -> None:
    codes = [item["code"] for item in agenda]
    twice = {
        f"agenda.{number}.code": "Punktet står to gange. Fjern det ene."
        for number, code in enumerate(codes)
        if code in codes[:number]
    }
    if twice:
        raise Invalid("Et punkt står to gange på dagsordenen.", fields=twice)
