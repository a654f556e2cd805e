"""A child through the rounds: its history, its timeline, and the concerns that are open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, or_, select

from services.assessment import policy, units
from services.assessment.domain.concern import consider_notification
from services.assessment.domain.words import NOT_STARTED, SET_ASIDE, WITHHELD, is_concern
from services.assessment.models import ChildAssessment, Concern, Enrolment, Institution, OwnRating, Round
from services.assessment.policy import Unit
from services.assessment.queries import parts
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Invalid


def child_history(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """Every assessment of a child that the caller may see, the newest first, and its concerns."""
    found = _Child.read(uow, actor, child_id)
    return {
        "child_id": child_id,
        "assessments": [found.assessment(row) for row in found.rows],
        "concerns": [parts.concern(row, found.steps.get(row.id, ())) for row in found.concerns],
    }


def timeline(uow: UnitOfWork, actor: Actor, *, child_id: str) -> dict[str, Any]:
    """A child's events in codes and times, the newest first."""
    found = _Child.read(uow, actor, child_id)
    items = [item for row in found.rows for item in found.items(row)]
    for row in found.concerns:
        items += [_concern_item(row, step) for step in found.steps.get(row.id, ())]
    items.sort(key=lambda item: (item["at"], item["kind"]), reverse=True)
    return {"items": items}


def list_concerns(
    uow: UnitOfWork,
    actor: Actor,
    *,
    institution_id: str | None,
    after: str | None,
    limit: int,
    export: bool = False,
) -> dict[str, Any]:
    """The open concerns within the caller's reach, in a stable order, those that are withheld first: whoever
    reads the first page only must not miss the gravest.

    About children who are still there; the leader also sees those of children who have left, so that none is
    lost between two chairs.
    """
    still_there = exists().where(
        Enrolment.child_id == Concern.child_id,
        Enrolment.institution_id == Concern.institution_id,
        units.held_today(Enrolment),
    )
    mine = parts.within(_Place, policy.reach(actor)) & still_there
    query = (
        select(*Concern.__table__.c)
        .join(Institution, Institution.id == Concern.institution_id)
        .where(Concern.settled_at.is_(None), or_(mine, parts.within(_Place, policy.lead_reach(actor))))
        .order_by(_rank, Concern.id)
        .limit(limit + 1)
    )
    if institution_id is not None:
        query = query.where(Concern.institution_id == institution_id)
    if after is not None:
        later, id_ = _place(after)
        query = query.where(or_(_rank > later, and_(_rank == later, Concern.id > id_)))
    rows = uow.session.execute(query).all()
    page = rows[:limit]
    action = "export" if export else "read"
    uow.log_access(actor, action=action, kind="concern", subjects=[row.child_id for row in page])
    steps = parts.concern_steps(uow.session, [row.id for row in page])
    return {
        "items": [parts.concern(row, steps.get(row.id, ())) for row in page],
        "next": f"{int(page[-1].state != WITHHELD)}.{page[-1].id}" if len(rows) > limit else None,
    }


_rank = case((Concern.state == WITHHELD, 0), else_=1)


class _Place:
    """A concern's place, with the columns that the policy asks about."""

    kind = Institution.kind
    group_id = Concern.group_id
    institution_id = Concern.institution_id
    district_id = Institution.district_id


def _place(after: str) -> tuple[int, str]:
    later, _, id_ = after.partition(".")
    try:
        return ("0", "1").index(later), str(UUID(id_))
    except ValueError as error:
        raise Invalid(fields={"after": "Brug værdien i next fra siden før."}) from error


