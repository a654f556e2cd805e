"""Finding people and times for meetings: loads in a few queries what the pure algorithm needs.

One :class:`Planner` serves a whole batch, and what it has given to one meeting is no longer free for
the next. Nothing is written here; see :mod:`~services.meetings.bookings`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.meetings import models
from services.meetings.bookings import Hold, calendars
from services.meetings.domain.calendar import day_of, moment_of, possible_starts, slot_of
from services.meetings.domain.scheduling import (
    TEAMS_TRIED,
    Calendars,
    Candidates,
    Choice,
    Team,
    choose,
    teams,
)
from services.meetings.domain.settings import Settings
from services.meetings.settings_store import settings_for

LEADER = "leader"
TRANSITION = "transition"
"""The kind of meeting to which the staff of two institutions come."""
GROUP_STAFF = ("pedagogue", "childminder", "teacher", "health_visitor")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a meeting is to be proposed: a team, and times each with an id of its own."""

    team: Team
    holds: tuple[Hold, ...]
    starts: tuple[datetime, ...]
    duration: timedelta

    def times(self) -> list[tuple[str, datetime, datetime]]:
        """Proposal id, beginning and end, in order of time."""
        return [
            (hold.hold_id, starts_at, starts_at + self.duration)
            for hold, starts_at in zip(self.holds, self.starts, strict=True)
        ]


class Planner:
    """Chooses for any of ``meetings`` as things stand ``now``."""

    def __init__(self, session: Session, meetings: Sequence[models.Meeting], now: datetime) -> None:
        self._now = now
        self._settings = settings_for(session, {meeting.institution_id for meeting in meetings})
        self._candidates = _candidates(session, meetings, day_of(now), self._settings)
        last = max((meeting.hold_by for meeting in meetings), default=day_of(now)) + timedelta(days=1)
        self._calendars = calendars(
            session,
            {person for who in self._candidates.values() for person in who.people},
            slot_of(now),
            slot_of(now + (last - day_of(now)) + timedelta(days=1)),
        )
        self._starts: dict[tuple[str, date], list[int]] = {}

    def settings(self, meeting: models.Meeting) -> Settings:
        """The settings that apply to the meeting's institution."""
        return self._settings[meeting.institution_id]

    def candidates(self, meeting: models.Meeting) -> Candidates:
        """Who could hold the meeting."""
        return self._candidates[meeting.meeting_id]

    @property
    def calendars(self) -> Calendars:
        return self._calendars

    def plan(
        self, meeting: models.Meeting, *, wanted: int | None = None, avoid: Collection[int] = ()
    ) -> Plan | None:
        """A plan for the meeting, whose people it takes from the next; nothing if no time is left."""
        settings = self.settings(meeting)
        choice = choose(
            self.candidates(meeting),
            self._calendars,
            self._possible(meeting, settings),
            settings.length,
            wanted or settings.proposals,
            avoid,
        )
        if choice is None:
            return None
        for start in choice.starts:
            self._calendars.take(choice.team.members, start, settings.length)
        return _plan(meeting, choice, settings)

    def team_for(self, meeting: models.Meeting, slots: Collection[int]) -> Team | None:
        """The team for times that staff have chosen: one that is free at all of them, if there is one."""
        candidates = self.candidates(meeting)
        if not candidates:
            return None
        possible = list(islice(teams(candidates, self._calendars), TEAMS_TRIED))
        free = (team for team in possible if not self._calendars.engaged(team.members) & set(slots))
        return next(free, possible[0])

    def possible(self, meeting: models.Meeting) -> list[int]:
        """The half-hours at which the meeting could begin by the institution's hours, whoever holds it."""
        return self._possible(meeting, self.settings(meeting))

    def _possible(self, meeting: models.Meeting, settings: Settings) -> list[int]:
        key = (meeting.institution_id, meeting.hold_by)
        if key not in self._starts:
            self._starts[key] = possible_starts(
                settings.hours,
                settings.length,
                self._now + settings.notice,
                meeting.hold_by,
                settings.closed_days,
            )
        return self._starts[key]


