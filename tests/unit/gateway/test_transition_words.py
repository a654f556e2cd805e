"""Words about a change of institution: every code has some, in every language a parent may read them in."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from services.consent.domain.release import Policy, decide
from services.gateway.web.meeting_words import KINDS
from services.gateway.web.next_step import next_steps
from services.gateway.web.parents_transition_texts import LANGUAGES, TEXTS
from services.gateway.web.transition_words import (
    ASK_CONSENT,
    FIELDS,
    POLICIES,
    REASONS,
    RECEIVER_STATES,
    STATES,
    STEP_OF,
)
from services.gateway.web.words import FURTHER, WORDS
from services.meetings import events
from services.meetings.domain import transitions
from services.meetings.domain.agenda import BUILT_IN
from tests.unit.gateway.test_next_step import TODAY


def test_each_state_field_and_kind_of_meeting_has_its_words() -> None:
    states = {state.value for state in transitions.Passage}
    assert set(STATES) == set(RECEIVER_STATES) == set(STEP_OF) == states
    assert set(FIELDS) == set(transitions.FIELDS)
    assert set(KINDS) == set(events.KINDS) == set(BUILT_IN)
    assert set(FURTHER) == set(KINDS) - {"focus"}


def test_whatever_stands_in_the_way_is_said_with_its_mend() -> None:
    kinds = ("dagpleje", "boernehave", "school", "health_visiting")
    reasons = set()
    answers = list(product((True, False), repeat=3))
    for policy, sender, receiver in product(Policy, kinds, kinds):
        for consent, objection, told in answers:
            decision = decide(
                policy,
                sender=sender,
                receiver=receiver,
                consent=consent,
                objection=objection,
                parents_told=told,
            )
            if not decision.allowed:
                reasons.add(decision.reason)
    gone = {f"consent_{how}" for how in ("withdrawn", "declined", "expired")}
    assert reasons | gone == set(REASONS)
    assert set(REASONS) >= ASK_CONSENT
    assert set(POLICIES) == {policy.value for policy in Policy}


def test_every_step_of_the_timeline_has_words() -> None:
    told = {kind for service, kind in WORDS if service == "meetings" and kind.startswith("transition_")}
    assert told == {
        f"transition_{step}"
        for step in (
            "opened",
            "filled",
            "shown",
            "seen",
            "reviewed",
            "released",
            "blocked",
            "received",
            "cancelled",
        )
    }


def _shape(value: Any) -> Any:
    return {key: _shape(inner) for key, inner in value.items()} if isinstance(value, dict) else type(value)


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_each_language_says_all_that_danish_does(language: str) -> None:
    assert set(TEXTS) == set(LANGUAGES)
    assert _shape(TEXTS[language]) == _shape(TEXTS["da"])
    assert set(TEXTS[language]["fields"]) == set(transitions.FIELDS)


@pytest.mark.parametrize("side", ["sender", "receiver"])
@pytest.mark.parametrize("state", [state.value for state in transitions.Passage])
def test_an_open_transition_is_the_childs_next_step(state: str, side: str) -> None:
    one = {"transition_id": "t", "state": state, "side": side, "starts_on": TODAY.isoformat()}
    steps = next_steps([], [], [], TODAY, [one])
    assert [step.transition_id for step in steps] == ([] if state in ("received", "cancelled") else ["t"])


def test_a_meeting_whose_consent_is_gone_is_said_to_rest() -> None:
    meeting = {
        "meeting_id": "m",
        "kind": "specialist",
        "state": "confirmed",
        "suspended_at": "2026-11-20T10:00:00+00:00",
        "invite_by": TODAY.isoformat(),
        "hold_by": TODAY.isoformat(),
    }
    [step] = next_steps([], [], [meeting], TODAY)
    assert (step.urgent, "bero" in step.title) == (True, True)
