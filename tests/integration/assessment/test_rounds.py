"""Rounds, and how their lists follow the children."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from services.assessment import models, roster, schemas
from services.assessment.handlers import profiles, rounds
from services.assessment.handlers.rehearsal import rehearse
from services.assessment.profiles import built_in
from services.chassis import clock
from services.chassis.context import Context
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from tests.integration.assessment.world import (
    ADMINISTRATION,
    House,
    World,
    at,
    child_data,
    institution_data,
    staff,
)

TODAY = clock.today


def test_a_round_without_windows_gets_each_kinds_next_one(world: World) -> None:
    with time_machine.travel("2026-11-21 09:00Z", tick=False):
        planned = world.do(rounds.plan_round, ADMINISTRATION, name="Efterår", windows=None)
    assert {window["kind"]: (window["from"], window["to"]) for window in planned["windows"]} == {
        kind: (date(2026, 9, 1 if kind == "school" else 15), date(2026, 12, 15))
        for kind in ("health_visiting", "dagpleje", "vuggestue", "boernehave", "school")
    }
    assert (planned["state"], planned["from"], planned["to"]) == (
        "planned",
        date(2026, 9, 1),
        date(2026, 12, 15),
    )


def test_opening_lists_every_child_in_scope_once(world: World, house: House) -> None:
    visiting = world.house("health_visiting")
    school, grown = world.house("school", grade=4), world.house("school", grade=5)
    here = world.children(house, 3)
    both = world.child(at(visiting), at(house))
    at_home = world.child(at(visiting), months=9)
    pupil = world.child(at(school), months=124)
    world.child(at(grown), months=136)
    world.child(at(house, last=TODAY() - timedelta(days=1)))
    world.child(at(house, first=TODAY() + timedelta(days=1)))
    opened = world.open_round()
    listed = {row.child_id: row for row in world.table(models.ChildAssessment)}
    assert set(listed) == {*here, both, at_home, pupil}
    assert opened["children"] == 6
    assert listed[both].institution_id == house.id
    assert (listed[at_home].kind, listed[at_home].required, listed[at_home].age_band) == (
        "health_visiting",
        1,
        "0-1",
    )
    assert listed[pupil].age_band == "10-13"
    assert {row.state for row in listed.values()} == {"not_started"}


def test_how_many_children_a_round_will_list_is_known_before_it_is_opened(world: World, house: House) -> None:
    world.children(house, 3)
    windows = [{"kind": house.kind, "from": TODAY(), "to": TODAY() + timedelta(days=30)}]
    planned = world.do(rounds.plan_round, ADMINISTRATION, name="Forår", windows=windows)
    which = {"round_id": planned["round_id"], "expected_version": 1}
    told = rehearse(world.database, Context.new(), ADMINISTRATION, rounds.open_round, **which)
    assert (told["children"], told["state"]) == (3, "open")
    assert world.table(models.ChildAssessment) == []
    assert world.events("round") == []
    assert world.do(rounds.open_round, ADMINISTRATION, **which)["children"] == 3


def test_opening_and_closing_are_told_with_dates_and_kinds(world: World) -> None:
    opened = world.open_round("school", "dagpleje")
    world.close_round(opened["round_id"])
    first, last = world.events("round")
    assert first["type"].endswith("round.opened.v1")
    assert last["type"].endswith("round.closed.v1")
    assert first["data"] == {
        "round_id": opened["round_id"],
        "from": opened["from"].isoformat(),
        "to": opened["to"].isoformat(),
        "kinds": ["dagpleje", "school"],
    }


def test_a_kind_is_in_one_open_round_at_a_time(world: World) -> None:
    world.open_round("vuggestue", "boernehave")
    world.open_round("school", name="Skole")
    with pytest.raises(Conflict) as refused:
        world.open_round("boernehave", "dagpleje")
    assert "børnehave" in refused.value.detail


def test_the_database_itself_allows_one_open_round_for_a_kind(world: World) -> None:
    round_id = world.open_round("school")["round_id"]
    planned = world.do(rounds.plan_round, ADMINISTRATION, name="x", windows=windows("school", 0, 9))
    assert planned["round_id"] != round_id
    with pytest.raises(IntegrityError), world.database.unit_of_work() as uow:
        uow.session.execute(update(models.RoundWindow).values(is_open=True))


def test_a_round_keeps_the_profile_it_was_opened_with(world: World, house: House) -> None:
    world.children(house, 1)
    first = world.open_round(name="Forår")
    settings = schemas.profile.Settings().load(built_in()["settings"])
    next(kind for kind in settings["kinds"] if kind["kind"] == "vuggestue")["min_own_ratings"] = 1
    stored = world.do(
        profiles.store_profile,
        ADMINISTRATION,
        expected_version=1,
        settings=settings,
        indicators=None,
        note="Én er nok hos os.",
    )
    assert (stored["version"], stored["indicators"]) == (2, 144)
    assert first["profile_version"] == 1
    world.rate(house.anna, first["round_id"], house)
    assert {row["state"] for row in world.rows(first["round_id"], house).values()} == {"own_rating"}
    world.close_round(first["round_id"])
    second = world.open_round(name="Efterår")
    assert second["profile_version"] == 2
    world.rate(house.anna, second["round_id"], house)
    assert {row["state"] for row in world.rows(second["round_id"], house).values()} == {"ready_for_dialogue"}


def test_a_profile_stored_from_an_old_page_is_refused(world: World) -> None:
    settings = built_in()["settings"]
    wanted = {"settings": settings, "indicators": None, "note": "x"}
    world.do(profiles.store_profile, ADMINISTRATION, expected_version=1, **wanted)
    with pytest.raises(PreconditionFailed) as refused:
        world.do(profiles.store_profile, ADMINISTRATION, expected_version=1, **wanted)
    assert refused.value.extra == {"version": 2}
    with pytest.raises(Forbidden):
        world.do(profiles.store_profile, staff("leader", "*"), expected_version=2, **wanted)
    versions = world.do(profiles.list_profiles, ADMINISTRATION, after=None, limit=1)
    assert ([one["version"] for one in versions["items"]], versions["next"]) == ([2], "2")
    rest = world.do(profiles.list_profiles, ADMINISTRATION, after="2", limit=1)
    assert ([one["version"] for one in rest["items"]], rest["next"]) == ([1], None)


def test_indicators_are_those_of_the_rounds_profile_and_age(world: World) -> None:
    round_id = world.open_round()["round_id"]
    found = world.do(
        profiles.indicators, staff("pedagogue", "x"), round_id=round_id, version=None, age_band="3-6"
    )
    assert found["version"] == 1
    assert len(found["items"]) == 24
    assert {item["age_band"] for item in found["items"]} == {"3-6"}
    with pytest.raises(NotFound):
        world.do(profiles.indicators, ADMINISTRATION, round_id=None, version=9, age_band=None)


def test_a_planned_round_can_be_changed_and_dropped_and_an_open_one_prolonged(world: World) -> None:
    planned = world.do(rounds.plan_round, ADMINISTRATION, name="Forår", windows=windows("school", 0, 10))
    changed = world.do(
        rounds.change_round,
        ADMINISTRATION,
        round_id=planned["round_id"],
        expected_version=1,
        name="Sent forår",
        windows=windows("dagpleje", 5, 20),
    )
    assert (changed["name"], changed["version"], changed["windows"][0]["kind"]) == (
        "Sent forår",
        2,
        "dagpleje",
    )
    opened = world.do(rounds.open_round, ADMINISTRATION, round_id=planned["round_id"], expected_version=2)
    longer = world.do(
        rounds.change_round,
        ADMINISTRATION,
        round_id=planned["round_id"],
        expected_version=opened["version"],
        name=None,
        windows=windows("dagpleje", 5, 30),
    )
    assert longer["to"] == TODAY() + timedelta(days=30)
    with pytest.raises(Conflict):
        world.do(
            rounds.change_round,
            ADMINISTRATION,
            round_id=planned["round_id"],
            expected_version=longer["version"],
            name=None,
            windows=windows("school", 5, 30),
        )
    with pytest.raises(Conflict):
        world.do(
            rounds.drop_round,
            ADMINISTRATION,
            round_id=planned["round_id"],
            expected_version=longer["version"],
        )
    other = world.do(rounds.plan_round, ADMINISTRATION, name="Aldrig", windows=None)
    world.do(rounds.drop_round, ADMINISTRATION, round_id=other["round_id"], expected_version=1)
    with pytest.raises(NotFound):
        world.do(rounds.get_round, ADMINISTRATION, round_id=other["round_id"])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ([("school", 5, 4)], "windows.0.to"),
        ([("school", 0, 1), ("school", 3, 4)], "windows.1.kind"),
    ],
)
def test_windows_that_make_no_sense_are_told_by_field(
    world: World, given: list[tuple[str, int, int]], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        world.do(
            rounds.plan_round,
            ADMINISTRATION,
            name="x",
            windows=[window for one in given for window in windows(*one)],
        )
    assert set(refused.value.fields) == {field}


def test_rounds_are_listed_newest_first_in_pages(world: World) -> None:
    for number in range(3):
        world.do(
            rounds.plan_round, ADMINISTRATION, name=f"Runde {number}", windows=windows("school", number, 40)
        )
    names, after = [], None
    while True:
        page = world.do(rounds.list_rounds, staff("teacher", "x"), state=None, after=after, limit=2)
        names += [row["name"] for row in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert names == ["Runde 2", "Runde 1", "Runde 0"]
    with pytest.raises(Invalid):
        world.do(rounds.list_rounds, ADMINISTRATION, state=None, after="i går", limit=2)


def test_only_administration_opens_rounds(world: World) -> None:
    for role in ("leader", "pedagogue", "specialist", "operations"):
        with pytest.raises(Forbidden):
            world.do(rounds.plan_round, staff(role, "*"), name="x", windows=None)


# Following the children ------------------------------------------------------------------------------


def test_a_child_who_arrives_while_the_round_is_open_is_listed(world: World, house: House) -> None:
    round_id = world.open_round()["round_id"]
    [child] = world.children(house, 1)
    assert set(world.rows(round_id, house)) == {child}


def test_a_child_who_changes_group_takes_its_ratings_along(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house)
    world.child(at(house, group=house.other_group), id_=child)
    entry = world.entry(child, house)
    assert (entry.group_id, entry.state, entry.version) == (house.other_group, "own_rating", 3)
    assert world.rows(round_id, house) == {}


def test_a_child_who_moves_is_asked_for_at_the_new_place_only(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house)
    other = world.house("boernehave")
    world.child(at(house, last=TODAY() - timedelta(days=1)), at(other), id_=child)
    old, new = world.entry(child, house), world.entry(child, other)
    assert (old.state, old.reason_code, old.left_on) == ("left", "moved", TODAY())
    assert (new.state, new.left_on) == ("not_started", None)
    assert world.rows(round_id, house) == {}

    world.child(at(house), id_=child)
    old, new = world.entry(child, house), world.entry(child, other)
    assert (old.state, old.left_on, new.state) == ("own_rating", None, "left")


def test_a_child_who_was_rated_before_it_moved_is_exempt_until_the_new_place_says_otherwise(
    world: World, house: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house)
    other = world.house("boernehave")
    world.child(at(other), id_=child)
    assert world.entry(child, house).state == "joint_final"
    row = world.rows(round_id, other, other.anna)[child]
    assert (row["state"], row["reason_code"]) == ("exempt", "rated_elsewhere")
    assert row["joint"] == [], "what was agreed elsewhere does not follow by itself (LR-9)"
    back = {
        "child_assessment_id": row["child_assessment_id"],
        "expected_version": row["version"],
        "state": "present",
    }
    world.group("absence", other.anna, round_id, other, [back])
    assert world.rows(round_id, other, other.anna)[child]["state"] == "not_started"


def test_a_child_who_leaves_the_municipality_leaves_the_list(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.tell("child", child_data(child, world.born[child], at(house), active=False))
    assert world.entry(child, house).reason_code == "moved_away"
    assert world.rows(round_id, house) == {}


def test_news_that_come_late_or_twice_change_nothing(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    other = world.house("boernehave")
    batch = world.tell("child", child_data(child, world.born[child], at(other)), version=1000)
    world.tell("child", child_data(child, world.born[child], at(house)), version=999)
    world.database.handle(batch, lambda *_: pytest.fail("handled twice"))
    assert set(world.rows(round_id, other, other.anna)) == {child}
    assert world.rows(round_id, house) == {}


def test_several_news_of_one_child_in_a_batch_end_with_the_newest(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    other = world.house("boernehave")
    born = world.born[child]
    world.tell(
        "child",
        child_data(child, born, at(other)),
        child_data(child, born, at(house)),
        child_data(child, born),
    )
    assert world.rows(round_id, house) == {}
    assert world.rows(round_id, other, other.anna) == {}


def test_a_closed_round_is_left_in_peace(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.close_round(round_id)
    world.tell("child", child_data(child, world.born[child], active=False))
    assert world.entry(child, house).state == "not_started"


def test_enrolments_that_begin_or_end_with_the_day_are_followed_without_an_event(
    world: World, house: House
) -> None:
    leaving = world.child(at(house, last=TODAY() + timedelta(days=1)))
    coming = world.child(at(house, first=TODAY() + timedelta(days=2)))
    staying = world.child(at(house))
    round_id = world.open_round()["round_id"]
    assert set(world.rows(round_id, house)) == {leaving, staying}
    with time_machine.travel(clock.now() + timedelta(days=2), tick=False):
        with world.database.unit_of_work() as uow:
            assert roster.follow_calendar(uow.session) == 2
        assert set(world.rows(round_id, house)) == {coming, staying}
        with world.database.unit_of_work() as uow:
            assert roster.follow_calendar(uow.session) == 0


def test_a_class_that_moves_up_beyond_the_grades_leaves_the_list(world: World) -> None:
    school = world.house("school", grade=4)
    [pupil] = world.children(school, 1, months=124)
    round_id = world.open_round()["round_id"]
    school.grade = 5
    world.tell("institution", institution_data(school))
    assert world.entry(pupil, school).reason_code == "out_of_scope"
    school.grade = 3
    world.tell("institution", institution_data(school))
    assert set(world.rows(round_id, school)) == {pupil}


def windows(kind: str, first: int, last: int) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "from": TODAY() + timedelta(days=first),
            "to": TODAY() + timedelta(days=last),
        }
    ]
