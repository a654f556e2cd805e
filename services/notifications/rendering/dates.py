"""Dates and times as they are written to people, in Danish local time.

Danish: "torsdag den 3. december 2026 kl. 13.30–14.00" (the EU's style guide for Danish).
"""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date, format_datetime, format_time

from services.chassis.clock import COPENHAGEN
from services.notifications.rendering.languages import Language


def moment(language: Language, at: datetime) -> str:
    """A day and time, with the weekday."""
    return str(format_datetime(at, language.date, tzinfo=COPENHAGEN, locale=language.code))


def day(language: Language, at: datetime) -> str:
    """The day of ``at`` in Denmark, with the weekday."""
    return str(format_date(at.astimezone(COPENHAGEN).date(), language.day, locale=language.code))


def period(language: Language, starts_at: datetime, ends_at: datetime) -> str:
    """From when until when; the day is said once, when both are on the same."""
    starts, ends = starts_at.astimezone(COPENHAGEN), ends_at.astimezone(COPENHAGEN)
    if starts.date() != ends.date():
        return f"{moment(language, starts)} – {moment(language, ends)}"
    until = format_time(ends, language.clock, tzinfo=COPENHAGEN, locale=language.code)
    return f"{moment(language, starts)}–{until}"
