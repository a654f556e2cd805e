"""The states of a focus meeting and the moves between them (domain brief 3.2)."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """Where a meeting is on its way from a concern to an end."""

    REQUIRED = "required"
    INVITED = "invited"
    CONFIRMED = "confirmed"
    HELD = "held"
    FOLLOW_UP_DUE = "follow_up_due"
    CLOSED = "closed"
    DECLINED = "declined"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"


class Move(StrEnum):
    """What can happen to a meeting."""

    INVITE = "invite"
    CONFIRM = "confirm"
    RESCHEDULE = "reschedule"
    DECLINE = "decline"
    HOLD = "hold"
    NO_SHOW = "no_show"
    FOLLOW_UP = "follow_up"
    CLOSE = "close"
    CANCEL = "cancel"


class NotAllowed(Exception):
    """The meeting is in a state from which this cannot happen."""

    def __init__(self, state: State, move: Move) -> None:
        super().__init__(f"{move} from {state}")
        self.state = state
        self.move = move


ENDED = frozenset({State.CLOSED, State.CANCELLED})
"""No way leads out of these; a child may have one meeting on each track in any other state."""

UNDECIDED = frozenset({State.REQUIRED, State.INVITED, State.DECLINED, State.NO_SHOW})
"""The meeting has no time that everybody knows."""

AHEAD = UNDECIDED | {State.CONFIRMED}
"""The meeting has not been held."""

_MOVES: dict[Move, dict[State, State]] = {
    # Inviting again gives new times, also to parents who declined or did not come.
    Move.INVITE: {
        State.REQUIRED: State.INVITED,
        State.INVITED: State.INVITED,
        State.DECLINED: State.INVITED,
        State.NO_SHOW: State.INVITED,
    },
    # Staff may agree on a time by telephone before, or instead of, an answer by link.
    Move.CONFIRM: dict.fromkeys(UNDECIDED, State.CONFIRMED),
    Move.RESCHEDULE: {State.CONFIRMED: State.CONFIRMED},
    # Only when every custody holder has declined: one declining hides it from nobody.
    Move.DECLINE: {State.INVITED: State.DECLINED},
    Move.HOLD: {State.CONFIRMED: State.HELD},
    Move.NO_SHOW: {State.CONFIRMED: State.NO_SHOW},
    Move.FOLLOW_UP: {State.HELD: State.FOLLOW_UP_DUE, State.FOLLOW_UP_DUE: State.FOLLOW_UP_DUE},
    Move.CLOSE: {State.HELD: State.CLOSED, State.FOLLOW_UP_DUE: State.CLOSED},
    # A meeting that has been held is a fact and is closed, never cancelled.
    Move.CANCEL: dict.fromkeys(AHEAD, State.CANCELLED),
}


def after(state: State, move: Move) -> State:
    """The state that ``move`` leads to, or :class:`NotAllowed`."""
    try:
        return _MOVES[move][state]
    except KeyError:
        raise NotAllowed(state, move) from None


def moves_from(state: State) -> frozenset[Move]:
    """What can happen to a meeting in ``state``, for menus and tests."""
    return frozenset(move for move, ways in _MOVES.items() if state in ways)


def next_sequence(sequence: int, *, in_calendars: bool) -> int:
    """iCalendar's SEQUENCE: the first confirmation is 0, every later change of it one more (RFC 5545)."""
    return sequence + 1 if in_calendars else sequence
