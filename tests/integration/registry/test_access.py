"""Who sees which child, what of her, and what the access log says about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis.actor import Actor, Grant
from services.chassis.context import Context
from services.chassis.database import Database, UnitOfWork
from services.chassis.errors import Forbidden, Invalid, NotFound
from services.registry import organisation, queries, schemas
from services.registry.models import Child, Group, Guardian, Institution, Staff
from tests.integration.registry.conftest import accesses
from tests.integration.registry.town import VAULT, Town, bring_in, custody, enrolled

pytestmark = pytest.mark.usefixtures("the_day")

SYSTEM = Actor.system("notifications")
PARENT = Actor("00000000-0000-4000-8000-000000000001", "guardian", (), "eget barn")


class People:
    """The town's people and units by their source ids, and calls as those people."""

    def __init__(self, database: Database) -> None:
        self.database = database
        with database.unit_of_work() as uow:
            self.ids = {
                row.source_id: row.id
                for model in (Child, Guardian, Group, Institution, Staff)
                for row in uow.session.execute(select(model.source_id, model.id))
            }
            self.actors = {one: self._actor(uow, one) for one in ("M1", "M2", "M3", "M4", "M5", "M6", "M7")}

    def _actor(self, uow: UnitOfWork, source_id: str) -> Actor:
        found = organisation.grants_of(uow, self.ids[source_id])
        grants = tuple(Grant(one["role"], one["unit"]) for one in found["grants"])
        return Actor(found["staff_id"], "staff", grants, "forberedelse af møde")

    def ask(self, who: str | Actor, query: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        actor = self.actors[who] if isinstance(who, str) else who
        with self.database.unit_of_work(Context.new(actor.id)) as uow:
            return query(uow, actor, *arguments, **named)

    def seen(self, who: str | Actor) -> set[str]:
        """Whom of the town's children somebody sees when she asks for each alone."""
        found = set()
        for source_id in ("B1", "B2", "B3"):
            with suppress(Forbidden, NotFound):
                self.ask(who, queries.child, self.ids[source_id])
                found.add(source_id)
        return found


@pytest.fixture
def people(full: Database) -> People:
    return People(full)


# Whom -------------------------------------------------------------------------------------------------

SEES = {
    "M1": {"B1"},  # pedagogue in the group
    "M2": {"B1"},  # leader of the institution
    "M3": {"B2"},  # teacher of the class
    "M4": {"B3"},  # health visitor in the district: not the day care that lies in it
    "M5": {"B1", "B2", "B3"},  # administration
    "M6": set(),  # operations
    "M7": set(),  # specialist
}


def test_each_role_sees_its_own_children_alone_in_lists_and_in_searches(people: People) -> None:
    everybody = [people.ids[one] for one in ("B1", "B2", "B3")]
    for who, children in SEES.items():
        expected = {people.ids[one] for one in children}
        assert people.seen(who) == children, who
        for query, arguments in (
            (queries.children, (everybody,)),
            (queries.search_children, (VAULT, "liv", 10)),
        ):
            try:
                found = {one["child_id"] for one in people.ask(who, query, *arguments)["items"]}
            except Forbidden:
                found = set()
            assert found == expected, who


def test_parents_and_services_are_no_staff(people: People) -> None:
    assert people.seen(PARENT) == set()
    assert people.seen(SYSTEM) == set()
    with pytest.raises(Forbidden):
        people.ask(PARENT, organisation.list_institutions, None, None, 10)


def test_a_leader_of_a_district_sees_its_day_care_and_its_health_visiting(people: People) -> None:
    with people.database.unit_of_work() as uow:
        district = uow.session.scalars(select(Institution.district_id)).first()
    leader = Actor("leader", "staff", (Grant("leader", str(district)),), "tilsyn")
    assert people.seen(leader) == {"B1", "B2", "B3"}


def test_who_sees_a_child_changes_with_the_day_she_moves(people: People, town: Town) -> None:
    town.enrolments = [
        enrolled("B1", "G1", "2025-03-01", "2026-11-20"),
        enrolled("B1", "G2", "2026-11-21"),
    ]
    bring_in(people.database, town.write("enrolments"), full=False)
    assert people.seen("M1") == set()
    assert people.seen("M3") == {"B1", "B2"}


def test_a_child_who_has_left_the_municipality_is_for_the_administration_only(
    people: People, town: Town
) -> None:
    town.children, town.custody, town.enrolments = town.children[1:], town.custody[2:], town.enrolments[1:]
    bring_in(people.database, town.write())
    assert people.seen("M1") == set()
    assert people.seen("M5") == {"B1", "B2", "B3"}


# What ---------------------------------------------------------------------------------------------------


def test_a_protected_address_and_a_cpr_number_are_never_shown_with_the_child(people: People) -> None:
    child = people.ask("M5", queries.child, people.ids["B1"])
    assert (child["address"], child["protected_address"], child["has_cpr"]) == (None, True, True)
    assert "cpr" not in schemas.Child().dump(child)
    assert people.ask("M5", queries.child, people.ids["B2"])["address"] == "Digevej 1, 9999 Mønsterby"


def test_one_without_custody_is_named_but_not_to_be_reached(people: People, town: Town) -> None:
    town.custody = [custody("B3", "F3", "sole"), custody("B3", "F2", "none")]
    bring_in(people.database, town.write("custody"), full=False)
    adults = people.ask("M4", queries.child, people.ids["B3"])["guardians"]
    reachable = {one["custody"]: (one["email"], one["phone"]) for one in adults}
    assert reachable["sole"][0] == "f3@post.example"
    assert reachable["none"] == (None, None)


def test_a_cpr_number_is_shown_for_a_stated_purpose_to_a_leader(people: People) -> None:
    shown = people.ask("M2", queries.reveal_cpr, VAULT, people.ids["B1"], "underretning")
    assert shown["cpr"] == "018122-0001"
    (logged,) = [row for row in accesses(people.database) if row.kind == "cpr"]
    assert (logged.purpose, logged.subject, logged.actor_id) == (
        "underretning",
        people.ids["B1"],
        people.ids["M2"],
    )
    with pytest.raises(Forbidden):
        people.ask("M1", queries.reveal_cpr, VAULT, people.ids["B1"], "nysgerrighed")


def test_a_child_can_be_found_by_name_birthday_and_number(people: People) -> None:
    for text in ("livb1", "  VINTHER  livb1", "01.05.2022", "2022-05-01", "018122-0001", "0181220001"):
        found = people.ask("M5", queries.search_children, VAULT, text, 10)["items"]
        assert [one["child_id"] for one in found] == [people.ids["B1"]], text
    assert people.ask("M5", queries.search_children, VAULT, "%v_", 10)["items"] == []
    with pytest.raises(Invalid):
        people.ask("M5", queries.search_children, VAULT, "   ", 10)


# The log ------------------------------------------------------------------------------------------------


def test_every_child_read_is_logged_with_who_and_why_and_no_other(people: People) -> None:
    people.ask("M1", queries.list_children, people.ids["G1"], None, None, 10)
    people.ask("M1", queries.child, people.ids["B1"])
    people.ask("M1", queries.timeline, people.ids["B1"])
    with pytest.raises(NotFound):
        people.ask("M1", queries.child, people.ids["B2"])
    rows = [
        (row.actor_id, row.action, row.kind, row.subject, row.purpose) for row in accesses(people.database)
    ]
    assert rows == [(people.ids["M1"], "read", "child", people.ids["B1"], "forberedelse af møde")] * 3


def test_a_search_is_logged_by_the_kind_of_its_criterion_and_never_by_its_words(people: People) -> None:
    for text in ("livb1", "01.05.2022", "018122-0001"):
        people.ask("M5", queries.search_children, VAULT, text, 10)
    rows = accesses(people.database)
    assert {row.action for row in rows} == {"search"}
    child = people.ids["B1"]
    assert [row.subject for row in rows] == [
        "criterion:name", child, "criterion:born", child, "criterion:cpr", child,
    ]  # fmt: skip
    assert "livb1" not in str(rows)
    assert "0181" not in str(rows)


# Lists --------------------------------------------------------------------------------------------------


def test_a_long_list_comes_in_pages_whose_cursor_tells_nothing(registry: Database, town: Town) -> None:
    town.grow(23)
    bring_in(registry, town.write())
    people = People(registry)
    found: list[str] = []
    after = None
    while True:
        page = people.ask("M2", queries.list_children, None, people.ids["I1"], after, 10)
        found += [one["first_name"] for one in page["items"]]
        after = page["next"]
        if after is None:
            break
        assert after in people.ids.values()
    assert len(found) == 24
    assert found == sorted(found, key=str.casefold)
    with pytest.raises(Invalid) as caught:
        people.ask("M2", queries.list_children, None, people.ids["I1"], "noget andet", 10)
    assert "after" in caught.value.fields


def test_institutions_groups_and_staff_can_be_listed_by_colleagues(people: People) -> None:
    houses = people.ask("M1", organisation.list_institutions, "boernehave", None, 10)["items"]
    assert [(one["name"], one["district_name"]) for one in houses] == [("Spirehuset", "Nord")]
    groups = people.ask("M1", organisation.list_groups, people.ids["I1"], None, 10)["items"]
    assert [(one["name"], one["children"]) for one in groups] == [("Blå stue", 1)]
    staff = people.ask("M1", organisation.list_staff, None, people.ids["I1"], None, 10)["items"]
    assert [(one["staff_id"], one["role"]) for one in staff] == [
        (people.ids["M1"], "pedagogue"),
        (people.ids["M2"], "leader"),
    ]
    wanted = [people.ids["G1"], people.ids["I2"], people.ids["B1"]]
    names = people.ask(SYSTEM, organisation.unit_names, wanted)["items"]
    assert {one["name"] for one in names} == {"Blå stue", "Åskolen"}


def test_the_timeline_tells_what_has_been_and_not_what_is_to_come(people: People, town: Town) -> None:
    town.enrolments = [enrolled("B1", "G1", "2025-03-01", "2026-11-30"), enrolled("B1", "G2", "2026-12-01")]
    bring_in(people.database, town.write("enrolments"), full=False)
    items = people.ask("M1", queries.timeline, people.ids["B1"])["items"]
    assert [(one["kind"], one["at"].date().isoformat()) for one in items] == [
        ("born", "2022-05-01"),
        ("enrolled", "2025-03-01"),
    ]
    dumped = schemas.Timeline().dump({"items": items})
    assert dumped["items"][1]["group_id"] == people.ids["G1"]


# The house's own services ---------------------------------------------------------------------------------


def test_contact_cards_hold_the_adults_asked_for_and_are_for_services_only(people: People) -> None:
    wanted = {"child_id": people.ids["B1"], "guardian_ids": [people.ids["F1"], people.ids["F3"]]}
    (card,) = people.ask(SYSTEM, organisation.contact_cards, [wanted])["items"]
    assert card["first_name"] == "LivB1"
    assert [(one["guardian_id"], one["language"], one["email"]) for one in card["guardians"]] == [
        (people.ids["F1"], "so", "f1@post.example")
    ]
    assert "address" not in str(card)
    assert [(row.kind, row.subject) for row in accesses(people.database)] == [("contact", people.ids["B1"])]
    with pytest.raises(Forbidden):
        people.ask("M5", organisation.contact_cards, [wanted])


def test_many_cards_come_in_one_call_and_unknown_children_are_left_out(people: People) -> None:
    unknown = {"child_id": "00000000-0000-4000-8000-000000000000", "guardian_ids": []}
    known = [{"child_id": people.ids[one], "guardian_ids": []} for one in ("B1", "B2", "B3")]
    cards = people.ask(SYSTEM, organisation.contact_cards, [unknown, *known])["items"]
    assert len(cards) == 3


def test_a_young_persons_own_contact_is_hers_from_fifteen_only(registry: Database, town: Town) -> None:
    town.children[0] |= {"email": "liv@post.example"}
    town.children[1] |= {"email": "ida@post.example", "born": "2010-01-01"}
    bring_in(registry, town.write())
    people = People(registry)
    asked = [{"child_id": people.ids[one], "guardian_ids": []} for one in ("B1", "B2")]
    cards = {one["child_id"]: one for one in people.ask(SYSTEM, organisation.contact_cards, asked)["items"]}
    assert (cards[people.ids["B1"]]["own_contact"], cards[people.ids["B1"]]["email"]) == (False, None)
    assert cards[people.ids["B2"]]["email"] == "ida@post.example"


def test_grants_are_those_of_today_and_gone_with_the_employment(people: People, town: Town) -> None:
    found = people.ask(SYSTEM, organisation.staff_grants, people.ids["M2"])
    assert found["grants"] == [{"role": "leader", "unit": people.ids["I1"], "unit_kind": "institution"}]
    town.staff = town.staff[2:]
    bring_in(people.database, town.write())
    found = people.ask(SYSTEM, organisation.staff_grants, people.ids["M2"])
    assert (found["active"], found["grants"]) == (False, [])
    with pytest.raises(Forbidden):
        people.ask("M5", organisation.staff_grants, people.ids["M2"])


def test_a_snapshot_is_for_services_and_noted_as_an_export(people: People) -> None:
    page = people.ask(SYSTEM, organisation.snapshot, "child", None, 10)
    assert len(page["items"]) == 3
    assert "Liv" not in str(page)
    assert [(row.action, row.subject) for row in accesses(people.database)] == [("export", "snapshot")]
    with pytest.raises(Forbidden):
        people.ask("M5", organisation.snapshot, "child", None, 10)


def test_custody_holders_are_told_to_the_childs_professionals_without_an_address(people: People) -> None:
    everybody = [people.ids[one] for one in ("B1", "B2", "B3")]
    given = people.ask("M1", queries.custody_holders, everybody)
    [child] = schemas.Holders().dump(given)["items"]
    assert child["child_id"] == people.ids["B1"]
    assert child["guardians"]
    for holder in child["guardians"]:
        assert holder["custody"] in ("sole", "joint")
        assert {"email", "phone", "address"}.isdisjoint(holder)
    whole = people.ask("M1", queries.child, people.ids["B1"])
    with_custody = {one["guardian_id"] for one in whole["guardians"] if one["custody"] != "none"}
    assert {holder["guardian_id"] for holder in child["guardians"]} == with_custody
    assert people.ids["B1"] in {row.subject for row in accesses(people.database) if row.kind == "guardian"}
    for stranger in ("M5", "M6", "M7", PARENT):
        with pytest.raises(Forbidden):
            people.ask(stranger, queries.custody_holders, everybody)


def test_colleagues_know_each_others_names_and_parents_do_not(people: People) -> None:
    ids = [people.ids["M1"], people.ids["M2"]]
    given = schemas.StaffNames().dump(people.ask("M3", organisation.staff_names, ids))["items"]
    assert {one["staff_id"] for one in given} == set(ids)
    assert all(set(one) == {"staff_id", "first_name", "last_name", "active"} for one in given)
    with pytest.raises(Forbidden):
        people.ask(PARENT, organisation.staff_names, ids)
