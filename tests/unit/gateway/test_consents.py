"""Staff's consent pages: words for every code, whom one can choose, and what waits for whom."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from services.consent.domain.exchanges import Basis
from services.consent.domain.requests import INFORMATION, LEGAL_BASES, PURPOSES, RECIPIENT_KINDS
from services.consent.domain.states import Answer, State
from services.consent.records import SUBSCRIBERS
from services.gateway.web import consent_words as words
from services.gateway.web.consents import recipients
from services.gateway.web.consents.reading import in_short
from services.gateway.web.consents.waiting import LOOK_AFTER, waiting
from services.gateway.web.language import install
from services.gateway.web.words import WORDS

NOW = "2026-11-23T09:00:00+01:00"
TODAY = date(2026, 11, 23)
NORTH, SOUTH, HERE, SCHOOL = (f"{n}0000000-6c1d-4a53-9f64-1f7b0c3e52a6" for n in range(1, 5))
CHILD = {
    "enrolments": [
        {"institution_id": HERE, "district_id": NORTH, "current": True},
        {"institution_id": SCHOOL, "district_id": SOUTH, "current": False},
    ]
}
PLACES = [
    {
        "institution_id": HERE,
        "name": "Bakken",
        "kind": "boernehave",
        "district_id": NORTH,
        "district_name": "Nord",
    },
    {
        "institution_id": SCHOOL,
        "name": "Skolen",
        "kind": "school",
        "district_id": SOUTH,
        "district_name": "Syd",
    },
]


def consent(state: str, **more: Any) -> dict[str, Any]:
    return {
        "consent_id": "c",
        "child_id": "b",
        "state": state,
        "is_valid": state == "granted",
        "purpose": "specialist_meeting",
        "information": ["wellbeing"],
        "recipients": [{"unit_id": NORTH, "kind": "ppr", "name": "PPR"}],
        "valid_from": "2026-11-01",
        "valid_to": "2027-11-01",
        "requested_at": "2026-11-01T08:00:00+00:00",
        "answer_by": "2026-12-01T08:00:00+00:00",
        "ended_at": None,
        "end_reason": None,
        "attention": None,
    } | more


def ended(state: str, days: int, **more: Any) -> dict[str, Any]:
    at = f"{TODAY - timedelta(days=days)}T08:00:00+00:00"
    return consent(state, ended_at=at, attention=state, **more)


def test_every_code_of_consent_has_words() -> None:
    assert set(words.STATES) == set(State)
    assert set(words.ANSWERS) == set(Answer)
    assert set(words.PURPOSES) == set(words.PURPOSE_HINTS) == set(PURPOSES)
    assert set(words.INFORMATION) == set(INFORMATION)
    assert set(words.LEGAL_BASES) == set(LEGAL_BASES)
    assert set(words.SUBSCRIBERS) == set(SUBSCRIBERS)
    assert set(words.BASES) == set(Basis)
    assert set(words.SERVICES) < set(RECIPIENT_KINDS)
    told = {kind for service, kind in WORDS if service == "consent"}
    assert set(words.STEPS) | {"signed", "exchange"} == told
    assert set(State) <= told


def test_each_state_has_a_drawing_of_its_own() -> None:
    drawings = [state.icon for state in words.STATES.values()]
    assert len(set(drawings)) == len(drawings)


def test_the_childs_own_place_needs_no_consent_and_the_specialists_near_come_first() -> None:
    offered = recipients.choices(CHILD, PLACES)
    assert [one.name for one in offered.near] == [
        "PPR, Nord", "Tale-hørekonsulent, Nord", "Familierådgiver, Nord", "Psykolog, Nord",
    ]  # fmt: skip
    groups = {name: [one.value for one in some] for name, some in offered.groups}
    assert groups["Skole"] == [f"school:{SCHOOL}"]
    assert f"ppr:{SOUTH}" in groups["Specialister i andre distrikter"]
    assert not any(HERE in value for value in offered.known)


@given(
    st.lists(st.sampled_from(["ppr", "speech", "family_adviser", "psychologist"]), min_size=1, unique=True)
)
def test_one_district_is_one_recipient_that_names_each_of_its_services(services: list[str]) -> None:
    offered = recipients.choices(CHILD, PLACES)
    found = recipients.named([f"{one}:{NORTH}" for one in services], offered)
    assert found is not None
    [one] = found
    assert one["unit_id"] == NORTH
    assert one["kind"] in RECIPIENT_KINDS
    assert len(one["name"]) <= 120
    for service in services:
        assert str(words.SERVICES[service]).lower() in one["name"].lower()


def test_a_unit_that_nobody_offered_is_not_to_be_had() -> None:
    offered = recipients.choices(CHILD, PLACES)
    assert recipients.named([f"institution:{HERE}"], offered) is None
    assert recipients.named([], offered) == []
    assert recipients.of_units([NORTH, SCHOOL, HERE], offered) == [f"ppr:{NORTH}", f"school:{SCHOOL}"]


@pytest.mark.parametrize(
    ("found", "due"),
    [
        (consent("requested", attention="waiting"), date(2026, 12, 1)),
        (consent("partial", attention="waiting", valid_to="2026-11-25"), date(2026, 11, 25)),
        (consent("granted", attention="soon_over", valid_to="2026-12-10"), date(2026, 12, 10)),
        (ended("declined", 2), TODAY - timedelta(days=2) + LOOK_AFTER),
        (ended("withdrawn", 7), TODAY),
    ],
)
def test_a_consent_is_due_before_it_ends_or_soon_after_it_was_ended(found: dict[str, Any], due: date) -> None:
    with time_machine.travel(NOW, tick=False):
        assert [one.due for one in waiting([found])] == [due]


def test_what_ended_longer_ago_or_waits_for_nothing_is_no_task() -> None:
    with time_machine.travel(NOW, tick=False):
        assert waiting([ended("withdrawn", 8), consent("granted"), consent("expired")]) == []


def test_the_head_of_the_page_tells_what_is_open_first_and_forgets_what_a_newer_one_follows() -> None:
    app = Flask(__name__)
    install(app)
    later = {"requested_at": "2026-11-10T08:00:00+00:00"}
    other = {"purpose": "record_sharing"}
    with time_machine.travel(NOW, tick=False), app.test_request_context():
        found = in_short([consent("requested", **other), ended("withdrawn", 3), consent("granted", **other)])
        assert [one["state"] for one in found] == ["granted", "withdrawn", "requested"]
        assert [one["state"] for one in in_short([ended("declined", 3), consent("granted", **later)])] == [
            "granted"
        ]
        assert in_short([ended("withdrawn", 40), consent("expired")]) == []
