"""The meeting as a calendar file that a parent fetches from her page (iCalendar, RFC 5545).

Its UID is the one of the file in her confirmation (notifications), so whichever she opens first, her calendar
holds one entry. It is published, not sent: it asks nobody for an answer and names nobody.
"""

from __future__ import annotations

from datetime import UTC, datetime

from icalendar import Calendar, Event

PRODUCT = "-//Trivsel//Gateway//DA"
TITLES = {"da": ("Møde i {place}", "Møde"), "en": ("Meeting at {place}", "Meeting")}


def uid(meeting_id: str) -> str:
    """The meeting's one UID in every calendar, for good; a contract test holds it to notifications'."""
    return f"{meeting_id}@meetings.trivsel"


def calendar_file(
    *,
    meeting_id: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    language: str,
    place: str | None,
    online: bool,
    made_at: datetime,
) -> bytes:
    """The file. Times are in UTC, which every calendar shows in its own zone."""
    with_place, without = TITLES.get(language, TITLES["da"])
    event = Event()
    event.add("uid", uid(meeting_id))
    event.add("sequence", sequence)
    event.add("dtstamp", made_at.astimezone(UTC))
    event.add("dtstart", starts_at.astimezone(UTC))
    event.add("dtend", ends_at.astimezone(UTC))
    event.add("summary", with_place.format(place=place) if place else without)
    event.add("status", "CONFIRMED")
    event.add("class", "PRIVATE")
    if online:
        event.add("location", "Online")
    elif place:
        event.add("location", place)
    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    return bytes(calendar.to_ical())
