"""A child's change of institution: who answers for it when, and what may follow what (domain brief 3.4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Passage(StrEnum):
    """Where a transition is."""

    OPEN = "open"
    FILLED = "filled"
    PARENT_REVIEWED = "parent_reviewed"
    BLOCKED = "blocked"
    RELEASED = "released"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class Step(StrEnum):
    """What can happen to a transition."""

    FILL = "fill"
    REVIEW = "review"
    RELEASE = "release"
    BLOCK = "block"
    RECEIVE = "receive"
    CANCEL = "cancel"
    REOPEN = "reopen"


NOT_PASSED = frozenset({Passage.OPEN, Passage.FILLED, Passage.PARENT_REVIEWED, Passage.BLOCKED})

_STEPS: dict[Step, dict[Passage, Passage]] = {
    # A form that is changed must be looked at by the parents again.
    Step.FILL: dict.fromkeys(NOT_PASSED, Passage.FILLED),
    # Who has objected may think again: then it is weighed anew.
    Step.REVIEW: dict.fromkeys(NOT_PASSED - {Passage.OPEN}, Passage.PARENT_REVIEWED),
    Step.RELEASE: {Passage.PARENT_REVIEWED: Passage.RELEASED, Passage.BLOCKED: Passage.RELEASED},
    Step.BLOCK: {
        Passage.PARENT_REVIEWED: Passage.BLOCKED,
        Passage.BLOCKED: Passage.BLOCKED,
        Passage.RELEASED: Passage.BLOCKED,
    },
    Step.RECEIVE: {Passage.RELEASED: Passage.RECEIVED},
    # The child is not to move after all; what was received is a fact.
    Step.CANCEL: dict.fromkeys(NOT_PASSED | {Passage.RELEASED}, Passage.CANCELLED),
    Step.REOPEN: {Passage.CANCELLED: Passage.OPEN},
}

FIELDS = (
    "family",
    "social",
    "language",
    "motor",
    "play",
    "reactions_to_change",
    "special_attention",
    "resources",
    "other_professionals",
)
"""The headings of the form (domain brief 5, transition form)."""

ENDED = frozenset({Passage.RECEIVED, Passage.CANCELLED})
"""Nothing more is to be done with these."""

RECENT = timedelta(days=90)

_WITHIN = {
    "transition": timedelta(days=-21),
    "transition_reviewed": timedelta(days=7),
    "transition_blocked": timedelta(days=7),
    "receive_transition": timedelta(days=7),
}
"""Within how long each task is to be done; the form three weeks before the child begins."""


def due(kind: str, starts_on: date, today: date) -> date:
    """The day by which a task about the transition is to be done: before the child begins, and not before
    today."""
    within = _WITHIN[kind]
    wanted = starts_on + within if within < timedelta() else min(today + within, starts_on)
    return max(today, wanted)


def step_from(state: Passage, step: Step) -> Passage | None:
    """The state that ``step`` leads to, or nothing where it cannot be."""
    return _STEPS[step].get(state)


@dataclass(frozen=True, slots=True)
class Look:
    """One custody holder's look at the form: at which edition of it, and whether she objects."""

    guardian_id: str
    edition: int
    objects: bool


def parents_told(looks: Iterable[Look], holders: Iterable[str], edition: int) -> bool:
    """Whether each custody holder has seen this very edition: the silence of one who has not is none."""
    seen = {look.guardian_id for look in looks if look.edition == edition}
    wanted = set(holders)
    return bool(wanted) and wanted <= seen


def anybody_objects(looks: Iterable[Look], holders: Iterable[str]) -> bool:
    """Whether one who has custody objects. It stands, whatever the form becomes, until she says otherwise."""
    wanted = set(holders)
    return any(look.objects and look.guardian_id in wanted for look in looks)


def responsible_is_sender(state: Passage) -> bool:
    """The sender answers for the child's matter until the receiver has accepted it."""
    return state is not Passage.RECEIVED


@dataclass(frozen=True, slots=True)
class Stay:
    """One enrolment, as far as a transition goes."""

    institution_id: str
    group_id: str
    from_day: date
    to_day: date | None


def changes(stays: Iterable[Stay], today: date) -> list[tuple[Stay, Stay]]:
    """The changes of institution ahead, or begun within two weeks: from which stay to which.

    A child leaves the place where she last was; one whose last place was left long ago comes from none.
    """
    ordered = sorted(stays, key=lambda stay: (stay.from_day, stay.institution_id))
    found = []
    for later in ordered:
        if later.from_day < today - timedelta(days=14):
            continue
        before = [
            stay
            for stay in ordered
            if stay.institution_id != later.institution_id
            and stay.from_day < later.from_day
            and (stay.to_day is None or stay.to_day >= later.from_day - RECENT)
        ]
        been = any(
            stay.institution_id == later.institution_id and stay.from_day < later.from_day for stay in ordered
        )
        if before and not been:
            found.append((before[-1], later))
    return found
