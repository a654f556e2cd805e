"""Reads: a meeting with all that belongs to it, lists, tasks and the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select

from services.chassis import clock
from services.chassis.actor import EVERYWHERE, Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid
from services.meetings import gates, models, policy
from services.meetings.domain.states import ENDED, State, moves_from
from services.meetings.settings_store import agenda_of

_OF_A_MEETING = tuple(column.name for column in models.Meeting.__table__.columns)


def get_meeting(uow: UnitOfWork, actor: Actor, *, meeting_id: str) -> dict[str, Any]:
    """A meeting with its people, times, agenda, minutes and agreements."""
    return whole(uow, policy.meeting(uow, actor, meeting_id))


def whole(uow: UnitOfWork, meeting: models.Meeting) -> dict[str, Any]:
    """The meeting as it is shown to those who hold it. Who asks has been let in already."""
    session = uow.session
    session.flush()

    def of(model: Any, *order: Any) -> Sequence[Any]:
        rows: Sequence[Any] = session.scalars(
            select(model).where(model.meeting_id == meeting.meeting_id).order_by(*order)
        ).all()
        return rows

    proposals = of(models.Proposal, models.Proposal.invitation, models.Proposal.starts_at)
    return {
        **{name: getattr(meeting, name) for name in _OF_A_MEETING},
        "staff": of(models.MeetingStaff, models.MeetingStaff.capacity, models.MeetingStaff.staff_id),
        "guardians": of(models.MeetingGuardian, models.MeetingGuardian.guardian_id),
        "proposals": [proposal for proposal in proposals if proposal.state != "released"],
        "agenda": agenda_of(session, meeting),
        "minutes": session.get(models.Minutes, meeting.meeting_id),
        "agreements": of(models.Agreement, models.Agreement.due, models.Agreement.agreement_id),
        "shared": session.scalar(
            select(models.SharedMinutes)
            .where(models.SharedMinutes.meeting_id == meeting.meeting_id)
            .order_by(models.SharedMinutes.edition.desc())
            .limit(1)
        ),
        "specialists": of(models.MeetingSpecialist, models.MeetingSpecialist.staff_id),
        "consent": gates.standing(session, meeting),
        "moves": sorted(move.value for move in moves_from(State(meeting.state))),
    }


def list_meetings(
    uow: UnitOfWork,
    actor: Actor,
    *,
    child_id: str | None = None,
    group_id: str | None = None,
    institution_id: str | None = None,
    mine: bool = False,
    states: Sequence[str] | None = None,
    after: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    """Meetings that the actor may see, by the day they must be held; every child in the list is logged.

    A group's or institution's meetings are those of the children who are enrolled there today.
    """
    policy.require_staff(actor)
    meeting = models.Meeting
    query = select(meeting).order_by(meeting.hold_by, meeting.meeting_id).limit(limit + 1)
    own = select(models.MeetingStaff.meeting_id).where(models.MeetingStaff.staff_id == actor.id)
    if mine:
        guest = gates.open_meetings(uow.session, actor)
        here = or_(meeting.meeting_id.in_(own), meeting.meeting_id.in_(guest))
        query = query.where(here, meeting.state.not_in([end.value for end in ENDED]))
    elif (within := policy.children_within(actor)) is not None:
        query = query.where(within)
    if child_id:
        query = query.where(meeting.child_id == child_id)
    place = models.Enrolment
    for column, unit in ((place.group_id, group_id), (place.institution_id, institution_id)):
        if unit:
            there = select(place.child_id).where(column == unit, policy.current(clock.today()))
            query = query.where(meeting.child_id.in_(there))
    if states:
        query = query.where(meeting.state.in_(states))
    if after:
        query = query.where(_later(meeting.hold_by, meeting.meeting_id, after))
    found = uow.session.scalars(query).all()
    page = found[:limit]
    _log_children(uow, actor, page)
    return {"items": page, "next": _next(found, limit, "hold_by", "meeting_id")}


def my_tasks(
    uow: UnitOfWork, actor: Actor, *, state: str = "open", after: str | None = None, limit: int = 100
) -> dict[str, Any]:
    """The actor's own tasks, and those of the groups and institutions that she leads, by due day."""
    policy.require_staff(actor)
    task = models.Task
    query = select(task).where(task.state == state, policy.has_task(uow.session, actor))
    query = query.order_by(task.due, task.task_id).limit(limit + 1)
    if after:
        query = query.where(_later(task.due, task.task_id, after))
    found = uow.session.scalars(query).all()
    page = found[:limit]
    _log_children(uow, actor, page, kind="task")
    return {"items": page, "next": _next(found, limit, "due", "task_id")}


def timeline(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """What has happened with the child's meetings, newest first, in codes."""
    policy.child(uow, actor, child_id, kind="meetings")
    step, meeting = models.Step, models.Meeting
    found = uow.session.execute(
        select(
            step.at,
            step.kind,
            step.detail,
            step.meeting_id,
            step.invitation,
            meeting.concern_id,
            meeting.track,
            meeting.kind.label("meeting_kind"),
        )
        .join(meeting, meeting.meeting_id == step.meeting_id)
        .where(step.child_id == child_id)
        .order_by(step.at.desc(), step.step_id)
    )
    own = models.TransitionStep
    passing = uow.session.execute(
        select(own.at, own.kind, own.detail, own.transition_id)
        .where(own.child_id == child_id)
        .order_by(own.at.desc(), own.step_id)
    )
    items = [row._asdict() for row in (*found, *passing)]
    return {"items": sorted(items, key=lambda item: item["at"], reverse=True)}


def specialists(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """Who works as a specialist today and can be asked to a meeting, with the units a consent would name."""
    policy.require_staff(actor)
    given, today = models.Assignment, clock.today()
    found: dict[str, list[str]] = {}
    for staff_id, unit_id in uow.session.execute(
        select(given.staff_id, given.unit_id)
        .join(models.Staff, models.Staff.staff_id == given.staff_id)
        .where(
            given.role == gates.SPECIALIST,
            given.unit_id != EVERYWHERE,
            given.from_day <= today,
            given.to_day.is_(None) | (given.to_day >= today),
            models.Staff.active.is_(True),
        )
        .order_by(given.staff_id, given.unit_id)
    ):
        found.setdefault(staff_id, []).append(unit_id)
    return {"items": [{"staff_id": id_, "unit_ids": units} for id_, units in found.items()]}


def _log_children(uow: UnitOfWork, actor: Actor, rows: Iterable[Any], *, kind: str = "meeting") -> None:
    uow.log_access(actor, action="search", kind=kind, subjects=sorted({row.child_id for row in rows}))


def _later(day: Any, id_: Any, after: str) -> ColumnElement[bool]:
    """The condition that a row comes after the one that ``after`` names."""
    date_text, _, id_text = after.partition("_")
    try:
        on, past = date.fromisoformat(date_text), str(UUID(id_text))
    except ValueError as error:
        raise Invalid(
            "Siden findes ikke.", fields={"after": "Brug værdien af next fra siden før."}
        ) from error
    return or_(day > on, and_(day == on, id_ > past))


def _next(found: Sequence[Any], limit: int, day: str, id_: str) -> str | None:
    if len(found) <= limit:
        return None
    last = found[limit - 1]
    return f"{getattr(last, day).isoformat()}_{getattr(last, id_)}"
