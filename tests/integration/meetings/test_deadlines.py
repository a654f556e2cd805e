"""Deadlines missed, invitations nobody answered, and the tasks that come of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine

from services.chassis.database import Database
from services.chassis.errors import NotFound
from services.meetings import handlers, models, queries
from tests.integration.meetings.town import Town, key

DAY = 24 * 3600


def test_a_missed_deadline_is_told_once_and_becomes_one_task(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    town.raise_concern(child)
    assert handlers.find_breaches(town.db) == 0
    monday.shift(3 * DAY)
    assert handlers.find_breaches(town.db) == 1
    assert handlers.find_breaches(town.db) == 0
    (told,) = town.told("deadline.breached")
    assert (told["deadline"], told["due"]) == ("invite", "2026-11-25")
    assert town.tasks(state="open") == ["invite_overdue"]
    monday.shift(20 * DAY)
    assert handlers.find_breaches(town.db) == 1
    assert [told["deadline"] for told in town.told("deadline.breached")] == ["invite", "hold"]


def test_on_the_day_itself_no_deadline_is_missed(town: Town, monday: time_machine.Traveller) -> None:
    town.raise_concern(town.enrol())
    monday.shift(2 * DAY + 10 * 3600)
    assert handlers.find_breaches(town.db) == 0


def test_an_invitation_in_time_misses_nothing(town: Town, monday: time_machine.Traveller) -> None:
    town.invited()
    monday.shift(5 * DAY)
    assert handlers.find_breaches(town.db) == 0


def test_an_invitation_after_the_deadline_settles_the_task(
    town: Town, monday: time_machine.Traveller
) -> None:
    town.raise_concern(town.enrol())
    monday.shift(3 * DAY)
    handlers.find_breaches(town.db)
    assert town.invite() == 1
    assert town.tasks(state="open") == []


def test_a_silence_is_noticed_once_for_each_invitation(town: Town, monday: time_machine.Traveller) -> None:
    meeting = town.invited()
    assert handlers.notice_silence(town.db) == 0
    assert meeting.answer_by is not None
    monday.move_to(meeting.answer_by + timedelta(minutes=1))
    assert handlers.notice_silence(town.db) == 1
    assert handlers.notice_silence(town.db) == 0
    assert town.tasks(state="open") == ["no_answer"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_replicas_that_look_at_once_tell_of_each_breach_once(
    town: Town, monday: time_machine.Traveller
) -> None:
    town.raised(*(town.concern(town.enrol()) for _ in range(20)))
    monday.shift(30 * DAY)
    url = town.db.engine.url.render_as_string(hide_password=False)
    replicas = [Database(url, models.Base) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(handlers.find_breaches, replicas))
    assert sum(found) == 40 == len(town.told("deadline.breached"))
    for replica in replicas:
        replica.close()


def test_a_leader_sees_her_institutions_tasks_and_completes_them(town: Town) -> None:
    town.withheld(town.concern(town.enrol()), version=1)
    (task,) = town.call(queries.my_tasks)["items"]
    assert task.kind == "concern_withheld"
    for _ in range(2):
        done = town.call(handlers.complete_task, task_id=task.task_id, expected_version=1)
        assert (done.state, done.version) == ("done", 2)
    assert town.call(queries.my_tasks)["items"] == []
    assert len(town.call(queries.my_tasks, state="done")["items"]) == 1


def test_a_leaders_task_is_not_a_pedagogues_nor_another_institutions(town: Town) -> None:
    town.withheld(town.concern(town.enrol()), version=1)
    (task,) = town.rows(models.Task)
    others = [
        town.actor(town.groups[town.group][0], "pedagogue", town.group),
        town.actor(key(), "leader", key()),
    ]
    for other in others:
        assert town.call(queries.my_tasks, other)["items"] == []
        with pytest.raises(NotFound):
            town.call(handlers.complete_task, other, task_id=task.task_id, expected_version=1)
    district_leader = town.actor(key(), "leader", town.district)
    assert len(town.call(queries.my_tasks, district_leader)["items"]) == 1


def test_tasks_are_read_in_pages(town: Town) -> None:
    for _ in range(5):
        town.withheld(town.concern(town.enrol()), version=1)
    seen, after = [], None
    while True:
        page = town.call(queries.my_tasks, after=after, limit=2)
        seen += [task.task_id for task in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 5
