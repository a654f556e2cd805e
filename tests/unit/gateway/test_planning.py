"""What the forms of planning send, read into what the service takes."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask_babel import Babel
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from werkzeug.datastructures import MultiDict

from services.chassis.clock import COPENHAGEN
from services.gateway.web import meeting_times, plan_form
from services.gateway.web.calendar_file import calendar_file, uid
from services.gateway.web.plan import flowing

A, B = "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a6", "5b0c2a64-6c1d-4a53-9f64-1f7b0c3e52a7"


@pytest.fixture(autouse=True)
def danish() -> object:
    app = Flask(__name__)
    Babel(app, default_locale="da")
    with app.test_request_context():
        yield


@pytest.mark.parametrize(
    ("day", "clock"),
    [("2026-11-30", "13:30"), ("30.11.2026", "13.30"), ("30/11/2026", "13:30"), (" 30-11-2026 ", " 13.30 ")],
)
def test_a_time_is_read_as_browsers_send_it_and_as_people_write_it(day: str, clock: str) -> None:
    assert meeting_times.from_form(day, clock) == datetime(2026, 11, 30, 12, 30, tzinfo=UTC)


def test_empty_fields_are_no_time_and_half_filled_ones_a_fault() -> None:
    assert meeting_times.from_form(" ", "") is None
    for day, clock in (("2026-11-30", ""), ("", "13:30"), ("i morgen", "13:30"), ("2026-02-30", "10:00")):
        with pytest.raises(meeting_times.NotATime):
            meeting_times.from_form(day, clock)


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.times())
def test_every_time_that_the_clock_shows_comes_back_as_it_was_chosen(day: date, clock: object) -> None:
    text = str(clock)[:5]
    moment = meeting_times.from_form(day.isoformat(), text)
    assert moment is not None
    shown = meeting_times.shown(moment, moment)
    skipped = moment.astimezone(COPENHAGEN).strftime("%H:%M") != text
    assert shown["date_field"] == day.isoformat()
    assert skipped == (shown["clock_field"] != text)
    if skipped:  # the hour that summer time leaves out
        assert (day.month, day.isoweekday(), text[:2]) == (3, 7, "02")


def test_the_same_time_ticked_and_written_is_one_time() -> None:
    form = MultiDict(
        [("time", "2026-11-30T12:30:00+00:00"), ("day-1", "2026-11-30"), ("clock-1", "13:30"), ("day-2", "x")]
    )
    chosen, faults = plan_form.times(form)
    assert [moment.astimezone(UTC).hour for moment in chosen] == [12]
    assert list(faults) == ["day-2"]


def test_more_times_than_can_be_proposed_are_refused() -> None:
    form = MultiDict([("time", f"2026-11-{day}T09:00:00+01:00") for day in range(10, 16)])
    assert "time" in plan_form.times(form)[1]


def test_faults_of_interpreters_are_told_at_the_parent_they_are_about() -> None:
    fields = {"items.1.age": "Bekræft.", "items.9.age": "?", "expected_version": "!"}
    assert plan_form.interpreter_faults(fields, [A, B]) == {
        f"age-{B}": "Bekræft.",
        "items.9.age": "?",
        "expected_version": "!",
    }


def test_a_parents_line_says_language_order_and_age() -> None:
    form = {f"language-{A}": "ar", f"ordered-{A}": "1", f"age-{A}": "adult", f"language-{B}": ""}
    assert plan_form.interpreters(form, [A, B]) == [
        {"guardian_id": A, "language": "ar", "ordered": True, "age": "adult"},
        {"guardian_id": B, "language": None, "ordered": False, "age": None},
    ]


def test_an_agenda_is_the_ticked_points_and_ones_own_and_comes_back_so() -> None:
    template = [{"code": code, "heading": code.title(), "hint": ""} for code in ("purpose", "agreements")]
    form = MultiDict([("point", "agreements"), ("own-1", ""), ("own-2", " Sommerferien "), ("own-3", "Søvn")])
    agenda = plan_form.agenda(form, template)
    assert [(item["code"], item["heading"]) for item in agenda] == [
        ("agreements", "Agreements"),
        ("own_a", "Sommerferien"),
        ("own_b", "Søvn"),
    ]
    assert plan_form.own_points(agenda) == ["Sommerferien", "Søvn", ""]


def test_a_mails_lines_flow_but_lists_and_links_stand_alone() -> None:
    text = (
        "Kære Kirsten\n\nVi vil gerne\ntale med dig.\n\n- mandag\n  kl. 9\n- tirsdag\n\nSvar her:\nhttps://…"
    )
    assert flowing(text) == (
        "Kære Kirsten\n\nVi vil gerne tale med dig.\n\n- mandag kl. 9\n- tirsdag\n\nSvar her:\nhttps://…"
    )


def test_the_fetched_calendar_file_names_nobody_and_asks_for_no_answer() -> None:
    starts = datetime(2026, 12, 3, 12, 30, tzinfo=UTC)
    file = calendar_file(
        meeting_id=A,
        sequence=2,
        starts_at=starts,
        ends_at=starts.replace(hour=13),
        language="en",
        place="Børnehuset",
        online=False,
        made_at=starts,
    )
    (event,) = Calendar.from_ical(file).walk("VEVENT")
    assert (str(event["UID"]), event["SEQUENCE"], event.decoded("DTSTART")) == (uid(A), 2, starts)
    assert (str(event["SUMMARY"]), str(event["LOCATION"])) == ("Meeting at Børnehuset", "Børnehuset")
    assert not {"ATTENDEE", "ORGANIZER", "DESCRIPTION"} & set(event)
