"""From a concern to a notice, and all that may come in between."""

from __future__ import annotations

import itertools

import pytest

from services.chassis.errors import NotYet
from services.notifications.domain import State, Suppression
from tests.integration.notifications.town import DAYS, Family, Parent, Town, key

TOLD = ("concern", State.INTENDED.value, None)


def test_a_concern_gives_one_notice_to_each_custody_holder_and_none_to_others(town: Town) -> None:
    family = town.family("well", "well")
    family.parents.append(Parent(key(), "well-none@example.org", "none"))
    town.record(family)
    town.raised(family)
    told = {notice.guardian_id for notice in town.notices(family)}
    assert told == {parent.id for parent in family.parents[:2]}
    assert town.states(family) == [TOLD, TOLD]


def test_a_concern_raised_again_is_not_told_again_but_a_new_custody_holder_is(town: Town) -> None:
    family = town.family("well")
    concern = town.raised(family)
    assert town.send() == {"sent": 1}
    town.raised(family, concern)
    assert town.send() == {}
    family.parents.append(Parent(key(), "well-new@example.org"))
    town.record(family)
    town.raised(family, concern)
    assert town.send() == {"sent": 1}


def test_the_same_event_twice_tells_once(town: Town) -> None:
    family, concern = town.family("well", "well"), key()
    event = town.event("raised", concern, 1, **town.concern(family, concern, **DAYS))
    assert town.handle("raised", event, event) == []
    assert town.handle("raised", event) == []
    assert len(town.notices(family)) == 2


def test_many_concerns_in_one_batch_are_each_told_once(town: Town) -> None:
    families = [town.family("well", "well") for _ in range(20)]
    events = [
        town.event("raised", concern, version, **town.concern(family, concern, **DAYS))
        for family in families
        for concern in [key()]
        for version in (1, 2)
    ]
    assert town.handle("raised", *events, *events[:5]) == []
    assert town.handle("raised", *events) == []
    assert [len(town.notices(family)) for family in families] == [2] * 20


def test_a_child_we_do_not_know_waits_for_the_registry_and_keeps_nobody_else_waiting(town: Town) -> None:
    known, unknown = town.family("well"), Family(key(), [Parent(key(), "x@example.org")])
    events = [
        town.event("raised", concern, 1, **town.concern(family, concern, **DAYS))
        for family in (unknown, known)
        for concern in [key()]
    ]
    (failure,) = town.handle("raised", *events)
    assert isinstance(failure, NotYet)
    assert town.states(known) == [TOLD]
    town.book.families[unknown.child] = unknown
    town.record(unknown)
    assert town.handle("raised", events[0]) == []
    assert town.states(unknown) == [TOLD]


def test_a_child_without_anybody_who_has_custody_waits_rather_than_passing_in_silence(town: Town) -> None:
    family = town.family("well", custody="none")
    event = town.event("raised", concern := key(), **town.concern(family, concern, **DAYS))
    (failure,) = town.handle("raised", event)
    assert isinstance(failure, NotYet)
    assert failure.code == "custody-unknown"
    assert town.notices(family) == []


def test_a_withheld_concern_is_told_to_nobody_and_nothing_that_waits_leaves(town: Town) -> None:
    family = town.family("well", "well")
    concern = town.raised(family)
    town.withheld(family, concern)
    assert town.send() == {}
    assert set(town.states(family)) == {("concern", "suppressed", Suppression.WITHHELD.value)}
    assert town.mails(family.parents[0]) == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_in_whatever_order_events_come_the_newest_decides(town: Town, order: tuple[int, ...]) -> None:
    family, concern = town.family("well"), key()
    steps = [
        lambda: town.raised(family, concern, 1),
        lambda: town.withheld(family, concern, 2),
        lambda: town.raised(family, concern, 3),
    ]
    for number in order:
        steps[number]()
    assert town.states(family) == [TOLD]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_an_older_raising_after_withholding_does_nothing(town: Town, order: tuple[int, ...]) -> None:
    family, concern = town.family("well"), key()
    steps = [
        lambda: town.raised(family, concern, 1),
        lambda: town.raised(family, concern, 2),
        lambda: town.withheld(family, concern, 3),
    ]
    for number in order:
        steps[number]()
    assert town.send() == {}
    assert all(state == ("concern", "suppressed", "withheld") for state in town.states(family))


def test_withholding_one_concern_silences_all_that_is_about_the_child(town: Town) -> None:
    family, other = town.family("well"), town.family("well")
    town.raised(family)
    town.invited(family)
    town.raised(other)
    suspicion = key()
    town.withheld(family, suspicion)
    town.raised(family)
    assert town.send() == {"sent": 1}
    assert town.mails(family.parents[0]) == []
    assert len(town.mails(other.parents[0])) == 1
    assert {code for _, _, code in town.states(family)} == {"withheld"}
    town.raised(family, suspicion)
    town.send()
    assert len(town.mails(family.parents[0])) == 4


def test_withholding_needs_no_knowledge_of_the_child(town: Town) -> None:
    stranger = Family(key(), [])
    town.withheld(stranger, key())


def test_a_concern_settled_before_it_was_told_is_not_told(town: Town) -> None:
    family = town.family("well")
    concern = town.raised(family)
    town.settled(family, concern)
    assert town.send() == {}
    assert town.states(family) == [("concern", "suppressed", "settled")]
    town.raised(family, concern)
    assert town.send() == {"sent": 1}


def test_what_has_been_sent_stays_sent_whatever_comes_after(town: Town) -> None:
    family = town.family("well")
    concern = town.raised(family)
    town.send()
    town.withheld(family, concern)
    town.settled(family, concern)
    assert town.states(family) == [("concern", "sent", None)]
