"""Preparing a meeting step by step, and opening it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, PreconditionFailed
from services.meetings import handlers, models, schemas
from services.meetings.domain.agenda import FOCUS, ROLES
from tests.integration.meetings.test_course import confirmed, do, held
from tests.integration.meetings.town import Town, at


def required(town: Town) -> models.Meeting:
    child = town.enrol()
    town.raise_concern(child)
    return town.meeting(child)


def test_each_step_is_kept_and_nobody_is_told_before_the_invitation(town: Town) -> None:
    meeting = required(town)
    people = [town.leader, town.groups[town.group][0]]
    when = at(clock.today() + timedelta(days=3), "14:00")
    do(town, handlers.save_plan, meeting, staff_ids=people)
    do(town, handlers.save_plan, meeting, starts_at=[when])
    own = [dict(FOCUS[0]), {"code": "own_one", "heading": "Sommerferien", "hint": ""}]
    shown = do(town, handlers.save_plan, meeting, place="online", agenda=own, agenda_version=0)
    assert shown["plan"]["staff_ids"] == people
    assert [item["heading"] for item in shown["agenda"]["items"]] == ["Velkommen og formål", "Sommerferien"]
    assert town.told("meeting.invited") == []
    assert town.rows(models.Booking) == []
    draft = schemas.Draft().dump(town.call(handlers.draft, meeting_id=meeting.meeting_id))
    assert [one["staff_id"] for one in draft["staff"]] == people
    assert draft["times"][0]["engaged"] == []
    assert draft["answer_by"] is not None
    assert (draft["place"], draft["reason"], draft["withheld"]) == ("online", "first", False)
    shown = do(town, handlers.invite, meeting, starts_at=[when], staff_ids=people)
    assert (shown["state"], shown["plan"], shown["place"]) == ("invited", None, "online")
    parent = town.children[meeting.child_id][0]
    seen = town.view(town.token(town.meeting(meeting.child_id), parent))
    assert [item["heading"] for item in seen["agenda"]] == ["Velkommen og formål", "Sommerferien"]


def test_a_draft_names_who_is_engaged_at_a_chosen_time_and_suggests_free_ones(town: Town) -> None:
    taken = confirmed(town)
    meeting = required(town)
    people = [row.staff_id for row in town.rows(models.MeetingStaff, meeting_id=taken.meeting_id)]
    do(town, handlers.save_plan, meeting, staff_ids=people, starts_at=[taken.starts_at])
    draft = town.call(handlers.draft, meeting_id=meeting.meeting_id)
    assert sorted(draft["times"][0]["engaged"]) == sorted(people)
    assert draft["suggested"]
    busy = {row.slot_start for row in town.rows(models.Booking)}
    for time in draft["suggested"]:
        first = int(time["starts_at"].timestamp()) // 1800
        assert not busy & {first, first + 1}


def test_a_meetings_own_times_do_not_stand_in_its_own_way(town: Town) -> None:
    meeting = town.invited()
    offered = town.proposals(meeting)
    do(town, handlers.save_plan, meeting, starts_at=[offered[0].starts_at])
    draft = town.call(handlers.draft, meeting_id=meeting.meeting_id)
    assert (draft["times"][0]["engaged"], draft["reason"]) == ([], "new_times")


def test_two_who_plan_at_once_do_not_overwrite_each_other(town: Town) -> None:
    meeting = required(town)
    do(town, handlers.save_plan, meeting, place="online")
    with pytest.raises(PreconditionFailed):
        town.call(
            handlers.save_plan,
            meeting_id=meeting.meeting_id,
            expected_version=meeting.version,
            place="institution",
        )


def test_a_point_stands_once_on_an_agenda(town: Town) -> None:
    meeting = required(town)
    with pytest.raises(Invalid) as refused:
        do(town, handlers.save_plan, meeting, agenda=[dict(FOCUS[0]), dict(FOCUS[0])])
    assert list(refused.value.fields) == ["agenda.1.code"]


def test_a_held_meeting_is_planned_no_more(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    with pytest.raises(Conflict):
        do(town, handlers.save_plan, meeting, place="online")


def test_an_interpreter_is_ordered_only_with_her_age_confirmed(town: Town) -> None:
    meeting = confirmed(town)
    parent = town.children[meeting.child_id][0]
    order = {"guardian_id": parent, "language": "ar", "ordered": True, "age": None}
    with pytest.raises(Invalid) as refused:
        do(town, handlers.set_interpreters, meeting, items=[order])
    assert list(refused.value.fields) == ["items.0.age"]
    do(town, handlers.set_interpreters, meeting, items=[{**order, "ordered": False}])
    assert town.tasks(state="open") == ["book_interpreter"]
    shown = do(town, handlers.set_interpreters, meeting, items=[{**order, "age": "adult"}])
    noted = next(one for one in shown["guardians"] if one["guardian_id"] == parent)
    assert (noted["interpreter_language"], noted["interpreter_ordered"]) == ("ar", True)
    assert town.tasks(state="open") == []
    do(town, handlers.set_interpreters, meeting, items=[{**order, "language": None, "ordered": False}])
    assert town.tasks(state="open") == []


def test_a_meeting_opens_when_its_time_has_come_and_every_role_is_filled(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = confirmed(town)
    with pytest.raises(Invalid) as refused:
        do(town, handlers.start, meeting)
    assert sorted(refused.value.fields) == sorted(f"roles.{role}" for role in ROLES)
    do(town, handlers.set_roles, meeting, roles=dict.fromkeys(ROLES, town.leader))
    with pytest.raises(Conflict) as early:
        do(town, handlers.start, meeting)
    assert early.value.code == "not-begun"
    assert meeting.starts_at is not None
    monday.move_to(meeting.starts_at)
    assert do(town, handlers.start, meeting)["started_at"] is not None
