"""Choosing who meets and when.

The people: the leader with the fewest engagements, and one or two of the group's staff, likewise.
The times: the earliest at which they all are free, over at least two days where that is possible,
and at different times of day, since parents who cannot come at eight often can at three.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, combinations, islice, product

from services.meetings.domain.calendar import day_of, is_afternoon, moment_of

RESERVE = 6
"""So many times are kept for the last concerns of a busy round: when three proposals would leave fewer,
fewer are made, but always one as long as there is any."""

TEAMS_TRIED = 12
"""How many combinations of people are tried before a leader is asked to find the time herself."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who can hold the meeting: the leaders, one of whom comes, and the staff, of whom up to
    ``staff_wanted`` come. Of each group in ``receivers``, people of the place to which a child goes, one
    comes as well."""

    leaders: tuple[str, ...]
    staff: tuple[str, ...]
    staff_wanted: int = 2
    receivers: tuple[tuple[str, ...], ...] = ()

    @property
    def receiving(self) -> tuple[str, ...]:
        """Everybody of the place to which the child goes."""
        return tuple(dict.fromkeys(chain.from_iterable(self.receivers)))

    @property
    def people(self) -> tuple[str, ...]:
        """Everybody who can come."""
        return (*self.leaders, *self.staff, *self.receiving)

    def __bool__(self) -> bool:
        return bool(self.leaders or self.staff)


@dataclass(frozen=True, slots=True)
class Team:
    """Who holds the meeting."""

    leader: str | None
    staff: tuple[str, ...]
    receivers: tuple[str, ...] = ()

    @property
    def members(self) -> tuple[str, ...]:
        here = (self.leader, *self.staff) if self.leader else self.staff
        return here + self.receivers if self.receivers else here


@dataclass(frozen=True, slots=True)
class Choice:
    """A team and the half-hours at which its proposals begin."""

    team: Team
    starts: tuple[int, ...]


@dataclass(slots=True)
class Calendars:
    """The half-hours that each person has engaged."""

    busy: dict[str, set[int]] = field(default_factory=dict)

    def of(self, person: str) -> set[int]:
        return self.busy.setdefault(person, set())

    def load(self, person: str) -> int:
        """How many half-hours the person has engaged."""
        return len(self.busy.get(person, ()))

    def take(self, people: Iterable[str], start: int, length: int) -> None:
        """Engage all the people for the time."""
        for person in people:
            self.of(person).update(range(start, start + length))

    def engaged(self, people: Iterable[str]) -> set[int]:
        """The half-hours at which any of the people is engaged."""
        return set().union(*(self.busy.get(person, ()) for person in people))

    def free(self, people: Iterable[str], starts: Sequence[int], length: int) -> list[int]:
        """Those of ``starts`` at which nobody of ``people`` is engaged."""
        engaged = self.engaged(people)
        if not engaged:
            return list(starts)
        if length == 2:  # the usual meeting, and the hot path of a round
            return [s for s in starts if s not in engaged and s + 1 not in engaged]
        return [s for s in starts if engaged.isdisjoint(range(s, s + length))]


def teams(candidates: Candidates, calendars: Calendars) -> Iterable[Team]:
    """Teams in the order of preference: least engaged first, two of the staff before one."""

    def least_engaged(people: Iterable[str]) -> list[str]:
        return sorted(people, key=lambda person: (calendars.load(person), person))

    staff = least_engaged(candidates.staff)
    wanted = min(candidates.staff_wanted, len(staff))
    sizes = range(wanted, 0, -1)
    groups = list(chain.from_iterable(combinations(staff, size) for size in sizes)) or [()]
    leaders: list[str | None] = [*least_engaged(candidates.leaders)] or [None]
    from_there = list(product(*(least_engaged(group) for group in candidates.receivers)))
    yield from (
        Team(leader, group, receivers) for group in groups for leader in leaders for receivers in from_there
    )


def how_many(free: Sequence[int], length: int, wanted: int) -> int:
    """How many proposals a calendar with these free starts can afford."""
    room = count_apart(free, length, up_to=RESERVE + wanted)
    return max(1, min(wanted, room - RESERVE))


def count_apart(starts: Sequence[int], length: int, up_to: int) -> int:
    """How many meetings fit into the starts without overlapping, counted no further than ``up_to``."""
    count, free_from = 0, -1
    for start in starts:
        if start >= free_from:
            count, free_from = count + 1, start + length
            if count == up_to:
                break
    return count


def pick(free: Sequence[int], length: int, wanted: int) -> tuple[int, ...]:
    """Up to ``wanted`` starts out of the free ones (ascending), none overlapping, in order of time.

    The earliest always; then the earliest on another day; then the earliest in the other half of
    the day; failing these, simply the earliest left.
    """
    chosen: list[int] = []
    while free and len(chosen) < wanted:
        choice = _next(free, chosen)
        chosen.append(choice)
        free = [start for start in free if abs(start - choice) >= length]
    return tuple(sorted(chosen))


def spread(free: Sequence[int], wanted: int) -> tuple[int, ...]:
    """Up to ``wanted`` free starts for staff to choose among: each day's first before and first after noon,
    the nearest days first. Two a day leave room for other days, which is what parents mostly lack."""
    firsts: dict[tuple[date, bool], int] = {}
    for start in free:
        firsts.setdefault((day_of(moment_of(start)), is_afternoon(start)), start)
    return tuple(sorted(firsts.values())[:wanted])


def _next(free: Sequence[int], chosen: Sequence[int]) -> int:
    if not chosen:
        return free[0]
    days = {day_of(moment_of(start)) for start in chosen}
    if len(days) == 1:
        (only,) = days
        on_another_day = (start for start in free if day_of(moment_of(start)) != only)
        return next(on_another_day, free[0])
    halves = {is_afternoon(start) for start in chosen}
    in_the_other_half = (start for start in free if is_afternoon(start) not in halves)
    return next(in_the_other_half, free[0])


def choose(
    candidates: Candidates,
    calendars: Calendars,
    starts: Sequence[int],
    length: int,
    wanted: int = 3,
    avoid: Collection[int] = (),
) -> Choice | None:
    """The team and times to propose, or nothing when no team is ever free together.

    ``avoid`` are starts that the parents have already turned down. Nothing is engaged yet: the
    caller does that, because somebody else may be faster in the database.
    """
    if not candidates:
        return None
    if avoid:
        starts = [start for start in starts if start not in avoid]
    best: Choice | None = None
    for team in islice(teams(candidates, calendars), TEAMS_TRIED):
        free = calendars.free(team.members, starts, length)
        picked = pick(free, length, how_many(free, length, wanted))
        if best is None or len(picked) > len(best.starts):
            best = Choice(team, picked)
        if len(best.starts) >= wanted:
            break
    return best if best is not None and best.starts else None
