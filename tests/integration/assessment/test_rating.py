"""Own ratings, the dialogue, joint ratings: a group in one call."""

from __future__ import annotations

from uuid import uuid4

import pytest

from services.assessment import models, schemas
from services.assessment.queries import sheets
from services.chassis.errors import Conflict, Forbidden, Invalid
from services.chassis.schemas import load
from tests.integration.assessment.test_sharing import Consent
from tests.integration.assessment.world import House, World, at, joint_item, own_item, staff


def test_a_rating_needs_no_consent_and_nothing_from_parents(world: World, house: House) -> None:
    """LR-1: a whole round is rated without a consent, and just so where one has been refused."""
    children = world.children(house, 3)
    Consent(world, children[0], [house.id]).told("requested", 1).told("declined", 2)
    round_ = world.open_round()
    world.ready(round_["round_id"], house)
    result = world.finalise(round_["round_id"], house, positions={children[0]: "yellow"})
    assert [child["state"] for child in result["saved"]] == ["joint_final"]
    assert [event["data"]["child_id"] for event in world.events("concern.raised")] == children[:1]


def test_own_ratings_stay_hidden_until_the_required_number_is_in(world: World, house: House) -> None:
    children = world.children(house, 2)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house, positions={children[0]: "red"})

    seen_by_bo = world.rows(round_id, house, house.bo)[children[0]]
    assert (seen_by_bo["ratings_in"], seen_by_bo["own_rating"]) == (1, None)
    for curious in (house.bo, house.leader):
        dialogue = world.do(sheets.discussion_sheet, curious, round_id=round_id, group_id=house.group)
        assert dialogue["children"] == []
        assert [child["child_id"] for child in dialogue["waiting"]] == children
        assert "'red'" not in str(dialogue)

    world.rate(house.bo, round_id, house)
    dialogue = world.do(sheets.discussion_sheet, house.leader, round_id=round_id, group_id=house.group)
    assert dialogue["waiting"] == []
    first = dialogue["children"][0]
    assert first["child_id"] == children[0], "disagreements come first"
    assert first["disagreement"]
    assert {rating["position"] for rating in first["own_ratings"]} == {"red", "green"}


def test_colleagues_who_rate_at_the_same_time_do_not_get_in_each_others_way(
    world: World, house: House
) -> None:
    world.children(house, 2)
    round_id = world.open_round()["round_id"]
    seen_by_both = list(world.rows(round_id, house).values())
    for actor in (house.anna, house.bo):
        result = world.group("rate", actor, round_id, house, [own_item(row) for row in seen_by_both])
        assert result["errors"] == []
    assert {row["state"] for row in world.rows(round_id, house).values()} == {"ready_for_dialogue"}


