"""The calendar file of a meeting (iCalendar, RFC 5545; how it is mailed: iTIP, RFC 5546).

One UID for the meeting's whole life and a SEQUENCE that only rises, so a calendar moves or removes the
entry it has instead of adding another. The title is neutral: calendars are shared and shown
on locked screens.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

from icalendar import Calendar, Component, Event, Timezone, vCalAddress, vText

from services.chassis.clock import COPENHAGEN
from services.notifications.domain import calendar_uid

PRODUCT = "-//Trivsel//Notifications//DA"
TITLES = {"da": ("Møde i {place}", "Møde"), "en": ("Meeting at {place}", "Meeting")}

_ZONE = """\
BEGIN:VTIMEZONE
TZID:Europe/Copenhagen
BEGIN:DAYLIGHT
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
"""


def calendar_file(
    *,
    meeting_id: str,
    sequence: int,
    starts_at: datetime,
    ends_at: datetime,
    cancelled: bool,
    language: str,
    place: str | None,
    online: bool,
    organiser: str,
    attendee: str,
    made_at: datetime,
) -> bytes:
    """The file for one recipient; the same facts give the same bytes.

    ``organiser`` and ``attendee`` are e-mail addresses: the municipality's and the recipient's own,
    no other invitee's. ``made_at`` is when the notice was decided, not when it is sent.
    """
    with_place, without = TITLES.get(language, TITLES["da"])
    event = Event()
    event.add("uid", calendar_uid(meeting_id))
    event.add("sequence", sequence)
    event.add("dtstamp", made_at)
    event.add("dtstart", starts_at.astimezone(COPENHAGEN))
    event.add("dtend", ends_at.astimezone(COPENHAGEN))
    event.add("summary", with_place.format(place=place) if place else without)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if online:
        event.add("location", "Online")
    elif place:
        event.add("location", place)
    event.add("organizer", vCalAddress(f"mailto:{organiser}"))
    invited = vCalAddress(f"mailto:{attendee}")
    invited.params["ROLE"] = vText("REQ-PARTICIPANT")
    invited.params["PARTSTAT"] = vText("NEEDS-ACTION")
    invited.params["RSVP"] = vText("FALSE")
    event.add("attendee", invited)

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("prodid", PRODUCT)
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    calendar.add_component(_zone())
    calendar.add_component(event)
    return bytes(calendar.to_ical())


@cache
def _zone() -> Component:
    """Denmark's time by the EU's rule, spelled out for calendars that know no zone names."""
    return Timezone.from_ical(_ZONE)
