"""What meetings keeps of the registry's records: the newest version of each, and no more than it needs.

A record carries the whole of its thing, so a newer one replaces what was known, and an older or
repeated one changes nothing. The same records, asked for page by page, rebuild it all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.chassis import catalogue, clock
from services.chassis.database import Database, UnitOfWork, insert_all, upsert
from services.chassis.received import Received
from services.meetings import models, tasks
from services.meetings.domain.states import AHEAD
from services.meetings.handlers.transitions import follow_moves, open_transitions
from services.meetings.planning import TRANSITION
from services.meetings.schemas import reads

Snapshot = tuple[int, dict[str, Any]]
"""A record's version and data."""

Fetch = Callable[[str, str | None], dict[str, Any]]
"""Gives the registry's page of ``{items: [{version, data}], next}`` for a kind, after a key."""


def record_children(uow: UnitOfWork, events: list[Received]) -> None:
    """Handles registry's child.recorded."""
    snapshots = _snapshots(events)
    _children(uow.session, snapshots)
    _notice_moves(uow, [data["child_id"] for _, data in snapshots])
    follow_moves(uow, sorted({data["child_id"] for _, data in snapshots}))
    open_transitions(uow, sorted({data["child_id"] for _, data in snapshots}))


def record_institutions(uow: UnitOfWork, events: list[Received]) -> None:
    """Handles registry's institution.recorded."""
    _institutions(uow.session, _snapshots(events))


def record_staff(uow: UnitOfWork, events: list[Received]) -> None:
    """Handles registry's staff.recorded."""
    _staff(uow.session, _snapshots(events))


def rebuild(database: Database, fetch: Fetch) -> dict[str, int]:
    """Reads all records from the registry again; answers with how many of each kind.

    It also mends what is wrong here under the right version; what is newer here stays.
    """
    kinds: list[tuple[str, str, type[catalogue.Reads], Callable[..., None]]] = [
        ("institution", "institutions", reads.InstitutionRecorded, _institutions),
        ("staff", "staff", reads.StaffRecorded, _staff),
        ("child", "children", reads.ChildRecorded, _children),
    ]
    counts = {}
    for kind, name, schema, store in kinds:
        after, counts[name] = None, 0
        while True:
            page = fetch(kind, after)
            snapshots = [(item["version"], catalogue.read(schema, item["data"])) for item in page["items"]]
            with database.unit_of_work() as uow:
                store(uow.session, snapshots, again=True)
            counts[name] += len(snapshots)
            after = page.get("next")
            if not after:
                break
    return counts


def _snapshots(events: Iterable[Received]) -> list[Snapshot]:
    return [(event.version, event.data) for event in events]


def _children(session: Session, snapshots: list[Snapshot], *, again: bool = False) -> None:
    newest = _newest(snapshots, "child_id")
    rows = [
        {"child_id": child_id, "version": version, "active": data["active"]}
        for child_id, (version, data) in newest.items()
    ]
    written = _store(session, models.Child, "child_id", rows, again)
    _replace(session, models.Enrolment, "child_id", written, newest, "enrolments", numbered=True)
    _replace(session, models.Guardian, "child_id", written, newest, "guardians")


def _institutions(session: Session, snapshots: list[Snapshot], *, again: bool = False) -> None:
    names = ("institution_id", "kind", "district_id", "active")
    rows = [
        {"version": version} | {name: data[name] for name in names}
        for version, data in _newest(snapshots, "institution_id").values()
    ]
    _store(session, models.Institution, "institution_id", rows, again)


def _staff(session: Session, snapshots: list[Snapshot], *, again: bool = False) -> None:
    newest = _newest(snapshots, "staff_id")
    rows = [
        {"staff_id": staff_id, "version": version, "active": data["active"]}
        for staff_id, (version, data) in newest.items()
    ]
    written = _store(session, models.Staff, "staff_id", rows, again)
    _replace(session, models.Assignment, "staff_id", written, newest, "assignments", numbered=True)


def _newest(snapshots: list[Snapshot], key: str) -> dict[str, Snapshot]:
    """The newest record of each, sorted by key so that two transactions never wait crosswise."""
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot[1][key], snapshot[0]))
    return {snapshot[1][key]: snapshot for snapshot in ordered}


def _store(session: Session, model: Any, key: str, rows: list[dict[str, Any]], again: bool) -> list[str]:
    """Writes the records that are news, or ``again`` also those known in that version; returns which."""
    if not again:
        return [row[0] for row in upsert(session, model, rows, key=[key], newer="version")]
    column = getattr(model, key)
    stored = select(column, model.version).where(column.in_([row[key] for row in rows])).with_for_update()
    known = {row[0]: row[1] for row in session.execute(stored)}
    rows = [row for row in rows if row["version"] >= known.get(row[key], 0)]
    return [row[0] for row in upsert(session, model, rows, key=[key])]


def _replace(
    session: Session,
    model: Any,
    key: str,
    written: list[str],
    newest: dict[str, Snapshot],
    part: str,
    *,
    numbered: bool = False,
) -> None:
    """Replaces the rows that belong to the records written."""
    if not written:
        return
    session.execute(delete(model).where(getattr(model, key).in_(written)))
    rows = [
        {key: id_, **item, **({"number": number} if numbered else {})}
        for id_ in written
        for number, item in enumerate(newest[id_][1][part])
    ]
    if rows:
        insert_all(session, model, rows)


def _notice_moves(uow: UnitOfWork, child_ids: list[str]) -> None:
    """A meeting follows its child: when she has moved, the new place's leader is asked to see to it, and
    the old one's when she has left them all."""
    today = clock.today()
    meetings = uow.session.scalars(
        select(models.Meeting).where(
            models.Meeting.child_id.in_(child_ids),
            models.Meeting.state.in_([state.value for state in AHEAD]),
            # A transition meeting is about this very move.
            models.Meeting.kind != TRANSITION,
        )
    ).all()
    if not meetings:
        return
    enrolled: dict[str, list[models.Enrolment]] = {}
    for place in uow.session.scalars(
        select(models.Enrolment).where(
            models.Enrolment.child_id.in_({meeting.child_id for meeting in meetings}),
            models.Enrolment.from_day <= today,
        )
    ):
        if place.to_day is None or place.to_day >= today:
            enrolled.setdefault(place.child_id, []).append(place)
    given = []
    for meeting in meetings:
        places = enrolled.get(meeting.child_id, [])
        if any(place.institution_id == meeting.institution_id for place in places):
            continue
        if places:
            given.append(tasks.for_leader_at(places[0], "child_moved", meeting))
        else:
            given.append(tasks.for_leader("child_moved", meeting, once="left"))
    tasks.give(uow, given)
