"""The rules of who is told, how, when again, and when not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import (
    DEFAULT_LADDER,
    FAILURE_TEXTS,
    NEXT,
    PERMANENT,
    SUPPRESSION_TEXTS,
    TOLD,
    About,
    CancellationForm,
    Channel,
    Failure,
    Guardian,
    State,
    Suppression,
    after_failure,
    calendar_sequence,
    calendar_uid,
    cancellation_form,
    may_go,
    message_id,
    recipients,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
temporary = st.sampled_from(sorted(set(Failure) - PERMANENT))


def test_the_waits_between_tries_grow_from_a_minute_to_half_a_day() -> None:
    waits = [after_failure(Failure.UNREACHABLE, tries, NOON) for tries in range(1, 7)]
    assert waits == [
        NOON + timedelta(minutes=1),
        NOON + timedelta(minutes=5),
        NOON + timedelta(minutes=30),
        NOON + timedelta(hours=2),
        NOON + timedelta(hours=12),
        None,
    ]


@given(st.sampled_from(sorted(PERMANENT)), st.integers(1, 10))
def test_what_trying_again_cannot_mend_is_not_tried_again(failure: Failure, tries: int) -> None:
    assert after_failure(failure, tries, NOON) is None


@given(temporary, st.integers(1, 20))
def test_every_ladder_ends_and_never_goes_back_in_time(failure: Failure, tries: int) -> None:
    again = after_failure(failure, tries, NOON)
    assert (again is None) == (tries > len(DEFAULT_LADDER))
    assert again is None or again > NOON


def test_custody_decides_who_is_told() -> None:
    guardians = [Guardian("c", "none"), Guardian("b", "joint"), Guardian("a", "joint", True)]
    assert [each.guardian_id for each in recipients(guardians)] == ["a", "b"]
    assert [each.channel for each in recipients(guardians)] == [Channel.LETTER, Channel.EMAIL]


def test_who_has_lost_custody_is_not_told_though_another_service_names_her() -> None:
    guardians = [Guardian("a", "sole"), Guardian("b", "none")]
    assert [each.guardian_id for each in recipients(guardians, ["a", "b"])] == ["a"]


@given(st.lists(st.sampled_from(State), max_size=4), st.lists(st.sampled_from(State), max_size=4))
def test_a_silent_cancellation_tells_nobody(invitations: list[State], confirmations: list[State]) -> None:
    before = {About.INVITATION: invitations, About.CONFIRMATION: confirmations}
    assert cancellation_form(before, silent=True) is None


@given(st.lists(st.sampled_from(State), max_size=4), st.lists(st.sampled_from(State), max_size=4))
def test_only_who_has_been_told_of_a_meeting_is_told_that_it_is_off(
    invitations: list[State], confirmations: list[State]
) -> None:
    before = {About.INVITATION: invitations, About.CONFIRMATION: confirmations}
    form = cancellation_form(before, silent=False)
    reached = TOLD | {State.LEASED}
    if set(confirmations) & reached:
        assert form is CancellationForm.CALENDAR
    elif set(invitations) & reached:
        assert form is CancellationForm.PLAIN
    else:
        assert form is None


@given(st.integers(0, 100), st.lists(st.integers(0, 100), max_size=5))
def test_a_calendar_sequence_is_above_all_that_went_before(event: int, before: list[int]) -> None:
    assert calendar_sequence(event, before) >= event
    assert all(calendar_sequence(event, before) > each for each in before)


@pytest.mark.parametrize("state", State)
def test_what_has_reached_the_recipient_is_never_undone(state: State) -> None:
    assert state in NEXT
    if state in TOLD:
        assert not NEXT[state]
    assert not may_go(State.SENT, state)
    assert not may_go(State.PRINTED, state)


@given(st.lists(st.sampled_from(State), max_size=12))
def test_no_walk_through_the_states_tells_twice(walk: list[State]) -> None:
    now, told = State.INTENDED, 0
    for then in walk:
        if may_go(now, then):
            now = then
            told += then in TOLD
    assert told <= 1


def test_every_code_has_a_sentence_for_staff() -> None:
    assert set(FAILURE_TEXTS) == set(Failure)
    assert set(SUPPRESSION_TEXTS) == set(Suppression)


def test_ids_are_the_same_each_time_they_are_asked_for() -> None:
    assert calendar_uid("m-1") == calendar_uid("m-1") != calendar_uid("m-2")
    assert message_id("n-1", "kommune.example") == "<n-1@kommune.example>"
