"""A confirmation's calendar file and the one fetched from a parent's page are one entry in a calendar."""

from __future__ import annotations

from services.gateway.web.calendar_file import TITLES, uid
from services.notifications.domain import calendar_uid
from services.notifications.rendering import calendar

MEETING = "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6"


def test_both_files_carry_the_meetings_one_uid_and_title() -> None:
    assert uid(MEETING) == calendar_uid(MEETING)
    assert TITLES == calendar.TITLES
