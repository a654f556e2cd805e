"""Ratings that a consent shares with a unit: read there while it holds, and not on the next read after."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import delete

from services.assessment import models, schemas
from services.assessment.handlers import consents
from services.assessment.queries import history, shared
from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.catalogue import read
from services.chassis.context import Context
from services.chassis.errors import Forbidden, NotYet
from services.chassis.received import Batch, Received
from tests.integration.assessment.world import ADMINISTRATION, EVERYWHERE, House, World, joint_item, staff

READS: dict[str, Any] = {"requested": schemas.ConsentRequested, "superseded": schemas.ConsentSuperseded}


@dataclass
class Consent:
    """A consent to share a child's record, told by consent's own events."""

    world: World
    child_id: str
    units: list[str]
    more: dict[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))

    def data(self) -> dict[str, Any]:
        today = clock.today()
        return {
            "consent_id": self.id,
            "child_id": self.child_id,
            "purpose": "record_sharing",
            "recipients": self.units,
            "information": ["wellbeing"],
            "valid_from": today.isoformat(),
            "valid_to": (today + timedelta(days=90)).isoformat(),
            **self.more,
        }

    def told(self, what: str, version: int, event_id: str | None = None) -> Consent:
        event = Received(
            event_id or str(uuid4()),
            f"dk.trivsel.consent.consent.{what}.v1",
            self.id,
            version,
            clock.now(),
            read(READS.get(what, schemas.ConsentOutcome), self.data()),
            Context.new(),
        )
        batch = Batch(f"assessment.consent_{what}", [event])
        self.world.database.handle(batch, getattr(consents, f"consent_{what}"))
        if batch.failures:
            raise next(iter(batch.failures.values()))
        return self

    def granted(self) -> Consent:
        return self.told("requested", 1).told("granted", 3)

    def item(self, state: str, version: int) -> dict[str, Any]:
        """The consent as consent's snapshot has it."""
        return {**self.data(), "state": state, "version": version}


@pytest.fixture
def child(world: World, house: House) -> str:
    """A child who has been rated yellow, and by one of the two red."""
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.rate(house.anna, round_id, house, positions="red")
    world.rate(house.bo, round_id, house, positions="yellow")
    world.finalise(round_id, house, positions="yellow")
    return child


@pytest.fixture
def school(world: World) -> House:
    return world.house("school", grade=0)


def reads(world: World, actor: Actor, child: str) -> dict[str, Any] | None:
    try:
        found = world.do(shared.shared_ratings, actor, child_id=child)
    except Forbidden:
        return None
    return dict(schemas.SharedRatings().dump(found))


def acknowledged(world: World) -> list[str]:
    return [event["data"]["consent_id"] for event in world.events("withdrawal.acknowledged")]


def test_a_named_unit_reads_what_was_agreed_and_nothing_that_one_thought_alone(
    world: World, child: str, school: House
) -> None:
    assert reads(world, school.leader, child) is None
    consent = Consent(world, child, [school.id]).granted()
    found = reads(world, school.leader, child)
    assert found is not None
    assert found["valid_to"] == consent.data()["valid_to"]
    [rating] = found["ratings"]
    assert (rating["position"], rating["context"]) == ("yellow", "I store samlinger.")
    assert not {"own_ratings", "participants", "reason", "suspects_parents"} & set(rating)
    assert "red" not in str(found)
    # Neither the child's whole history nor its timeline comes with it.
    for other in (history.child_history, history.timeline):
        with pytest.raises(Forbidden):
            world.do(other, school.leader, child_id=child)


def test_lr_5_after_a_withdrawal_the_next_read_of_ratings_fails_and_the_history_stays(
    world: World, child: str, school: House, house: House
) -> None:
    consent = Consent(world, child, [school.id]).granted()
    before = reads(world, school.leader, child)
    consent.told("withdrawn", 4)
    assert before is not None
    assert reads(world, school.leader, child) is None
    assert acknowledged(world) == [consent.id]
    assert len(world.do(history.child_history, house.leader, child_id=child)["assessments"]) == 1
    read_by_school = [row for row in world.access_log() if row.actor_id == school.leader.id]
    assert [(row.kind, row.action) for row in read_by_school] == [("ratings", "read")]


def test_lr_1_a_child_is_rated_as_before_when_a_consent_about_it_was_declined_and_withdrawn(
    world: World, child: str, house: House, school: House
) -> None:
    Consent(world, child, [school.id]).told("requested", 1).told("declined", 2)
    Consent(world, child, [school.id]).granted().told("withdrawn", 4)
    round_id = world.table(models.Round)[0].id
    [row] = world.rows(round_id, house).values()
    world.close_round(round_id)
    again = world.open_round(name="Forår")["round_id"]
    world.ready(again, house)
    world.finalise(again, house, positions="green")
    assert world.rows(again, house)[row["child_id"]]["joint"][0]["position"] == "green"


