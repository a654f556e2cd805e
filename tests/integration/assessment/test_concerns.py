"""What joint ratings and revisions tell the house, and what they never tell."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from services.assessment import events, models, schemas
from services.assessment.domain.words import POSITIONS
from services.assessment.handlers import joint
from services.assessment.handlers.rehearsal import rehearse
from services.chassis import clock
from services.chassis.context import Context
from services.chassis.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed
from tests.integration.assessment.world import House, World, at, joint_item

CANARY = "Kanariefuglen synger kun for medarbejderne"


def test_a_yellow_rating_raises_one_concern_with_the_profiles_deadlines(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    with time_machine.travel(clock.now().replace(year=2026, month=12, day=22, hour=9), tick=False):
        # 24 to 27 December nobody works, and 28 December is a Monday.
        result = world.finalise(round_id, house, positions="yellow")
    [raised] = world.events("concern")
    [saved] = result["saved"]
    assert raised["type"] == "dk.trivsel.assessment.concern.raised.v1"
    assert raised["aggregate_version"] == 1
    assert raised["data"] == {
        "concern_id": raised["aggregate_id"],
        "child_id": child,
        "round_id": round_id,
        "rating_id": saved["rating_id"],
        "track": "institution",
        "institution_id": house.id,
        "group_id": house.group,
        "invite_by": "2026-12-28",
        "hold_by": "2027-01-05",
    }
    assert saved["concerns"] == [
        {
            "concern_id": raised["aggregate_id"],
            "track": "institution",
            "state": "raised",
            "new": True,
            "invite_by": date(2026, 12, 28),
            "hold_by": date(2027, 1, 5),
        }
    ]
    [open_] = world.rows(round_id, house)[child]["open_concerns"]
    assert open_["state"] == "raised"


def test_a_green_rating_informs_nobody(world: World, house: House) -> None:
    world.children(house, 2)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house)
    assert world.happened() == []
    assert len(world.events("joint_rating.finalised")) == 2


def test_no_event_but_the_internal_one_carries_a_position_and_none_a_text(world: World, house: House) -> None:
    children = world.children(house, 4)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    positions = dict(zip(children, ["yellow", "red", "green", "red"], strict=True))
    texts = dict.fromkeys(("context", "works_well", "focus", "reason"), CANARY)
    world.finalise(round_id, house, positions=positions, **texts)
    revise(world, house, round_id, children[0], "red", suspects_parents=True, revision_reason=CANARY)
    revise(world, house, round_id, children[1], "green", revision_reason=CANARY)
    for event in world.events():
        told = json.dumps([event["data"], event["headers"]])
        assert CANARY not in told
        assert "suspect" not in told
        if ".joint_rating." not in event["type"]:
            assert not any(position in told for position in POSITIONS)
    assert CANARY not in str(world.access_log())


def test_a_suspicion_against_parents_is_withheld_from_the_first_moment(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="red", track="home", suspects_parents=True)
    assert world.happened() == ["withheld"]
    [withheld] = world.events("concern")
    assert set(withheld["data"]) == {
        "concern_id",
        "child_id",
        "round_id",
        "rating_id",
        "track",
        "institution_id",
        "group_id",
    }
    assert world.rows(round_id, house)[child]["open_concerns"][0]["invite_by"] is None


def test_the_world_hears_no_end_of_a_concern_it_heard_no_beginning_of(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow", suspects_parents=True)
    revise(world, house, round_id, child, "green")
    assert world.happened() == ["withheld", "lapsed"]
    assert not events.ConcernLapsed.public
    revise(world, house, round_id, child, "yellow", suspects_parents=True)
    revise(world, house, round_id, child, "yellow")
    revise(world, house, round_id, child, "red", suspects_parents=True)
    revise(world, house, round_id, child, "green")
    assert world.happened()[2:] == ["withheld", "raised", "withheld", "settled"]


def test_every_way_a_concern_can_go_is_one_rising_sequence(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    revise(world, house, round_id, child, "red")
    revise(world, house, round_id, child, "red", suspects_parents=True)
    revise(world, house, round_id, child, "yellow")
    revise(world, house, round_id, child, "green")
    revise(world, house, round_id, child, "yellow")
    told = world.events("concern")
    assert world.happened() == ["raised", "raised", "withheld", "raised", "settled", "raised"]
    first, last = told[0]["aggregate_id"], told[-1]["aggregate_id"]
    assert [event["aggregate_version"] for event in told if event["aggregate_id"] == first] == [1, 2, 3, 4, 5]
    assert [event["aggregate_version"] for event in told if event["aggregate_id"] == last] == [1]
    assert [event["data"]["revision"] for event in world.events("joint_rating")] == [1, 2, 3, 4, 5, 6]


def test_a_revision_keeps_what_it_supersedes_and_why(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    revise(world, house, round_id, child, "green", revision_reason="Barnet trives efter ændringen.")
    old, new = sorted(world.table(models.JointRating), key=lambda rating: rating.revision)
    assert (old.current, new.current, new.supersedes) == (False, True, old.id)
    assert (old.position, new.position) == ("yellow", "green")
    assert new.revision_reason == "Barnet trives efter ændringen."
    assert world.events("joint_rating")[-1]["data"]["supersedes"] == old.id


def test_a_revision_gives_no_more_time_and_a_new_round_does(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    start = clock.now()
    with time_machine.travel(start, tick=False) as day:
        first = world.open_round(last=2)["round_id"]
        world.ready(first, house)
        world.finalise(first, house, positions="yellow")
        day.shift(timedelta(days=3))
        revise(world, house, first, child, "red")
        world.close_round(first)
        second = world.open_round(name="Næste")["round_id"]
        world.ready(second, house)
        world.finalise(second, house, positions="yellow")
    told = world.events("concern")
    assert len({event["aggregate_id"] for event in told}) == 1
    deadlines = [event["data"]["hold_by"] for event in told]
    assert deadlines[0] == deadlines[1] < deadlines[2]
    assert told[2]["data"]["round_id"] == second


def test_a_green_rating_in_the_next_round_settles_the_concern_of_the_last(world: World, house: House) -> None:
    world.children(house, 1)
    first = world.open_round(name="Forår")["round_id"]
    world.ready(first, house)
    world.finalise(first, house, positions="yellow")
    world.close_round(first)
    second = world.open_round(name="Efterår")["round_id"]
    world.ready(second, house)
    result = world.finalise(second, house)
    assert world.happened() == ["raised", "settled"]
    assert result["saved"][0]["concerns"][0]["state"] == "settled"


def test_a_yellow_that_lasts_asks_staff_to_consider_a_notification(world: World, house: House) -> None:
    world.children(house, 1)
    first = world.open_round(name="Forår")["round_id"]
    world.ready(first, house)
    assert not world.finalise(first, house, positions="yellow")["saved"][0]["consider_notification"]
    world.close_round(first)
    second = world.open_round(name="Efterår")["round_id"]
    world.ready(second, house)
    assert world.finalise(second, house, positions="yellow")["saved"][0]["consider_notification"]


def test_a_suspicion_on_one_track_silences_the_other_until_it_is_lifted(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    world.finalise(round_id, house, positions="red", track="home", suspects_parents=True)
    assert world.happened() == ["raised", "withheld", "withheld"]
    revise(world, house, round_id, child, "yellow", track="home")
    assert world.happened()[3:] == ["raised", "raised"]
    assert {row.state for row in world.table(models.Concern)} == {"raised"}


def test_a_rating_moved_to_the_other_track_moves_its_concern(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    revise(world, house, round_id, child, "yellow", old_track="institution", track="home")
    assert world.happened() == ["raised", "settled", "raised"]
    assert [event["data"]["track"] for event in world.events("concern")] == [
        "institution",
        "institution",
        "home",
    ]


def test_the_database_itself_allows_one_open_concern_for_a_child_and_track(
    world: World, house: House
) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    [concern] = world.table(models.Concern)
    twin = {column.name: getattr(concern, column.name) for column in models.Concern.__table__.columns}
    twin["id"] = concern.child_id
    with pytest.raises(IntegrityError), world.database.unit_of_work() as uow:
        uow.session.execute(insert(models.Concern), [twin])


def test_a_revision_from_an_old_page_is_refused_with_the_current_version(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    seen = world.rows(round_id, house)[child]["version"]
    revise(world, house, round_id, child, "red")
    with pytest.raises(PreconditionFailed) as refused:
        revise(world, house, round_id, child, "green", expected_version=seen)
    assert refused.value.extra == {"version": seen + 1}
    assert world.rows(round_id, house)[child]["joint"][0]["position"] == "red"


def test_only_the_newest_word_about_a_child_can_be_revised(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    first = world.open_round(name="Forår")["round_id"]
    world.ready(first, house)
    world.finalise(first, house, positions="yellow")
    superseded = world.rows(first, house)[child]["joint"][0]["rating_id"]
    revise(world, house, first, child, "red")
    with pytest.raises(Conflict):
        revise(world, house, first, child, "green", rating_id=superseded)
    world.close_round(first)
    revise(world, house, first, child, "yellow")
    second = world.open_round(name="Efterår")["round_id"]
    world.ready(second, house)
    world.finalise(second, house)
    with pytest.raises(Conflict):
        revise(world, house, first, child, "red")
    assert world.happened() == ["raised", "raised", "raised", "settled"]


def test_a_revision_is_checked_like_a_rating(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house)
    with pytest.raises(Invalid) as refused:
        revise(world, house, round_id, child, "yellow", reason="", participants=[house.anna.id])
    assert set(refused.value.fields) == {"reason", "participants"}
    with pytest.raises(NotFound):
        revise(world, house, round_id, child, "yellow", rating_id=child)


def test_who_has_let_go_of_a_child_no_longer_revises_but_the_leader_still_may(
    world: World, house: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    row = world.rows(round_id, house)[child]
    other = world.house("boernehave")
    world.child(at(other), id_=child)
    version = world.entry(child, house).version
    with pytest.raises(Forbidden):
        revise(world, house, round_id, child, "green", row=row, expected_version=version)
    revise(world, house, round_id, child, "green", row=row, expected_version=version, actor=house.leader)
    assert world.happened() == ["raised", "settled"]


def revise(
    world: World,
    house: House,
    round_id: str,
    child: str,
    position: str,
    *,
    actor: Any = None,
    row: dict[str, Any] | None = None,
    old_track: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Revises the joint rating in force on a track."""
    row = row or world.rows(round_id, house)[child]
    track = more.get("track", "institution")
    rating = next(rating for rating in row["joint"] if rating["track"] == (old_track or track))
    content = {
        name: value
        for name, value in joint_item(row, house, position, **{"suspects_parents": False, **more}).items()
        if name in joint.CONTENT
    }
    wanted: dict[str, Any] = {
        "rating_id": rating["rating_id"],
        "expected_version": row["version"],
        "revision_reason": "Vi ser det anderledes nu.",
        "track": "institution",
        "indicators": [],
        "with_parents": False,
        **content,
        **more,
    }
    result: dict[str, Any] = world.do(joint.revise, actor or house.bo, **wanted)
    return result


