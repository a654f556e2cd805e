"""Half-hours, meeting hours and working days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.meetings.domain.calendar import (
    COPENHAGEN,
    day_of,
    is_working_day,
    length_of,
    moment_of,
    possible_starts,
    slot_of,
    slots_between,
)

HOURS = {day: ((time(8, 0), time(16, 0)),) for day in range(5)}
moments = st.datetimes(datetime(2024, 1, 1), datetime(2032, 1, 1), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),
        (date(2026, 11, 22), False),
        (date(2026, 12, 24), False),
        (date(2026, 12, 25), False),
        (date(2027, 1, 1), False),
        (date(2027, 3, 25), False),  # skærtorsdag
        (date(2027, 5, 6), False),  # Kristi himmelfartsdag
        (date(2027, 4, 23), True),  # store bededag, abolished in 2024
        (date(2023, 5, 5), False),  # store bededag while it was one
        (date(2026, 6, 5), False),
    ],
)
def test_danish_holidays_are_no_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_an_institutions_own_closed_days_are_no_working_days() -> None:
    day = date(2026, 11, 24)
    assert is_working_day(day)
    assert not is_working_day(day, {day})


@given(moments)
def test_a_moment_lies_in_its_half_hour(moment: datetime) -> None:
    begins = moment_of(slot_of(moment))
    assert begins <= moment < begins + timedelta(minutes=30)


@given(moments, st.integers(1, 600))
def test_a_stretch_takes_every_half_hour_it_touches(starts_at: datetime, minutes: int) -> None:
    ends_at = starts_at + timedelta(minutes=minutes)
    slots = slots_between(starts_at, ends_at)
    assert moment_of(slots.start) <= starts_at
    assert moment_of(slots.stop) >= ends_at
    assert moment_of(slots.stop - 1) < ends_at


@given(moments, st.integers(1, 20), st.integers(1, 6))
def test_possible_starts_keep_notice_hours_deadline_and_holidays(
    now: datetime, days: int, length: int
) -> None:
    last = day_of(now) + timedelta(days=days)
    starts = possible_starts(HOURS, length, now, last)
    assert starts == sorted(set(starts))
    for start in starts:
        begins = moment_of(start).astimezone(COPENHAGEN)
        ends = moment_of(start + length).astimezone(COPENHAGEN)
        assert begins >= now
        assert begins.date() <= last
        assert is_working_day(begins.date())
        assert time(8, 0) <= begins.time()
        assert ends.time() <= time(16, 0)


def test_a_meeting_at_nine_is_at_nine_on_both_sides_of_the_change_to_summer_time() -> None:
    hours = {day: ((time(9, 0), time(10, 0)),) for day in range(5)}
    starts = possible_starts(hours, 2, datetime(2027, 3, 22, tzinfo=UTC), date(2027, 4, 2))
    local = {moment_of(start).astimezone(COPENHAGEN).time() for start in starts}
    assert local == {time(9, 0)}
    assert {moment_of(start).hour for start in starts} == {7, 8}


def test_hours_that_begin_off_the_raster_are_used_from_the_next_half_hour() -> None:
    hours = {0: ((time(8, 15), time(9, 45)),)}
    starts = possible_starts(hours, 2, datetime(2026, 11, 23, tzinfo=UTC), date(2026, 11, 23))
    assert [moment_of(start).astimezone(COPENHAGEN).time() for start in starts] == [time(8, 30)]


@pytest.mark.parametrize(("minutes", "slots"), [(15, 1), (30, 1), (45, 2), (60, 2), (61, 3)])
def test_a_meeting_takes_whole_half_hours(minutes: int, slots: int) -> None:
    assert length_of(minutes) == slots
