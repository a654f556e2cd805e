"""What assessment knows of registry: upserted by version, so that late and repeated news change nothing.

The same functions take news as it comes and snapshots when the projection is rebuilt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import delete, select

from services.assessment import policy, roster, schemas
from services.assessment.models import Assignment, Child, Enrolment, Group, Institution, Staff
from services.chassis.actor import Actor
from services.chassis.catalogue import read
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork, insert_all, outside_transaction, upsert
from services.chassis.received import Received

News = tuple[int, dict[str, Any]]
"""A version, and the data that it has."""

SNAPSHOT_PAGE = 500


def child_recorded(uow: UnitOfWork, events: list[Received]) -> None:
    """Children as they are now; open rounds follow in the same transaction."""
    store_children(uow, [(event.version, event.data) for event in events])


def institution_recorded(uow: UnitOfWork, events: list[Received]) -> None:
    """Institutions as they are now; a class that changed grade may come in or out of open rounds."""
    store_institutions(uow, [(event.version, event.data) for event in events])


def staff_recorded(uow: UnitOfWork, events: list[Received]) -> None:
    """Staff as they are now."""
    store_staff(uow, [(event.version, event.data) for event in events])


def store_children(uow: UnitOfWork, news: Iterable[News]) -> None:
    latest = _latest(news, "child_id")
    rows = [
        {"id": id_, "version": version, "born": data["born"], "active": data["active"]}
        for id_, (version, data) in latest.items()
    ]
    written = [row.id for row in upsert(uow.session, Child, rows, key=["id"], newer="version")]
    if not written:
        return
    uow.session.execute(delete(Enrolment).where(Enrolment.child_id.in_(written)))
    places = [
        {
            "child_id": id_,
            "ordinal": ordinal,
            "institution_id": place["institution_id"],
            # A place without groups is its own only group.
            "group_id": place["group_id"] or place["institution_id"],
            "district_id": place["district_id"],
            "kind": place["kind"],
            "first": place["from"],
            "last": place["to"],
        }
        for id_ in written
        for ordinal, place in enumerate(latest[id_][1]["enrolments"])
    ]
    if places:
        insert_all(uow.session, Enrolment, places)
    roster.follow(uow.session, written)


def store_institutions(uow: UnitOfWork, news: Iterable[News]) -> None:
    latest = _latest(news, "institution_id")
    rows = [
        {
            "id": id_,
            "version": version,
            "kind": data["kind"],
            "district_id": data["district_id"],
            "active": data["active"],
        }
        for id_, (version, data) in latest.items()
    ]
    written = [row.id for row in upsert(uow.session, Institution, rows, key=["id"], newer="version")]
    groups = [
        {
            "id": group["group_id"],
            "institution_id": id_,
            "grade": group["grade"],
            "active": group["active"],
        }
        for id_ in sorted(written)
        for group in latest[id_][1]["groups"]
    ]
    known = select(Group.id, Group.grade).where(Group.institution_id.in_(written))
    before = {row.id: row.grade for row in uow.session.execute(known)}
    upsert(uow.session, Group, groups, key=["id"])
    changed = [group["id"] for group in groups if before.get(group["id"]) != group["grade"]]
    if changed and roster.open_rounds(uow.session):
        roster.follow(
            uow.session,
            uow.session.scalars(
                select(Enrolment.child_id).where(Enrolment.group_id.in_(changed)).distinct()
            ).all(),
        )


def store_staff(uow: UnitOfWork, news: Iterable[News]) -> None:
    latest = _latest(news, "staff_id")
    rows = [
        {"id": id_, "version": version, "active": data["active"]} for id_, (version, data) in latest.items()
    ]
    written = [row.id for row in upsert(uow.session, Staff, rows, key=["id"], newer="version")]
    if not written:
        return
    uow.session.execute(delete(Assignment).where(Assignment.staff_id.in_(written)))
    assignments = [
        {
            "staff_id": id_,
            "ordinal": ordinal,
            "role": assignment["role"],
            "unit_kind": assignment["unit_kind"],
            "unit_id": assignment["unit_id"],
            "first": assignment["from"],
            "last": assignment["to"],
        }
        for id_ in written
        for ordinal, assignment in enumerate(latest[id_][1]["assignments"])
    ]
    if assignments:
        insert_all(uow.session, Assignment, assignments)


def rebuild(
    database: Database, actor: Actor, context: Context, call: Callable[[str, dict[str, Any]], dict[str, Any]]
) -> dict[str, int]:
    """Fetches everything from registry again with ``call(method, arguments)`` and keeps what is newer.

    One transaction a page, and the call outside of it. Institutions come first, so that a class has its
    grade before its children are placed.
    """
    policy.require_operator(actor)
    return {
        "institutions": _rebuild(
            database, context, call, "institution", schemas.InstitutionRecorded, store_institutions
        ),
        "staff": _rebuild(database, context, call, "staff", schemas.StaffRecorded, store_staff),
        "children": _rebuild(database, context, call, "child", schemas.ChildRecorded, store_children),
    }


def _rebuild(
    database: Database,
    context: Context,
    call: Callable[[str, dict[str, Any]], dict[str, Any]],
    kind: str,
    reads: type[Any],
    store: Callable[[UnitOfWork, Iterable[News]], None],
) -> int:
    after: str | None = None
    count = 0
    while True:
        outside_transaction()
        page = call("registry.snapshot", {"kind": kind, "after": after, "limit": SNAPSHOT_PAGE})
        news = [(int(item["version"]), read(reads, item["data"])) for item in page["items"]]
        with database.unit_of_work(context) as uow:
            store(uow, news)
        count += len(news)
        after = page["next"]
        if after is None:
            return count


def _latest(news: Iterable[News], key: str) -> dict[str, News]:
    """The newest news of each, in the order of their ids: two batches then never wait crosswise."""
    latest: dict[str, News] = {}
    for version, data in news:
        if data[key] not in latest or version > latest[data[key]][0]:
            latest[data[key]] = (version, data)
    return dict(sorted(latest.items()))
