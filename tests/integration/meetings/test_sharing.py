"""The minutes on their way to the parents, and behind a parent's link."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from services.chassis import clock
from services.chassis.errors import Conflict, Forbidden, Invalid, LinkExpired, LinkForged
from services.chassis.links import sign_link
from services.meetings import handlers, models, schemas
from services.meetings.handlers.sharing import PURPOSE
from tests.integration.meetings.test_course import confirmed, held
from tests.integration.meetings.town import KEY, SYSTEM, Town


def write(town: Town, meeting: models.Meeting, text: str, version: int = 0) -> None:
    town.call(
        handlers.save_minutes,
        meeting_id=meeting.meeting_id,
        expected_version=version,
        items=[
            {"code": "what_works", "heading": None, "text": text},
            {"code": "evaluation", "heading": None, "text": "  "},
        ],
    )


def share(town: Town, meeting: models.Meeting, version: int = 1) -> dict[str, Any]:
    result = town.call(handlers.share_minutes, meeting_id=meeting.meeting_id, expected_version=version)
    return dict(schemas.Meeting().dump(result))


def link(town: Town, meeting: models.Meeting, edition: int = 1, **more: Any) -> str:
    facts: dict[str, Any] = {
        "purpose": PURPOSE,
        "subject": meeting.meeting_id,
        "audience": town.children[meeting.child_id][0],
        "extra": {"edition": edition},
        "expires_at": clock.now() + timedelta(days=90),
        "key": KEY,
    } | more
    return sign_link(**facts)


def read(town: Town, token: str) -> dict[str, Any]:
    return dict(
        schemas.MinutesView().dump(town.call(handlers.minutes_view, SYSTEM, token=token, link_key=KEY))
    )


def test_a_parent_reads_what_was_shared_under_its_headings(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt i den lille gruppe")
    due = clock.today() + timedelta(days=7)
    town.call(
        handlers.add_agreement, meeting_id=meeting.meeting_id, what="Fast plads", who="Pædagogen", due=due
    )
    shown = share(town, meeting)
    assert (shown["shared"]["edition"], shown["shared"]["minutes_version"]) == (1, 1)
    seen = read(town, link(town, meeting))
    assert [(item["heading"], item["text"]) for item in seen["items"]] == [
        ("Det, der fungerer godt", "Leger godt i den lille gruppe")
    ]
    assert seen["agreements"] == [{"what": "Fast plads", "who": "Pædagogen", "due": due.isoformat()}]
    assert "send_minutes" not in town.tasks(state="open")


def test_the_event_says_where_and_to_whom_but_not_what(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt")
    share(town, meeting)
    (told,) = town.told("minutes.sent")
    assert sorted(told["guardian_ids"]) == sorted(town.children[meeting.child_id])
    assert "Leger" not in json.dumps(told)


def test_the_same_minutes_are_sent_once_and_mended_ones_take_the_place_of_the_last(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt")
    share(town, meeting)
    share(town, meeting)
    assert len(town.told("minutes.sent")) == 1
    write(town, meeting, "Leger godt med Storm", version=1)
    share(town, meeting, version=2)
    assert [told["edition"] for told in town.told("minutes.sent")] == [1, 2]
    with pytest.raises(LinkExpired) as replaced:
        read(town, link(town, meeting, 1))
    assert replaced.value.code == "link-superseded"
    assert read(town, link(town, meeting, 2))["items"][0]["text"] == "Leger godt med Storm"


def test_what_is_written_after_sharing_is_not_shown(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt")
    share(town, meeting)
    write(town, meeting, "Husk til mig selv", version=1)
    assert read(town, link(town, meeting))["items"][0]["text"] == "Leger godt"


def test_minutes_with_a_cpr_number_stay_in_the_house(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Barnet (010119-9999) leger godt; ring 12 34 56 78")
    with pytest.raises(Invalid) as refused:
        share(town, meeting)
    assert list(refused.value.fields) == ["text_what_works"]
    assert town.told("minutes.sent") == []


def test_minutes_are_not_sent_before_the_meeting_is_held_or_anything_is_written(
    town: Town, monday: time_machine.Traveller
) -> None:
    early = confirmed(town)
    write(town, early, "Kladde")
    with pytest.raises(Conflict) as refused:
        share(town, early)
    assert refused.value.code == "not-now"


def test_parents_who_must_not_be_contacted_get_no_minutes(town: Town, monday: time_machine.Traveller) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt")
    concern = town.concern(meeting.child_id) | {"concern_id": meeting.concern_id}
    share(town, meeting)
    token = link(town, meeting)
    town.withheld(concern, version=9)
    with pytest.raises(LinkExpired):
        read(town, token)
    write(town, meeting, "Mere", version=1)
    with pytest.raises(Conflict):
        share(town, meeting, version=2)


def test_a_link_that_is_not_for_minutes_or_not_a_holders_opens_nothing(
    town: Town, monday: time_machine.Traveller
) -> None:
    meeting = held(town, monday)
    write(town, meeting, "Leger godt")
    with pytest.raises(LinkForged):
        read(town, link(town, meeting))  # nothing has been shared
    share(town, meeting)
    with pytest.raises(LinkForged):
        read(town, link(town, meeting, purpose="meeting-answer"))
    with pytest.raises(LinkExpired):
        read(town, link(town, meeting, audience=town.leader))
    with pytest.raises(LinkExpired):
        read(town, link(town, meeting, expires_at=clock.now() - timedelta(seconds=1)))
    with pytest.raises(Forbidden):
        town.call(handlers.minutes_view, token=link(town, meeting), link_key=KEY)
