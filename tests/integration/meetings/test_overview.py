"""What a leader and administration see of the meetings that wait or are late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.errors import Forbidden
from services.meetings import models, overview
from tests.integration.meetings.town import Statements, Town, key


def seen(town: Town, actor: Actor | None = None, **more: Any) -> dict[str, Any]:
    return dict(overview.Overview().dump(town.call(overview.overview, actor, **more)))


def exports(town: Town) -> list[tuple[str, str, str]]:
    log = models.Base.metadata.tables["access_log"]
    with town.db.unit_of_work() as uow:
        rows = uow.session.execute(log.select().where(log.c.action == "export").order_by(log.c.seq)).all()
    return [(row.kind, row.subject, row.purpose) for row in rows]


def test_a_leader_sees_which_meetings_have_no_time_and_which_are_late(town: Town) -> None:
    child = town.enrol()
    concern = town.raise_concern(child)
    found = seen(town)
    assert found["concern_ids"] == [concern["concern_id"]]
    [waiting] = found["meetings"]
    assert (waiting["child_id"], waiting["unbooked"], waiting["late"]) == (child, True, [])
    assert found["total"]["open"] == found["total"]["unbooked"] == 1
    with time_machine.travel(clock.now() + timedelta(days=20), tick=True):
        found = seen(town)
    assert found["meetings"][0]["late"] == ["invite", "hold"]
    assert (found["total"]["late_invite"], found["total"]["late_hold"]) == (1, 1)
    assert found["institutions"][0]["institution_id"] == town.institution


def test_a_leader_of_another_place_sees_none_of_it(town: Town) -> None:
    town.raise_concern(town.enrol())
    found = seen(town, town.actor(key(), "leader", key()))
    assert (found["meetings"], found["institutions"], found["total"]["open"]) == ([], [], 0)
    for stranger in (town.actor(key(), "pedagogue", town.group), town.actor(key(), "specialist", "*")):
        with pytest.raises(Forbidden):
            seen(town, stranger)
    assert seen(town, group_id=key())["meetings"] == []
    assert len(seen(town, group_id=town.group)["meetings"]) == 1


def test_administration_sees_numbers_none_of_them_small_and_no_child(town: Town) -> None:
    office = town.actor(key(), "administration", "*")
    children = [town.enrol() for _ in range(3)]
    for child in children:
        town.raise_concern(child)
    found = seen(town, office)
    assert found["meetings"] == []
    assert [row["open"] for row in found["institutions"]] == [None]
    assert found["total"]["open"] is None
    assert not any(child in str(found) for child in children)
    for _ in range(3):
        town.raise_concern(town.enrol())
    assert seen(town, office)["institutions"][0]["open"] == 6
    with pytest.raises(Forbidden):
        seen(town, office, group_id=town.group)


def test_what_leaves_as_a_file_is_noted_with_its_purpose(town: Town) -> None:
    child = town.enrol()
    town.raise_concern(child)
    seen(town, export=True)
    seen(town, town.actor(key(), "administration", "*"), export=True)
    assert exports(town) == [("meeting", child, "trivsel"), ("overview", "*", "trivsel")]


def test_the_number_of_statements_does_not_grow_with_the_meetings(town: Town) -> None:
    counts = []
    for more in (1, 4):
        for _ in range(more):
            town.raise_concern(town.enrol())
        with Statements(town.db.engine) as statements:
            seen(town)
        counts.append(statements.count)
    assert counts[0] == counts[1]
