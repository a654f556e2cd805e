"""How far rounds have come, how they turned out, and what a child's page shows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.assessment import models, schemas
from services.assessment.queries import history, overview, sheets
from services.chassis import clock
from services.chassis.errors import Forbidden, Invalid
from tests.integration.assessment.world import ADMINISTRATION, House, World, own_item, staff


def coverage(
    world: World, actor: Any, level: str = "group", round_id: str | None = None
) -> list[dict[str, Any]]:
    found = world.do(overview.coverage, actor, round_id=round_id, level=level, institution_id=None)
    items: list[dict[str, Any]] = found["items"]
    return items


def test_coverage_counts_each_child_in_its_state(world: World, house: House) -> None:
    children = world.children(house, 6)
    other = world.house("boernehave")
    world.children(other, 2)
    round_id = world.open_round()["round_id"]
    rows = world.rows(round_id, house)
    aside = [
        {
            "child_assessment_id": rows[child]["child_assessment_id"],
            "expected_version": 1,
            "state": state,
            "reason_code": "other",
            "reason": "Aftalt.",
        }
        for child, state in zip(children, ["absent", "exempt"], strict=False)
    ]
    world.group("absence", house.anna, round_id, house, aside)
    for actor, some in ((house.anna, children[2:5]), (house.bo, children[2:4])):
        world.group("rate", actor, round_id, house, [own_item(rows[child]) for child in some])
    world.finalise(round_id, house, positions={children[2]: "yellow"})

    [mine] = coverage(world, house.anna)
    assert {name: mine[name] for name in ("total", "assessed", "percent", "overdue")} == {
        "total": 5,
        "assessed": 1,
        "percent": 20,
        "overdue": 0,
    }
    states = ("not_started", "own_rating", "ready_for_dialogue", "absent", "exempt", "left")
    assert [mine[state] for state in states] == [1, 1, 1, 1, 1, 0]
    assert (mine["group_id"], mine["kind"], mine["round_id"]) == (house.group, "vuggestue", round_id)
    assert world.sheet(round_id, house)["counts"]["percent"] == 20

    assert len(coverage(world, ADMINISTRATION, "institution")) == 2
    [all_] = coverage(world, ADMINISTRATION, "municipality", round_id)
    assert (all_["total"], all_["assessed"], all_["institution_id"]) == (7, 1, None)


def test_each_sees_the_coverage_of_her_own(world: World, house: House) -> None:
    world.children(house, 1)
    other = world.house("vuggestue")
    world.children(other, 1)
    world.open_round()
    assert [item["group_id"] for item in coverage(world, other.anna)] == [other.group]
    assert [item["institution_id"] for item in coverage(world, house.leader, "institution")] == [house.id]
    with pytest.raises(Forbidden):
        coverage(world, house.leader, "municipality")
    with pytest.raises(Forbidden):
        coverage(world, staff("specialist", "*"))


def test_after_the_last_day_those_not_rated_are_overdue(world: World, house: House) -> None:
    children = world.children(house, 3)
    round_id = world.open_round(last=2)["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions={children[0]: "green"})
    with time_machine.travel(clock.now() + timedelta(days=3), tick=False):
        assert coverage(world, house.leader)[0]["overdue"] == 2
        found, after = [], None
        while True:
            page = world.do(
                overview.overdue, house.leader, round_id=None, institution_id=house.id, after=after, limit=1
            )
            found += page["items"]
            after = page["next"]
            if after is None:
                break
        assert {item["child_id"] for item in found} == set(children[1:])
        assert {item["last_day"] for item in found} == {clock.today() - timedelta(days=1)}
    with pytest.raises(Invalid):
        world.do(overview.overdue, house.leader, round_id=None, institution_id=None, after="x", limit=1)


def distribution(world: World, actor: Any, round_id: str, level: str) -> list[dict[str, Any]]:
    found = world.do(overview.distribution, actor, round_id=round_id, level=level, institution_id=None)
    items: list[dict[str, Any]] = found["items"]
    return items


def test_a_leader_sees_her_own_numbers_and_administration_none_that_are_small(
    world: World, house: House
) -> None:
    children = world.children(house, 20)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    positions = (
        dict.fromkeys(children, "green") | dict.fromkeys(children[:6], "yellow") | {children[0]: "red"}
    )
    world.finalise(round_id, house, positions=positions)

    [own] = distribution(world, house.leader, round_id, "institution")
    assert (own["total"], own["green"], own["yellow"], own["red"]) == (20, 14, 5, 1)
    assert not own["suppressed"]
    [group] = distribution(world, house.anna, round_id, "group")
    assert group["red"] == 1

    for level in ("institution", "municipality"):
        [seen] = distribution(world, ADMINISTRATION, round_id, level)
        assert (seen["total"], seen["green"], seen["yellow"], seen["red"]) == (20, None, None, None)
        assert seen["suppressed"]
    with pytest.raises(Forbidden):
        distribution(world, ADMINISTRATION, round_id, "group")
    with pytest.raises(Forbidden):
        distribution(world, house.leader, round_id, "municipality")
    with pytest.raises(Forbidden):
        distribution(world, house.anna, round_id, "institution")


def test_a_child_with_two_tracks_counts_once_by_its_gravest(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="green")
    world.finalise(round_id, house, positions="red", track="home")
    [own] = distribution(world, house.leader, round_id, "institution")
    assert (own["total"], own["green"], own["red"]) == (1, 0, 1)


def test_a_municipality_without_ratings_has_an_empty_distribution(world: World) -> None:
    round_id = world.open_round()["round_id"]
    [none] = distribution(world, ADMINISTRATION, round_id, "municipality")
    assert (none["total"], none["suppressed"]) == (0, False)


def test_a_childs_page_shows_every_round_with_what_was_revised(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    first = world.open_round(name="Forår")["round_id"]
    world.ready(first, house)
    world.finalise(first, house, positions="yellow")
    world.close_round(first)
    second = world.open_round(name="Efterår")["round_id"]
    world.ready(second, house)
    world.finalise(second, house, positions="yellow")

    found = world.do(history.child_history, house.bo, child_id=child)
    assert [one["round_name"] for one in found["assessments"]] == ["Efterår", "Forår"]
    assert [one["consider_notification"] for one in found["assessments"]] == [True, False]
    assert [len(one["own_ratings"]) for one in found["assessments"]] == [2, 2]
    [concern] = found["concerns"]
    assert [step["state"] for step in concern["steps"]] == ["raised", "raised"]
    assert [step["round_id"] for step in concern["steps"]] == [first, second]

    one = world.do(
        sheets.get_assessment,
        house.bo,
        child_assessment_id=found["assessments"][0]["child_assessment_id"],
    )
    assert one["last"][0]["round_name"] == "Forår"
    assert one["consider_notification"]
    assert one["version"] == found["assessments"][0]["version"]


def test_a_childs_timeline_is_codes_and_times_newest_first(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    assert [item["kind"] for item in world.do(history.timeline, house.anna, child_id=child)["items"]] == [
        "listed"
    ]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="red", reason="Kanariefugl")
    items = world.do(history.timeline, house.leader, child_id=child)["items"]
    kinds = [item["kind"] for item in items]
    assert sorted(kinds) == ["concern_raised", "joint_rating", "own_rating", "own_rating"]
    assert [item["at"] for item in items] == sorted((item["at"] for item in items), reverse=True)
    assert "Kanariefugl" not in str(items)


def test_open_concerns_are_listed_in_pages(world: World, house: House) -> None:
    children = world.children(house, 3)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions=dict.fromkeys(children, "yellow"))
    assert sorted(listed(world, house, a_page=2)) == sorted(children)


def test_a_withheld_concern_is_on_the_first_page_whichever_its_number(world: World, house: House) -> None:
    children = world.children(house, 4)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    for child in children:
        world.finalise(round_id, house, positions={child: "red"}, suspects_parents=child == children[2])
    found = listed(world, house, a_page=1)
    assert found[0] == children[2]
    assert sorted(found) == sorted(children)


def listed(world: World, house: House, *, a_page: int) -> list[str]:
    """The children with open concerns, as whoever turns the pages sees them."""
    found, after = [], None
    while True:
        page = world.do(
            history.list_concerns, house.leader, institution_id=house.id, after=after, limit=a_page
        )
        found += [item["child_id"] for item in page["items"]]
        after = page["next"]
        if after is None:
            return found


def test_my_groups_say_what_waits_for_each_who_rates(world: World, house: House) -> None:
    children = world.children(house, 4)
    other = world.house("boernehave")
    world.children(other, 2)
    round_id = world.open_round()["round_id"]
    rows = world.rows(round_id, house)
    world.group("rate", house.anna, round_id, house, [own_item(rows[child]) for child in children[:3]])
    world.group("rate", house.bo, round_id, house, [own_item(rows[child]) for child in children[:2]])

    def mine(actor: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = schemas.GivenGroups().dump(world.do(overview.my_groups, actor))["items"]
        return items

    [annas], [bos], [leaders] = mine(house.anna), mine(house.bo), mine(house.leader)
    assert [one["waits_for_me"] for one in (annas, bos, leaders)] == [1, 2, 0]
    assert (annas["ready_for_dialogue"], annas["own_rating"], annas["not_started"]) == (2, 1, 1)
    assert annas["group_id"] == house.group
    assert annas["may"]["rate"]
    assert not leaders["may"]["rate"]
    assert leaders["may"]["finalise"]
    assert [one["group_id"] for one in mine(other.anna)] == [other.group]
    assert mine(ADMINISTRATION) == []
    world.close_round(round_id)
    assert mine(house.anna) == []


def test_numbers_are_told_by_age_and_narrowed_to_a_group(world: World, house: House) -> None:
    world.children(house, 3)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    [band] = {item["age_band"] for item in coverage(world, house.leader, "age")}
    narrowed = {"institution_id": house.id, "group_id": house.group, "age_band": band}
    asked = {"round_id": round_id, "level": "age", **narrowed}
    [age] = world.do(overview.distribution, house.leader, **asked)["items"]
    assert (age["age_band"], age["total"], age["yellow"]) == (band, 3, 3)
    [covered] = world.do(overview.coverage, house.leader, **asked)["items"]
    assert (covered["age_band"], covered["assessed"]) == (band, 3)
    elsewhere = {**asked, "group_id": house.other_group}
    assert world.do(overview.distribution, house.leader, **elsewhere)["items"] == []
    assert world.do(overview.coverage, house.leader, **elsewhere)["items"] == []


def test_administration_finds_nothing_hidden_by_asking_for_one_institution_at_a_time(
    world: World, house: House
) -> None:
    """Two institutions: one has a small number, and the other is hidden so that it cannot be found."""
    other = world.house("boernehave")
    few, many = world.children(house, 20), world.children(other, 24)
    round_id = world.open_round()["round_id"]
    for place, children, yellow in ((house, few, 2), (other, many, 8)):
        world.ready(round_id, place)
        positions = dict.fromkeys(children, "green") | dict.fromkeys(children[:yellow], "yellow")
        world.finalise(round_id, place, positions=positions)

    def ask(level: str, **narrowed: Any) -> list[dict[str, Any]]:
        asked = {"round_id": round_id, "level": level, "institution_id": None, **narrowed}
        items: list[dict[str, Any]] = world.do(overview.distribution, ADMINISTRATION, **asked)["items"]
        return items

    both = {item["institution_id"]: item for item in ask("institution")}
    assert both[other.id]["suppressed"]
    for place in (house, other):
        assert ask("institution", institution_id=place.id) == [both[place.id]]
    crossed: list[dict[str, Any]] = [
        {"level": "municipality", "institution_id": other.id},
        {"level": "age", "institution_id": other.id},
        {"level": "institution", "age_band": "3-6"},
        {"level": "institution", "group_id": other.group},
    ]
    for asked in crossed:
        with pytest.raises(Forbidden):
            ask(**asked)


def test_a_development_shows_the_rounds_in_order(world: World, house: House) -> None:
    children = world.children(house, 7)
    for name, positions in (
        ("Forår", "yellow"),
        ("Efterår", dict.fromkeys(children, "green") | {children[0]: "red"}),
    ):
        round_id = world.open_round(name=name)["round_id"]
        world.ready(round_id, house)
        world.finalise(round_id, house, positions=positions)
        world.close_round(round_id)
    everything = {"institution_id": None, "group_id": None, "age_band": None}
    told = world.do(overview.development, house.leader, **everything)
    found = schemas.Development().dump(told)["items"]
    assert [(one["round_name"], one["green"], one["yellow"], one["red"]) for one in found] == [
        ("Forår", 0, 7, 0),
        ("Efterår", 6, 0, 1),
    ]
    hidden = world.do(overview.development, ADMINISTRATION, **everything)["items"]
    assert [one["red"] for one in hidden] == [0, None]
    with pytest.raises(Forbidden):
        world.do(overview.development, house.anna, **everything)
    with pytest.raises(Forbidden):
        world.do(overview.development, ADMINISTRATION, **{**everything, "institution_id": house.id})


def test_numbers_that_leave_as_a_file_are_noted_with_their_purpose(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="red")
    asked = {"round_id": round_id, "level": "institution", "institution_id": None, "export": True}
    world.do(overview.distribution, house.leader, **asked)
    world.do(overview.coverage, house.leader, **asked)
    world.do(history.list_concerns, house.leader, institution_id=None, after=None, limit=9, export=True)
    with world.database.unit_of_work() as uow:
        log = models.Base.metadata.tables["access_log"]
        noted = uow.session.execute(log.select().where(log.c.action == "export").order_by(log.c.seq)).all()
    assert [(row.kind, row.purpose) for row in noted] == [
        ("overview", "Trivselsvurdering"),
        ("overview", "Trivselsvurdering"),
        ("concern", "Trivselsvurdering"),
    ]
    assert {row.subject for row in noted[:2]} == {round_id}
