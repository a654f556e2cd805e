"""What must hold of meetings (see :mod:`services.chassis.invariants`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.invariants import Finding, Row, Rule, no_door_outlives, paired, streamed
from services.meetings import gates
from services.meetings.domain.states import ENDED, State
from services.meetings.models import Consent, Meeting

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


def open_doors(session: Session) -> Iterator[Row]:
    """The consents that let somebody in today: the consent."""
    query = select(Consent.consent_id).where(gates.holding(clock.today()))
    return streamed(session, query.order_by(Consent.consent_id))


def resting(session: Session) -> Iterator[Row]:
    """The meetings that go on by a consent: the consent, the meeting."""
    query = select(Meeting.consent_id, Meeting.meeting_id).where(
        Meeting.consent_id.is_not(None),
        Meeting.suspended_at.is_(None),
        Meeting.state.not_in([state.value for state in ENDED]),
    )
    return streamed(session, query.order_by(Meeting.consent_id))


def _suspended_with_it(ended: Iterator[Row], resting: Iterator[Row]) -> Iterator[Finding]:
    for consent, (over, meetings) in paired(ended, resting):
        if over and meetings:
            yield consent, f"{over[0][1]}, and {len(meetings)} meetings that rest on it go on"


FACTS = {"meetings": meetings, "open_doors": open_doors, "resting": resting}
RULES = [
    Rule(
        "each raised concern has one meeting, a withheld one none ahead",
        ["assessment.concerns", "meetings.meetings"],
        _one_meeting_each,
    ),
    Rule(
        "no door stands open by a consent that has ended",
        ["consent.ended", "meetings.open_doors"],
        no_door_outlives,
    ),
    Rule(
        "what rested on a consent that has ended is suspended",
        ["consent.ended", "meetings.resting"],
        _suspended_with_it,
    ),
]
