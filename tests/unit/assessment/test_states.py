"""The way of one child's assessment through a round."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.assessment.domain import states
from services.assessment.domain.states import Refused, is_stale
from services.assessment.domain.words import (
    ABSENT,
    EXEMPT,
    JOINT_FINAL,
    LEFT,
    NOT_STARTED,
    OWN_RATING,
    RATEABLE,
    READY,
    SET_ASIDE,
    STATES,
)


def test_one_of_two_own_ratings_is_not_enough_for_the_dialogue() -> None:
    assert states.rated(NOT_STARTED, 1, 2) == OWN_RATING
    assert states.rated(OWN_RATING, 2, 2) == READY


def test_a_childminder_alone_is_enough() -> None:
    assert states.rated(NOT_STARTED, 1, 1) == READY


def test_a_rating_taken_back_hides_the_others_again() -> None:
    assert states.rated(READY, 1, 2) == OWN_RATING


@pytest.mark.parametrize("state", [JOINT_FINAL, ABSENT, EXEMPT, LEFT])
def test_no_own_rating_once_the_child_is_agreed_on_or_set_aside(state: str) -> None:
    with pytest.raises(Refused) as refused:
        states.rated(state, 1, 2)
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("state", [NOT_STARTED, OWN_RATING, ABSENT, EXEMPT, LEFT])
def test_no_joint_rating_before_the_own_ratings_are_in(state: str) -> None:
    with pytest.raises(Refused):
        states.finalised(state)


@pytest.mark.parametrize("state", sorted(set(STATES) - {OWN_RATING}))
def test_a_dialogue_begins_early_only_with_at_least_one_rating(state: str) -> None:
    with pytest.raises(Refused):
        states.dialogue_started(state)


class OneChild(RuleBasedStateMachine):
    """Any order of what can be done to one child's assessment."""

    def __init__(self) -> None:
        super().__init__()
        self.state = NOT_STARTED
        self.raters: set[int] = set()
        self.required = 2
        self.agreed = False

    def attempt(self, call: object, *args: object) -> bool:
        try:
            self.state = call(*args)  # type: ignore[operator]
        except Refused:
            return False
        return True

    @rule(rater=st.integers(1, 4))
    def rate(self, rater: int) -> None:
        if self.attempt(states.rated, self.state, len(self.raters | {rater}), self.required):
            self.raters.add(rater)

    @precondition(lambda self: self.raters)
    @rule(data=st.data())
    def withdraw(self, data: st.DataObject) -> None:
        rater = data.draw(st.sampled_from(sorted(self.raters)))
        if self.attempt(states.rated, self.state, len(self.raters) - 1, self.required):
            self.raters.discard(rater)

    @rule()
    def start_dialogue(self) -> None:
        if self.attempt(states.dialogue_started, self.state):
            self.required = len(self.raters)

    @rule()
    def finalise(self) -> None:
        self.agreed = self.attempt(states.finalised, self.state) or self.agreed

    @rule(to=st.sampled_from(sorted(SET_ASIDE)))
    def set_aside(self, to: str) -> None:
        self.attempt(states.set_aside, self.state, to)

    @rule()
    def present_again(self) -> None:
        self.attempt(states.present_again, self.state, len(self.raters), self.required)

    @rule()
    def leave(self) -> None:
        self.state = states.gone(self.state)

    @rule()
    def come_back(self) -> None:
        self.state = states.back(self.state, len(self.raters), self.required)

    @invariant()
    def it_is_a_known_state(self) -> None:
        assert self.state in STATES

    @invariant()
    def an_agreement_is_never_lost_and_never_made_up(self) -> None:
        assert (self.state == JOINT_FINAL) == self.agreed

    @invariant()
    def it_is_ready_exactly_when_enough_have_rated(self) -> None:
        if self.state in RATEABLE:
            assert (self.state == READY) == (len(self.raters) >= self.required)

    @invariant()
    def not_started_means_that_nobody_has_rated(self) -> None:
        if self.state == NOT_STARTED:
            assert not self.raters


TestOneChild = OneChild.TestCase


@given(st.integers(1, 50), st.integers(1, 50))
def test_who_saw_the_newest_version_is_never_stale(version: int, settled: int) -> None:
    settled = min(settled, version)
    assert not is_stale(version, version, settled)


@given(st.integers(1, 50), st.integers(1, 50))
def test_who_saw_another_version_of_something_agreed_is_always_stale(expected: int, version: int) -> None:
    assert is_stale(expected, version, settled=version) == (expected != version)


@given(st.lists(st.sampled_from(["me", "colleague", "other"]), max_size=15), st.integers(0, 15))
def test_an_own_rating_conflicts_with_everything_but_a_colleagues_own_rating(
    changes: list[str], seen: int
) -> None:
    version = settled = own = 1
    versions = [1]
    for change in changes:
        version += 1
        own = version if change == "me" else own
        settled = version if change == "other" else settled
        versions.append(version)
    seen = min(seen, len(changes))
    unseen = changes[seen:]
    assert is_stale(versions[seen], version, settled, own) == bool({"me", "other"} & set(unseen))
