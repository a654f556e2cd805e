"""Staff's own engagements."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, NotFound
from services.meetings import handlers, models
from tests.integration.meetings.town import Town, at, key


def test_a_blocked_time_is_proposed_to_nobody(town: Town) -> None:
    first = town.invited()
    times = town.proposals(first)
    town.call(handlers.cancel, meeting_id=first.meeting_id, expected_version=first.version, reason="other")
    town.call(handlers.block_time, starts_at=times[0].starts_at, ends_at=times[0].ends_at)
    second = town.invited()
    assert times[0].starts_at not in {proposal.starts_at for proposal in town.proposals(second)}


def test_a_time_that_is_taken_cannot_be_blocked_and_nothing_of_it_is(town: Town) -> None:
    meeting = town.invited()
    start = town.proposals(meeting)[0].starts_at
    before = len(town.rows(models.Booking))
    with pytest.raises(Conflict):
        town.call(
            handlers.block_time, starts_at=start - timedelta(hours=2), ends_at=start + timedelta(minutes=30)
        )
    assert len(town.rows(models.Booking)) == before


def test_a_block_is_shown_and_taken_back_by_its_owner_or_her_leader_only(town: Town) -> None:
    person = town.groups[town.group][0]
    own = town.actor(person, "pedagogue", town.group)
    day = clock.today() + timedelta(days=5)
    block = town.call(handlers.block_time, own, starts_at=at(day, "10:00"), ends_at=at(day, "11:30"))
    meeting = town.invited()
    seen = town.call(handlers.availability, meeting_id=meeting.meeting_id, from_day=day, to_day=day)
    busy = {one["staff_id"]: one["busy"] for one in seen["people"]}[person]
    assert (busy[0]["kind"], busy[0]["starts_at"], busy[0]["ends_at"]) == (
        "blocked",
        at(day, "10:00"),
        at(day, "11:30"),
    )
    stranger = town.actor(key(), "pedagogue", town.group)
    with pytest.raises(Forbidden):
        town.call(handlers.free_time, stranger, block_id=block["block_id"])
    with pytest.raises(Forbidden):
        town.call(
            handlers.block_time,
            stranger,
            staff_id=person,
            starts_at=at(day, "13:00"),
            ends_at=at(day, "14:00"),
        )
    town.enrol()  # by which the leader's institution is known to hold the group
    assert town.call(handlers.free_time, block_id=block["block_id"])["staff_id"] == person
    with pytest.raises(NotFound):
        town.call(handlers.free_time, own, block_id=block["block_id"])


def test_availability_says_when_but_not_with_whom(town: Town) -> None:
    meeting = town.invited()
    day = clock.today()
    seen = town.call(
        handlers.availability, meeting_id=meeting.meeting_id, from_day=day, to_day=day + timedelta(days=14)
    )
    assert {one["capacity"] for one in seen["people"]} == {"leader", "staff"}
    busy = [stretch for one in seen["people"] for stretch in one["busy"]]
    assert len(busy) == 9
    assert {stretch["kind"] for stretch in busy} == {"meeting"}
    assert not {"meeting_id", "child_id"} & set(busy[0])
