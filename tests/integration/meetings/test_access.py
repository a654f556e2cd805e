"""Who may see and do what, and that it is noted."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest

from services.chassis.actor import Actor, Grant
from services.chassis.errors import Forbidden, NotFound, TrivselError
from services.meetings import handlers, models, queries
from tests.integration.meetings.town import Town, key


def accesses(town: Town) -> list[Any]:
    table = models.Base.metadata.tables["access_log"]
    with town.db.unit_of_work() as uow:
        return list(uow.session.execute(table.select().order_by(table.c.seq)).all())


def test_the_childs_own_staff_and_leaders_see_her_meeting(town: Town) -> None:
    meeting = town.invited()
    for actor in (
        town.actor(),
        town.actor(key(), "pedagogue", town.group),
        town.actor(key(), "leader", town.district),
        town.actor(key(), "leader", "*"),
    ):
        assert town.call(queries.get_meeting, actor, meeting_id=meeting.meeting_id)["state"] == "invited"


STRANGERS = [
    Actor(key(), "staff", (Grant("pedagogue", key()),)),
    Actor(key(), "staff", (Grant("leader", key()),)),
    Actor(key(), "staff", (Grant("administration", "*"),)),
    Actor(key(), "staff", (Grant("operations", "*"),)),
    Actor(key(), "staff", ()),
    Actor(key(), "guardian", ()),
    Actor("not-a-key", "staff", (Grant("pedagogue", "not-a-key"),)),
    Actor.system("notifications"),
]


def test_everybody_else_is_refused_every_way_to_it(town: Town) -> None:
    meeting = town.invited()
    agreement = models.Agreement(
        agreement_id=key(), meeting_id=meeting.meeting_id, version=1, what="x", who="x", state="open"
    )
    agreement_id = agreement.agreement_id
    with town.db.unit_of_work() as uow:
        uow.session.add(agreement)
    one = {"meeting_id": meeting.meeting_id}
    change = {**one, "expected_version": meeting.version}
    ways: list[tuple[Any, dict[str, Any]]] = [
        (queries.get_meeting, one),
        (queries.timeline, {"child_id": meeting.child_id}),
        (handlers.propose_times, one),
        (handlers.invite, change),
        (handlers.confirm, {**change, "proposal_id": town.proposals(meeting)[0].proposal_id}),
        (handlers.reschedule, {**change, "starts_at": meeting.link_until}),
        (handlers.cancel, {**change, "reason": "other"}),
        (handlers.set_roles, {**change, "roles": {}}),
        (handlers.hold, change),
        (handlers.no_show, change),
        (handlers.set_follow_up, {**change, "follow_up_on": meeting.hold_by}),
        (handlers.close, {**change, "outcome": "other"}),
        (handlers.save_minutes, {**one, "expected_version": 0, "items": []}),
        (handlers.add_agreement, {**one, "what": "x", "who": "x"}),
        (handlers.change_agreement, {"agreement_id": agreement_id, "expected_version": 1, "state": "done"}),
        (handlers.availability, {**one, "from_day": meeting.hold_by, "to_day": meeting.hold_by}),
    ]
    for stranger in STRANGERS:
        for handler, data in ways:
            with pytest.raises((NotFound, Forbidden)):
                town.call(handler, stranger, **data)
        with suppress(Forbidden):
            assert town.call(queries.list_meetings, stranger, child_id=meeting.child_id)["items"] == []
    assert town.meeting(meeting.child_id).version == meeting.version


def test_what_a_stranger_may_not_see_is_not_told_from_what_does_not_exist(town: Town) -> None:
    meeting = town.invited()
    stranger = Actor(key(), "staff", (Grant("pedagogue", key()),))
    told = set()
    for meeting_id in (meeting.meeting_id, key()):
        with pytest.raises(NotFound) as refused:
            town.call(queries.get_meeting, stranger, meeting_id=meeting_id)
        told.add((refused.value.code, refused.value.detail))
    assert len(told) == 1


def test_staff_who_hold_the_meeting_see_it_wherever_they_work(town: Town) -> None:
    meeting = town.invited()
    visitor = key()
    with town.db.unit_of_work() as uow:
        uow.session.add(
            models.MeetingStaff(meeting_id=meeting.meeting_id, staff_id=visitor, capacity="staff")
        )
    actor = Actor(visitor, "staff", (Grant("specialist", key()),))
    assert town.call(queries.get_meeting, actor, meeting_id=meeting.meeting_id)["state"] == "invited"
    assert len(town.call(queries.list_meetings, actor, mine=True)["items"]) == 1


def test_a_meeting_follows_its_child_to_another_institution(town: Town) -> None:
    meeting = town.invited()
    place = {
        "institution_id": key(),
        "group_id": key(),
        "district_id": None,
        "from": "2026-01-01",
        "to": None,
    }
    town.enrol(child=meeting.child_id, enrolments=[place], version=2)
    old_colleague = town.actor(key(), "pedagogue", town.group)
    with pytest.raises(NotFound):
        town.call(queries.get_meeting, old_colleague, meeting_id=meeting.meeting_id)
    new_leader = town.actor(key(), "leader", place["institution_id"])
    assert town.call(queries.get_meeting, new_leader, meeting_id=meeting.meeting_id)["state"] == "invited"
    (task,) = town.call(queries.my_tasks, new_leader)["items"]
    assert task.kind == "child_moved"


def test_when_a_child_has_left_every_place_the_leader_is_asked_about_the_meeting(town: Town) -> None:
    meeting = town.invited()
    town.enrol(child=meeting.child_id, enrolments=[], version=2)
    assert town.tasks(state="open") == ["child_moved"]
    assert len(town.call(queries.my_tasks)["items"]) == 1


def test_every_read_of_a_child_is_logged_with_its_purpose_and_a_refused_one_is_not(town: Town) -> None:
    meeting = town.invited()
    before = len(accesses(town))
    town.call(queries.get_meeting, meeting_id=meeting.meeting_id)
    town.call(queries.list_meetings, institution_id=town.institution)
    town.call(queries.timeline, child_id=meeting.child_id)
    with pytest.raises(NotFound):
        town.call(queries.get_meeting, STRANGERS[0], meeting_id=meeting.meeting_id)
    rows = accesses(town)[before:]
    assert [(row.action, row.kind) for row in rows] == [
        ("read", "meeting"),
        ("search", "meeting"),
        ("read", "meetings"),
    ]
    assert {row.subject for row in rows} == {meeting.child_id}
    assert {row.purpose for row in rows} == {"trivsel"}


def test_lists_are_narrowed_to_what_the_actor_may_see_and_are_read_in_pages(town: Town) -> None:
    other_group = key()
    town.groups[other_group] = town.groups[town.group]
    own = [town.enrol() for _ in range(3)]
    others = [town.enrol(other_group) for _ in range(2)]
    town.raised(*(town.concern(child) for child in own), *(town.concern(child) for child in others))
    pedagogue = town.actor(key(), "pedagogue", town.group)
    found = town.call(queries.list_meetings, pedagogue, institution_id=town.institution)["items"]
    assert {meeting.child_id for meeting in found} == set(own)
    seen, after = [], None
    while True:
        page = town.call(queries.list_meetings, institution_id=town.institution, after=after, limit=2)
        seen += [meeting.child_id for meeting in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted([*own, *others])
    assert town.call(queries.list_meetings, child_id=own[0], states=["invited"])["items"] == []


def test_the_timeline_tells_the_course_in_codes_newest_first(town: Town) -> None:
    meeting = town.invited()
    kinds = [item["kind"] for item in town.call(queries.timeline, child_id=meeting.child_id)["items"]]
    assert sorted(kinds) == ["invited", "required"]


def test_settings_are_the_administrations_and_an_institutions_own_also_its_leaders(town: Town) -> None:
    values = {"expected_version": 0, "values": {"notice_days": 2}}
    office = town.actor(key(), "administration", "*")
    pedagogue = town.actor(key(), "pedagogue", town.group)
    with pytest.raises(Forbidden):
        town.call(handlers.store_settings, **values)
    with pytest.raises(Forbidden):
        town.call(handlers.store_settings, pedagogue, institution_id=town.institution, **values)
    assert town.call(handlers.store_settings, office, **values)["effective"]["notice_days"] == 2
    own = {"expected_version": 0, "values": {"notice_days": 1}, "institution_id": town.institution}
    shown = town.call(handlers.store_settings, **own)
    assert (shown["version"], shown["effective"]["notice_days"]) == (1, 1)
    with pytest.raises(TrivselError):
        town.call(handlers.store_settings, **own)
    assert town.call(handlers.get_settings, pedagogue)["effective"]["notice_days"] == 2
