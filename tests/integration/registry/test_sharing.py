"""Children whose record a consent shares: who they are, for the units it names, while consent says so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.database import Database
from services.chassis.errors import Forbidden, NotFound
from services.registry import schemas, sharing
from tests.integration.registry.conftest import accesses
from tests.integration.registry.test_access import PARENT, People

pytestmark = pytest.mark.usefixtures("the_day")


@pytest.fixture
def people(full: Database) -> People:
    return People(full)


class Consents:
    """What consent would answer."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)
        self.asked: list[tuple[set[str], str | None]] = []

    def __call__(self, unit_ids: Sequence[str], child_id: str | None) -> Sequence[dict[str, Any]]:
        self.asked.append((set(unit_ids), child_id))
        return [
            one
            for one in self.items
            if set(one["unit_ids"]) & set(unit_ids) and child_id in (None, one["child_id"])
        ]


def opened(people: People, child: str, unit: str, **more: Any) -> dict[str, Any]:
    return {
        "consent_id": people.ids["B1"],
        "child_id": people.ids[child],
        "unit_ids": [people.ids.get(unit, unit)],
        "information": ["wellbeing"],
        "valid_to": "2027-01-01",
        **more,
    }


def listed(people: People, who: str | Actor, consents: Consents) -> list[dict[str, Any]]:
    actor = people.actors[who] if isinstance(who, str) else who
    found = sharing.shared_children(people.database, Context.new(), actor, consents)
    items: list[dict[str, Any]] = schemas.SharedChildren().dump(found)["items"]
    return items


def test_staff_of_a_named_institution_find_the_child_and_what_is_opened(people: People) -> None:
    consents = Consents(opened(people, "B2", "I1"))
    for who in ("M1", "M2"):  # a pedagogue of one of its groups, and its leader
        [found] = listed(people, who, consents)
        assert found["child_id"] == people.ids["B2"]
        assert [share["information"] for share in found["shares"]] == [["wellbeing"]]
        assert set(found) == {"child_id", "first_name", "last_name", "born", "shares"}
    assert listed(people, "M3", consents) == []
    assert [(row.action, row.kind) for row in accesses(people.database)] == [("search", "child")] * 2


def test_a_specialist_finds_what_is_shared_with_her_district(people: People) -> None:
    [district] = people.actors["M7"].units({"specialist"})
    consents = Consents(opened(people, "B1", district))
    assert [one["child_id"] for one in listed(people, "M7", consents)] == [people.ids["B1"]]
    # A health visitor's district is not the specialists' service of it.
    assert listed(people, "M4", consents) == []


def test_who_works_everywhere_or_is_no_staff_is_in_no_unit_by_that(people: People) -> None:
    consents = Consents(opened(people, "B1", "I1"))
    everywhere = Actor(people.ids["M1"], "staff", (Grant("leader", "*"), Grant("specialist", "*")), "x")
    for who in ("M5", "M6", everywhere):
        assert listed(people, who, consents) == []
    assert consents.asked == []
    with pytest.raises(Forbidden):
        listed(people, PARENT, consents)


def test_one_child_is_read_while_consent_says_so_and_unknown_after(people: People) -> None:
    consents = Consents(opened(people, "B2", "I1"), opened(people, "B2", "I1", information=["health"]))
    ask = (people.database, Context.new(), people.actors["M2"], consents)
    found = schemas.SharedChild().dump(sharing.shared_child(*ask, people.ids["B2"]))
    assert [share["information"] for share in found["shares"]] == [["wellbeing"], ["health"]]
    assert accesses(people.database)[-1].action == "read"
    assert sharing.is_shared(*ask, people.ids["B2"])
    consents.items.clear()
    with pytest.raises(NotFound):
        sharing.shared_child(*ask, people.ids["B2"])
    assert not sharing.is_shared(*ask, people.ids["B2"])
