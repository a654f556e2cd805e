"""Half-hours, meeting hours and Danish working days.

A calendar is a raster of half-hours. A half-hour is named by its number since 1970 in UTC, so
that a person's engagements are a set of integers and summer time needs no thought.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
RASTER_MINUTES = 30
_RASTER_SECONDS = RASTER_MINUTES * 60

Hours = Mapping[int, Sequence[tuple[time, time]]]
"""Weekday (Monday 0) to its stretches of meeting hours, in Copenhagen's time."""


def slot_of(moment: datetime) -> int:
    """The number of the half-hour that ``moment`` lies in."""
    return int(moment.timestamp()) // _RASTER_SECONDS


def moment_of(slot: int) -> datetime:
    """The moment at which a half-hour begins, in UTC."""
    return datetime.fromtimestamp(slot * _RASTER_SECONDS, UTC)


def slots_between(starts_at: datetime, ends_at: datetime) -> range:
    """Every half-hour that the stretch touches; a meeting of 45 minutes takes two."""
    first = slot_of(starts_at)
    return range(first, max(_slot_from(ends_at), first + 1))


def _slot_from(moment: datetime) -> int:
    """The first half-hour that begins at or after ``moment``."""
    return -(-int(moment.timestamp()) // _RASTER_SECONDS)


def length_of(minutes: int) -> int:
    """How many half-hours a meeting of so many minutes takes."""
    return max(1, -(-minutes // RASTER_MINUTES))


def day_of(moment: datetime) -> date:
    """The day it is in Denmark at that moment."""
    return moment.astimezone(COPENHAGEN).date()


@lru_cache(maxsize=32)
def _closed_in(year: int) -> frozenset[date]:
    public = holidays.country_holidays("DK", years=year)
    # No public holidays by law, but municipal institutions are shut.
    usual = {date(year, 6, 5), date(year, 12, 24), date(year, 12, 31)}
    return frozenset(public) | usual


def is_working_day(day: date, closed: Collection[date] = ()) -> bool:
    """Whether meetings can be held: no weekend, no holiday, none of the institution's own closed days."""
    return day.weekday() < 5 and day not in _closed_in(day.year) and day not in closed


def possible_starts(
    hours: Hours, length: int, earliest: datetime, last_day: date, closed: Collection[date] = ()
) -> list[int]:
    """The half-hours at which a meeting of ``length`` half-hours can begin, earliest first.

    It fits wholly within meeting hours on a working day, begins at or after ``earliest`` and
    ends on or before ``last_day``.
    """
    starts: list[int] = []
    day = day_of(earliest)
    first = _slot_from(earliest)
    while day <= last_day:
        if is_working_day(day, closed):
            for opens, closes in hours.get(day.weekday(), ()):
                begin = _slot_from(datetime.combine(day, opens, COPENHAGEN))
                end = slot_of(datetime.combine(day, closes, COPENHAGEN))
                starts.extend(range(max(begin, first), end - length + 1))
        day += timedelta(days=1)
    return starts


def is_afternoon(slot: int) -> bool:
    """Whether the half-hour is at noon or later in Denmark."""
    return moment_of(slot).astimezone(COPENHAGEN).hour >= 12