def test_staff_of_the_units_groups_read_and_others_do_not(world: World, child: str, school: House) -> None:
    district = str(uuid4())
    Consent(world, child, [school.id, district]).granted()
    for reader in (school.leader, school.anna, staff("specialist", district), staff("specialist", school.id)):
        assert reads(world, reader, child) is not None
    guardian = Actor(str(uuid4()), "guardian", (Grant("leader", school.id),), None)
    strangers = [
        world.house("school").leader,
        staff("leader", district),
        staff("specialist", EVERYWHERE),
        staff("leader", EVERYWHERE),
        staff("operations", school.id),
        ADMINISTRATION,
        guardian,
    ]
    for stranger in strangers:
        assert reads(world, stranger, child) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"information": ["meeting_minutes", "health"]},
        {"information": []},
        {"purpose": "specialist_meeting"},
        {"purpose": "transition_release"},
        {"valid_from": (clock.today() + timedelta(days=1)).isoformat()},
        {"valid_to": (clock.today() - timedelta(days=1)).isoformat()},
    ],
)
def test_only_a_consent_for_this_purpose_information_and_day_opens(
    world: World, child: str, school: House, wrong: dict[str, Any]
) -> None:
    Consent(world, child, [school.id], wrong).told("requested", 1)
    if wrong.get("purpose", "record_sharing") == "record_sharing":
        Consent(world, child, [school.id], wrong).granted()
    assert reads(world, school.leader, child) is None


def test_a_withdrawal_that_comes_first_is_not_overtaken(world: World, child: str, school: House) -> None:
    consent = Consent(world, child, [school.id])
    with pytest.raises(NotYet):
        consent.told("granted", 3)
    consent.told("withdrawn", 4).told("requested", 1).told("granted", 3)
    assert reads(world, school.leader, child) is None
    assert acknowledged(world) == [consent.id]
    consent.told("withdrawn", 4)  # told once more, as another event
    assert acknowledged(world) == [consent.id]


def test_a_withdrawal_of_any_purpose_is_acknowledged(world: World, child: str) -> None:
    consent = Consent(world, child, [str(uuid4())], {"purpose": "specialist_meeting"})
    consent.told("requested", 1).told("granted", 2).told("withdrawn", 3)
    assert acknowledged(world) == [consent.id]


@pytest.mark.parametrize("end", ["declined", "expired", "superseded"])
def test_every_end_shuts_and_a_newer_consent_opens_by_itself(
    world: World, child: str, school: House, end: str
) -> None:
    Consent(world, child, [school.id]).granted().told(end, 5)
    assert reads(world, school.leader, child) is None
    Consent(world, child, [school.id]).granted()
    assert reads(world, school.leader, child) is not None
    assert acknowledged(world) == []


def test_where_parents_may_not_be_told_the_words_are_not_shared_on_their_word(
    world: World, house: House, school: House
) -> None:
    [child] = world.children(house, 1)
    round_id = world.open_round()["round_id"]
    world.ready(round_id, house)
    [row] = world.rows(round_id, house).values()
    item = joint_item(row, house, "red", suspects_parents=True)
    world.group("finalise", house.anna, round_id, house, [item])
    Consent(world, child, [school.id]).granted()
    found = reads(world, school.leader, child)
    assert found is not None
    [rating] = found["ratings"]
    assert (rating["position"], rating["context"], rating["focus"]) == ("red", "", "")


def test_reading_all_consents_anew_shuts_what_should_be_shut_and_acknowledges_what_was_missed(
    world: World, child: str, school: House
) -> None:
    missed, unheard, kept = (Consent(world, child, [school.id]) for _ in range(3))
    missed.granted()
    pages = {
        None: {"items": [missed.item("withdrawn", 4), unheard.item("withdrawn", 9)], "next": "a"},
        "a": {"items": [kept.item("partial", 2)], "next": None},
    }
    asked = []

    def call(method: str, arguments: dict[str, Any]) -> dict[str, Any]:
        asked.append(method)
        return pages[arguments["after"]]

    assert consents.rebuild(world.database, Context.new(), call) == 3
    assert reads(world, school.leader, child) is None
    assert sorted(acknowledged(world)) == sorted([missed.id, unheard.id])
    assert consents.rebuild(world.database, Context.new(), call) == 3
    assert len(acknowledged(world)) == 2
    pages["a"]["items"] = [kept.item("granted", 3)]
    consents.rebuild(world.database, Context.new(), call)
    assert reads(world, school.leader, child) is not None
    assert set(asked) == {"consent.snapshot"}
    with world.database.unit_of_work() as uow:
        uow.session.execute(delete(models.Consent))
    consents.rebuild(world.database, Context.new(), call)
    assert len(acknowledged(world)) == 2
    assert {one.state for one in world.table(models.Consent)} == {"withdrawn", "granted"}
