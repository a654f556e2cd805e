"""What staff do with a meeting, from its time to its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.errors import Conflict, Invalid, NotFound, PreconditionFailed
from services.meetings import handlers, models, queries, schemas
from services.meetings.domain.agenda import ROLES
from tests.integration.meetings.town import Town, at, key


def do(town: Town, handler: Any, meeting: models.Meeting, **data: Any) -> dict[str, Any]:
    """A move on the meeting as it now stands, its answer as it travels."""
    version = town.meeting(meeting.child_id).version
    result = town.call(handler, meeting_id=meeting.meeting_id, expected_version=version, **data)
    return dict(schemas.Meeting().dump(result))


def confirmed(town: Town, when: str = "10:00") -> models.Meeting:
    meeting = town.invited()
    do(town, handlers.confirm, meeting, starts_at=at(clock.today() + timedelta(days=4), when))
    return town.meeting(meeting.child_id)


def held(town: Town, monday: time_machine.Traveller) -> models.Meeting:
    meeting = confirmed(town)
    do(town, handlers.set_roles, meeting, roles=dict.fromkeys(ROLES, town.leader))
    assert meeting.starts_at is not None
    monday.move_to(meeting.starts_at)
    do(town, handlers.hold, meeting)
    return town.meeting(meeting.child_id)


def test_a_meeting_goes_all_the_way_to_its_close(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    town.call(
        handlers.save_minutes,
        meeting_id=meeting.meeting_id,
        expected_version=0,
        items=[{"code": "what_works", "heading": None, "text": "Leger godt i den lille gruppe"}],
    )
    town.call(
        handlers.add_agreement,
        meeting_id=meeting.meeting_id,
        what="Fast plads ved spisebordet",
        who="Pædagogen",
        staff_id=town.groups[town.group][0],
        due=clock.today() + timedelta(days=7),
    )
    follow_up = clock.today() + timedelta(days=60)
    shown = do(town, handlers.set_follow_up, meeting, follow_up_on=follow_up)
    assert (shown["state"], shown["follow_up_on"]) == ("follow_up_due", follow_up.isoformat())
    assert shown["minutes"]["items"][0]["text"] == "Leger godt i den lille gruppe"
    assert shown["agreements"][0]["what"] == "Fast plads ved spisebordet"
    assert town.tasks(state="open") == ["agreement", "follow_up", "send_minutes"]
    shown = do(town, handlers.close, meeting, outcome="thriving")
    assert (shown["state"], shown["moves"]) == ("closed", [])
    assert [len(town.told(f"meeting.{name}")) for name in ("held", "closed")] == [1, 1]
    assert town.tasks(state="open") == ["agreement", "send_minutes"]


def test_staff_confirm_one_of_the_proposals(town: Town) -> None:
    meeting = town.invited()
    chosen = town.proposals(meeting)[2]
    shown = do(town, handlers.confirm, meeting, proposal_id=chosen.proposal_id, place="online")
    assert (shown["state"], shown["place"], shown["accepted_by"]) == ("confirmed", "online", None)
    assert {row.hold_id for row in town.rows(models.Booking)} == {chosen.proposal_id}


def test_a_time_agreed_by_telephone_needs_no_invitation(town: Town) -> None:
    child = town.enrol()
    town.raise_concern(child)
    meeting = town.meeting(child)
    shown = do(town, handlers.confirm, meeting, starts_at=at(clock.today() + timedelta(days=1), "07:30"))
    assert shown["state"] == "confirmed"
    assert len(shown["staff"]) == 3
    assert town.invite() == 0
    assert sorted(town.told("meeting.confirmed")[0]["guardian_ids"]) == sorted(town.children[child])


def test_moving_a_meeting_raises_the_sequence_and_engages_only_the_new_time(town: Town) -> None:
    meeting = confirmed(town)
    do(town, handlers.reschedule, meeting, starts_at=at(clock.today() + timedelta(days=4), "10:30"))
    assert [told["sequence"] for told in town.told("meeting.confirmed")] == [0, 1]
    assert len({row.slot_start for row in town.rows(models.Booking)}) == 2
    do(town, handlers.cancel, meeting, reason="no_longer_needed")
    (told,) = town.told("meeting.cancelled")
    assert (told["sequence"], told["confirmed"], told["silent"], told["reason"]) == (2, True, False, "staff")
    assert town.rows(models.Booking) == []


def test_a_taken_time_is_refused_by_name_and_nothing_is_changed(town: Town) -> None:
    first, second = confirmed(town), town.invited()
    held_before = {row.hold_id for row in town.rows(models.Booking)}
    with pytest.raises(Conflict) as refused:
        do(town, handlers.confirm, second, starts_at=first.starts_at)
    assert (refused.value.code, list(refused.value.fields)) == ("time-taken", ["starts_at"])
    assert {row.hold_id for row in town.rows(models.Booking)} == held_before
    assert town.meeting(second.child_id).state == "invited"


def test_a_meeting_is_not_held_before_every_role_is_filled_and_it_has_begun(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = confirmed(town)
    do(town, handlers.set_roles, meeting, roles={"facilitator": town.leader})
    with pytest.raises(Invalid) as refused:
        do(town, handlers.hold, meeting)
    assert sorted(refused.value.fields) == sorted(f"roles.{role}" for role in ROLES if role != "facilitator")
    do(town, handlers.set_roles, meeting, roles=dict.fromkeys(ROLES, town.leader))
    with pytest.raises(Conflict) as early:
        do(town, handlers.hold, meeting)
    assert early.value.code == "not-begun"


def test_a_role_goes_only_to_somebody_employed(town: Town) -> None:
    with pytest.raises(Invalid) as refused:
        do(town, handlers.set_roles, confirmed(town), roles={"minutes": key()})
    assert list(refused.value.fields) == ["roles.minutes"]


def test_parents_who_did_not_come_can_be_invited_again(town: Town, monday: time_machine.Traveller) -> None:
    meeting = confirmed(town)
    assert meeting.starts_at is not None
    monday.move_to(meeting.starts_at + timedelta(hours=1))
    assert do(town, handlers.no_show, meeting)["state"] == "no_show"
    shown = do(town, handlers.invite, meeting)
    assert (shown["state"], shown["invitation"], shown["starts_at"]) == ("invited", 2, None)


def test_closing_without_a_follow_up_needs_a_reason(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    with pytest.raises(Invalid) as refused:
        do(town, handlers.close, meeting, outcome="thriving")
    assert list(refused.value.fields) == ["note"]
    shown = do(town, handlers.close, meeting, outcome="more_fields", note="Går videre til PPR")
    assert shown["state"] == "closed"


def test_a_held_meeting_cannot_be_cancelled(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    with pytest.raises(Conflict) as refused:
        do(town, handlers.cancel, meeting, reason="other")
    assert refused.value.extra == {"version": meeting.version, "state": "held"}


def test_a_change_on_an_old_version_is_refused_with_the_current_one(town: Town) -> None:
    meeting = town.invited()
    with pytest.raises(PreconditionFailed) as refused:
        town.call(
            handlers.cancel,
            meeting_id=meeting.meeting_id,
            expected_version=meeting.version - 1,
            reason="other",
        )
    assert refused.value.extra == {"version": meeting.version}


def test_minutes_have_a_version_of_their_own_and_two_writers_collide(town: Town) -> None:
    meeting = confirmed(town)
    items = [{"code": "purpose", "heading": None, "text": "a"}]

    def save(expected: int) -> models.Minutes:
        found: models.Minutes = town.call(
            handlers.save_minutes, meeting_id=meeting.meeting_id, expected_version=expected, items=items
        )
        return found

    assert [save(number).version for number in range(3)] == [1, 2, 3]
    with pytest.raises(PreconditionFailed) as refused:
        save(2)
    assert refused.value.extra == {"version": 3}
    assert town.meeting(meeting.child_id).version == meeting.version


def test_minutes_wait_for_a_meeting_to_write_about(town: Town) -> None:
    meeting = town.invited()
    with pytest.raises(Conflict):
        town.call(handlers.save_minutes, meeting_id=meeting.meeting_id, expected_version=0, items=[])


def test_an_agreement_that_is_done_settles_its_task(town: Town) -> None:
    meeting = confirmed(town)
    agreement = town.call(
        handlers.add_agreement,
        meeting_id=meeting.meeting_id,
        what="Ringer til tandplejen",
        who="Lederen",
        staff_id=town.leader,
    )
    changed = town.call(
        handlers.change_agreement, agreement_id=agreement.agreement_id, expected_version=1, state="done"
    )
    assert (changed.state, changed.version) == ("done", 2)
    assert town.tasks(state="open") == []


def test_a_held_meeting_keeps_the_agenda_it_was_held_by(town: Town, monday: time_machine.Traveller) -> None:
    office = town.actor(role="administration", unit="*")
    town.call(
        handlers.store_agenda,
        office,
        kind="focus",
        expected_version=0,
        items=[{"code": "one", "heading": "Et punkt", "hint": ""}],
    )
    meeting = held(town, monday)
    town.call(
        handlers.store_agenda,
        office,
        kind="focus",
        expected_version=1,
        items=[{"code": "two", "heading": "Et andet punkt", "hint": ""}],
    )
    shown = town.call(queries.get_meeting, meeting_id=meeting.meeting_id)
    assert [item["code"] for item in shown["agenda"]["items"]] == ["one"]
    versions = town.call(handlers.list_agendas, kind="focus")["items"]
    assert [each["version"] for each in versions] == [2, 1, 0]
    assert [item["code"] for item in versions[1]["items"]] == ["one"]
    assert [each["stored_by"] for each in versions] == [office.id, office.id, None]


def test_no_parent_is_told_anything_while_the_child_is_withheld(town: Town) -> None:
    child = town.enrol()
    town.raise_concern(child)
    town.withheld(town.concern(child, track="home"), version=1)
    meeting = town.meeting(child)
    for handler, data in (
        (handlers.invite, {}),
        (handlers.confirm, {"starts_at": at(clock.today() + timedelta(days=4), "10:00")}),
    ):
        with pytest.raises(Conflict) as refused:
            do(town, handler, meeting, **data)
        assert refused.value.code == "parents-not-to-be-told"
    do(town, handlers.cancel, meeting, reason="other")
    assert town.told("meeting.cancelled")[0]["silent"] is True
    assert town.told("meeting.invited") == []


def test_an_unknown_meeting_is_not_found(town: Town) -> None:
    with pytest.raises(NotFound):
        town.call(queries.get_meeting, meeting_id=key())
