"""What the events about a concern call for.

A concern's versions form one sequence. Whatever is not newer than what is known changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.meetings.domain.states import AHEAD, ENDED, State


class Standing(StrEnum):
    """How a concern stands, as far as meetings knows."""

    RAISED = "raised"
    WITHHELD = "withheld"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of the concern before the event."""

    standing: Standing
    version: int


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest meeting that the concern has led to."""

    state: State
    round_id: str


def is_news(known_version: int | None, version: int) -> bool:
    """Whether an event tells something newer than what is known."""
    return known_version is None or version > known_version


def requires_meeting(known: Known | None, latest: Latest | None, round_id: str) -> bool:
    """Whether a raised concern calls for a meeting, if the child has none open on the track.

    A first concern does, and so does one that had been settled or withheld. After a meeting has
    ended, a new round's concern calls for a new one, while a mere revision in the same round is
    about what that meeting already dealt with.
    """
    if known is None or latest is None or known.standing is not Standing.RAISED:
        return True
    return latest.state in ENDED and latest.round_id != round_id


class OnEnd(StrEnum):
    """What becomes of a meeting whose concern is settled or withheld."""

    CANCEL = "cancel"
    ASK_LEADER = "ask_leader"
    NOTHING = "nothing"


def when_settled(state: State) -> OnEnd:
    """Before the invitation the meeting is withdrawn; after it, staff decide with the parents."""
    if state is State.REQUIRED:
        return OnEnd.CANCEL
    return OnEnd.ASK_LEADER if state in AHEAD else OnEnd.NOTHING


def when_withheld(state: State) -> OnEnd:
    """Nobody may contact the parents: what has not been held is cancelled without a word."""
    return OnEnd.CANCEL if state in AHEAD else OnEnd.NOTHING
