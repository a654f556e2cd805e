"""What meetings keeps of the registry."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.meetings import models, projection, schemas
from tests.integration.meetings.town import Town, key


def test_a_newer_record_replaces_the_whole_and_an_older_changes_nothing(town: Town) -> None:
    child = town.enrol(version=3)
    place = {
        "institution_id": key(),
        "group_id": key(),
        "district_id": None,
        "from": "2026-01-01",
        "to": None,
    }
    town.enrol(child=child, enrolments=[place, place | {"to": "2026-02-01"}], version=4)
    town.enrol(child=child, enrolments=[], guardians=[], version=2)
    assert len(town.rows(models.Enrolment, child_id=child)) == 2
    assert len(town.rows(models.Guardian, child_id=child)) == 2


def test_two_versions_in_one_batch_leave_the_newer(town: Town) -> None:
    person, data = key(), []
    for role in ("teacher", "pedagogue"):
        assignment = {"role": role, "unit_id": town.group, "from": "2026-01-01", "to": None}
        data.append({"staff_id": person, "active": True, "assignments": [assignment]})
    events = [town.received(schemas.StaffRecorded, item, version) for version, item in enumerate(data, 1)]
    town.deliver(projection.record_staff, [events[1], events[0]])
    assert [row.role for row in town.rows(models.Assignment, staff_id=person)] == ["pedagogue"]


def test_a_rebuild_mends_what_is_wrong_under_the_right_version_but_not_what_is_newer(town: Town) -> None:
    wrong, newer = town.enrol(version=3), town.enrol(version=5)
    with town.db.unit_of_work() as uow:
        for place in uow.session.scalars(select(models.Enrolment)):
            uow.session.delete(place)

    def fetch(kind: str, after: str | None) -> dict[str, Any]:
        days = {"from": "2020-01-01", "to": None}
        place = {"institution_id": key(), "group_id": key(), "district_id": None} | days
        data = {"active": True, "enrolments": [place], "guardians": []}
        found = [{"version": 3, "data": {"child_id": child} | data} for child in (wrong, newer)]
        return {"items": found if kind == "child" else [], "next": None}

    projection.rebuild(town.db, fetch)
    assert [row.child_id for row in town.rows(models.Enrolment)] == [wrong]


def test_it_is_rebuilt_page_by_page_from_the_registry(town: Town) -> None:
    child = town.enrol()
    records: dict[str, list[dict[str, Any]]] = {
        "institution": [{"version": 9, "data": town.institution_data("school")}],
        "staff": [],
        "child": [
            {"version": 9, "data": {"child_id": id_, "active": True, "enrolments": [], "guardians": []}}
            for id_ in (child, key(), key())
        ],
    }

    def fetch(kind: str, after: str | None) -> dict[str, Any]:
        start = int(after or 0)
        more = str(start + 2) if len(records[kind]) > start + 2 else None
        return {"items": records[kind][start : start + 2], "next": more}

    assert projection.rebuild(town.db, fetch) == {"institutions": 1, "staff": 0, "children": 3}
    assert len(town.rows(models.Child)) == 3
    assert town.rows(models.Enrolment, child_id=child) == []
    assert town.rows(models.Institution)[0].kind == "school"
