"""Calendar files as another program reads them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from services.chassis.clock import COPENHAGEN
from services.notifications.rendering.calendar import calendar_file

STARTS = datetime(2026, 12, 3, 12, 30, tzinfo=UTC)


def file(**changes: Any) -> bytes:
    given = {
        "meeting_id": "0b1d2c3e-0000-4000-8000-000000000001",
        "sequence": 0,
        "starts_at": STARTS,
        "ends_at": STARTS + timedelta(minutes=30),
        "cancelled": False,
        "language": "da",
        "place": "Børnehuset Bakken, stuen; 1",
        "online": False,
        "organiser": "trivsel@kommune.example",
        "attendee": "kirsten@example.org",
        "made_at": datetime(2026, 11, 21, 9, tzinfo=UTC),
    }
    return calendar_file(**{**given, **changes})


def read(content: bytes) -> tuple[Any, Any]:
    calendar = Calendar.from_ical(content)
    (event,) = calendar.events
    return calendar, event


def test_a_confirmation_puts_the_meeting_in_a_calendar_in_danish_time() -> None:
    calendar, event = read(file())
    assert calendar["METHOD"] == "REQUEST"
    assert event["STATUS"] == "CONFIRMED"
    assert event["DTSTART"].params["TZID"] == "Europe/Copenhagen"
    assert event.start == STARTS
    assert event.start.astimezone(COPENHAGEN).hour == 13
    assert event.end - event.start == timedelta(minutes=30)
    assert [zone["TZID"] for zone in calendar.timezones] == ["Europe/Copenhagen"]


def test_one_uid_for_all_the_meetings_life_and_a_rising_sequence() -> None:
    first, moved, off = (
        read(file()),
        read(
            file(
                sequence=1, starts_at=STARTS + timedelta(days=1), ends_at=STARTS + timedelta(days=1, hours=1)
            )
        ),
        read(file(sequence=2, cancelled=True)),
    )
    assert first[1]["UID"] == moved[1]["UID"] == off[1]["UID"]
    assert [each[1]["SEQUENCE"] for each in (first, moved, off)] == [0, 1, 2]
    assert off[0]["METHOD"] == "CANCEL"
    assert off[1]["STATUS"] == "CANCELLED"


def test_the_title_tells_nobody_what_the_meeting_is_about() -> None:
    for language, title in (
        ("da", "Møde i Børnehuset Bakken, stuen; 1"),
        ("en", "Meeting at Børnehuset Bakken, stuen; 1"),
    ):
        assert str(read(file(language=language))[1]["SUMMARY"]) == title
    assert str(read(file(place=None))[1]["SUMMARY"]) == "Møde"
    content = file().decode()
    assert "DESCRIPTION" not in content
    assert "CLASS:PRIVATE" in content


def test_only_the_recipients_own_address_is_in_the_file() -> None:
    content = file().decode().replace("\r\n ", "")
    assert content.count("@example.org") == 1
    assert content.count("mailto:") == 2


def test_the_same_facts_give_the_same_bytes() -> None:
    assert file() == file()


def test_an_online_meeting_has_no_place_to_go_to() -> None:
    assert str(read(file(online=True))[1]["LOCATION"]) == "Online"


@given(st.datetimes(datetime(2024, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC)))
def test_any_moment_comes_back_as_it_was(at: datetime) -> None:
    starts = at.replace(microsecond=0)
    event = read(file(starts_at=starts, ends_at=starts + timedelta(minutes=30)))[1]
    local = starts.astimezone(COPENHAGEN)
    assert event["DTSTART"].to_ical().decode() == local.strftime("%Y%m%dT%H%M%S")


def test_the_zone_that_is_spelled_out_changes_when_denmark_does() -> None:
    calendar, _ = read(file())
    zone = calendar.timezones[0].to_tz()
    day = datetime(2026, 1, 1, 12)
    while day.year < 2031:
        assert day.replace(tzinfo=zone).utcoffset() == day.replace(tzinfo=COPENHAGEN).utcoffset()
        day += timedelta(days=1)
