"""A child's change of institution: when there is one, and what may follow what."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.meetings.domain.transitions import (
    Look,
    Passage,
    Stay,
    Step,
    anybody_objects,
    changes,
    due,
    parents_told,
    responsible_is_sender,
    step_from,
)

TODAY = date(2026, 11, 23)
NURSERY = Stay("nursery", "a", date(2024, 8, 1), date(2026, 12, 31))
KINDERGARTEN = Stay("kindergarten", "b", date(2027, 1, 1), None)


def test_a_coming_place_makes_a_change_from_where_the_child_is() -> None:
    assert changes([KINDERGARTEN, NURSERY], TODAY) == [(NURSERY, KINDERGARTEN)]


def test_another_group_of_the_same_place_is_no_change() -> None:
    assert changes([NURSERY, Stay("nursery", "c", date(2027, 1, 1), None)], TODAY) == []


def test_a_first_place_and_one_long_reached_are_no_changes() -> None:
    assert changes([KINDERGARTEN], TODAY) == []
    assert changes([NURSERY, KINDERGARTEN], TODAY + timedelta(days=60)) == []


@given(st.lists(st.sampled_from(list(Step)), max_size=15))
def test_the_sender_answers_until_the_receiver_has_accepted_what_was_passed_on(taken: list[Step]) -> None:
    state, course = Passage.OPEN, [Passage.OPEN]
    for step in taken:
        after = step_from(state, step)
        if after is not None:
            state = after
            course.append(state)
    if not responsible_is_sender(state):
        assert course[-2] is Passage.RELEASED
    if Passage.RELEASED in course:
        assert Passage.PARENT_REVIEWED in course[: course.index(Passage.RELEASED)]


HOLDERS = st.lists(st.sampled_from("abc"), unique=True, max_size=3)
LOOKS = st.lists(
    st.builds(Look, st.sampled_from("abcd"), st.integers(1, 3), st.booleans()),
    unique_by=lambda look: look.guardian_id,
)


@given(LOOKS, HOLDERS, st.integers(1, 3))
def test_parents_are_told_only_when_each_with_custody_has_seen_this_edition(
    looks: list[Look], holders: list[str], edition: int
) -> None:
    seen = {(look.guardian_id, look.edition) for look in looks}
    each = bool(holders) and all((one, edition) in seen for one in holders)
    assert parents_told(looks, holders, edition) is each
    assert not parents_told([look for look in looks if look.edition != edition], holders, edition)


@given(LOOKS, HOLDERS)
def test_only_one_who_has_custody_can_object(looks: list[Look], holders: list[str]) -> None:
    without = [look for look in looks if look.guardian_id not in holders]
    assert not anybody_objects(without, holders)
    assert anybody_objects([*looks, Look("z", 1, True)], [*holders, "z"])


@given(st.lists(st.sampled_from(list(Step)), max_size=15))
def test_what_is_passed_on_is_what_the_parents_saw(taken: list[Step]) -> None:
    """Between the last change of the form and its release the parents have looked."""
    state, looked = Passage.OPEN, False
    for step in taken:
        after = step_from(state, step)
        if after is None:
            continue
        if step is Step.FILL:
            looked = False
        elif step is Step.REVIEW:
            looked = True
        elif step is Step.RELEASE:
            assert looked
        state = after


@given(
    st.sampled_from(["transition", "transition_reviewed", "transition_blocked", "receive_transition"]),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
    st.dates(date(2026, 1, 1), date(2028, 1, 1)),
)
def test_a_task_is_due_before_the_child_begins_and_never_in_the_past(
    kind: str, starts_on: date, today: date
) -> None:
    day = due(kind, starts_on, today)
    assert today <= day <= max(today, starts_on)


@given(st.lists(st.sampled_from(list(Step)), max_size=15))
def test_what_has_been_received_is_never_taken_back(taken: list[Step]) -> None:
    state, received = Passage.OPEN, False
    for step in taken:
        state = step_from(state, step) or state
        received = received or state is Passage.RECEIVED
        assert not received or state is Passage.RECEIVED
