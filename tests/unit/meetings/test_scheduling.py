"""Choosing who meets and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from services.meetings.domain.calendar import (
    COPENHAGEN,
    day_of,
    is_afternoon,
    moment_of,
    possible_starts,
    slot_of,
)
from services.meetings.domain.scheduling import (
    RESERVE,
    Calendars,
    Candidates,
    choose,
    count_apart,
    pick,
    spread,
)
from services.meetings.domain.settings import effective, read

HOURS = {day: ((time(8, 0), time(16, 0)),) for day in range(5)}
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
STARTS = possible_starts(HOURS, 2, NOW + timedelta(days=3), date(2026, 12, 7))
ALL = Candidates(("leader",), ("ann", "bo", "eva"))


def local(start: int) -> datetime:
    return moment_of(start).astimezone(COPENHAGEN)


def test_three_proposals_the_earliest_first_over_two_days_and_both_halves_of_the_day() -> None:
    choice = choose(ALL, Calendars(), STARTS, 2)
    assert choice is not None
    assert list(choice.starts) == sorted(choice.starts)
    assert choice.starts[0] == STARTS[0]
    assert len({local(start).date() for start in choice.starts}) == 2
    assert len({is_afternoon(start) for start in choice.starts}) == 2


def test_a_leader_and_two_of_the_groups_staff_come_and_the_least_engaged_do() -> None:
    calendars = Calendars()
    calendars.take(["ann"], STARTS[5], 2)
    choice = choose(ALL, calendars, STARTS, 2)
    assert choice is not None
    assert choice.team.members == ("leader", "bo", "eva")


def test_of_two_leaders_the_least_engaged_comes() -> None:
    calendars = Calendars()
    calendars.take(["first"], STARTS[0], 2)
    choice = choose(Candidates(("first", "second"), ("ann",)), calendars, STARTS, 2)
    assert choice is not None
    assert choice.team.leader == "second"


def test_one_of_the_staff_comes_when_two_are_never_free_together() -> None:
    calendars = Calendars()
    calendars.take(["ann"], STARTS[0], 10_000)
    choice = choose(Candidates(("leader",), ("ann", "bo")), calendars, STARTS, 2)
    assert choice is not None
    assert choice.team.staff == ("bo",)


def test_nobody_assigned_gives_no_proposal() -> None:
    assert choose(Candidates((), ()), Calendars(), STARTS, 2) is None


def test_a_full_calendar_gives_no_proposal() -> None:
    calendars = Calendars()
    calendars.take(["leader"], STARTS[0], 10_000)
    assert choose(ALL, calendars, STARTS, 2) is None


def test_times_already_turned_down_are_not_proposed_again() -> None:
    first = choose(ALL, Calendars(), STARTS, 2)
    assert first is not None
    second = choose(ALL, Calendars(), STARTS, 2, avoid=set(first.starts))
    assert second is not None
    assert not set(second.starts) & set(first.starts)


def test_fewer_are_proposed_when_the_calendar_is_nearly_full() -> None:
    free = STARTS[: 2 * RESERVE : 2]
    calendars = Calendars()
    calendars.take(["leader"], 0, 1)
    choice = choose(ALL, calendars, free, 2)
    assert choice is not None
    assert choice.starts == (free[0],)


@given(
    st.sets(st.integers(0, 400), max_size=200),
    st.integers(1, 4),
    st.integers(1, 5),
)
def test_what_is_picked_is_free_apart_and_begins_with_the_earliest(
    offsets: set[int], length: int, wanted: int
) -> None:
    free = [STARTS[0] + offset for offset in sorted(offsets)]
    picked = pick(free, length, wanted)
    assert set(picked) <= set(free)
    assert all(later - earlier >= length for earlier, later in pairwise(picked))
    assert len(picked) <= wanted
    if free:
        assert picked[0] == free[0]
    days = {day_of(moment_of(start)) for start in free}
    if len(days) > 1 and len(picked) > 1:
        assert len({day_of(moment_of(start)) for start in picked}) > 1


@given(st.sets(st.integers(0, 60), max_size=40), st.integers(1, 4), st.integers(1, 9))
def test_counting_times_apart_agrees_with_taking_them_one_by_one(
    offsets: set[int], length: int, up_to: int
) -> None:
    starts, taken, free_from = sorted(offsets), 0, -1
    for start in starts:
        if start >= free_from:
            taken, free_from = taken + 1, start + length
    assert count_apart(starts, length, up_to) == min(taken, up_to)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=40), st.randoms())
def test_nobody_is_ever_in_two_meetings_at_a_time(groups: list[str], random: object) -> None:
    calendars = Calendars()
    engaged: set[tuple[str, int]] = set()
    for group in groups:
        candidates = Candidates(("leader",), tuple(f"{group}-{name}" for name in ("ann", "bo", "eva")))
        choice = choose(candidates, calendars, STARTS, 2)
        if choice is None:
            continue
        for start in choice.starts:
            for person in choice.team.members:
                for slot in range(start, start + 2):
                    assert (person, slot) not in engaged
                    engaged.add((person, slot))
            calendars.take(choice.team.members, start, 2)


def test_a_busy_leader_with_eighteen_concerns_can_offer_three_times_for_each() -> None:
    """A boernehave of a hundred children, a fifth of whom give concern, on the day a round ends."""
    for weekday in range(7):
        now = NOW + timedelta(days=weekday)
        own = read(effective("boernehave", None, None))
        starts = possible_starts(own.hours, own.length, now + own.notice, day_of(now) + timedelta(days=14))
        calendars, offered = Calendars(), []
        for number in range(18):
            group = f"group-{number % 5}"
            candidates = Candidates(("leader",), tuple(f"{group}-{person}" for person in range(3)))
            choice = choose(candidates, calendars, starts, own.length)
            assert choice is not None
            offered.append(len(choice.starts))
            for start in choice.starts:
                calendars.take(choice.team.members, start, own.length)
        assert offered == [3] * 18, (weekday, offered)


def test_a_leader_with_too_many_concerns_still_offers_each_of_them_something_while_she_can() -> None:
    own = read(effective("boernehave", None, None))
    starts = possible_starts(own.hours, own.length, NOW + own.notice, date(2026, 12, 7))
    calendars, offered = Calendars(), []
    for _ in range(40):
        choice = choose(Candidates(("leader",), ()), calendars, starts, own.length)
        offered.append(len(choice.starts) if choice else 0)
        if choice:
            for start in choice.starts:
                calendars.take(choice.team.members, start, own.length)
    assert offered == sorted(offered, reverse=True)
    assert offered.count(1) >= RESERVE


def test_starts_begin_after_the_parents_notice() -> None:
    assert moment_of(STARTS[0]) >= NOW + timedelta(days=3)
    assert slot_of(NOW + timedelta(days=3)) <= STARTS[0]


def test_suggestions_for_staff_are_spread_over_days_and_both_halves_of_the_day() -> None:
    def slot(day: int, hour: int) -> int:
        return int(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp()) // 1800

    free = sorted(slot(day, hour) for day in (24, 25, 26, 27) for hour in (7, 8, 13, 14))
    assert spread(free, 6) == tuple(slot(day, hour) for day in (24, 25, 26) for hour in (7, 13))
    assert spread(free[:1], 6) == (free[0],)
    assert spread([], 6) == ()
