"""Events of a concern and a meeting in any order, twice, with sending in between: what must always hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.notifications.town import Town, key

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

SEND = ("send", 0)
careful = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def deliveries(draw: st.DrawFn, kinds: list[str], most: int) -> list[tuple[str, int]]:
    """A history of one aggregate, delivered in some order, some of it twice, with sends in between."""
    history = [
        (kind, version + 1)
        for version, kind in enumerate(draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=most)))
    ]
    again = draw(st.lists(st.sampled_from(history), max_size=2))
    sends = draw(st.integers(1, 3))
    return [*draw(st.permutations([*history, *again, *[SEND] * sends])), SEND]


@careful
@given(steps=deliveries(["raised", "withheld", "settled"], 5))
def test_a_concern_is_told_at_most_once_and_only_while_its_newest_event_allows(
    town: Town, steps: list[tuple[str, int]]
) -> None:
    family, concern = town.family("well", "well"), key()
    act: dict[str, Callable[[int], object]] = {
        "raised": lambda version: town.raised(family, concern, version),
        "withheld": lambda version: town.withheld(family, concern, version),
        "settled": lambda version: town.settled(family, concern, version),
    }
    newest, ever_allowed = ("", 0), False
    for kind, version in steps:
        if (kind, version) != SEND:
            act[kind](version)
            newest = max(newest, (kind, version), key=lambda step: step[1])
            continue
        sent = town.send().get("sent", 0)
        allowed = newest[0] == "raised"
        assert sent == (2 if allowed and not ever_allowed else 0)
        ever_allowed = ever_allowed or allowed
    assert [town.post.store.count(parent.email or "") for parent in family.parents] == [int(ever_allowed)] * 2


@careful
@given(steps=deliveries(["invited", "confirmed", "cancelled"], 5))
def test_of_a_meeting_only_the_newest_is_ever_sent_and_each_thing_once(
    town: Town, steps: list[tuple[str, int]]
) -> None:
    family, meeting = town.family("well"), key()
    (parent,) = family.parents
    act: dict[str, Callable[[int], object]] = {
        "invited": lambda version: town.invited(family, meeting, version, version),
        "confirmed": lambda version: town.confirmed(family, meeting, sequence=version, version=version),
        "cancelled": lambda version: town.cancelled(family, meeting, sequence=version, version=version),
    }
    about = {"invited": "invitation", "confirmed": "confirmation", "cancelled": "cancellation"}
    newest = ("", 0)
    for kind, version in steps:
        if (kind, version) != SEND:
            act[kind](version)
            newest = max(newest, (kind, version), key=lambda step: step[1])
            continue
        before = {notice.notice_id for notice in town.notices(family) if notice.state == "sent"}
        town.send()
        fresh = [
            each for each in town.notices(family) if each.state == "sent" and each.notice_id not in before
        ]
        if newest[0] == "cancelled":
            # Only who has heard of the meeting hears that it is off.
            assert all(each.about == "cancellation" for each in fresh)
            assert not fresh or before
        else:
            assert {each.about for each in fresh} <= {about.get(newest[0], ""), "cancellation"}
        assert sum(each.about != "cancellation" for each in fresh) <= 1
    sent = [notice for notice in town.notices(family) if notice.state == "sent"]
    assert town.post.store.count(parent.email or "") == len(sent)
    sequences = [
        each.facts["sequence"]
        for each in sorted(sent, key=lambda each: str(each.done_at))
        if "sequence" in each.facts
    ]
    assert sequences == sorted(set(sequences)), "a calendar's SEQUENCE only rises"
