"""What must hold of consent, and what others compare with (see :mod:`services.chassis.invariants`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis import clock
from services.chassis.invariants import Finding, Row, Rule, long_ago, streamed
from services.consent.domain.states import ENDED
from services.consent.models import Acknowledgement, Consent


def ended(session: Session) -> Iterator[Row]:
    """The consents that opened something once or never will, and ended so long ago that all must know it:
    id, how it ended."""
    query = select(Consent.consent_id, Consent.state).where(
        Consent.state.in_([state.value for state in ENDED]), Consent.ended_at < long_ago(session)
    )
    return streamed(session, query.order_by(Consent.consent_id))


def unacknowledged(session: Session) -> Iterator[Row]:
    """Who has not acted on a withdrawal within its limit: the consent, the subscriber."""
    row = Acknowledgement
    late = (row.reminders > 0) | (row.due_at <= clock.now())
    query = select(row.consent_id, row.subscriber).where(row.acknowledged_at.is_(None), late)
    return streamed(session, query.order_by(row.consent_id, row.subscriber))


def _acted_on_in_time(late: Iterator[Row]) -> Iterator[Finding]:
    for consent, subscriber in late:
        yield str(consent), f"taken back, and {subscriber} has not acted on it within its limit"


FACTS = {"ended": ended, "unacknowledged": unacknowledged}
RULES = [
    Rule(
        "a withdrawal is acted on by each who must, within its limit",
        ["consent.unacknowledged"],
        _acted_on_in_time,
    )
]
