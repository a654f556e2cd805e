"""People's calendars in the database: what they are engaged with, and engaging them.

The primary key (person, half-hour) is the last word. What was read before is a good guess; what the
insert really wrote is the truth, also when two processes choose at the same moment.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from services.meetings import models
from services.meetings.domain.scheduling import Calendars

# One statement for thousands of rows; executemany would be one round trip of the parser each.
_POSTGRESQL = text(
    "INSERT INTO bookings (person_id, slot_start, hold_id, meeting_id) "
    "SELECT * FROM unnest(CAST(:people AS uuid[]), CAST(:slots AS integer[]), "
    "CAST(:holds AS uuid[]), CAST(:meetings AS uuid[])) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Hold:
    """A time for which people are to be engaged, for a meeting or (without one) blocked by themselves."""

    hold_id: str
    people: tuple[str, ...]
    slots: range
    meeting_id: str | None = None


def calendars(session: Session, people: Collection[str], first: int, last: int) -> Calendars:
    """What the people are engaged with in the half-hours from ``first`` to ``last``, in one query."""
    booked = models.Booking
    found = Calendars()
    if people:
        for person, slot in session.execute(
            select(booked.person_id, booked.slot_start).where(
                booked.person_id.in_(people), booked.slot_start.between(first, last)
            )
        ):
            found.of(person).add(slot)
    return found


def engage(session: Session, holds: Sequence[Hold]) -> list[Hold]:
    """Engages the people for the times, in one statement; returns the holds that came too late.

    A hold is whole or not at all: what was written of one that came too late is taken back. The rows
    go in by person and time, so that two transactions never wait for each other crosswise.
    """
    rows = sorted(
        (person, slot, hold.hold_id, hold.meeting_id)
        for hold in holds
        for person in set(hold.people)
        for slot in hold.slots
    )
    if not rows or _insert(session, rows) == len(rows):
        return []
    return _take_back_the_late(session, holds)


def release(session: Session, meeting_ids: Collection[str], *, but: str | None = None) -> None:
    """Frees what is engaged for the meetings, except for the hold ``but``."""
    booked = models.Booking
    statement = delete(booked).where(booked.meeting_id.in_(meeting_ids))
    if but is not None:
        statement = statement.where(booked.hold_id != but)
    session.execute(statement.execution_options(synchronize_session=False))


def _insert(session: Session, rows: list[tuple[str, int, str, str | None]]) -> int:
    """Inserts those that are free and returns how many."""
    people, slots, holds, meetings = zip(*rows, strict=True)
    if session.get_bind().dialect.name == "postgresql":
        columns = {"people": people, "slots": slots, "holds": holds, "meetings": meetings}
        result: Any = session.execute(_POSTGRESQL, {name: list(values) for name, values in columns.items()})
        return int(result.rowcount)
    names = ("person_id", "slot_start", "hold_id", "meeting_id")
    statement = sqlite.insert(models.Booking.__table__).on_conflict_do_nothing()
    result = session.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
    return int(result.rowcount)


def _take_back_the_late(session: Session, holds: Sequence[Hold]) -> list[Hold]:
    booked = models.Booking
    people = {person for hold in holds for person in hold.people}
    ids = [hold.hold_id for hold in holds]
    mine = booked.person_id.in_(people) & booked.hold_id.in_(ids)
    counts = session.execute(select(booked.hold_id, func.count()).where(mine).group_by(booked.hold_id))
    written: dict[str, int] = {row[0]: row[1] for row in counts}
    late = [hold for hold in holds if written.get(hold.hold_id, 0) < len(set(hold.people)) * len(hold.slots)]
    partly = [hold.hold_id for hold in late if hold.hold_id in written]
    if partly:
        session.execute(
            delete(booked)
            .where(booked.person_id.in_(people), booked.hold_id.in_(partly))
            .execution_options(synchronize_session=False)
        )
    return late


def withdraw(session: Session, hold_ids: Collection[str], meeting_id: str) -> None:
    """Frees these holds of one meeting."""
    booked = models.Booking
    session.execute(
        delete(booked)
        .where(booked.meeting_id == meeting_id, booked.hold_id.in_(hold_ids))
        .execution_options(synchronize_session=False)
    )
