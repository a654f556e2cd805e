"""What assessment's events do to meetings."""

from __future__ import annotations

from datetime import date

import time_machine

from services.chassis.received import Batch
from services.meetings import handlers, models, schemas
from services.meetings.domain.states import State
from tests.integration.meetings.town import Town, key


def test_a_concern_requires_one_meeting_with_the_deadlines_of_the_event(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    (meeting,) = town.rows(models.Meeting)
    assert meeting.state == "required"
    assert (meeting.invite_by, meeting.hold_by) == (date(2026, 11, 25), date(2026, 12, 7))
    (told,) = town.told("meeting.required")
    assert told["concern_id"] == data["concern_id"]
    assert told["meeting_id"] == meeting.meeting_id


def test_a_concern_told_twice_or_again_in_a_revision_makes_no_second_meeting(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.raised(data, version=1)
    town.raised(data | {"rating_id": key()}, version=2)
    assert len(town.rows(models.Meeting)) == 1
    assert len(town.told("meeting.required")) == 1


def test_each_track_has_a_meeting_of_its_own(town: Town) -> None:
    child = town.enrol()
    town.raised(town.concern(child), town.concern(child, track="home"))
    assert {meeting.track for meeting in town.rows(models.Meeting)} == {"institution", "home"}


def test_a_batch_with_two_concerns_for_one_child_and_track_makes_one_meeting(town: Town) -> None:
    child = town.enrol()
    town.raised(town.concern(child), town.concern(child))
    assert len(town.rows(models.Meeting)) == 1


def test_a_concern_settled_before_the_invitation_withdraws_the_meeting_in_silence(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.settled(data, version=2)
    assert town.meeting(child).state == "cancelled"
    (told,) = town.told("meeting.cancelled")
    assert told["silent"] is True
    assert told["invited"] is False
    assert told["reason"] == "settled"
    assert town.invite() == 0
    assert town.told("meeting.invited") == []


def test_a_concern_settled_after_the_invitation_is_left_for_staff_to_decide(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.invite()
    town.settled(data, version=2)
    assert town.meeting(child).state == "invited"
    assert town.tasks() == ["concern_settled"]
    assert town.told("meeting.cancelled") == []


def test_a_withheld_concern_cancels_in_silence_frees_all_calendars_and_asks_the_leader(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.invite()
    assert town.rows(models.Booking)
    town.withheld(data, version=2)
    assert town.meeting(child).state == "cancelled"
    assert town.rows(models.Booking) == []
    (told,) = town.told("meeting.cancelled")
    assert told["silent"] is True
    assert told["invited"] is True
    assert told["reason"] == "withheld"
    assert town.tasks() == ["concern_withheld"]


def test_a_withheld_concern_takes_a_fixed_time_out_of_every_calendar_without_a_word(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.invite()
    meeting = town.meeting(child)
    chosen = town.proposals(meeting)[0].proposal_id
    town.call(
        handlers.confirm,
        meeting_id=meeting.meeting_id,
        expected_version=meeting.version,
        proposal_id=chosen,
    )
    town.withheld(data, version=2)
    assert town.rows(models.Booking) == []
    assert {proposal.state for proposal in town.rows(models.Proposal)} == {"released"}
    (told,) = town.told("meeting.cancelled")
    assert (told["silent"], told["confirmed"], told["sequence"]) == (True, True, 1)


def test_a_concern_that_was_withheld_from_the_start_gives_the_leader_a_task_and_nobody_a_meeting(
    town: Town,
) -> None:
    data = town.concern(town.enrol())
    town.withheld(data, version=1)
    town.withheld(data, version=1)
    assert town.rows(models.Meeting) == []
    assert town.tasks() == ["concern_withheld"]


def test_a_lifted_withholding_makes_a_new_meeting_that_is_invited_to(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.withheld(data, version=2)
    town.raised(data, version=3)
    assert town.invite() == 1
    assert sorted(meeting.state for meeting in town.rows(models.Meeting)) == ["cancelled", "invited"]


def test_while_one_concern_is_withheld_the_childs_other_meeting_waits(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    home = town.concern(child, track="home")
    town.withheld(home, version=1)
    town.raise_concern(child)
    assert town.invite() == 0
    assert town.told("meeting.invited") == []
    town.settled(home, version=2)
    monday.shift(16 * 60)
    assert town.invite() == 1


def test_events_that_come_late_change_nothing(town: Town) -> None:
    child = town.enrol()
    data = town.concern(child)
    town.settled(data, version=2)
    town.raised(data, version=1)
    assert town.rows(models.Meeting) == []
    town.raised(data, version=3)
    town.withheld(data, version=2)
    assert town.meeting(child).state == "required"


def test_after_a_closed_meeting_a_new_round_requires_a_new_one_but_a_revision_does_not(
    town: Town, monday: time_machine.Traveller
) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    meeting = town.meeting(child)
    town.call(
        handlers.cancel, meeting_id=meeting.meeting_id, expected_version=meeting.version, reason="other"
    )
    town.raised(data | {"rating_id": key()}, version=2)
    assert len(town.rows(models.Meeting)) == 1
    monday.shift(60)
    town.raised(data | {"round_id": key()}, version=3)
    assert len(town.rows(models.Meeting)) == 2
    assert town.meeting(child).state == State.REQUIRED.value


def test_a_meeting_that_goes_on_into_the_next_round_is_that_rounds_meeting_too(town: Town) -> None:
    child = town.enrol()
    data = town.raise_concern(child)
    town.invite()
    again = data | {"round_id": key(), "rating_id": key()}
    town.raised(again, version=2)
    meeting = town.meeting(child)
    town.call(
        handlers.cancel,
        meeting_id=meeting.meeting_id,
        expected_version=meeting.version,
        reason="other",
    )
    town.raised(again | {"rating_id": key()}, version=3)  # a revision within that round
    assert [one.state for one in town.rows(models.Meeting)] == ["cancelled"]
    town.raised(again | {"round_id": key()}, version=4)
    assert sorted(one.state for one in town.rows(models.Meeting)) == ["cancelled", "required"]


def test_what_one_poisoned_event_does_takes_no_neighbour_with_it(town: Town) -> None:
    good = town.received(schemas.ConcernRaised, town.concern(town.enrol()), 1)
    bad = town.received(schemas.ConcernRaised, town.concern(town.enrol()), 1)
    bad.data["institution_id"] = None
    batch = Batch("meetings.require_focus_meetings", [good, bad])
    town.db.handle(batch, handlers.require_focus_meetings)
    assert set(batch.failures) == {bad.id}
    (meeting,) = town.rows(models.Meeting)
    assert meeting.child_id == good.data["child_id"]


def test_where_staff_send_the_invitations_the_leader_is_asked_to_plan(town: Town) -> None:
    town.call(
        handlers.store_settings,
        institution_id=town.institution,
        expected_version=0,
        values={"invitation": "by_staff"},
    )
    child = town.enrol()
    town.raise_concern(child)
    assert town.invite() == 0
    assert town.tasks(state="open") == ["plan_meeting"]
    meeting = town.meeting(child)
    town.call(handlers.invite, meeting_id=meeting.meeting_id, expected_version=meeting.version)
    assert town.meeting(child).state == "invited"
    assert town.tasks(state="open") == []
