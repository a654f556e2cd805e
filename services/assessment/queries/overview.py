"""How far the rounds have come and how they turned out: one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, select

from services.assessment import policy
from services.assessment.domain.numbers import suppress_all
from services.assessment.domain.words import NOT_STARTED, OPEN, OWN_RATING, POSITIONS, RATEABLE, STATES
from services.assessment.handlers.profiles import profile_of
from services.assessment.models import ChildAssessment, JointRating, Round, RoundWindow
from services.assessment.models import OwnRating as OwnRatingRow
from services.assessment.queries import parts
from services.chassis import clock
from services.chassis.actor import Actor
from services.chassis.database import UnitOfWork
from services.chassis.errors import Forbidden, Invalid, NotFound

_GROUPED: dict[str, tuple[Any, ...]] = {
    "group": (ChildAssessment.institution_id, ChildAssessment.group_id, ChildAssessment.kind),
    "institution": (ChildAssessment.institution_id, ChildAssessment.kind),
    "municipality": (),
}
_RANK = case({position: rank for rank, position in enumerate(POSITIONS)}, value=JointRating.position, else_=0)
_PLACE = (ChildAssessment.id, ChildAssessment.institution_id, ChildAssessment.group_id)


def coverage(
    uow: UnitOfWork, actor: Actor, *, round_id: str | None, level: str, institution_id: str | None
) -> dict[str, Any]:
    """How many children are assessed, by unit. Numbers only, so no child's log has an entry."""
    grouped = _GROUPED[level]
    names = [column.key for column in grouped]
    rows = uow.session.execute(_coverage_query(actor, level, grouped, round_id, institution_id)).all()
    return {
        "items": [
            {
                "round_id": row.round_id,
                "round_name": row.round_name,
                "institution_id": None,
                "group_id": None,
                "kind": None,
                **{name: getattr(row, name) for name in names},
                "last_day": row.last_day,
                "overdue": row.overdue,
                **parts.counts({state: getattr(row, state) for state in STATES}),
            }
            for row in rows
        ]
    }


def _coverage_query(
    actor: Actor, level: str, grouped: Sequence[Any], round_id: str | None, institution_id: str | None
) -> Select[Any]:
    late = and_(ChildAssessment.state.in_(sorted(RATEABLE)), RoundWindow.last < clock.today())
    query = (
        select(
            Round.id.label("round_id"),
            Round.name.label("round_name"),
            *grouped,
            func.max(RoundWindow.last).label("last_day"),
            func.sum(case((late, 1), else_=0)).label("overdue"),
            *(func.sum(case((ChildAssessment.state == state, 1), else_=0)).label(state) for state in STATES),
        )
        .select_from(ChildAssessment)
        .join(Round, Round.id == ChildAssessment.round_id)
        .join(RoundWindow, _window())
        .where(_scope(actor, level), _rounds(round_id))
        .group_by(Round.id, Round.name, *grouped)
        .order_by(Round.name, *grouped)
    )
    return query if institution_id is None else query.where(ChildAssessment.institution_id == institution_id)


def my_groups(uow: UnitOfWork, actor: Actor) -> dict[str, Any]:
    """The groups in open rounds within the caller's reach: how far each is, and what waits for her.

    Numbers only, so no child's log has an entry. Who reaches no group gets an empty list.
    """
    reaches = policy.reach(actor)
    if not reaches:
        return {"items": []}
    grouped = (*_GROUPED["group"], ChildAssessment.district_id)
    waits = and_(ChildAssessment.state.in_([NOT_STARTED, OWN_RATING]), OwnRatingRow.rater_id.is_(None))
    query = (
        select(
            Round.id.label("round_id"),
            Round.name.label("round_name"),
            *grouped,
            func.min(RoundWindow.first).label("first_day"),
            func.max(RoundWindow.last).label("last_day"),
            func.sum(case((waits, 1), else_=0)).label("waits_for_me"),
            *(func.sum(case((ChildAssessment.state == state, 1), else_=0)).label(state) for state in STATES),
        )
        .select_from(ChildAssessment)
        .join(Round, Round.id == ChildAssessment.round_id)
        .join(RoundWindow, _window())
        .outerjoin(
            OwnRatingRow,
            and_(
                OwnRatingRow.child_assessment_id == ChildAssessment.id,
                OwnRatingRow.rater_id == actor.id,
            ),
        )
        .where(parts.within(ChildAssessment, reaches), Round.state == OPEN, ChildAssessment.left_on.is_(None))
        .group_by(Round.id, Round.name, *grouped)
        .order_by(func.max(RoundWindow.last), ChildAssessment.institution_id, ChildAssessment.group_id)
    )
    return {"items": [_my_group(actor, row) for row in uow.session.execute(query)]}


