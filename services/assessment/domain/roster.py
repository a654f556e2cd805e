"""Who is to be rated where, and what a round's list does when a child arrives, moves or leaves."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from services.assessment.domain.profile import Profile
from services.assessment.domain.words import JOINT_FINAL, SCHOOL

RATED_ELSEWHERE = "rated_elsewhere"
OUT_OF_SCOPE = "out_of_scope"
MOVED = "moved"
MOVED_AWAY = "moved_away"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """Where a child goes. Both days belong to it; ``grade`` is a school class's, if known."""

    institution_id: str
    group_id: str
    district_id: str | None
    kind: str
    first: date
    last: date | None
    grade: int | None = None

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a child is to be rated, and by how many."""

    institution_id: str
    group_id: str
    district_id: str | None
    kind: str
    age_band: str
    required: int


def place(
    born: date | None, enrolments: Iterable[Enrolment], profile: Profile, kinds: Collection[str], on: date
) -> Place | None:
    """The one place that rates a child on a day in a round of ``kinds``, or None.

    Enrolled at several, the child is rated where it spends its day: the profile's order puts school and
    day-care before health visiting, whose visitor knows best the child that has no day-care yet. One place,
    so that a child has one set of colleagues and one concern. The order is asked before the round's kinds: a
    round of health visiting alone does not list the children in day-care. Of two of one kind the latest begun
    counts. A class whose grade is unknown is in: rather one child too many than one overlooked.
    """
    here = [
        enrolment
        for enrolment in enrolments
        if enrolment.holds_on(on) and enrolment.kind in profile.place_order
    ]
    if not here:
        return None
    chosen = min(
        here,
        key=lambda enrolment: (
            profile.place_order.index(enrolment.kind),
            -enrolment.first.toordinal(),
            enrolment.institution_id,
            enrolment.group_id,
        ),
    )
    if chosen.kind not in kinds or chosen.kind not in profile.kinds:
        return None
    if chosen.kind == SCHOOL and chosen.grade is not None and chosen.grade not in profile.school_grades:
        return None
    band = profile.age_band(born, on)
    if band is None:
        return None
    return Place(
        chosen.institution_id,
        chosen.group_id,
        chosen.district_id,
        chosen.kind,
        band,
        profile.min_own_ratings(chosen.kind),
    )


@dataclass(frozen=True, slots=True)
class Listed:
    """A child's entry in a round at one institution. ``there``: the child is still there."""

    id: str
    institution_id: str
    group_id: str
    district_id: str | None
    state: str
    there: bool


@dataclass(frozen=True, slots=True)
class Leave:
    """The child is no longer where ``entry`` has it."""

    entry: Listed
    reason: str


@dataclass(frozen=True, slots=True)
class Stay:
    """``entry`` is the child's, now at ``place``: it changed group, or came back."""

    entry: Listed
    place: Place
    exempt: bool = False


@dataclass(frozen=True, slots=True)
class Add:
    """A new entry at ``place``."""

    place: Place
    exempt: bool = False


Change = Leave | Stay | Add
"""What happens to a round's list. ``exempt``: the child has its joint rating of this round already, from the
place it left, and is not rated twice. The new place may take the exemption away and rate.
"""


def follow(entries: Sequence[Listed], now: Place | None, active: bool = True) -> list[Change]:
    """What brings a child's entries in one round in line with where it is now; leaving comes first."""
    changes: list[Change] = [
        Leave(entry, _why(now, active))
        for entry in entries
        if entry.there and (now is None or entry.institution_id != now.institution_id)
    ]
    if now is None:
        return changes
    elsewhere = any(
        entry.state == JOINT_FINAL and entry.institution_id != now.institution_id for entry in entries
    )
    own = next((entry for entry in entries if entry.institution_id == now.institution_id), None)
    if own is None:
        changes.append(Add(now, exempt=elsewhere))
    elif not own.there:
        changes.append(Stay(own, now, exempt=elsewhere and own.state != JOINT_FINAL))
    elif (own.group_id, own.district_id) != (now.group_id, now.district_id):
        changes.append(Stay(own, now))
    return changes


def _why(now: Place | None, active: bool) -> str:
    if not active:
        return MOVED_AWAY
    return OUT_OF_SCOPE if now is None else MOVED
