"""Working days and deadlines."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.calendar import (
    DeadlineRules,
    add_working_days,
    deadlines,
    is_working_day,
)

DAYS = st.dates(date(2024, 1, 1), date(2040, 12, 31))
RULES = DeadlineRules(invite_working_days=2, hold_days=14, follow_up_months=3)
CLOSED = frozenset({"06-05", "12-24", "12-31"})


def test_two_working_days_after_a_wednesday_is_friday() -> None:
    assert add_working_days(date(2026, 11, 18), 2) == date(2026, 11, 20)


def test_a_weekend_is_not_counted() -> None:
    assert add_working_days(date(2026, 11, 20), 2) == date(2026, 11, 24)


def test_easter_pushes_the_invitation_past_monday() -> None:
    # Maundy Thursday to Easter Monday 2027: 25 to 29 March.
    assert deadlines(date(2027, 3, 24), RULES).invite_by == date(2027, 3, 31)


def test_the_great_prayer_day_has_been_a_working_day_since_2024() -> None:
    assert not is_working_day(date(2023, 5, 5))
    assert is_working_day(date(2024, 4, 26))


def test_christmas_eve_is_a_working_day_only_where_the_municipality_says_so() -> None:
    assert is_working_day(date(2026, 12, 24))
    assert not is_working_day(date(2026, 12, 24), CLOSED)


def test_the_meeting_is_held_within_fourteen_days_holidays_or_not() -> None:
    assert deadlines(date(2026, 12, 23), RULES, CLOSED).hold_by == date(2027, 1, 6)


@given(DAYS, st.integers(1, 12))
def test_the_nth_working_day_is_a_working_day_with_n_minus_one_between(day: date, count: int) -> None:
    found = add_working_days(day, count, CLOSED)
    between = [day + timedelta(days=step) for step in range(1, (found - day).days)]
    assert is_working_day(found, CLOSED)
    assert sum(is_working_day(one, CLOSED) for one in between) == count - 1


@given(DAYS, st.integers(0, 20), st.integers(1, 90))
def test_the_invitation_is_never_due_after_the_meeting_nor_before_the_concern(
    day: date, invite: int, hold: int
) -> None:
    found = deadlines(day, DeadlineRules(invite, hold, 3), CLOSED)
    assert day <= found.invite_by <= found.hold_by == day + timedelta(days=hold)


@given(DAYS, st.integers(0, 10))
def test_a_later_concern_never_has_an_earlier_deadline(day: date, count: int) -> None:
    assert add_working_days(day, count, CLOSED) <= add_working_days(day + timedelta(days=1), count, CLOSED)
