"""One story of what the services tell, and the way of each concern."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway import timeline
from services.gateway.schemas import Timeline
from services.gateway.web.words import WORDS, details

BEGAN = datetime(2025, 11, 3, 12, 30, tzinfo=UTC)
CONCERN, MEETING, RATING = (f"0000000{n}-6c1d-4a53-9f64-1f7b0c3e52a6" for n in range(3))


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def notice(seconds: float, about: str, state: str = "sent", **ids: str) -> dict[str, Any]:
    return {"at": at(seconds), "kind": f"notice.{state}", "about": about, "channel": "email", **ids}


def the_whole_way() -> dict[str, list[dict[str, Any]]]:
    """What each service tells of one concern that ended in an agreed meeting."""
    meeting = {"meeting_id": MEETING, "concern_id": CONCERN}
    return {
        "assessment": [
            {"at": at(0), "kind": "joint_rating", "rating_id": RATING, "position": "yellow", "track": "home"},
            {
                "at": at(0),
                "kind": "concern_raised",
                "rating_id": RATING,
                "concern_id": CONCERN,
                "track": "home",
            },
        ],
        "meetings": [
            {"at": at(0.2), "kind": "required", **meeting},
            {"at": at(0.4), "kind": "invited", **meeting},
            {"at": at(7200), "kind": "answered", "detail": "accepted", **meeting},
            {"at": at(7200.1), "kind": "confirmed", **meeting},
        ],
        "notifications": [
            notice(0.3, "concern", concern_id=CONCERN),
            notice(1, "invitation", meeting_id=MEETING),
        ],
    }


def words(chain: timeline.Chain) -> list[tuple[str, bool]]:
    return [(step.text, step.at is not None) for step in chain.steps]


def test_the_newest_event_comes_first_whoever_tells_it() -> None:
    entries = timeline.merge(the_whole_way())
    assert [entry.kind for entry in entries] == [
        "confirmed", "answered", "notice.sent", "invited", "notice.sent", "required", "concern_raised",
        "joint_rating",
    ]  # fmt: skip


def test_all_that_came_of_a_concern_is_threaded_to_it() -> None:
    entries = timeline.merge(the_whole_way())
    assert {entry.concern_id for entry in entries} == {CONCERN}


def test_the_way_of_a_concern_names_each_step_and_the_time_between() -> None:
    [chain] = timeline.chains(timeline.merge(the_whole_way()))
    assert all(taken for _, taken in words(chain))
    assert len(chain.steps) == len(timeline.STEPS)
    after = {step.text: step.after for step in chain.steps}
    assert after["Fælles vurdering"] is None
    assert after["Møde oprettet"] == timedelta(seconds=0.2)
    assert [step.at for step in chain.steps] == sorted(step.at for step in chain.steps if step.at)
    assert after["Forældre svarede"] == timedelta(seconds=7199)
    assert chain.lasted == timedelta(seconds=7200.1)
    assert chain.track == "home"


def test_steps_not_yet_taken_are_shown_as_waiting() -> None:
    told = the_whole_way()
    told["meetings"] = told["meetings"][:1]
    told["notifications"] = []
    [chain] = timeline.chains(timeline.merge(told))
    assert [text for text, taken in words(chain) if taken] == [
        "Fælles vurdering",
        "Bekymring",
        "Møde oprettet",
    ]
    assert chain.ended is None


@pytest.mark.parametrize("kind", ["concern_withheld", "concern_settled"])
def test_a_concern_that_ended_waits_for_nothing_more(kind: str) -> None:
    told = the_whole_way()
    told["meetings"] = told["notifications"] = []
    told["assessment"].append({"at": at(5), "kind": kind, "rating_id": RATING, "concern_id": CONCERN})
    [chain] = timeline.chains(timeline.merge(told))
    assert chain.ended
    assert all(taken for _, taken in words(chain))


def test_a_concern_raised_again_goes_on() -> None:
    told = the_whole_way()
    told["meetings"] = told["notifications"] = []
    for second, kind in ((5, "concern_withheld"), (9, "concern_raised")):
        told["assessment"].append(
            {"at": at(second), "kind": kind, "rating_id": RATING, "concern_id": CONCERN}
        )
    [chain] = timeline.chains(timeline.merge(told))
    assert chain.ended is None
    assert ("Møde oprettet", False) in words(chain)


def test_a_kind_without_words_is_shown_by_its_code() -> None:
    [entry] = timeline.merge({"meetings": [{"at": at(0), "kind": "agenda_changed"}]})
    assert entry.word.text == "agenda changed"
    assert entry.word.system


def test_a_notice_to_each_of_two_parents_is_told_as_one() -> None:
    told = {
        "notifications": [notice(1, "concern", concern_id=CONCERN), notice(2, "concern", concern_id=CONCERN)]
    }
    [entry] = timeline.collapse(timeline.merge(told))
    assert entry.times == 2
    assert details(entry) == ["Orientering til 2 forældre med e-mail"]


def test_notices_of_other_things_or_another_day_stay_apart() -> None:
    told = {
        "notifications": [
            notice(0, "concern", concern_id=CONCERN),
            notice(1, "invitation", meeting_id=MEETING),
            notice(90_000, "invitation", meeting_id=MEETING),
            notice(90_001, "invitation", state="failed", meeting_id=MEETING),
        ]
    }
    assert [entry.times for entry in timeline.collapse(timeline.merge(told))] == [1, 1, 1, 1]


def test_what_people_did_is_never_told_as_one() -> None:
    own = {"at": at(0), "kind": "own_rating", "position": "green"}
    assert len(timeline.collapse(timeline.merge({"assessment": [own, own]}))) == 2


@given(st.randoms(use_true_random=False))
def test_the_order_in_which_services_tell_it_changes_nothing(dice: random.Random) -> None:
    told = the_whole_way()
    shuffled = {service: dice.sample(items, len(items)) for service, items in told.items()}
    names = dice.sample(sorted(shuffled), len(shuffled))
    again = timeline.chains(timeline.merge({name: shuffled[name] for name in names}))
    assert again == timeline.chains(timeline.merge(told))


@given(
    st.dictionaries(
        st.sampled_from(["registry", "assessment", "meetings", "notifications"]),
        st.lists(
            st.fixed_dictionaries(
                {
                    "at": st.datetimes(timezones=st.just(UTC)),
                    "kind": st.sampled_from([kind for _, kind in WORDS]),
                },
                optional={
                    "concern_id": st.sampled_from([CONCERN, None]),
                    "meeting_id": st.sampled_from([MEETING, None]),
                    "about": st.sampled_from(["concern", "invitation", "?"]),
                    "detail": st.text(max_size=5),
                    "track": st.sampled_from(["home", "?"]),
                },
            ),
            max_size=6,
        ),
    )
)
def test_whatever_services_tell_nothing_is_lost_and_the_api_can_say_it(
    told: dict[str, list[dict[str, Any]]],
) -> None:
    entries = timeline.merge(told)
    assert len(entries) == sum(map(len, told.values()))
    assert sum(entry.times for entry in timeline.collapse(entries)) == len(entries)
    for chain in timeline.chains(entries):
        assert all(step.after is None or step.at is not None for step in chain.steps)
    dumped = Timeline().dump({"child_id": CONCERN, "items": [one.as_item() for one in entries], "silent": []})
    assert len(dumped["items"]) == len(entries)
