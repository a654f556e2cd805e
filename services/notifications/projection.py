"""What notifications knows of children, from the registry's events: custody and enrolment, no names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select

from services.chassis.catalogue import read
from services.chassis.database import Database, UnitOfWork, insert_all, outside_transaction, upsert
from services.chassis.errors import NotYet
from services.chassis.membership import one_of
from services.chassis.received import Received
from services.notifications import schemas
from services.notifications.domain import Guardian
from services.notifications.models import Child, Enrolment, Guardianship

PAGE = 500


def record_children(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Keeps the newest that the registry has told of each child."""
    _record(uow, [(event.version, event.data) for event in events])


def _record(uow: UnitOfWork, told: Iterable[tuple[int, Mapping[str, Any]]]) -> int:
    """Writes what is news; returns how many children it was of."""
    newest: dict[str, tuple[int, Mapping[str, Any]]] = {}
    for version, data in told:
        child_id = data["child_id"]
        if child_id not in newest or version > newest[child_id][0]:
            newest[child_id] = (version, data)
    # Sorted, here and wherever rows are locked: two transactions then never wait crosswise.
    rows = [
        {"child_id": child_id, "version": version, "active": data["active"]}
        for child_id, (version, data) in sorted(newest.items())
    ]
    written = {row.child_id for row in upsert(uow.session, Child, rows, key=["child_id"], newer="version")}
    if not written:
        return 0
    for table in (Guardianship, Enrolment):
        uow.session.execute(delete(table).where(table.child_id.in_(written)))
    guardianships = [
        {"child_id": child_id, **guardian}
        for child_id in sorted(written)
        for guardian in _once(newest[child_id][1]["guardians"])
    ]
    enrolments = [
        {"child_id": child_id, "position": position, **enrolment}
        for child_id in sorted(written)
        for position, enrolment in enumerate(newest[child_id][1]["enrolments"])
    ]
    if guardianships:
        insert_all(uow.session, Guardianship, guardianships)
    if enrolments:
        insert_all(uow.session, Enrolment, enrolments)
    return len(written)


def _once(guardians: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list({guardian["guardian_id"]: guardian for guardian in guardians}.values())


_GUARDIANSHIP: Any = Guardianship.__table__
_GUARDIANS = select(
    _GUARDIANSHIP.c.child_id,
    _GUARDIANSHIP.c.guardian_id,
    _GUARDIANSHIP.c.custody,
    _GUARDIANSHIP.c.digital_post_exempt,
).where(one_of(_GUARDIANSHIP.c.child_id, bindparam("ids")))


def guardians_of(uow: UnitOfWork, child_ids: Iterable[str]) -> dict[str, list[Guardian]]:
    """The guardians of each child.

    :class:`NotYet` when a child is not known here, or known without anybody who has custody: somebody
    must be told, so the event waits for the registry rather than passing in silence.
    """
    wanted = set(child_ids)
    found: dict[str, list[Guardian]] = {child_id: [] for child_id in wanted}
    for row in uow.session.execute(_GUARDIANS, {"ids": wanted}):
        found[row.child_id].append(Guardian(row.guardian_id, row.custody, row.digital_post_exempt))
    if any(not any(guardian.has_custody for guardian in guardians) for guardians in found.values()):
        raise NotYet("custody-unknown")
    return found


def rebuild(db: Database, call: Callable[[str, dict[str, Any]], Any]) -> dict[str, int]:
    """Reads every child's snapshot from the registry anew. What is newer here already stays.

    ``call`` makes a call to a service: ``call("registry.snapshot", {...})``.
    """
    outside_transaction()
    after: str | None = None
    seen = written = 0
    while True:
        page = call("registry.snapshot", {"kind": "child", "after": after, "limit": PAGE})
        told = [(item["version"], read(schemas.ChildRecorded, item["data"])) for item in page["items"]]
        if told:
            with db.unit_of_work() as uow:
                written += _record(uow, told)
        seen += len(told)
        after = page.get("next")
        if not after:
            return {"children": seen, "written": written}
