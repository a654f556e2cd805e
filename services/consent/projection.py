"""What consent keeps of the registry's records: the newest version of each, and no more than it needs.

A record carries the whole of its thing, so a newer one replaces what was known, and an older or repeated
one changes nothing. A child's record may change who has a say, which is seen to in the same transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import delete, select

from services.chassis import catalogue
from services.chassis.database import Database, UnitOfWork, upsert
from services.chassis.received import Received
from services.consent import models
from services.consent.handlers.custody import follow_custody
from services.consent.schemas import reads

Snapshot = tuple[int, dict[str, Any]]
"""A record's version and data."""

Fetch = Callable[[str, str | None], dict[str, Any]]
"""Gives the registry's page of ``{items: [{version, data}], next}`` for a kind, after a key."""


def record_children(uow: UnitOfWork, events: list[Received]) -> None:
    """Handles registry's child.recorded."""
    _children(uow, [(event.version, event.data) for event in events])


def record_institutions(uow: UnitOfWork, events: list[Received]) -> None:
    """Handles registry's institution.recorded."""
    _institutions(uow, [(event.version, event.data) for event in events])


def rebuild(database: Database, fetch: Fetch) -> dict[str, int]:
    """Reads all records from the registry again; answers with how many of each kind.

    It also mends what is wrong here under the right version; what is newer here stays.
    """
    kinds: list[tuple[str, str, type[catalogue.Reads], Callable[..., None]]] = [
        ("institution", "institutions", reads.InstitutionRecorded, _institutions),
        ("child", "children", reads.ChildRecorded, _children),
    ]
    counts = {}
    for kind, name, schema, store in kinds:
        after, counts[name] = None, 0
        while True:
            page = fetch(kind, after)
            snapshots = [(item["version"], catalogue.read(schema, item["data"])) for item in page["items"]]
            with database.unit_of_work() as uow:
                store(uow, snapshots, again=True)
            counts[name] += len(snapshots)
            after = page.get("next")
            if not after:
                break
    return counts


def _children(uow: UnitOfWork, snapshots: list[Snapshot], *, again: bool = False) -> None:
    newest = _newest(snapshots, "child_id")
    rows = [
        {
            "child_id": child_id,
            "version": version,
            "active": data["active"],
            "born": data["born"],
            "language": (data["languages"] or ["da"])[0],
        }
        for child_id, (version, data) in newest.items()
    ]
    written = _store(uow, models.Child, "child_id", rows, again)
    _replace(uow, models.Enrolment, written, newest, "enrolments", numbered=True)
    _replace(uow, models.Guardian, written, newest, "guardians")
    follow_custody(uow, written)


def _institutions(uow: UnitOfWork, snapshots: list[Snapshot], *, again: bool = False) -> None:
    names = ("institution_id", "kind", "district_id", "active")
    rows = [
        {"version": version} | {name: data[name] for name in names}
        for version, data in _newest(snapshots, "institution_id").values()
    ]
    _store(uow, models.Institution, "institution_id", rows, again)


def _newest(snapshots: list[Snapshot], key: str) -> dict[str, Snapshot]:
    """The newest record of each, sorted by key so that two transactions never wait crosswise."""
    ordered = sorted(snapshots, key=lambda snapshot: (snapshot[1][key], snapshot[0]))
    return {snapshot[1][key]: snapshot for snapshot in ordered}


def _store(uow: UnitOfWork, model: Any, key: str, rows: list[dict[str, Any]], again: bool) -> list[str]:
    """Writes the records that are news, or ``again`` also those known in that version; returns which."""
    if not again:
        return [row[0] for row in upsert(uow.session, model, rows, key=[key], newer="version")]
    column = getattr(model, key)
    stored = select(column, model.version).where(column.in_([row[key] for row in rows])).with_for_update()
    known = {row[0]: row[1] for row in uow.session.execute(stored)}
    rows = [row for row in rows if row["version"] >= known.get(row[key], 0)]
    return [row[0] for row in upsert(uow.session, model, rows, key=[key])]


def _replace(
    uow: UnitOfWork,
    model: Any,
    written: list[str],
    newest: dict[str, Snapshot],
    part: str,
    *,
    numbered: bool = False,
) -> None:
    """Replaces the rows that belong to the children written."""
    if not written:
        return
    uow.session.execute(delete(model).where(model.child_id.in_(written)))
    rows = [
        {"child_id": id_, **item, **({"number": number} if numbered else {})}
        for id_ in written
        for number, item in enumerate(newest[id_][1][part])
    ]
    if rows:
        uow.session.execute(model.__table__.insert(), rows)
