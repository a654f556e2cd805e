"""What waits or is late among the meetings: by child for those who lead, in numbers for administration."""

from __future__ import annotations

from datetime import date
from typing import Any

from marshmallow import validate
from sqlalchemy import ColumnElement, and_, case, func, select

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden
from services.chassis.schemas import Gives, Takes, Uid, fields
from services.meetings import models, policy
from services.meetings.domain.numbers import hide_small
from services.meetings.domain.states import AHEAD, ENDED, UNDECIDED, State
from services.meetings.planning import LEADER
from services.meetings.schemas import MeetingSummary

MOST = 500
"""Meetings in a leader's list, the nearest deadline first; a leader has far fewer."""
ADMINISTRATION = frozenset({"administration"})
COUNTED = ("open", "unbooked", "late_invite", "late_hold", "late_follow_up")


class OverviewOf(Takes):
    """``export``: it leaves as a file, which is noted. ``individuals``: with each meeting, for who leads, and
    ``most`` so many of them."""

    institution_id = Uid(load_default=None, allow_none=True)
    group_id = Uid(load_default=None, allow_none=True)
    individuals = fields.Boolean(load_default=True)
    most = fields.Integer(load_default=MOST, validate=validate.Range(min=1, max=MOST))
    export = fields.Boolean(load_default=False)


class Counted(Gives):
    """Open meetings; ``null``: too few to tell without telling of somebody.

    ``unbooked`` have no time that everybody knows. ``late_invite``, ``late_hold`` and ``late_follow_up`` have
    passed the day on which that was to be done.
    """

    institution_id = Uid(allow_none=True)
    open = fields.Integer(allow_none=True)
    unbooked = fields.Integer(allow_none=True)
    late_invite = fields.Integer(allow_none=True)
    late_hold = fields.Integer(allow_none=True)
    late_follow_up = fields.Integer(allow_none=True)


class Waiting(MeetingSummary):
    """An open meeting. ``late`` names the deadlines that have passed: invite, hold, follow_up."""

    unbooked = fields.Boolean()
    late = fields.List(fields.String())


class Overview(Gives):
    """Open meetings by institution, their sum, and each of them where the caller leads.

    ``concern_ids`` are the concerns of her children that ever led to a meeting: one that is open and not
    among them has fallen between two chairs.
    """

    institutions = fields.List(fields.Nested(Counted))
    total = fields.Nested(Counted)
    meetings = fields.List(fields.Nested(Waiting))
    concern_ids = fields.List(Uid())


def overview(
    uow: UnitOfWork,
    actor: Actor,
    *,
    institution_id: str | None = None,
    group_id: str | None = None,
    individuals: bool = True,
    most: int = MOST,
    export: bool = False,
) -> dict[str, Any]:
    """Open meetings about the children whom the caller leads; numbers alone for administration.

    Administration sees no child and no group, and no number so small that it tells of somebody; an
    institution asked for alone shows what it shows among the others.
    """
    policy.require_staff(actor)
    if actor.holds(ADMINISTRATION):
        if group_id is not None:
            raise Forbidden("Forvaltningen ser tallene for institutioner, ikke for grupper.")
        return _numbers(uow, actor, institution_id, export)
    within = policy.children_within(actor, {LEADER})
    if not actor.units({LEADER}):
        raise Forbidden("Overblikket over møder er for ledere og forvaltning.")
    meeting, today = models.Meeting, clock.today()
    conditions = [_open(), *([within] if within is not None else [])]
    conditions += [column == value for column, value in (
        (meeting.institution_id, institution_id), (meeting.group_id, group_id),
    ) if value is not None]  # fmt: skip
    rows = uow.session.execute(_counts(today).where(*conditions)).all()
    found = uow.session.scalars(
        select(meeting).where(*conditions).order_by(meeting.hold_by, meeting.meeting_id).limit(most)
    ).all() if individuals else []  # fmt: skip
    action = "export" if export else "search"
    uow.log_access(actor, action=action, kind="meeting", subjects=sorted({one.child_id for one in found}))
    columns = {name: [getattr(row, name) for row in rows] for name in COUNTED}
    return {
        "institutions": [dict(row._mapping) for row in rows],
        "total": {"institution_id": None, **{name: sum(some) for name, some in columns.items()}},
        "meetings": [_waiting(one, today) for one in found],
        "concern_ids": _concerns(uow, within) if individuals else [],
    }


def _numbers(uow: UnitOfWork, actor: Actor, institution_id: str | None, export: bool) -> dict[str, Any]:
    rows = uow.session.execute(_counts(clock.today()).where(_open())).all()
    shown: dict[str, list[int | None]] = {}
    total: dict[str, int | None] = {}
    for name in COUNTED:
        shown[name], total[name] = hide_small([getattr(row, name) for row in rows])
    if export:
        uow.log_access(actor, action="export", kind="overview", subjects=[institution_id or "*"])
    return {
        "institutions": [
            {"institution_id": row.institution_id, **{name: shown[name][index] for name in COUNTED}}
            for index, row in enumerate(rows)
            if institution_id is None or row.institution_id == institution_id
        ],
        "total": {"institution_id": None, **total},
        "meetings": [],
        "concern_ids": [],
    }


def _concerns(uow: UnitOfWork, within: ColumnElement[bool] | None) -> list[str]:
    query = select(models.Meeting.concern_id).distinct()
    return list(uow.session.scalars(query if within is None else query.where(within)))


def _open() -> ColumnElement[bool]:
    # Named one by one, so that the index on the state is used.
    return models.Meeting.state.in_([state.value for state in State if state not in ENDED])


def _counts(today: date) -> Any:
    meeting = models.Meeting
    flags = {
        "open": meeting.meeting_id.is_not(None),
        "unbooked": meeting.state.in_([state.value for state in UNDECIDED]),
        "late_invite": and_(meeting.state == State.REQUIRED.value, meeting.invite_by < today),
        "late_hold": and_(meeting.state.in_([state.value for state in AHEAD]), meeting.hold_by < today),
        "late_follow_up": and_(meeting.state == State.FOLLOW_UP_DUE.value, meeting.follow_up_on < today),
    }
    return (
        select(
            meeting.institution_id,
            *(func.sum(case((flag, 1), else_=0)).label(name) for name, flag in flags.items()),
        )
        .group_by(meeting.institution_id)
        .order_by(meeting.institution_id)
    )


def _waiting(meeting: models.Meeting, today: date) -> dict[str, Any]:
    late = {
        "invite": meeting.state == State.REQUIRED and meeting.invite_by < today,
        "hold": meeting.state in AHEAD and meeting.hold_by < today,
        "follow_up": (
            meeting.state == State.FOLLOW_UP_DUE
            and meeting.follow_up_on is not None
            and meeting.follow_up_on < today
        ),
    }
    named = {column.name: getattr(meeting, column.name) for column in models.Meeting.__table__.columns}
    return {
        **named,
        "unbooked": meeting.state in UNDECIDED,
        "late": [name for name, is_late in late.items() if is_late],
    }