def _plan(meeting: models.Meeting, choice: Choice, settings: Settings) -> Plan:
    holds = tuple(
        Hold(str(uuid4()), choice.team.members, range(start, start + settings.length), meeting.meeting_id)
        for start in choice.starts
    )
    return Plan(choice.team, holds, tuple(moment_of(start) for start in choice.starts), settings.duration)


def _candidates(
    session: Session, meetings: Iterable[models.Meeting], today: date, settings: dict[str, Settings]
) -> dict[str, Candidates]:
    """For each meeting its leaders and staff: the group's own, else the institution's, else the
    district's leaders. To a transition meeting come a leader and one of the staff of the new place too."""
    meetings = list(meetings)
    there = _new_places(session, meetings)
    districts: dict[str, str | None] = {
        row.institution_id: row.district_id
        for row in session.execute(
            select(models.Institution.institution_id, models.Institution.district_id).where(
                models.Institution.institution_id.in_({meeting.institution_id for meeting in meetings})
            )
        )
    }
    ways = {
        meeting.meeting_id: [
            unit
            for unit in (meeting.group_id, meeting.institution_id, districts.get(meeting.institution_id))
            if unit
        ]
        for meeting in meetings
    }
    units = {unit for units in (*ways.values(), *there.values()) for unit in units}
    assigned = _assigned(session, units, today)
    found = {}
    for meeting in meetings:
        leaders = _nearest(assigned, ways[meeting.meeting_id], (LEADER,))
        # A district's health visitors or pedagogues have no task for this child.
        staff = _nearest(assigned, ways[meeting.meeting_id][:2], GROUP_STAFF)
        new_place = there.get(meeting.meeting_id, ())
        receivers = [_nearest(assigned, new_place, roles) for roles in ((LEADER,), GROUP_STAFF)]
        found[meeting.meeting_id] = Candidates(
            leaders,
            staff,
            settings[meeting.institution_id].staff_wanted,
            # Who works in both places is there once.
            tuple(apart for group in receivers if (apart := _without(group, {*leaders, *staff}))),
        )
    return found


def _new_places(session: Session, meetings: Sequence[models.Meeting]) -> dict[str, tuple[str, str]]:
    """For each transition meeting the group and institution to which the child goes."""
    ids = [meeting.meeting_id for meeting in meetings if meeting.kind == TRANSITION]
    if not ids:
        return {}
    row = models.Transition
    return {
        str(found.meeting_id): (found.to_group_id, found.to_institution_id)
        for found in session.execute(
            select(row.meeting_id, row.to_group_id, row.to_institution_id).where(row.meeting_id.in_(ids))
        )
    }


def _without(people: Sequence[str], others: Collection[str]) -> tuple[str, ...]:
    return tuple(person for person in people if person not in others)


def _assigned(session: Session, units: Collection[str], today: date) -> dict[tuple[str, str], set[str]]:
    given = models.Assignment
    found: dict[tuple[str, str], set[str]] = {}
    for unit, role, staff_id in session.execute(
        select(given.unit_id, given.role, given.staff_id)
        .join(models.Staff, models.Staff.staff_id == given.staff_id)
        .where(
            given.unit_id.in_(units),
            given.role.in_([LEADER, *GROUP_STAFF]),
            given.from_day <= today,
            given.to_day.is_(None) | (given.to_day >= today),
            models.Staff.active.is_(True),
        )
    ):
        found.setdefault((unit, role), set()).add(staff_id)
    return found


def _nearest(
    assigned: dict[tuple[str, str], set[str]], units: Sequence[str], roles: Collection[str]
) -> tuple[str, ...]:
    """Those of the first unit that has any in one of the roles."""
    for unit in units:
        found = set().union(*(assigned.get((unit, role), ()) for role in roles))
        if found:
            return tuple(sorted(found))
    return ()
