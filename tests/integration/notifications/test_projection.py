"""What we know of children: the newest that the registry has told, also when asked for anew."""

from __future__ import annotations

from typing import Any

from services.notifications import projection
from services.notifications.domain import Channel
from services.registry.events import ChildRecorded
from tests.integration.notifications.town import Family, Parent, Town, key


def known(town: Town, family: Family) -> dict[str, tuple[bool, Channel]]:
    with town.db.unit_of_work() as uow:
        guardians = projection.guardians_of(uow, [family.child])[family.child]
    return {each.guardian_id: (each.has_custody, each.channel) for each in guardians}


def snapshot(family: Family, version: int) -> dict[str, Any]:
    data = {
        "child_id": family.child,
        "born": None,
        "active": True,
        "languages": ["da"],
        "own_contact": False,
        "enrolments": [],
        "guardians": [
            {
                "guardian_id": parent.id,
                "custody": parent.custody,
                "language": "da",
                "interpreter": False,
                "digital_post_exempt": parent.exempt,
            }
            for parent in family.parents
        ],
    }
    return {"version": version, "data": ChildRecorded.payload(data)}


def test_the_newest_record_counts_in_whatever_order_they_come(town: Town) -> None:
    family = town.family("well", "well")
    first, second = family.parents
    later = town.event("recorded", family.child, 3, **snapshot(Family(family.child, [first]), 3)["data"])
    earlier = town.event("recorded", family.child, 2, **snapshot(family, 2)["data"])
    assert town.handle("recorded", later, earlier) == []
    assert town.handle("recorded", earlier) == []
    assert set(known(town, family)) == {first.id}
    assert second.id not in known(town, family)


def test_a_rebuild_reads_every_page_and_keeps_what_is_newer(town: Town) -> None:
    ahead = town.family("well")
    ahead.parents[0].exempt = True
    town.record(ahead)
    lost = [Family(key(), [Parent(key(), None, exempt=number % 2 == 1)]) for number in range(7)]
    stale = Family(ahead.child, [Parent(ahead.parents[0].id, None)])
    pages = [snapshot(stale, 1), *(snapshot(family, 4) for family in lost)]
    asked: list[dict[str, Any]] = []

    def call(operation: str, data: dict[str, Any]) -> Any:
        assert operation == "registry.snapshot"
        asked.append(data)
        start = int(data["after"] or 0)
        more = start + 3 < len(pages)
        return {"items": pages[start : start + 3], "next": str(start + 3) if more else None}

    assert projection.rebuild(town.db, call) == {"children": 8, "written": 7}
    assert [each["after"] for each in asked] == [None, "3", "6"]
    assert known(town, ahead) == {ahead.parents[0].id: (True, Channel.LETTER)}
    assert [known(town, family)[family.parents[0].id][1] for family in lost[:2]] == ["email", "letter"]
    assert projection.rebuild(town.db, call) == {"children": 8, "written": 0}
