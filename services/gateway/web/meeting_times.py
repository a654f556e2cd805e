"""Times as they are chosen in a form, in Denmark's clock, and as they are shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time

from services.chassis.clock import COPENHAGEN
from services.gateway.web import danish


class NotATime(ValueError):
    """A date without a time, a time without a date, or neither readable."""


def from_form(day: str, clock: str) -> datetime | None:
    """The moment of a date field and a time field; nothing when both are empty.

    A time that the clock skips in spring is read as the one an hour later, as calendars do.
    """
    day, clock = day.strip(), clock.strip().replace(".", ":")
    if not day and not clock:
        return None
    try:
        chosen = datetime.combine(_date(day), time.fromisoformat(clock.zfill(5)), COPENHAGEN)
    except ValueError as error:
        raise NotATime from error
    return datetime.fromtimestamp(chosen.timestamp(), COPENHAGEN)


def _date(text: str) -> date:
    """`2026-11-30` as browsers send it, or `30.11.2026` and `30/11/2026` as people write it."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        parts = text.replace("/", ".").replace("-", ".").split(".")
        if len(parts) != 3:
            raise
        return date(int(parts[2]), int(parts[1]), int(parts[0]))


def day_from_form(text: str) -> date | None:
    """The day of a date field; nothing when it is empty. :class:`NotATime` when it cannot be read."""
    if not text.strip():
        return None
    try:
        return _date(text.strip())
    except ValueError as error:
        raise NotATime from error


def shown(starts_at: datetime, ends_at: datetime) -> Mapping[str, str]:
    """A stretch as a day and two clock times, with the weekday."""
    starts = danish.local(starts_at)
    return {
        "value": starts_at.isoformat(),
        "day": f"{danish.weekday(starts)} den {danish.day(starts)}",
        "clock": f"{danish.clock(starts)}–{danish.clock(ends_at)}",
        "date_field": starts.date().isoformat(),
        "clock_field": starts.strftime("%H:%M"),
    }
