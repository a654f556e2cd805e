"""What the registry tells of a child, an institution or a member of staff: in events and in rebuilds.

One place builds both, so a consumer that rebuilds its projection gets what the events said.
``record_*`` raises the versions and puts the events in the outbox, in the caller's transaction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from sqlalchemy import and_, case, select, update
from sqlalchemy.orm import Session

from services.chassis.database import UnitOfWork
from services.registry import events
from services.registry.domain import turned_own_contact
from services.registry.models import (
    Assignment,
    Child,
    Custody,
    Enrolment,
    Group,
    Guardian,
    Institution,
    Staff,
)

CHUNK = 500


def chunks(ids: Iterable[Any], size: int = CHUNK) -> Iterator[list[Any]]:
    """Lists of at most ``size``, for one statement each."""
    chunk: list[Any] = []
    for one in ids:
        chunk.append(one)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def record_children(uow: UnitOfWork, child_ids: Iterable[str], today: date) -> int:
    """One new version and one event for each child. Returns how many."""
    told = 0
    turned = and_(Child.born.is_not(None), Child.born <= turned_own_contact(today))
    for ids in chunks(sorted(set(child_ids))):
        uow.session.flush()
        uow.session.execute(
            update(Child)
            .where(Child.id.in_(ids))
            .values(version=Child.version + 1, own_contact=case((turned, True), else_=False))
            .execution_options(synchronize_session=False)
        )
        for version, data in child_snapshots(uow.session, ids):
            uow.emit(events.ChildRecorded, subject=data["child_id"], version=version, data=data)
            told += 1
    return told


def child_snapshots(session: Session, ids: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Version and event data of each child, in the order of their ids."""
    adults: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(
        select(
            Custody.child_id,
            Custody.guardian_id,
            Custody.custody,
            Guardian.language,
            Guardian.interpreter,
            Guardian.digital_post_exempt,
        )
        .join(Guardian, Guardian.id == Custody.guardian_id)
        .where(Custody.child_id.in_(ids), Custody.ended_on.is_(None))
        .order_by(Custody.guardian_id)
    ):
        adults[row.child_id].append({name: row._mapping[name] for name in _ADULT})
    places: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for place in session.execute(
        select(
            Enrolment.child_id,
            Enrolment.group_id,
            Enrolment.valid_from,
            Enrolment.valid_to,
            Group.institution_id,
            Institution.kind,
            Institution.district_id,
        )
        .join(Group, Group.id == Enrolment.group_id)
        .join(Institution, Institution.id == Group.institution_id)
        .where(Enrolment.child_id.in_(ids))
        .order_by(Enrolment.valid_from, Enrolment.group_id)
    ):
        places[place.child_id].append(
            {
                "institution_id": place.institution_id,
                "group_id": place.group_id,
                "district_id": place.district_id,
                "kind": place.kind,
                "from": place.valid_from,
                "to": place.valid_to,
            }
        )
    return [
        (
            row.version,
            {
                "child_id": row.id,
                "born": row.born,
                "active": row.active,
                "languages": row.languages,
                "own_contact": row.own_contact,
                "enrolments": places[row.id],
                "guardians": adults[row.id],
            },
        )
        for row in session.execute(
            select(Child.id, Child.version, Child.born, Child.active, Child.languages, Child.own_contact)
            .where(Child.id.in_(ids))
            .order_by(Child.id)
        )
    ]


_ADULT = ("guardian_id", "custody", "language", "interpreter", "digital_post_exempt")


def record_institutions(uow: UnitOfWork, institution_ids: Iterable[str]) -> int:
    """One new version and one event for each institution. Returns how many."""
    told = 0
    for ids in chunks(sorted(set(institution_ids))):
        uow.session.flush()
        uow.session.execute(
            update(Institution)
            .where(Institution.id.in_(ids))
            .values(version=Institution.version + 1)
            .execution_options(synchronize_session=False)
        )
        for version, data in institution_snapshots(uow.session, ids):
            uow.emit(events.InstitutionRecorded, subject=data["institution_id"], version=version, data=data)
            told += 1
    return told


def institution_snapshots(session: Session, ids: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Version and event data of each institution, in the order of their ids."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(
        select(Group.institution_id, Group.id, Group.grade, Group.active)
        .where(Group.institution_id.in_(ids))
        .order_by(Group.id)
    ):
        groups[row.institution_id].append({"group_id": row.id, "grade": row.grade, "active": row.active})
    return [
        (
            row.version,
            {
                "institution_id": row.id,
                "kind": row.kind,
                "district_id": row.district_id,
                "active": row.active,
                "groups": groups[row.id],
            },
        )
        for row in session.execute(
            select(
                Institution.id,
                Institution.version,
                Institution.kind,
                Institution.district_id,
                Institution.active,
            )
            .where(Institution.id.in_(ids))
            .order_by(Institution.id)
        )
    ]


def record_staff(uow: UnitOfWork, staff_ids: Iterable[str]) -> int:
    """One new version and one event for each member of staff. Returns how many."""
    told = 0
    for ids in chunks(sorted(set(staff_ids))):
        uow.session.flush()
        uow.session.execute(
            update(Staff)
            .where(Staff.id.in_(ids))
            .values(version=Staff.version + 1)
            .execution_options(synchronize_session=False)
        )
        for version, data in staff_snapshots(uow.session, ids):
            uow.emit(events.StaffRecorded, subject=data["staff_id"], version=version, data=data)
            told += 1
    return told


def staff_snapshots(session: Session, ids: Sequence[str]) -> list[tuple[int, dict[str, Any]]]:
    """Version and event data of each member of staff, in the order of their ids."""
    assignments: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.scalars(
        select(Assignment)
        .where(Assignment.staff_id.in_(ids))
        .order_by(Assignment.valid_from, Assignment.role, Assignment.unit_id)
    ):
        assignments[row.staff_id].append(
            {
                "role": row.role,
                "unit_kind": row.unit_kind,
                "unit_id": row.unit_id,
                "from": row.valid_from,
                "to": row.valid_to,
            }
        )
    return [
        (row.version, {"staff_id": row.id, "active": row.active, "assignments": assignments[row.id]})
        for row in session.execute(
            select(Staff.id, Staff.version, Staff.active).where(Staff.id.in_(ids)).order_by(Staff.id)
        )
    ]


_KINDS: dict[str, tuple[Any, Any, type[Any]]] = {
    "child": (Child, child_snapshots, events.ChildRecorded),
    "institution": (Institution, institution_snapshots, events.InstitutionRecorded),
    "staff": (Staff, staff_snapshots, events.StaffRecorded),
}


def page(session: Session, kind: str, after: str | None, limit: int) -> dict[str, Any]:
    """A page of all aggregates of a kind as the events carry them, by id, for a rebuild."""
    model, snapshots, event = _KINDS[kind]
    query = select(model.id).order_by(model.id).limit(limit)
    ids = list(session.scalars(query if after is None else query.where(model.id > after)))
    found = snapshots(session, ids)
    return {
        "items": [{"version": version, "data": event.payload(data)} for version, data in found],
        "next": ids[-1] if len(ids) == limit else None,
    }