def test_an_own_rating_from_an_old_page_does_not_overwrite_a_newer_one(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    world.group("rate", house.anna, round_id, house, [own_item(row, "yellow")])
    result = world.group("rate", house.anna, round_id, house, [own_item(row, "green")])
    [error] = result["errors"]
    assert (error["code"], error["version"], result["saved"]) == ("version-mismatch", 2, [])
    assert world.rows(round_id, house)[child]["own_rating"]["position"] == "yellow"


def test_the_same_call_again_is_answered_as_done(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    for _ in range(2):
        result = world.group("rate", house.anna, round_id, house, [own_item(row, "yellow")])
        assert (result["saved"][0]["version"], result["errors"]) == (2, [])
    world.rate(house.bo, round_id, house)
    [row] = world.rows(round_id, house).values()
    first, again = (
        world.group("finalise", house.anna, round_id, house, [joint_item(row, house, "red")])
        for _ in range(2)
    )
    assert first["saved"][0]["rating_id"] == again["saved"][0]["rating_id"]
    assert world.happened() == ["raised"]


def test_an_own_rating_may_be_changed_and_taken_back_until_the_joint_rating(
    world: World, house: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.rate(house.anna, round_id, house, positions="yellow")
    assert world.rows(round_id, house)[child]["own_rating"]["position"] == "yellow"

    row = world.rows(round_id, house)[child]
    result = world.group("withdraw", house.anna, round_id, house, [_touched(row)])
    assert result["saved"][0]["state"] == "own_rating"
    assert world.rows(round_id, house)[child]["own_rating"] is None

    world.ready(round_id, house)
    world.finalise(round_id, house)
    [error] = world.rate(house.anna, round_id, house, positions="red")["errors"]
    assert error["code"] == "conflict"


def test_one_wrong_child_never_costs_the_others_theirs(world: World, house: House) -> None:
    children = world.children(house, 6)
    stranger = world.house("vuggestue")
    [strange] = world.children(stranger, 1)
    round_id = world.open_round()["round_id"]
    rows = world.rows(round_id, house)
    theirs = world.rows(round_id, stranger, stranger.anna)[strange]
    items = [
        own_item(rows[children[0]]),
        own_item(rows[children[1]], "yellow", reason="   "),
        own_item(rows[children[2]], "blue"),
        own_item(rows[children[3]]) | {"expected_version": 9},
        own_item(rows[children[4]], indicators=["findes-ikke"]),
        own_item(theirs),
        own_item(rows[children[0]], "red"),
        {"position": "green", "child_assessment_id": str(uuid4()), "expected_version": 1},
        "vrøvl",
        own_item(rows[children[5]]),
    ]
    result = world.group("rate", house.anna, round_id, house, items)
    assert [child["child_id"] for child in result["saved"]] == [children[0], children[5]]
    assert {error["index"]: (error["code"], sorted(error["fields"])) for error in result["errors"]} == {
        1: ("invalid", ["reason"]),
        2: ("invalid", ["position"]),
        3: ("version-mismatch", []),
        4: ("invalid", ["indicators"]),
        5: ("not-found", []),
        6: ("invalid", ["child_assessment_id"]),
        7: ("not-found", []),
        8: ("invalid", ["body"]),
    }
    assert all(error["detail"] for error in result["errors"])
    assert {rating.position for rating in world.table(models.OwnRating)} == {"green"}


def test_a_joint_rating_waits_for_the_own_ratings(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house)
    [error] = world.finalise(round_id, house)["errors"]
    assert error["code"] == "conflict"
    assert world.table(models.JointRating) == []


def test_a_childminder_rates_alone_and_the_child_is_ready(world: World) -> None:
    house = world.house("dagpleje")
    world.children(house, 4)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house)
    result = world.finalise(round_id, house)
    assert len(result["saved"]) == 4


def test_a_health_visitor_notes_that_she_rated_together_with_the_parents(world: World) -> None:
    house = world.house("health_visiting")
    [child] = world.children(house, 1, months=9)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    assert row["age_band"] == "0-1"
    item = own_item(row, source="home_visit", with_parents=True)
    world.group("rate", house.anna, round_id, house, [item])
    mine = world.rows(round_id, house)[child]["own_rating"]
    assert (mine["source"], mine["with_parents"]) == ("home_visit", True)


def test_only_the_first_of_two_who_agree_at_once_is_saved(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    [row] = world.rows(round_id, house).values()
    first = world.group("finalise", house.anna, round_id, house, [joint_item(row, house, "green")])
    second = world.group("finalise", house.bo, round_id, house, [joint_item(row, house, "red")])
    assert (len(first["saved"]), [error["code"] for error in second["errors"]]) == (1, ["version-mismatch"])
    assert [rating.position for rating in world.table(models.JointRating)] == ["green"]


def test_a_colleague_who_changes_her_mind_during_the_dialogue_is_noticed(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    [row] = world.rows(round_id, house).values()
    world.rate(house.bo, round_id, house, positions="red")
    result = world.group("finalise", house.anna, round_id, house, [joint_item(row, house)])
    assert [error["code"] for error in result["errors"]] == ["version-mismatch"]


def test_a_child_may_have_a_joint_rating_for_each_track(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    row = world.rows(round_id, house)[child]
    both = [joint_item(row, house, "green"), joint_item(row, house, "yellow", track="home")]
    assert len(world.group("finalise", house.anna, round_id, house, both)["saved"]) == 2
    assert {
        rating["track"]: rating["position"] for rating in world.rows(round_id, house)[child]["joint"]
    } == {"institution": "green", "home": "yellow"}
    again = world.group(
        "finalise",
        house.anna,
        round_id,
        house,
        [joint_item(world.rows(round_id, house)[child], house, "red")],
    )
    assert [error["code"] for error in again["errors"]] == ["conflict"]


def test_participants_are_known_staff_and_as_many_as_had_to_rate(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    for people in ([house.anna.id], [house.anna.id, str(uuid4())]):
        [error] = world.finalise(round_id, house, participants=people)["errors"]
        assert set(error["fields"]) == {"participants"}


def test_absent_and_exempt_are_set_with_reason_and_taken_back(world: World, house: House) -> None:
    children = world.children(house, 3)
    round_id = world.open_round()["round_id"]
    rows = world.rows(round_id, house)
    result = world.group(
        "absence",
        house.anna,
        round_id,
        house,
        [
            {**_touched(rows[children[0]]), "state": "absent", "reason_code": "holiday"},
            {
                **_touched(rows[children[1]]),
                "state": "exempt",
                "reason_code": "newly_started",
                "reason": "Ny.",
            },
            {**_touched(rows[children[2]]), "state": "absent"},
        ],
    )
    assert [child["state"] for child in result["saved"]] == ["absent", "exempt"]
    assert [sorted(error["fields"]) for error in result["errors"]] == [["reason_code"]]
    assert [error["code"] for error in world.rate(house.anna, round_id, house)["errors"]] == ["conflict"] * 2

    rows = world.rows(round_id, house)
    assert rows[children[1]]["reason_code"] == "newly_started"
    back = {**_touched(rows[children[0]]), "state": "present"}
    result = world.group("absence", house.anna, round_id, house, [back])
    assert result["saved"][0]["state"] == "not_started"
    assert world.rows(round_id, house)[children[0]]["reason_code"] is None


def test_a_leader_may_begin_the_dialogue_when_a_colleague_is_away(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house)
    [row] = world.rows(round_id, house).values()
    item = {**_touched(row), "reason": "Kollegaen er sygemeldt."}
    with pytest.raises(Forbidden):
        world.group("start", house.anna, round_id, house, [item])
    result = world.group("start", house.leader, round_id, house, [item])
    assert result["saved"][0]["state"] == "ready_for_dialogue"
    assert world.finalise(round_id, house, participants=[house.anna.id])["errors"] == []


def test_before_the_window_and_after_the_round_nobody_rates(world: World, house: House) -> None:
    world.children(house, 1)
    early = world.open_round("vuggestue", first=3)["round_id"]
    [row] = world.rows(early, house).values()
    with pytest.raises(Conflict) as refused:
        world.group("rate", house.anna, early, house, [own_item(row)])
    assert refused.value.code == "round-not-open"
    world.close_round(early)
    late = world.open_round("vuggestue", first=-30, last=-3)["round_id"]
    [row] = world.rows(late, house).values()
    assert world.group("rate", house.anna, late, house, [own_item(row)])["errors"] == []
    world.close_round(late)
    [row] = world.rows(late, house).values()
    with pytest.raises(Conflict):
        world.group("rate", house.anna, late, house, [own_item(row)])


def test_last_time_is_shown_from_the_same_institution_only(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    first = world.open_round(name="Forår")["round_id"]
    world.ready(first, house)
    world.finalise(first, house, positions="yellow")
    world.close_round(first)
    second = world.open_round(name="Efterår")["round_id"]
    [last] = world.rows(second, house)[child]["last"]
    assert (last["position"], last["round_name"]) == ("yellow", "Forår")

    other = world.house("vuggestue")
    world.child(at(other), id_=child)
    assert world.rows(second, other, other.anna)[child]["last"] == []
    assert world.rows(second, other, other.anna)[child]["open_concerns"] == []


@pytest.mark.parametrize("items", [None, [], [{}] * 101, "x"])
def test_a_call_that_is_no_list_of_children_is_refused_whole(items: object) -> None:
    with pytest.raises(Invalid) as refused:
        load(schemas.RateGroup(), {"round_id": str(uuid4()), "group_id": str(uuid4()), "items": items})
    assert set(refused.value.fields) == {"items"}


def test_text_that_no_database_can_store_is_told_back_by_field(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    [row] = world.rows(round_id, house).values()
    for text in ("nul\x00", "halv \ud83d", "x" * 4001):
        [error] = world.group("rate", house.anna, round_id, house, [own_item(row, reason=text)])["errors"]
        assert set(error["fields"]) == {"reason"}
    kept = "Glad 😀 i små grupper – 'DROP TABLE'; %s"
    world.group("rate", house.anna, round_id, house, [own_item(row, reason=kept)])
    [row] = world.rows(round_id, house).values()
    assert row["own_rating"]["reason"] == kept


def test_strangers_are_not_told_whether_a_group_exists(world: World, house: House) -> None:
    world.children(house, 1)
    round_id = world.open_round()["round_id"]
    outsider = staff("pedagogue", str(uuid4()))
    texts = set()
    for group in (house.group, str(uuid4())):
        with pytest.raises(Forbidden) as refused:
            world.do(sheets.group_sheet, outsider, round_id=round_id, group_id=group)
        texts.add(refused.value.detail)
    assert len(texts) == 1


def _touched(row: dict[str, object]) -> dict[str, object]:
    return {"child_assessment_id": row["child_assessment_id"], "expected_version": row["version"]}
