"""The time, in one place: moments are aware and in UTC, days are Copenhagen's."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The day it is in Denmark, where deadlines are counted."""
    return datetime.now(COPENHAGEN).date()