def test_a_rehearsal_tells_what_would_happen_and_leaves_nothing(world: World, house: House) -> None:
    [child, other] = world.children(house, 2)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    rows = world.rows(round_id, house)
    items = [joint_item(rows[child], house, "yellow"), joint_item(rows[other], house, "red", reason="")]
    data = schemas.FinaliseGroup().load({"round_id": round_id, "group_id": house.group, "items": items})
    before = (world.rows(round_id, house), world.events(), world.access_log())
    told = rehearse(world.database, Context.new(house.anna.id), house.anna, joint.finalise_group, **data)
    [saved], [error] = told["saved"], told["errors"]
    [effect] = saved["concerns"]
    assert (effect["state"], effect["track"], effect["new"]) == ("raised", "institution", True)
    assert effect["invite_by"] <= effect["hold_by"]
    assert "reason" in error["fields"]
    assert world.rows(round_id, house) == before[0]
    assert world.events() == before[1]
    assert world.table(models.Concern) == []
    done = world.group("finalise", house.anna, round_id, house, items)
    [really] = done["saved"][0]["concerns"]
    assert {**really, "concern_id": None} == {**effect, "concern_id": None}


def test_a_revision_is_rehearsed_too(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    [saved] = world.finalise(round_id, house, positions="yellow")["saved"]
    item = joint_item(world.rows(round_id, house)[child], house, "green", revision_reason="Byttet om.")
    del item["child_assessment_id"]
    data = schemas.Revise().load({**item, "rating_id": saved["rating_id"]})
    told = rehearse(world.database, Context.new(house.anna.id), house.anna, joint.revise, **data)
    assert [effect["state"] for effect in told["concerns"]] == ["settled"]
    assert world.happened() == ["raised"]
