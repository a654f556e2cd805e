"""Forms of administration: what is stored comes back as it was, and what is typed is read as it was meant."""

from __future__ import annotations

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.profiles import built_in
from services.gateway.app import create_app
from services.gateway.settings import settings
from services.gateway.web.administration import hours, profile_form
from services.gateway.web.administration.differences import differences
from tests.unit.gateway.conftest import environment

NOWHERE = "amqp://guest:guest@127.0.0.1:1/"


class _Silent:
    """Nobody is called by these."""

    connected = False

    def call(self, *_args: object, **_named: object) -> None:
        raise AssertionError("a form is read without asking anybody")


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(settings(environment(NOWHERE)), _Silent())


def test_a_stored_profile_is_the_same_after_it_has_been_a_form(app: Flask) -> None:
    stored = built_in()["settings"]
    with app.test_request_context():
        typed = profile_form.settings_of({**profile_form.values_of(stored), "note": "Som før"})
    for settings_ in (typed.settings, stored):  # the order of kinds says nothing; place_order does
        settings_["kinds"].sort(key=lambda kind: str(kind["kind"]))
    assert typed.settings == stored
    assert typed.faults == {}


@given(st.integers(1, 12), st.integers(1, 31))
def test_a_day_is_written_as_danes_do_and_read_back(month: int, day: int) -> None:
    stored = f"{month:02}-{day:02}"
    assert profile_form.day_stored(profile_form.day_shown(stored)) == stored
    assert profile_form.day_stored(f"{day}/{month}") == stored


def test_a_fault_stands_where_its_field_stands(app: Flask) -> None:
    values = profile_form.values_of(built_in()["settings"])
    values["kinds"][0]["used"] = False  # dagpleje: those after it move one place up in the settings
    values["kinds"][1]["windows"][1]["to"] = "40-13"
    with app.test_request_context():
        typed = profile_form.settings_of({**values, "note": "x"})
    assert list(typed.faults) == ["window-vuggestue-1-to"]
    assert typed.where("settings.kinds.0.windows.1.to") == "window-vuggestue-1-to"
    assert typed.where("settings.kinds.0.windows.1") == "window-vuggestue-1-from"
    assert typed.where("settings.kinds.0.somewhere.deep") == "use-vuggestue"
    assert typed.where("unheard.of") == "note"


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("8-12, 13.30-16", [["08:00", "12:00"], ["13:30", "16:00"]]),
        ("08:00 – 16:30", [["08:00", "16:30"]]),
        ("8 til 12", [["08:00", "12:00"]]),
        ("", []),
        ("om morgenen", None),
        ("8-", None),
    ],
)
def test_hours_are_read_as_people_write_them(text: str, spans: list[list[str]] | None) -> None:
    assert hours._spans(text) == spans


def test_differences_name_what_is_new_changed_and_gone() -> None:
    found = differences({"a": "1", "b": "2", "c": "3"}, {"b": "2", "c": "4", "d": "5"})
    assert [tuple(one) for one in found] == [("c", "3", "4"), ("d", "", "5"), ("a", "1", "")]
