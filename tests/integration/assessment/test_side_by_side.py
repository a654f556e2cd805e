"""Many at once: the database decides who was first, and nobody's work is lost or doubled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest

from services.assessment import models
from services.assessment.handlers import joint, rounds
from services.chassis import clock
from services.chassis.database import Database
from services.chassis.errors import TrivselError
from tests.integration.assessment.world import ADMINISTRATION, House, World, at, joint_item, own_item


def side_by_side(*works: Callable[[], Any]) -> list[Any]:
    """Does all at the same moment and gives what each returned, or the error it met."""
    results: list[Any] = [None] * len(works)
    together = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], Any]) -> None:
        together.wait()
        try:
            results[place] = work()
        except TrivselError as error:
            results[place] = error

    threads = [threading.Thread(target=run, args=one) for one in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_of_many_who_agree_at_once_one_is_first_for_each_child(world: World, house: House) -> None:
    children = world.children(house, 6)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    rows = list(world.rows(round_id, house).values())
    # Half of them in the opposite order: nobody waits crosswise.
    calls = [
        [joint_item(row, house, position, reason="Iagttaget.") for row in order]
        for position, order in (
            ("yellow", rows),
            ("red", rows[::-1]),
            ("green", rows),
            ("yellow", rows[::-1]),
        )
    ]
    results = side_by_side(
        *(
            lambda items=items, actor=actor: world.group("finalise", actor, round_id, house, items)  # type: ignore[misc]
            for items, actor in zip(calls, (house.anna, house.bo, house.leader, house.bo), strict=True)
        )
    )
    saved = [child["child_id"] for result in results for child in result["saved"]]
    told_back = [error["code"] for result in results for error in result["errors"]]
    assert sorted(saved) == sorted(children)
    assert told_back == ["version-mismatch"] * (3 * len(children))
    assert len(world.table(models.JointRating)) == len(children)
    assert len(world.events("joint_rating.finalised")) == len(children)
    concerns = world.table(models.Concern)
    assert len({concern.child_id for concern in concerns}) == len(concerns) == len(world.events("concern"))


def test_of_many_who_revise_at_once_one_is_first(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    world.finalise(round_id, house, positions="yellow")
    [row] = world.rows(round_id, house).values()
    content = {
        **dict.fromkeys(("context", "works_well", "focus"), ""),
        "track": "institution",
        "reason": "Iagttaget.",
        "participants": house.people,
        "indicators": [],
        "with_parents": False,
        "suspects_parents": False,
    }
    results = side_by_side(
        *(
            lambda position=position: world.do(  # type: ignore[misc]
                joint.revise,
                house.anna,
                rating_id=row["joint"][0]["rating_id"],
                expected_version=row["version"],
                revision_reason="Nyt syn.",
                position=position,
                **content,
            )
            for position in ("red", "green", "red", "green")
        )
    )
    assert sum(isinstance(result, TrivselError) for result in results) == 3
    assert len([rating for rating in world.table(models.JointRating) if rating.current]) == 1
    assert world.rows(round_id, house)[child]["joint"][0]["revision"] == 2


def test_all_colleagues_save_their_own_ratings_at_once(world: World, house: House) -> None:
    world.children(house, 10)
    round_id = world.open_round()["round_id"]
    rows = list(world.rows(round_id, house).values())
    results = side_by_side(
        *(
            lambda actor=actor, order=order: world.group(  # type: ignore[misc]
                "rate", actor, round_id, house, [own_item(row) for row in order]
            )
            for actor, order in ((house.anna, rows), (house.bo, rows[::-1]))
        )
    )
    assert [result["errors"] for result in results] == [[], []]
    found = world.rows(round_id, house).values()
    assert {(row["state"], row["ratings_in"], row["version"]) for row in found} == {
        ("ready_for_dialogue", 2, 3)
    }


def test_a_child_recorded_while_the_round_opens_is_listed(world: World, house: House) -> None:
    world.children(house, 5)
    planned = world.do(
        rounds.plan_round,
        ADMINISTRATION,
        name="Nu",
        windows=[{"kind": "vuggestue", "from": clock.today(), "to": clock.today()}],
    )

    def open_() -> Any:
        return world.do(rounds.open_round, ADMINISTRATION, round_id=planned["round_id"], expected_version=1)

    results = side_by_side(open_, *(lambda: world.children(house, 5) for _ in range(4)), open_)
    opened = [results[0], results[-1]]
    assert sum(isinstance(result, TrivselError) for result in opened) == 1
    listed = [row.child_id for row in world.table(models.ChildAssessment)]
    assert sorted(listed) == sorted(child.id for child in world.table(models.Child))


def test_a_kind_is_opened_once_also_when_two_open_at_the_same_moment(world: World) -> None:
    windows = [{"kind": "school", "from": clock.today(), "to": clock.today()}]
    planned = [
        world.do(rounds.plan_round, ADMINISTRATION, name=name, windows=windows) for name in ("A", "B", "C")
    ]
    results = side_by_side(
        *(
            lambda id_=one["round_id"]: world.do(  # type: ignore[misc]
                rounds.open_round, ADMINISTRATION, round_id=id_, expected_version=1
            )
            for one in planned
        )
    )
    assert sum(isinstance(result, TrivselError) for result in results) == 2
    assert len([row for row in world.table(models.Round) if row.state == "open"]) == 1


def test_two_batches_about_the_same_child_leave_it_in_one_place(world: World, house: House) -> None:
    [child] = world.children(house, 1)
    world.open_round()
    others = [world.house("boernehave") for _ in range(4)]
    side_by_side(*(lambda other=other: world.child(at(other), id_=child) for other in others))  # type: ignore[misc]
    entries = [row for row in world.table(models.ChildAssessment) if row.left_on is None]
    [enrolment] = world.table(models.Enrolment)
    assert [entry.institution_id for entry in entries] == [enrolment.institution_id]


@pytest.fixture
def database(database_url: str) -> Any:
    found = Database(database_url, models.Base, pool_size=10)
    models.Base.metadata.create_all(found.engine)
    yield found
    found.close()
