"""The course of a consent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from services.consent.domain.states import (
    ENDED,
    PENDING,
    Answer,
    Consent,
    Kind,
    NobodySigns,
    NotAllowed,
    NotSignatory,
    Part,
    Signatory,
    State,
    answered,
    expired,
    recalculated,
    requested,
    superseded,
    withdrawn,
)

PEOPLE = ("anna", "bo", "cleo", "dina")


def both() -> Consent:
    return requested([Signatory("anna", Kind.GUARDIAN), Signatory("bo", Kind.GUARDIAN)])


def granted() -> Consent:
    return answered(answered(both(), "anna", yes=True), "bo", yes=True)


def test_lr_3_with_joint_custody_one_signature_is_only_a_part() -> None:
    first = answered(both(), "anna", yes=True)
    assert first.state is State.PARTIAL
    assert answered(first, "bo", yes=True).state is State.GRANTED


def test_one_no_declines_for_all() -> None:
    assert answered(answered(both(), "anna", yes=True), "bo", yes=False).state is State.DECLINED


def test_the_same_answer_twice_changes_nothing() -> None:
    once = answered(both(), "anna", yes=True)
    assert answered(once, "anna", yes=True) == once


def test_a_yes_is_not_turned_into_a_no_but_withdrawn() -> None:
    with pytest.raises(NotAllowed):
        answered(answered(both(), "anna", yes=True), "anna", yes=False)


@pytest.mark.parametrize("who", ["anna", "bo"])
def test_lr_5_each_signatory_withdraws_at_any_time_and_alone(who: str) -> None:
    after = withdrawn(granted(), who)
    assert after.state is State.WITHDRAWN
    # What was answered before is history, and stays.
    assert [one.answer for one in after.signatories if one.signatory_id != who] == [Answer.YES]


def test_a_yes_is_taken_back_before_the_other_has_answered() -> None:
    assert withdrawn(answered(both(), "anna", yes=True), "anna").state is State.WITHDRAWN


def test_nobody_withdraws_what_she_has_not_given() -> None:
    with pytest.raises(NotAllowed):
        withdrawn(answered(both(), "anna", yes=True), "bo")


def test_an_informed_parent_neither_gives_nor_takes_back() -> None:
    consent = requested([Signatory("young", Kind.YOUNG), Signatory("anna", Kind.GUARDIAN, Part.INFORMED)])
    with pytest.raises(NotSignatory):
        answered(consent, "anna", yes=False)
    given = answered(consent, "young", yes=True)
    assert given.state is State.GRANTED
    with pytest.raises(NotSignatory):
        withdrawn(given, "anna")


def test_nobody_to_sign_is_no_request() -> None:
    with pytest.raises(NobodySigns):
        requested([])
    with pytest.raises(NobodySigns):
        requested([Signatory("anna", Kind.GUARDIAN, Part.INFORMED)])


def test_a_consent_that_waits_for_one_who_loses_custody_is_granted_by_the_other() -> None:
    first = answered(both(), "anna", yes=True)
    after, change = recalculated(first, [Signatory("anna", Kind.GUARDIAN)])
    assert after.state is State.GRANTED
    assert change.removed == ("bo",)


def test_one_who_gains_custody_must_be_asked_too() -> None:
    first = answered(requested([Signatory("anna", Kind.GUARDIAN)]), "anna", yes=True)
    pending = answered(both(), "anna", yes=True)
    after, change = recalculated(pending, [Signatory(id_, Kind.GUARDIAN) for id_ in ("anna", "bo", "cleo")])
    assert (after.state, change.added) == (State.PARTIAL, ("cleo",))
    # What has been granted stands, and she can end it.
    stands, change = recalculated(first, [Signatory("anna", Kind.GUARDIAN), Signatory("bo", Kind.GUARDIAN)])
    assert (stands.state, change.added) == (State.GRANTED, ("bo",))
    assert withdrawn(stands, "bo").state is State.WITHDRAWN


def test_when_all_lose_custody_silence_is_no_consent() -> None:
    after, _ = recalculated(answered(both(), "anna", yes=True), [])
    assert after.state is State.REQUESTED
    with pytest.raises(NotSignatory):
        answered(after, "anna", yes=True)


@given(st.lists(st.booleans(), min_size=1, max_size=4), st.randoms())
def test_the_order_of_answers_does_not_matter_until_somebody_says_no(yes: list[bool], random: object) -> None:
    people = [Signatory(name, Kind.GUARDIAN) for name in PEOPLE[: len(yes)]]
    order = list(zip([one.signatory_id for one in people], yes, strict=True))
    random.shuffle(order)  # type: ignore[attr-defined]
    consent = requested(people)
    for who, given_yes in order:
        if consent.state not in PENDING:
            break
        consent = answered(consent, who, yes=given_yes)
    assert consent.state is (State.GRANTED if all(yes) else State.DECLINED)


class Course(RuleBasedStateMachine):
    """People answer, withdraw, gain and lose custody at random, and time ends things."""

    def __init__(self) -> None:
        super().__init__()
        self.begin(people=["anna", "bo"])

    def begin(self, people: list[str]) -> None:
        self.consent = requested([Signatory(name, Kind.GUARDIAN) for name in people])
        self.before = self.consent
        self.withdrawn_by: set[str] = set()

    def do(self, change: object) -> None:
        """Does it if it may be done; what may not be done leaves everything as it was."""
        self.before = self.consent
        try:
            self.consent = change(self.consent)  # type: ignore[operator]
        except (NotAllowed, NotSignatory):
            assert self.consent == self.before

    @rule(who=st.sampled_from(PEOPLE), yes=st.booleans())
    def somebody_answers(self, who: str, yes: bool) -> None:
        self.do(lambda consent: answered(consent, who, yes=yes))

    @rule(who=st.sampled_from(PEOPLE))
    def somebody_withdraws(self, who: str) -> None:
        was = self.consent
        self.do(lambda consent: withdrawn(consent, who))
        one = was.of(who)
        if was.state is State.GRANTED and one is not None and one.decides:
            assert self.consent.state is State.WITHDRAWN

    @rule(people=st.sets(st.sampled_from(PEOPLE)), informed=st.booleans())
    def custody_changes(self, people: set[str], informed: bool) -> None:
        self.before = self.consent
        part = Part.INFORMED if informed else Part.SIGNS
        now = [
            Signatory(name, Kind.GUARDIAN, part if number else Part.SIGNS)
            for number, name in enumerate(sorted(people))
        ]
        self.consent, change = recalculated(self.consent, now)
        again, nothing = recalculated(self.consent, now)
        assert (again, bool(nothing)) == (self.consent, False)
        if self.before.state in ENDED:
            assert not change
        if self.before.state is State.GRANTED:
            assert self.consent.state is State.GRANTED

    @rule()
    def time_passes(self) -> None:
        self.do(expired)

    @rule()
    def a_newer_takes_its_place(self) -> None:
        self.do(superseded)

    @precondition(lambda self: self.consent.state in ENDED)
    @rule(people=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    def it_is_asked_anew(self, people: list[str]) -> None:
        self.begin(people)

    @invariant()
    def nothing_leads_out_of_an_end(self) -> None:
        if self.before.state in ENDED and self.consent is not self.before:
            assert self.consent.state is self.before.state

    @invariant()
    def it_is_never_granted_while_somebody_who_decided_has_not_said_yes(self) -> None:
        if self.consent.state is State.GRANTED and self.before.state in PENDING:
            assert self.consent.deciding
            assert all(one.answer is Answer.YES for one in self.consent.deciding)

    @invariant()
    def no_answer_is_ever_lost(self) -> None:
        now = {one.signatory_id: one.answer for one in self.consent.signatories}
        for one in self.before.signatories:
            if one.answer is not Answer.NONE and one.signatory_id in now:
                assert now[one.signatory_id] in (one.answer, Answer.WITHDRAWN)

    @invariant()
    def a_withdrawal_ends_it(self) -> None:
        if any(one.answer is Answer.WITHDRAWN for one in self.consent.signatories):
            assert self.consent.state is State.WITHDRAWN


Course.TestCase.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)
TestCourse = Course.TestCase
