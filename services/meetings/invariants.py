"""What must hold of meetings (see :mod:`services.chassis.invariants`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.invariants import Finding, Row, Rule, paired, streamed
from services.meetings.domain.states import ENDED, State
from services.meetings.models import Meeting

AHEAD = {State.REQUIRED.value, State.INVITED.value, State.CONFIRMED.value}
"""The parents are, or will be, in touch with us about a meeting in these states."""


def meetings(session: Session) -> Iterator[Row]:
    """Every focus meeting: the concern it serves, its state."""
    query = select(Meeting.concern_id, Meeting.state).where(Meeting.kind == "focus")
    return streamed(session, query.order_by(Meeting.concern_id))


def _one_meeting_each(concerns: Iterator[Row], meetings: Iterator[Row]) -> Iterator[Finding]:
    ended = {state.value for state in ENDED}
    for concern, (told, held) in paired(concerns, meetings):
        if not told:
            continue
        state = told[0][3]
        unfinished = sum(row[1] not in ended for row in held)
        if state == "raised" and not held:
            yield concern, "raised, and no meeting was ever required"
        elif unfinished > 1:
            yield concern, f"{unfinished} open meetings"
        elif state == "withheld" and any(row[1] in AHEAD for row in held):
            yield concern, "withheld, and a meeting with the parents lies ahead"


FACTS = {"meetings": meetings}
RULES = [
    Rule(
        "each raised concern has one meeting, a withheld one none ahead",
        ["assessment.concerns", "meetings.meetings"],
        _one_meeting_each,
    )
]
