"""Which deadlines of a meeting have passed unmet."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from services.meetings.domain.states import AHEAD, State


class Deadline(StrEnum):
    """The two deadlines that a concern sets: the parents invited, the meeting held."""

    INVITE = "invite"
    HOLD = "hold"


UNMET: dict[Deadline, frozenset[State]] = {
    Deadline.INVITE: frozenset({State.REQUIRED}),
    Deadline.HOLD: AHEAD,
}
"""The states in which a deadline, once its day is over, has been missed."""


def is_breached(deadline: Deadline, state: State, due: date, today: date) -> bool:
    """A deadline is met on its own day; it is breached from the day after."""
    return state in UNMET[deadline] and today > due
