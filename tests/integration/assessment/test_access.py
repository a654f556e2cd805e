"""Who may see and do what, and what is noted of it."""

from __future__ import annotations

from typing import Any

import pytest

from services.assessment import schemas
from services.assessment.queries import history, overview, sheets
from services.chassis.actor import Actor, Grant
from services.chassis.errors import Forbidden, NotFound
from tests.integration.assessment.world import (
    ADMINISTRATION,
    House,
    World,
    at,
    joint_item,
    own_item,
    staff,
)

ROLES = (
    "pedagogue",
    "childminder",
    "teacher",
    "health_visitor",
    "leader",
    "specialist",
    "administration",
    "operations",
)


def test_each_role_rates_agrees_and_sees_where_it_belongs(world: World, house: House) -> None:
    """The whole table of roles, units and kinds is in the unit tests; here are the doors it hangs on."""
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    for role in ROLES:
        actor = staff(role, house.group)
        rates, leads = role == "pedagogue", role == "leader"
        assert may(world, "rate", actor, round_id, house, row) == rates, role
        assert may(world, "withdraw", actor, round_id, house, row) == rates, role
        assert may(world, "finalise", actor, round_id, house, row) == (rates or leads), role
        assert may(world, "absence", actor, round_id, house, row) == (rates or leads), role
        assert may(world, "start", actor, round_id, house, row) == leads, role
        assert sees(world, actor, round_id, house) == (rates or leads), role


def test_nobody_reaches_into_another_group_institution_or_child(world: World, house: House) -> None:
    other = world.house("vuggestue")
    [child] = world.children(house, 1)
    world.children(other, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    [row] = world.rows(round_id, house).values()
    for stranger in (other.anna, other.leader, staff("pedagogue", house.other_group)):
        assert not sees(world, stranger, round_id, house)
        for query, arguments in CHILD_QUERIES.items():
            with pytest.raises(Forbidden):
                world.do(query, stranger, **{name: row[name] for name in arguments})
        assert world.do(history.list_concerns, stranger, **PAGE)["items"] == []
    # With her own group in the call she does not get at the other's child either.
    result = world.group("rate", other.anna, round_id, other, [own_item(row, "red")])
    assert [error["code"] for error in result["errors"]] == ["not-found"]
    assert world.do(history.list_concerns, house.leader, **PAGE)["items"][0]["child_id"] == child


@pytest.mark.parametrize("role", ["specialist", "operations", "administration"])
def test_who_has_no_task_with_the_child_sees_no_rating(world: World, house: House, role: str) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    actor = staff(role, "*")
    assert not sees(world, actor, round_id, house)
    for query, arguments in CHILD_QUERIES.items():
        with pytest.raises(Forbidden):
            world.do(query, actor, **{name: row[name] for name in arguments})
    assert world.do(history.list_concerns, actor, **PAGE)["items"] == []
    assert world.do(overview.overdue, actor, round_id=round_id, **PAGE)["items"] == []


@pytest.mark.parametrize("kind", ["guardian", "service"])
def test_a_role_in_the_wrong_hands_opens_nothing(world: World, house: House, kind: str) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    impostor = Actor("x", kind, tuple(Grant(role, "*") for role in ROLES))
    assert not sees(world, impostor, round_id, house)
    with pytest.raises(Forbidden):
        world.do(overview.coverage, impostor, round_id=round_id, level="group", institution_id=None)


def test_a_health_visitor_does_not_see_the_day_cares_ratings_of_a_child_she_visits(
    world: World, house: House
) -> None:
    visiting = world.house("health_visiting")
    child = world.child(at(visiting), at(house))
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions={child: "red"})
    found = world.do(history.child_history, visiting.anna, child_id=child)
    assert (found["assessments"], found["concerns"]) == ([], [])
    items = world.do(history.timeline, house.anna, child_id=child)["items"]
    assert {item["kind"] for item in items} == {"own_rating", "joint_rating", "concern_raised"}
    assert world.do(history.timeline, visiting.anna, child_id=child)["items"] == []


def test_what_was_rated_at_one_institution_does_not_follow_the_child_to_the_next(
    world: World, house: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="red")
    other = world.house("boernehave")
    world.child(at(other), id_=child)
    found = world.do(history.child_history, other.leader, child_id=child)
    assert [one["state"] for one in found["assessments"]] == ["exempt"]
    assert "'red'" not in str(found)
    assert found["concerns"] == []
    with pytest.raises(Forbidden):
        world.do(history.child_history, house.anna, child_id=child)
    assert world.do(history.list_concerns, house.anna, **PAGE)["items"] == []
    # The leader answers for what was written at her institution, and for the concern that is open there.
    theirs = world.do(history.child_history, house.leader, child_id=child)
    assert [one["state"] for one in theirs["assessments"]] == ["joint_final"]
    assert len(world.do(history.list_concerns, house.leader, **PAGE)["items"]) == 1


