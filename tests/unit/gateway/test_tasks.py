"""Mine opgaver: when something is due, and that every task has words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.web import sheets
from services.gateway.web.task_words import ASKED
from services.gateway.web.tasks import Day, when
from services.meetings.tasks import KINDS


def test_every_kind_of_task_has_words_and_a_place_to_be_done() -> None:
    assert set(ASKED) == set(KINDS)
    for asked in ASKED.values():
        assert asked.place in ("plan", "meeting", "transition", "child")


@given(st.dates(date(2025, 1, 1), date(2030, 1, 1)), st.integers(-400, 400))
def test_the_week_ends_on_sunday(today: date, days: int) -> None:
    day, due = Day(today), today + timedelta(days=days)
    assert day.week_ends.isoweekday() == 7
    part = day.part(due)
    if due < today:
        assert part == "overdue"
    else:
        assert (part == "week") == (due.isocalendar()[:2] == today.isocalendar()[:2])


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (0, "i dag"),
        (1, "i morgen"),
        (-1, "for 1 dag siden"),
        (-3, "for 3 dage siden"),
        (4, "tirs. 18. november (uge 47)"),
    ],
)
def test_a_due_day_is_told_as_people_say_it(days: int, said: str) -> None:
    with time_machine.travel("2025-11-14T10:00:00+01:00", tick=False):
        assert when(date(2025, 11, 14) + timedelta(days=days)) == said


@pytest.mark.parametrize(
    ("born", "said"),
    [
        ("2023-07-14", "2 år 4 mdr."),
        ("2023-11-15", "1 år 11 mdr."),
        ("2022-11-14", "3 år"),
        ("2025-11-14", "0 mdr."),
        ("2025-03-20", "7 mdr."),
        (None, ""),
    ],
)
def test_ages_are_told_in_years_and_months(born: str | None, said: str) -> None:
    assert sheets.age(born, date(2025, 11, 14)) == said


def test_an_earlier_rating_names_its_month_and_another_years_too() -> None:
    with time_machine.travel("2025-11-14T10:00:00+01:00", tick=False):
        assert sheets.month("2025-05-02T10:00:00+00:00") == "maj"
        assert sheets.month("2024-12-31T23:30:00+00:00") == "januar"
        assert sheets.month("2024-05-02T10:00:00+00:00") == "maj 2024"
