"""What a joint rating does to the concerns about a child."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.concern import (
    Effect,
    Standing,
    Verdict,
    consider_notification,
    decide,
    keeps_deadlines,
)
from services.assessment.domain.words import (
    GREEN,
    HOME,
    INSTITUTION,
    POSITIONS,
    RAISED,
    RED,
    SETTLED,
    TRACKS,
    WITHHELD,
    YELLOW,
    is_concern,
)

OPEN = Standing(suspected=False, withheld=False)
SUSPECTED = Standing(suspected=True, withheld=True)


def test_a_green_rating_informs_nobody() -> None:
    assert decide({}, Verdict(INSTITUTION, GREEN)) == []


def test_a_yellow_rating_raises_a_new_concern() -> None:
    assert decide({}, Verdict(INSTITUTION, YELLOW)) == [Effect(INSTITUTION, RAISED, new=True)]


def test_a_red_rating_raises_the_concern_that_is_open_again() -> None:
    assert decide({INSTITUTION: OPEN}, Verdict(INSTITUTION, RED)) == [Effect(INSTITUTION, RAISED)]


def test_a_suspicion_against_parents_withholds_from_the_start() -> None:
    verdict = Verdict(HOME, RED, suspected=True)
    assert decide({}, verdict) == [Effect(HOME, WITHHELD, new=True)]


def test_a_suspicion_that_comes_later_withholds_what_was_raised() -> None:
    verdict = Verdict(HOME, YELLOW, suspected=True)
    assert decide({HOME: OPEN}, verdict) == [Effect(HOME, WITHHELD)]


def test_a_lifted_suspicion_raises_what_was_withheld() -> None:
    assert decide({HOME: SUSPECTED}, Verdict(HOME, YELLOW)) == [Effect(HOME, RAISED)]


def test_a_suspicion_at_home_silences_the_concern_at_the_institution_too() -> None:
    verdict = Verdict(HOME, RED, suspected=True)
    assert decide({INSTITUTION: OPEN}, verdict) == [
        Effect(INSTITUTION, WITHHELD),
        Effect(HOME, WITHHELD, new=True),
    ]


def test_while_a_suspicion_stands_a_concern_on_the_other_track_is_withheld() -> None:
    verdict = Verdict(INSTITUTION, YELLOW)
    assert decide({HOME: SUSPECTED}, verdict) == [Effect(INSTITUTION, WITHHELD, new=True)]


def test_when_the_suspected_concern_is_settled_the_other_is_raised() -> None:
    silenced = Standing(suspected=False, withheld=True)
    assert decide({INSTITUTION: silenced, HOME: SUSPECTED}, Verdict(HOME, GREEN)) == [
        Effect(HOME, SETTLED),
        Effect(INSTITUTION, RAISED),
    ]


def test_a_green_rating_settles_only_its_own_track() -> None:
    assert decide({INSTITUTION: OPEN, HOME: OPEN}, Verdict(HOME, GREEN)) == [Effect(HOME, SETTLED)]


def test_a_rating_that_changes_track_settles_the_one_it_left() -> None:
    verdict = Verdict(HOME, YELLOW, left_track=INSTITUTION)
    assert decide({INSTITUTION: OPEN}, verdict) == [
        Effect(INSTITUTION, SETTLED),
        Effect(HOME, RAISED, new=True),
    ]


def test_a_revision_gives_nobody_more_time_but_a_new_round_does() -> None:
    assert keeps_deadlines(OPEN, same_round=True)
    assert not keeps_deadlines(OPEN, same_round=False)
    assert not keeps_deadlines(SUSPECTED, same_round=True)
    assert not keeps_deadlines(None, same_round=True)


def test_red_and_a_yellow_that_lasts_ask_for_a_considered_notification() -> None:
    assert consider_notification(RED, stood_from_earlier_round=False)
    assert consider_notification(YELLOW, stood_from_earlier_round=True)
    assert not consider_notification(YELLOW, stood_from_earlier_round=False)
    assert not consider_notification(GREEN, stood_from_earlier_round=True)


@dataclass(frozen=True)
class Step:
    """A rating as somebody might give it: the mark only ever comes with yellow or red."""

    track: str
    position: str
    suspected: bool
    leaves_other: bool


STEPS = st.builds(Step, st.sampled_from(TRACKS), st.sampled_from(POSITIONS), st.booleans(), st.booleans())


class Told:
    """The concerns as consumers know them, kept from effects alone."""

    def __init__(self) -> None:
        self.open: dict[str, Standing] = {}

    def take(self, step: Step) -> list[Effect]:
        other = HOME if step.track == INSTITUTION else INSTITUTION
        left = other if step.leaves_other and other in self.open else None
        suspected = step.suspected and is_concern(step.position)
        effects = decide(self.open, Verdict(step.track, step.position, suspected, left))
        for effect in effects:
            if effect.state == SETTLED:
                del self.open[effect.track]
                continue
            before = self.open.get(effect.track)
            marked = suspected if effect.track == step.track else bool(before and before.suspected)
            self.open[effect.track] = Standing(marked, effect.state == WITHHELD)
        return effects


@given(st.lists(STEPS, max_size=12))
def test_while_any_suspicion_stands_no_concern_about_the_child_is_told(steps: list[Step]) -> None:
    told = Told()
    for step in steps:
        told.take(step)
        suspected = any(concern.suspected for concern in told.open.values())
        assert all(concern.withheld == suspected for concern in told.open.values())


@given(st.lists(STEPS, max_size=12))
def test_a_concern_is_open_exactly_while_its_last_rating_is_yellow_or_red(steps: list[Step]) -> None:
    told, expected = Told(), set[str]()
    for step in steps:
        other = HOME if step.track == INSTITUTION else INSTITUTION
        if step.leaves_other:
            expected.discard(other)
        expected = expected | {step.track} if is_concern(step.position) else expected - {step.track}
        told.take(step)
        assert set(told.open) == expected


@given(st.lists(STEPS, max_size=8), STEPS)
def test_each_track_hears_at_most_once_of_a_rating_and_new_means_not_open(
    steps: list[Step], last: Step
) -> None:
    told = Told()
    for step in steps:
        told.take(step)
    before = set(told.open)
    effects = told.take(last)
    assert len({effect.track for effect in effects}) == len(effects)
    assert all(effect.new == (effect.track not in before) for effect in effects)
    if is_concern(last.position):
        assert last.track in {effect.track for effect in effects}


@given(st.lists(STEPS, max_size=8), STEPS)
def test_the_same_rating_again_settles_nothing_and_opens_nothing(steps: list[Step], last: Step) -> None:
    told = Told()
    for step in [*steps, last]:
        told.take(step)
    again = told.take(Step(last.track, last.position, last.suspected, leaves_other=False))
    assert all(not effect.new and effect.state != SETTLED for effect in again)
