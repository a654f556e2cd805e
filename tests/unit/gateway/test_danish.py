"""Times and spans as Danes write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.gateway.web import danish

AFTERNOON = datetime(2025, 11, 3, 12, 30, tzinfo=UTC)


def test_a_moment_is_written_in_danish_time() -> None:
    assert danish.moment(AFTERNOON) == "3. november 2025 kl. 13.30"
    assert danish.moment(datetime(2025, 7, 3, 12, 30, tzinfo=UTC)) == "3. juli 2025 kl. 14.30"


def test_a_moment_is_written_in_english_for_who_reads_english() -> None:
    assert danish.moment(AFTERNOON, "en") == "3 November 2025 at 13:30"


def test_late_in_the_evening_it_is_already_the_next_day_here() -> None:
    late = datetime(2025, 12, 31, 23, 30, tzinfo=UTC)
    assert danish.day(late) == "1. januar 2026"
    assert danish.week(late) == 1


def test_the_last_days_of_a_year_may_be_in_the_first_week_of_the_next() -> None:
    assert danish.week(date(2025, 12, 29)) == 1
    assert danish.weekday(date(2025, 12, 29)) == "mandag"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(milliseconds=37), "37 ms"),
        (timedelta(seconds=0.84), "0,8 sek."),
        (timedelta(seconds=42), "42 sek."),
        (timedelta(seconds=60), "1 minut"),
        (timedelta(minutes=59, seconds=59), "59 minutter"),
        (timedelta(hours=1), "1 time"),
        (timedelta(hours=23), "23 timer"),
        (timedelta(days=1), "1 dag"),
        (timedelta(days=14, hours=5), "14 dage"),
        (timedelta(seconds=-1), "0 ms"),
    ],
)
def test_a_span_is_told_in_the_unit_a_person_would_use(length: timedelta, said: str) -> None:
    assert danish.span(length) == said


@pytest.mark.parametrize(
    "given",
    [
        "20123456",
        "+4520123456",
        "+45 20123456",
        "0045 20 12 34 56",
        "20 12 34 56",
        "2012-3456",
        "(+45) 20.12.34.56",
    ],
)
def test_a_danish_number_is_read_in_pairs_however_it_was_typed(given: str) -> None:
    assert danish.phone(given) == "20 12 34 56"
    assert danish.callable_phone(given) == "+4520123456"


@pytest.mark.parametrize(
    ("given", "shown"), [("+46 8 123 456 78", "+46 8 123 456 78"), ("", ""), (None, ""), ("112", "112")]
)
def test_another_number_stands_as_it_was_given(given: str | None, shown: str) -> None:
    assert danish.phone(given) == shown