def test_a_colleagues_rating_stays_hidden_in_history_timeline_and_assessment_too(
    world: World, house: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house, positions="red")
    [row] = world.rows(round_id, house).values()
    for curious in (house.bo, house.leader):
        for query, arguments in CHILD_QUERIES.items():
            found = world.do(query, curious, **{name: row[name] for name in arguments})
            given = str(GIVES[query]().dump(found))
            assert "'red'" not in given
            assert house.anna.id not in given
    mine = world.do(history.timeline, house.anna, child_id=child)["items"]
    assert [(item["kind"], item["position"]) for item in mine] == [("own_rating", "red")]


def test_every_read_of_ratings_is_noted_with_its_purpose(world: World, house: House) -> None:
    children = world.children(house, 2)
    round_id = world.open_round()["round_id"]
    before = len(world.access_log())
    world.sheet(round_id, house)
    world.do(sheets.discussion_sheet, house.bo, round_id=round_id, group_id=house.group)
    world.do(history.child_history, house.leader, child_id=children[0])
    world.do(history.timeline, house.leader, child_id=children[1])
    noted = [
        (row.actor_id, row.action, row.kind, row.subject, row.purpose) for row in world.access_log()[before:]
    ]
    purpose = "Trivselsvurdering"
    assert sorted(noted) == sorted(
        [
            *((house.anna.id, "read", "ratings", child, purpose) for child in children),
            *((house.bo.id, "read", "ratings", child, purpose) for child in children),
            *((house.leader.id, "read", "ratings", child, purpose) for child in children),
        ]
    )


def test_every_writing_is_noted_and_a_refused_one_is_not(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    world.group("rate", house.anna, round_id, house, [own_item(row)])
    world.group("rate", house.anna, round_id, house, [own_item(row, "yellow", reason="")])
    world.rate(house.bo, round_id, house)
    world.finalise(round_id, house)
    written = [(row.actor_id, row.action, row.kind) for row in world.access_log() if row.subject == child]
    assert [entry for entry in written if entry[1] != "read"] == [
        (house.anna.id, "add", "own_rating"),
        (house.bo.id, "add", "own_rating"),
        (house.anna.id, "add", "joint_rating"),
    ]


def test_administration_sees_coverage_and_never_a_child(world: World, house: House) -> None:
    children = world.children(house, 2)
    round_id = world.open_round()["round_id"]
    for level in ("group", "institution", "municipality"):
        found = world.do(
            overview.coverage, ADMINISTRATION, round_id=round_id, level=level, institution_id=None
        )
        assert found["items"][0]["total"] == 2
        assert not any(child in str(found) for child in children)


PAGE: dict[str, Any] = {"institution_id": None, "after": None, "limit": 100}
CHILD_QUERIES: dict[Any, tuple[str, ...]] = {
    history.child_history: ("child_id",),
    history.timeline: ("child_id",),
    sheets.get_assessment: ("child_assessment_id",),
}
GIVES: dict[Any, Any] = {
    history.child_history: schemas.ChildHistory,
    history.timeline: schemas.Timeline,
    sheets.get_assessment: schemas.Assessment,
}


def sees(world: World, actor: Actor, round_id: str, house: House) -> bool:
    seen = set()
    for query in (sheets.group_sheet, sheets.discussion_sheet):
        try:
            world.do(query, actor, round_id=round_id, group_id=house.group)
            seen.add(True)
        except (Forbidden, NotFound):
            seen.add(False)
    [answer] = seen
    return answer


def may(world: World, call: str, actor: Actor, round_id: str, house: House, row: dict[str, Any]) -> bool:
    """Whether the door opens; with an old version, so that nothing is changed behind it."""
    items: dict[str, dict[str, Any]] = {
        "rate": own_item(row),
        "withdraw": own_item(row),
        "finalise": joint_item(row, house),
        "absence": {**own_item(row), "state": "absent", "reason_code": "holiday"},
        "start": {**own_item(row), "reason": "Kollegaen er syg."},
    }
    item = {**items[call], "expected_version": 99}
    try:
        world.group(call, actor, round_id, house, [item])
    except Forbidden:
        return False
    return True