class _Child:
    """All that one caller may see of one child. Made by :meth:`read`, which logs it."""

    def __init__(
        self,
        actor: Actor,
        rows: list[Any],
        own: dict[str, list[Any]],
        joint: dict[str, list[Any]],
        concerns: list[Any],
        steps: dict[str, list[Any]],
    ) -> None:
        self.actor, self.rows, self.own, self.joint = actor, rows, own, joint
        self.concerns, self.steps = concerns, steps

    @classmethod
    def read(cls, uow: UnitOfWork, actor: Actor, child_id: str) -> _Child:
        session = uow.session
        institutions = units.visible_institutions(session, actor, child_id)
        ratings_in = (
            select(func.count())
            .where(OwnRating.child_assessment_id == ChildAssessment.id)
            .correlate(ChildAssessment)
            .scalar_subquery()
        )
        rows = session.execute(
            select(
                *ChildAssessment.__table__.c,
                ratings_in.label("ratings_in"),
                Round.name.label("round_name"),
                Round.state.label("round_state"),
                Round.opened_at,
            )
            .join(Round, Round.id == ChildAssessment.round_id)
            .where(ChildAssessment.child_id == child_id, ChildAssessment.institution_id.in_(institutions))
            .order_by(Round.opened_at.desc(), ChildAssessment.id)
        ).all()
        ids = [row.id for row in rows]
        own = parts.own_ratings(session, ids)
        for row in rows:
            if row.state not in parts.REVEALED:
                own[row.id] = [rating for rating in own.get(row.id, []) if rating.rater_id == actor.id]
        concerns = session.execute(
            select(*Concern.__table__.c)
            .where(Concern.child_id == child_id, Concern.institution_id.in_(institutions))
            .order_by(Concern.raised_at.desc())
        ).all()
        uow.log_access(actor, action="read", kind="ratings", subjects=[child_id])
        return cls(
            actor,
            list(rows),
            own,
            parts.joint_ratings(session, ids, all_revisions=True),
            list(concerns),
            parts.concern_steps(session, [row.id for row in concerns]),
        )

    def assessment(self, row: Any) -> dict[str, Any]:
        own = self.own.get(row.id, [])
        shown = own if row.state in parts.REVEALED else []
        mine = next((rating for rating in own if rating.rater_id == self.actor.id), None)
        joint = [parts.joint_rating(rating) for rating in self.joint.get(row.id, [])]
        unit = Unit(row.group_id, row.institution_id, row.district_id, row.kind)
        return {
            **row._mapping,
            "child_assessment_id": row.id,
            "ratings_required": row.required,
            "own_rating": parts.own_rating(mine) if mine else None,
            "own_ratings": [parts.own_rating(rating) for rating in shown],
            "disagreement": len({rating.position for rating in shown}) > 1,
            "last": [],
            "joint": joint,
            "open_concerns": [
                parts.concern(concern)
                for concern in self.concerns
                if concern.settled_at is None and concern.round_id == row.round_id
            ],
            "consider_notification": any(
                consider_notification(rating["position"], self._lasted(row, rating["track"]))
                for rating in joint
                if rating["current"]
            ),
            "may": parts.may(self.actor, unit, row.round_state),
        }

    def _lasted(self, row: Any, track: str) -> bool:
        """Whether the round before ended in a concern on the same track."""
        earlier = [
            rating
            for other in self.rows
            if other.opened_at < row.opened_at
            for rating in self.joint.get(other.id, [])
            if rating.current and rating.track == track
        ]
        return bool(earlier) and is_concern(max(earlier, key=lambda rating: rating.decided_at).position)

    def items(self, row: Any) -> Iterable[dict[str, Any]]:
        about = {
            "round_id": row.round_id,
            "round_name": row.round_name,
            "child_assessment_id": row.id,
        }
        for rating in self.own.get(row.id, []):
            yield {
                **about,
                "at": rating.updated_at,
                "kind": "own_rating",
                "actor_id": rating.rater_id,
                "position": rating.position,
            }
        for rating in self.joint.get(row.id, []):
            yield {
                **about,
                "at": rating.decided_at,
                "kind": "joint_rating" if rating.revision == 1 else "joint_rating_revised",
                "rating_id": rating.id,
                "actor_id": rating.decided_by,
                "track": rating.track,
                "position": rating.position,
                "revision": rating.revision,
            }
        if row.state in SET_ASIDE or row.left_on is not None:
            yield {
                **about,
                "at": row.changed_at,
                "kind": row.state if row.state in SET_ASIDE else "left",
                "actor_id": row.changed_by,
                **({"reason_code": row.reason_code} if row.reason_code else {}),
            }
        elif row.state == NOT_STARTED and row.version == 1:
            yield {**about, "at": row.changed_at, "kind": "listed"}


def _concern_item(row: Any, step: Any) -> dict[str, Any]:
    item = {
        "at": step.at,
        "kind": f"concern_{step.state}",
        "concern_id": row.id,
        "rating_id": step.rating_id,
        "round_id": step.round_id,
        "track": row.track,
        "version": step.version,
    }
    if step.state == "raised":
        item |= {"invite_by": step.invite_by, "hold_by": step.hold_by}
    return item