def _my_group(actor: Actor, row: Any) -> dict[str, Any]:
    unit = policy.Unit(row.group_id, row.institution_id, row.district_id, row.kind)
    may_rate = policy.may_rate(actor, unit)
    return {
        **row._mapping,
        **parts.counts({state: getattr(row, state) for state in STATES}),
        "waits_for_me": row.waits_for_me if may_rate else 0,
        "may": parts.may(actor, unit, OPEN),
    }


def overdue(
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: str | None,
    institution_id: str | None,
    after: str | None,
    limit: int,
) -> dict[str, Any]:
    """The children within the caller's reach who are not rated although the last day has passed."""
    query = (
        select(*ChildAssessment.__table__.c, RoundWindow.last.label("last_day"))
        .join(Round, Round.id == ChildAssessment.round_id)
        .join(RoundWindow, _window())
        .where(
            parts.within(ChildAssessment, policy.reach(actor)),
            _rounds(round_id),
            ChildAssessment.left_on.is_(None),
            ChildAssessment.state.in_(sorted(RATEABLE)),
            RoundWindow.last < clock.today(),
        )
        .order_by(ChildAssessment.id)
        .limit(limit + 1)
    )
    if institution_id is not None:
        query = query.where(ChildAssessment.institution_id == institution_id)
    if after is not None:
        query = query.where(ChildAssessment.id > _id(after))
    rows = uow.session.execute(query).all()
    page = rows[:limit]
    uow.log_access(actor, action="read", kind="child_assessment", subjects=[row.child_id for row in page])
    return {
        "items": [{**row._mapping, "child_assessment_id": row.id} for row in page],
        "next": page[-1].id if len(rows) > limit else None,
    }


def distribution(
    uow: UnitOfWork, actor: Actor, *, round_id: str, level: str, institution_id: str | None
) -> dict[str, Any]:
    """How the positions are spread, each child by its gravest.

    Who sees the children sees all numbers of them. Administration does not, and gets no number small enough
    to tell of somebody.
    """
    round_ = uow.session.get(Round, round_id)
    if round_ is None:
        raise NotFound("Runden findes ikke.")
    individual = not policy.administers(actor)
    if not individual and level == "group":
        raise Forbidden("Forvaltningen ser fordelingen for institutioner og hele kommunen, ikke for grupper.")
    reaches = policy.reach(actor) if level == "group" else policy.lead_reach(actor)
    if individual and (level == "municipality" or not reaches):
        raise Forbidden("Fordelingen kan ses af lederen for sine institutioner og af forvaltningen.")
    grouped = tuple(column for column in _GROUPED[level] if column.key != "kind")
    worst = (
        select(*_PLACE, func.max(_RANK).label("rank"))
        .join(JointRating, JointRating.child_assessment_id == ChildAssessment.id)
        .where(ChildAssessment.round_id == round_id, JointRating.current)
        .group_by(*_PLACE)
    )
    if individual:
        worst = worst.where(parts.within(ChildAssessment, reaches))
    if institution_id is not None:
        worst = worst.where(ChildAssessment.institution_id == institution_id)
    children = worst.subquery()
    columns = [children.c[column.key] for column in grouped]
    query: Select[Any] = select(
        *columns,
        *(
            func.sum(case((children.c.rank == rank, 1), else_=0)).label(position)
            for rank, position in enumerate(POSITIONS)
        ),
    )
    if columns:
        query = query.group_by(*columns).order_by(*columns)
    rows = uow.session.execute(query).all()
    cells = [(row.green or 0, row.yellow or 0, row.red or 0) for row in rows]
    below = 0 if individual else profile_of(uow.session, round_.profile_version).small_numbers_below
    shown = suppress_all(cells, below)
    return {
        "items": [
            {
                "institution_id": None,
                "group_id": None,
                **{column.key: getattr(row, column.key) for column in grouped},
                "total": total,
                "green": green,
                "yellow": yellow,
                "red": red,
                "suppressed": None in (total, green, yellow, red),
            }
            for row, (total, green, yellow, red) in zip(rows, shown, strict=True)
        ]
    }


def _window() -> Any:
    return and_(RoundWindow.round_id == Round.id, RoundWindow.kind == ChildAssessment.kind)


def _rounds(round_id: str | None) -> Any:
    return Round.state == OPEN if round_id is None else Round.id == round_id


def _scope(actor: Actor, level: str) -> Any:
    if policy.administers(actor):
        return literal(True)
    reaches = policy.reach(actor)
    if not reaches or (level == "municipality" and any(one.units is not None for one in reaches)):
        raise Forbidden("Du har ikke adgang til dækningen.")
    return parts.within(ChildAssessment, reaches)


def _id(after: str) -> str:
    try:
        return str(UUID(after))
    except ValueError as error:
        raise Invalid(fields={"after": "Brug værdien i next fra siden før."}) from error
