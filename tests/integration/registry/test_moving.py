"""Children on their way: who is to receive a child, and who lately let her go, know her name and no more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.chassis import clock
from services.chassis.actor import Actor, Grant
from services.chassis.database import Database
from services.chassis.errors import Forbidden
from services.registry import moving, schemas
from services.registry.models import Enrolment
from tests.integration.registry.conftest import accesses
from tests.integration.registry.test_access import PARENT, People

pytestmark = pytest.mark.usefixtures("the_day")

RECEIVER = "M3"


@pytest.fixture
def people(full: Database) -> People:
    return People(full)


def names(people: People, who: str | Actor) -> set[str]:
    found = people.ask(who, moving.moving_children, [people.ids[one] for one in ("B1", "B2", "B3")])
    items: list[dict[str, Any]] = schemas.MovingChildren().dump(found)["items"]
    known = {id_: name for name, id_ in people.ids.items()}
    assert all(set(one) == {"child_id", "first_name", "last_name", "born"} for one in items)
    return {known[one["child_id"]] for one in items}


def leave(people: People, days_ago: int, begins_in: int) -> None:
    """B1 leaves the group where she is for the teacher's class."""
    today = clock.today()
    with people.database.unit_of_work() as uow:
        [here] = uow.session.scalars(select(Enrolment).where(Enrolment.child_id == people.ids["B1"]))
        here.valid_to = today - timedelta(days=days_ago)
        values = {
            column.name: getattr(here, column.name)
            for column in Enrolment.__table__.columns
            if column.name not in ("id", "number", "source_id")
        }
        uow.session.add(
            Enrolment(
                **values
                | {
                    "group_id": people.ids["G2"],
                    "valid_from": today + timedelta(days=begins_in),
                    "valid_to": None,
                }
            )
        )


def test_the_new_place_knows_the_name_of_who_is_to_come(people: People) -> None:
    assert names(people, RECEIVER) == {"B2"}
    leave(people, days_ago=-60, begins_in=61)
    assert names(people, RECEIVER) == {"B1", "B2"}
    assert people.seen(RECEIVER) == {"B2"}
    assert people.ids["B1"] in {one.subject for one in accesses(people.database) if one.kind == "child"}


def test_the_old_place_knows_the_name_for_a_while_and_then_no_longer(people: People) -> None:
    leave(people, days_ago=30, begins_in=-29)
    assert "B1" in names(people, "M1")
    leave_longer(people)
    assert "B1" not in names(people, "M1")


def leave_longer(people: People) -> None:
    with people.database.unit_of_work() as uow:
        for one in uow.session.scalars(select(Enrolment).where(Enrolment.child_id == people.ids["B1"])):
            if one.valid_to is not None:
                one.valid_to = clock.today() - timedelta(days=121)


def test_specialists_parents_and_strangers_learn_no_name(people: People) -> None:
    for who in ("M6", "M7", PARENT):
        with pytest.raises(Forbidden):
            names(people, who)
    stranger = Actor(people.ids["M1"], "staff", (Grant("leader", people.ids["M1"]),), "nysgerrig")
    assert names(people, stranger) == set()
