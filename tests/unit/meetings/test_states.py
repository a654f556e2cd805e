"""The course of a meeting."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.meetings.domain.concerns import OnEnd, when_settled, when_withheld
from services.meetings.domain.deadlines import UNMET, Deadline
from services.meetings.domain.states import (
    AHEAD,
    ENDED,
    Move,
    NotAllowed,
    State,
    after,
    moves_from,
    next_sequence,
)

moves = st.sampled_from(list(Move))


def test_the_usual_way_leads_from_required_to_closed() -> None:
    state = State.REQUIRED
    for move in (Move.INVITE, Move.CONFIRM, Move.HOLD, Move.FOLLOW_UP, Move.CLOSE):
        state = after(state, move)
    assert state is State.CLOSED


@pytest.mark.parametrize("state", sorted(ENDED))
def test_nothing_leads_out_of_an_end(state: State) -> None:
    assert moves_from(state) == frozenset()


@pytest.mark.parametrize("state", [state for state in State if state not in ENDED])
def test_every_other_state_has_a_way_on(state: State) -> None:
    assert moves_from(state)


@given(st.lists(moves, max_size=12))
def test_a_meeting_that_was_held_is_never_cancelled(taken: list[Move]) -> None:
    state, held = State.REQUIRED, False
    for move in taken:
        try:
            state = after(state, move)
        except NotAllowed:
            continue
        held = held or state is State.HELD
    assert not (held and state is State.CANCELLED)


@given(st.sampled_from(list(State)))
def test_a_withheld_concern_leaves_no_meeting_ahead(state: State) -> None:
    assert (when_withheld(state) is OnEnd.CANCEL) == (state in AHEAD)


@given(st.sampled_from(list(State)))
def test_a_settled_concern_cancels_by_itself_only_what_nobody_was_invited_to(state: State) -> None:
    assert (when_settled(state) is OnEnd.CANCEL) == (state is State.REQUIRED)


def test_the_deadline_for_holding_covers_every_meeting_that_has_not_been_held() -> None:
    assert UNMET[Deadline.HOLD] == AHEAD
    assert UNMET[Deadline.INVITE] <= UNMET[Deadline.HOLD]


class Course(RuleBasedStateMachine):
    """Walks through the states at random, with a calendar that follows as mail programs would."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State.REQUIRED
        self.sequence = 0
        self.in_calendars = False
        self.sent: list[int] = []
        self.confirmed_times = 0

    @rule(move=moves)
    def anything_allowed_happens(self, move: Move) -> None:
        before = self.state
        if move not in moves_from(before):
            with pytest.raises(NotAllowed):
                after(before, move)
            return
        self.state = after(before, move)
        if move in (Move.CONFIRM, Move.RESCHEDULE) or (move is Move.CANCEL and self.in_calendars):
            self.sequence = next_sequence(self.sequence, in_calendars=self.in_calendars)
            self.in_calendars = True
            self.sent.append(self.sequence)

    @precondition(lambda self: self.state in ENDED)
    @rule()
    def it_begins_anew(self) -> None:
        self.__init__()  # type: ignore[misc]

    @invariant()
    def calendars_see_zero_first_and_then_ever_higher_numbers(self) -> None:
        assert self.sent == list(range(len(self.sent)))

    @invariant()
    def only_a_meeting_with_a_time_is_held(self) -> None:
        if self.state in (State.HELD, State.FOLLOW_UP_DUE, State.CLOSED, State.NO_SHOW):
            assert self.in_calendars


Course.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestCourse = Course.TestCase
