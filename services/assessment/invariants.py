"""What must hold of assessment, and what others compare with (see :mod:`services.chassis.invariants`)."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.assessment.domain.words import is_concern
from services.assessment.models import Concern, Consent, JointRating
from services.assessment.sharing import GRANTED
from services.chassis import clock
from services.chassis.invariants import Finding, Row, Rule, no_door_outlives, paired, streamed


def concerns(session: Session) -> Iterator[Row]:
    """The open concerns: id, child, track, what the house was told."""
    columns = (Concern.id, Concern.child_id, Concern.track, Concern.state)
    return streamed(session, select(*columns).where(Concern.settled_at.is_(None)).order_by(Concern.id))


def rated_children(session: Session) -> Iterator[Row]:
    """The joint ratings in force of the newest round of each child: child, track, position."""
    columns = (JointRating.child_id, JointRating.track, JointRating.position, JointRating.decided_at)
    query = select(*columns).where(JointRating.current).order_by(JointRating.child_id, JointRating.decided_at)
    return streamed(session, query)


def children_of_concern(session: Session) -> Iterator[Row]:
    """The children with an open concern: child, track."""
    query = select(Concern.child_id, Concern.track).where(Concern.settled_at.is_(None))
    return streamed(session, query.order_by(Concern.child_id))


def open_doors(session: Session) -> Iterator[Row]:
    """The consents that let somebody read a child's joint ratings today: the consent."""
    query = select(Consent.id).where(Consent.state == GRANTED, Consent.valid_to >= clock.today())
    return streamed(session, query.order_by(Consent.id))


def _yellow_and_red_have_a_concern(ratings: Iterator[Row], concerns: Iterator[Row]) -> Iterator[Finding]:
    for child, (rated, concerned) in paired(ratings, concerns):
        newest = {track: position for _, track, position, _ in rated}
        open_on = {track for _, track in concerned}
        for track, position in newest.items():
            if is_concern(position) and track not in open_on:
                yield child, f"the newest joint rating on track {track} calls for a concern, and none is open"


FACTS = {
    "concerns": concerns,
    "rated_children": rated_children,
    "children_of_concern": children_of_concern,
    "open_doors": open_doors,
}
RULES = [
    Rule(
        "a joint rating that calls for a concern has one",
        ["assessment.rated_children", "assessment.children_of_concern"],
        _yellow_and_red_have_a_concern,
    ),
    Rule(
        "no joint rating is read by a consent that has ended",
        ["consent.ended", "assessment.open_doors"],
        no_door_outlives,
    ),
]
