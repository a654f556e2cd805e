"""What several answers are made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from services.assessment import policy
from services.assessment.domain.words import EXEMPT, JOINT_FINAL, LEFT, OPEN, READY, STATES
from services.assessment.models import Concern, ConcernStep, JointRating, OwnRating, Round
from services.assessment.policy import Reach, Unit
from services.chassis.actor import Actor

REVEALED = frozenset({READY, JOINT_FINAL})
"""States in which the professionals see each other's own ratings."""

_OWN = ("rater_id", "position", "reason", "works_well", "indicators", "source", "with_parents", "updated_at")


def own_rating(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _OWN}


def own_ratings(session: Session, ids: Collection[str]) -> dict[str, list[Any]]:
    """Own ratings by child assessment, in the order in which they were given."""
    found: dict[str, list[Any]] = {}
    if not ids:
        return found
    query = (
        select(*OwnRating.__table__.c)
        .where(OwnRating.child_assessment_id.in_(ids))
        .order_by(OwnRating.updated_at, OwnRating.rater_id)
    )
    for row in session.execute(query):
        found.setdefault(row.child_assessment_id, []).append(row)
    return found


def joint_rating(row: Any) -> dict[str, Any]:
    return {**row._mapping, "rating_id": row.id}


def joint_ratings(session: Session, ids: Collection[str], *, all_revisions: bool) -> dict[str, list[Any]]:
    """Joint ratings by child assessment, the newest first; those in force, or every revision."""
    found: dict[str, list[Any]] = {}
    if not ids:
        return found
    query = (
        select(*JointRating.__table__.c)
        .where(JointRating.child_assessment_id.in_(ids))
        .order_by(JointRating.decided_at.desc(), JointRating.revision.desc(), JointRating.track)
    )
    if not all_revisions:
        query = query.where(JointRating.current)
    for row in session.execute(query):
        found.setdefault(row.child_assessment_id, []).append(row)
    return found


def last_positions(
    session: Session, child_ids: Collection[str], institution_id: str, before_round: str
) -> dict[str, list[dict[str, Any]]]:
    """Each child's last position on each track from another round, at the same institution."""
    if not child_ids:
        return {}
    rank = (
        func.row_number()
        .over(
            partition_by=(JointRating.child_id, JointRating.track),
            order_by=(JointRating.decided_at.desc(), JointRating.revision.desc()),
        )
        .label("rank")
    )
    ranked = (
        select(
            JointRating.child_id,
            JointRating.track,
            JointRating.position,
            JointRating.round_id,
            JointRating.decided_at,
            rank,
        )
        .where(
            JointRating.child_id.in_(child_ids),
            JointRating.institution_id == institution_id,
            JointRating.round_id != before_round,
            JointRating.current,
        )
        .subquery()
    )
    query = (
        select(ranked, Round.name.label("round_name"))
        .join(Round, Round.id == ranked.c.round_id)
        .where(ranked.c.rank == 1)
        .order_by(ranked.c.track.desc())
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in session.execute(query):
        found.setdefault(row.child_id, []).append(dict(row._mapping))
    return found


def open_concerns(
    session: Session, child_ids: Collection[str], institution_id: str
) -> dict[str, list[dict[str, Any]]]:
    """What is open about each child at an institution."""
    if not child_ids:
        return {}
    query = (
        select(*Concern.__table__.c)
        .where(
            Concern.child_id.in_(child_ids),
            Concern.institution_id == institution_id,
            Concern.settled_at.is_(None),
        )
        .order_by(Concern.track.desc())
    )
    found: dict[str, list[dict[str, Any]]] = {}
    for row in session.execute(query):
        found.setdefault(row.child_id, []).append(concern(row))
    return found


def concern(row: Any, steps: Sequence[Any] = ()) -> dict[str, Any]:
    return {**row._mapping, "concern_id": row.id, "steps": [dict(step._mapping) for step in steps]}


def concern_steps(session: Session, ids: Collection[str]) -> dict[str, list[Any]]:
    """The history of concerns, the oldest step first."""
    found: dict[str, list[Any]] = {}
    if not ids:
        return found
    query = (
        select(*ConcernStep.__table__.c).where(ConcernStep.concern_id.in_(ids)).order_by(ConcernStep.version)
    )
    for row in session.execute(query):
        found.setdefault(row.concern_id, []).append(row)
    return found


def counts(states: Mapping[str, int]) -> dict[str, int]:
    """How far a number of children have come; who left or is exempt is not among the total."""
    by_state = {state: states.get(state, 0) for state in STATES}
    total = sum(number for state, number in by_state.items() if state not in {LEFT, EXEMPT})
    assessed = by_state.pop(JOINT_FINAL)
    return {
        **by_state,
        "total": total,
        "assessed": assessed,
        # Rounded down: 100 means that nobody is missing.
        "percent": 100 * assessed // total if total else 100,
    }


def tally(rows: Iterable[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        found[row.state] = found.get(row.state, 0) + 1
    return found


def may(actor: Actor, unit: Unit, round_state: str) -> dict[str, bool]:
    """What the actor may do with a group, so that a page shows no button in vain."""
    is_open = round_state == OPEN
    return {
        "rate": is_open and policy.may_rate(actor, unit),
        "finalise": is_open and policy.may_agree(actor, unit),
        "start_dialogue": is_open and policy.leads(actor, unit),
        "set_absence": is_open and policy.may_agree(actor, unit),
    }


def within(table: Any, reaches: Sequence[Reach]) -> Any:
    """The rows of ``table`` whose place lies within somebody's reach; none for an empty one."""
    return or_(False, *(_within(table, one) for one in reaches))


def _within(table: Any, one: Reach) -> Any:
    fits = table.kind.in_(one.kinds)
    if one.units is None:
        return fits
    units = sorted(one.units)
    places = or_(table.group_id.in_(units), table.institution_id.in_(units), table.district_id.in_(units))
    return fits & places
