"""A child's joint ratings for staff elsewhere, with whom a consent shares them.

What the professionals agreed, round by round, in the words that are meant for others. Never what one of them
thought alone, why a rating was revised, who took part, or that the parents must not be told of something: the
parents' consent does not reach what they do not know of.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from services.assessment import sharing
from services.assessment.models import ChildAssessment, JointRating, Round
from services.assessment.policy import NO_CHILD
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden

_WORDS = ("context", "works_well", "focus")


def shared_ratings(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """The joint ratings in force of every round, the newest first; :class:`Forbidden` without a consent that
    holds today, names the actor's unit and names this kind of information."""
    open_to_her = sharing.share(uow.session, actor, child_id)
    if open_to_her is None:
        raise Forbidden(NO_CHILD)
    uow.log_access(actor, action="read", kind="ratings", subjects=[child_id])
    rows = uow.session.execute(
        select(
            *JointRating.__table__.c,
            Round.name.label("round_name"),
            Round.opened_at,
            ChildAssessment.kind,
        )
        .join(ChildAssessment, ChildAssessment.id == JointRating.child_assessment_id)
        .join(Round, Round.id == JointRating.round_id)
        .where(JointRating.child_id == child_id, JointRating.current)
        .order_by(Round.opened_at.desc(), JointRating.decided_at.desc(), JointRating.track)
    ).all()
    return {
        "child_id": child_id,
        "valid_to": open_to_her.valid_to,
        "ratings": [_shown(row) for row in rows],
    }


def _shown(row: Any) -> dict[str, Any]:
    words = {name: "" if row.suspects_parents else getattr(row, name) for name in _WORDS}
    return {**row._mapping, **words, "rating_id": row.id}
