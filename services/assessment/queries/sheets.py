"""The sheets of a group: for rating, and for the dialogue. A fixed number of statements each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from services.assessment import policy, units
from services.assessment.domain.concern import consider_notification
from services.assessment.domain.words import JOINT_FINAL, READY, is_concern
from services.assessment.models import ChildAssessment, OwnRating, Round, RoundWindow
from services.assessment.policy import NO_CHILD, NO_GROUP, Unit
from services.assessment.queries import parts
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden, NotFound


def group_sheet(uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str) -> dict[str, Any]:
    """A group's children with the caller's own ratings; what colleagues think stays hidden."""
    sheet = _Sheet.read(uow, actor, round_id, group_id)
    return {**sheet.head(), "children": [sheet.row(child) for child in sheet.children]}


def discussion_sheet(uow: UnitOfWork, actor: Actor, *, round_id: str, group_id: str) -> dict[str, Any]:
    """The children ready for dialogue with all own ratings side by side, then those done."""
    sheet = _Sheet.read(uow, actor, round_id, group_id)
    ready = [child for child in sheet.children if child.state in parts.REVEALED]
    ratings = parts.own_ratings(uow.session, [child.id for child in ready])
    shown = [sheet.discussed(child, ratings.get(child.id, [])) for child in ready]
    shown.sort(key=lambda child: (child["state"] == JOINT_FINAL, not child["disagreement"]))
    waiting = [sheet.row(child) for child in sheet.children if child.state not in parts.REVEALED]
    return {**sheet.head(), "children": shown, "waiting": waiting}


def get_assessment(uow: UnitOfWork, actor: Actor, *, child_assessment_id: str) -> dict[str, Any]:
    """One child in one round, with every revision of what was agreed."""
    child = uow.session.execute(_children().where(ChildAssessment.id == child_assessment_id)).first()
    if child is None:
        raise NotFound("Vurderingen findes ikke.")
    if child.institution_id not in units.visible_institutions(uow.session, actor, child.child_id):
        raise Forbidden(NO_CHILD)
    unit = Unit(child.group_id, child.institution_id, child.district_id, child.kind)
    sheet = _Sheet.of(uow, actor, child.round_id, unit, [child], all_revisions=True)
    revealed = child.state in parts.REVEALED
    ratings = parts.own_ratings(uow.session, [child.id] if revealed else []).get(child.id, [])
    return {
        **sheet.discussed(child, ratings),
        "round_id": child.round_id,
        "round_name": sheet.round.name,
        "institution_id": child.institution_id,
        "kind": child.kind,
        "may": parts.may(actor, unit, sheet.round.state),
    }


def _children() -> Any:
    """Children of a round with how many own ratings each has."""
    ratings_in = (
        select(func.count())
        .where(OwnRating.child_assessment_id == ChildAssessment.id)
        .correlate(ChildAssessment)
        .scalar_subquery()
    )
    return select(*ChildAssessment.__table__.c, ratings_in.label("ratings_in"))


@dataclass(slots=True)
class _Sheet:
    """What all sheets show of a group's children. Made by :meth:`read` or :meth:`of`, which log the read."""

    actor: Actor
    round: Any
    unit: Unit
    children: Sequence[Any]
    raters: list[str]
    mine: dict[str, Any]
    joint: dict[str, list[Any]]
    last: dict[str, list[dict[str, Any]]]
    concerns: dict[str, list[dict[str, Any]]]

    @classmethod
    def read(cls, uow: UnitOfWork, actor: Actor, round_id: str, group_id: str) -> _Sheet:
        """The sheet of the children who are in the group."""
        unit = units.group_unit(uow.session, group_id)
        if not policy.may_see(actor, unit):
            raise Forbidden(NO_GROUP)
        children = uow.session.execute(
            _children()
            .where(
                ChildAssessment.round_id == round_id,
                ChildAssessment.group_id == group_id,
                ChildAssessment.left_on.is_(None),
            )
            .order_by(ChildAssessment.child_id)
        ).all()
        return cls.of(uow, actor, round_id, unit, children)

    @classmethod
    def of(
        cls,
        uow: UnitOfWork,
        actor: Actor,
        round_id: str,
        unit: Unit,
        children: Sequence[Any],
        *,
        all_revisions: bool = False,
    ) -> _Sheet:
        session = uow.session
        round_ = session.execute(
            select(
                Round.id, Round.name, Round.state, Round.profile_version, RoundWindow.first, RoundWindow.last
            )
            .outerjoin(RoundWindow, (RoundWindow.round_id == Round.id) & (RoundWindow.kind == unit.kind))
            .where(Round.id == round_id)
        ).first()
        if round_ is None:
            raise NotFound("Runden findes ikke.")
        ids = [child.id for child in children]
        child_ids = [child.child_id for child in children]
        mine = session.execute(
            select(*OwnRating.__table__.c).where(
                OwnRating.child_assessment_id.in_(ids), OwnRating.rater_id == actor.id
            )
        )
        uow.log_access(actor, action="read", kind="ratings", subjects=child_ids)
        return cls(
            actor,
            round_,
            unit,
            children,
            units.raters(session, unit),
            {row.child_assessment_id: row for row in mine},
            parts.joint_ratings(session, ids, all_revisions=all_revisions),
            parts.last_positions(session, child_ids, unit.institution_id, round_id),
            parts.open_concerns(session, child_ids, unit.institution_id),
        )

    def head(self) -> dict[str, Any]:
        window = (
            {"kind": self.unit.kind, "from": self.round.first, "to": self.round.last}
            if self.round.first
            else None
        )
        return {
            "round_id": self.round.id,
            "round_name": self.round.name,
            "round_state": self.round.state,
            "group_id": self.unit.group_id,
            "institution_id": self.unit.institution_id,
            "kind": self.unit.kind,
            "window": window,
            "profile_version": self.round.profile_version,
            "may": parts.may(self.actor, self.unit, self.round.state),
            "raters": self.raters,
            "counts": parts.counts(parts.tally(self.children)),
        }

    def row(self, child: Any) -> dict[str, Any]:
        mine = self.mine.get(child.id)
        return {
            "child_assessment_id": child.id,
            "child_id": child.child_id,
            "group_id": child.group_id,
            "state": child.state,
            "version": child.version,
            "age_band": child.age_band,
            "reason_code": child.reason_code,
            "reason": child.reason,
            "ratings_in": child.ratings_in,
            "ratings_required": child.required,
            "own_rating": parts.own_rating(mine) if mine else None,
            "last": self.last.get(child.child_id, []),
            "joint": [parts.joint_rating(rating) for rating in self.joint.get(child.id, [])],
            "open_concerns": self.concerns.get(child.child_id, []),
        }

    def discussed(self, child: Any, ratings: Sequence[Any]) -> dict[str, Any]:
        """A row with all own ratings; ``ratings`` is empty while they are hidden."""
        row = self.row(child)
        # Before it is agreed, what was last agreed and what is open says whether a concern has lasted.
        lasted = any(is_concern(last["position"]) for last in row["last"]) and bool(row["open_concerns"])
        agreed = [rating["position"] for rating in row["joint"] if rating["current"]]
        voiced = agreed or ([rating.position for rating in ratings] if child.state == READY else [])
        return {
            **row,
            "own_ratings": [parts.own_rating(rating) for rating in ratings],
            "disagreement": len({rating.position for rating in ratings}) > 1,
            "consider_notification": any(consider_notification(position, lasted) for position in voiced),
        }
