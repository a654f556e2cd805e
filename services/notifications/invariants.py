"""What must hold of notifications (see :mod:`services.chassis.invariants`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.chassis.invariants import Finding, Row, Rule, paired, streamed
from services.notifications.domain import About, State
from services.notifications.models import Concern, Guardianship, Notice

ON_ITS_WAY = {State.INTENDED.value, State.LEASED.value, State.TO_PRINT.value}


def notices(session: Session) -> Iterator[Row]:
    """Every notice of a concern: the concern, the guardian, its state."""
    query = select(Notice.subject_id, Notice.guardian_id, Notice.state).where(Notice.about == About.CONCERN)
    return streamed(session, query.order_by(Notice.subject_id))


def holders(session: Session) -> Iterator[Row]:
    """The custody holders of the children of the concerns known here: concern, guardian."""
    query = (
        select(Concern.concern_id, Guardianship.guardian_id)
        .join(Guardianship, Guardianship.child_id == Concern.child_id)
        .where(Guardianship.custody.in_(("sole", "joint")))
    )
    return streamed(session, query.order_by(Concern.concern_id))


def _told_once_each(
    concerns: Iterator[Row], notices: Iterator[Row], holders: Iterator[Row]
) -> Iterator[Finding]:
    for concern, (open_, written, having) in paired(concerns, notices, holders):
        if not open_:
            continue
        state = open_[0][3]
        guardians = [row[1] for row in written]
        if len(guardians) > len(set(guardians)):
            yield concern, "a guardian has more than one notice of it"
        # Who has gained custody since the concern was raised is told of the next one.
        if state == "raised" and having and not written:
            yield concern, "raised, and no custody holder has a notice of it"
        if state == "withheld" and any(row[2] in ON_ITS_WAY for row in written):
            yield concern, "withheld, and a notice is on its way"


FACTS = {"notices": notices, "holders": holders}
RULES = [
    Rule(
        "each raised concern is told once to each custody holder, a withheld one to nobody",
        ["assessment.concerns", "notifications.notices", "notifications.holders"],
        _told_once_each,
    )
]
