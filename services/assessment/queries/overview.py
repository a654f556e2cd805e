"""How far the rounds have come and how they turned out: one statement each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, literal, select

from services.assessment import policy
from services.assessment.domain.numbers import Counts, suppress, suppress_all
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
    "age": (ChildAssessment.age_band,),
    "municipality": (),
}
_RANK = case({position: rank for rank, position in enumerate(POSITIONS)}, value=JointRating.position, else_=0)
_PLACE = (
    ChildAssessment.id,
    ChildAssessment.institution_id,
    ChildAssessment.group_id,
    ChildAssessment.age_band,
)
ROUNDS = 6
"""Rounds back that a development is shown for: three years, with two a year."""


def coverage(
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: str | None,
    level: str,
    institution_id: str | None,
    group_id: str | None = None,
    age_band: str | None = None,
    export: bool = False,
) -> dict[str, Any]:
    """How many children are assessed, by unit or age. Numbers only, so no child's log has an entry."""
    grouped = _GROUPED[level]
    names = [column.key for column in grouped]
    query = _coverage_query(actor, level, grouped, round_id)
    query = query.where(*_narrowed(institution_id, group_id, age_band))
    rows = uow.session.execute(query).all()
    if export:
        _log_export(uow, actor, [row.round_id for row in rows])
    return {
        "items": [
            {
                "round_id": row.round_id,
                "round_name": row.round_name,
                "institution_id": None,
                "group_id": None,
                "kind": None,
                "age_band": None,
                **{name: getattr(row, name) for name in names},
                "last_day": row.last_day,
                "overdue": row.overdue,
                **parts.counts({state: getattr(row, state) for state in STATES}),
            }
            for row in rows
        ]
    }


def _coverage_query(actor: Actor, level: str, grouped: Sequence[Any], round_id: str | None) -> Select[Any]:
    late = and_(ChildAssessment.state.in_(sorted(RATEABLE)), RoundWindow.last < clock.today())
    return (
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


def _narrowed(institution_id: str | None, group_id: str | None, age_band: str | None) -> list[Any]:
    """The conditions of the filters that are set."""
    wanted = (
        (ChildAssessment.institution_id, institution_id),
        (ChildAssessment.group_id, group_id),
        (ChildAssessment.age_band, age_band),
    )
    return [column == value for column, value in wanted if value is not None]


def _log_export(uow: UnitOfWork, actor: Actor, round_ids: Sequence[str]) -> None:
    """Numbers that leave as a file are noted once a round: they tell of no one child."""
    uow.log_access(actor, action="export", kind="overview", subjects=sorted(set(round_ids)))


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
    uow: UnitOfWork,
    actor: Actor,
    *,
    round_id: str,
    level: str,
    institution_id: str | None,
    group_id: str | None = None,
    age_band: str | None = None,
    export: bool = False,
) -> dict[str, Any]:
    """How the positions are spread, each child by its gravest.

    Who sees the children sees all numbers of them. Administration does not, and gets no number small enough
    to tell of somebody: neither directly nor by asking for one institution at a time, or for one by age.
    """
    round_ = uow.session.get(Round, round_id)
    if round_ is None:
        raise NotFound("Runden findes ikke.")
    individual = not policy.administers(actor)
    if not individual:
        _require_broad(level, institution_id, group_id, age_band)
    reaches = policy.reach(actor) if level == "group" else policy.lead_reach(actor)
    if individual and (level == "municipality" or not reaches):
        raise Forbidden("Fordelingen kan ses af lederen for sine institutioner og af forvaltningen.")
    grouped = [column.key for column in _GROUPED[level] if column.key != "kind"]
    conditions = [ChildAssessment.round_id == round_id]
    if individual:
        # What administration asks for is cut out after suppression, not before: see numbers.suppress_all.
        conditions += [
            parts.within(ChildAssessment, reaches),
            *_narrowed(institution_id, group_id, age_band),
        ]
    children = _worst(*conditions).subquery()
    columns = [children.c[name] for name in grouped]
    query: Select[Any] = select(*columns, *_tally(children.c.rank))
    if columns:
        query = query.group_by(*columns).order_by(*columns)
    rows = uow.session.execute(query).all()
    below = 0 if individual else profile_of(uow.session, round_.profile_version).small_numbers_below
    shown = suppress_all([_cells(row) for row in rows], below)
    if export:
        _log_export(uow, actor, [round_id])
    return {
        "items": [
            {
                "institution_id": None,
                "group_id": None,
                "age_band": None,
                **{name: getattr(row, name) for name in grouped},
                **_positions(counts),
            }
            for row, counts in zip(rows, shown, strict=True)
            if individual or institution_id is None or row.institution_id == institution_id
        ]
    }


def _require_broad(
    level: str, institution_id: str | None, group_id: str | None, age_band: str | None
) -> None:
    """Administration sees institutions, or ages, or the municipality: not one crossed with another, since
    what is hidden in one table could then be found from the others."""
    if level == "group" or group_id is not None:
        raise Forbidden("Forvaltningen ser fordelingen for institutioner og hele kommunen, ikke for grupper.")
    if age_band is not None or (institution_id is not None and level != "institution"):
        raise Forbidden("Forvaltningen ser aldre for hele kommunen, ikke for en institution for sig.")


def development(
    uow: UnitOfWork,
    actor: Actor,
    *,
    institution_id: str | None,
    group_id: str | None,
    age_band: str | None,
) -> dict[str, Any]:
    """The positions in the latest rounds, the oldest first, for what the caller leads.

    Administration gets the whole municipality's, without the small numbers.
    """
    individual = not policy.administers(actor)
    reaches = policy.lead_reach(actor)
    if individual and not reaches:
        raise Forbidden("Fordelingen kan ses af lederen for sine institutioner og af forvaltningen.")
    if not individual and (institution_id or group_id or age_band):
        raise Forbidden("Forvaltningen ser udviklingen for hele kommunen.")
    rounds = uow.session.execute(
        select(Round.id, Round.name, Round.opened_at, Round.profile_version)
        .where(Round.opened_at.is_not(None))
        .order_by(Round.opened_at.desc())
        .limit(ROUNDS)
    ).all()
    conditions = [ChildAssessment.round_id.in_([one.id for one in rounds])]
    if individual:
        conditions += [
            parts.within(ChildAssessment, reaches),
            *_narrowed(institution_id, group_id, age_band),
        ]
    children = _worst(*conditions).subquery()
    counted = {
        row.round_id: _cells(row)
        for row in uow.session.execute(
            select(children.c.round_id, *_tally(children.c.rank)).group_by(children.c.round_id)
        )
    }
    below = 0
    if not individual and rounds:
        below = profile_of(uow.session, rounds[0].profile_version).small_numbers_below
    return {
        "items": [
            {
                "round_id": one.id,
                "round_name": one.name,
                "opened_at": one.opened_at,
                **_positions(suppress(*counted[one.id], below)),
            }
            for one in reversed(rounds)
            if one.id in counted
        ]
    }


def _worst(*conditions: Any) -> Any:
    """Each child assessment with a joint rating, by the gravest position in force."""
    columns = (*_PLACE, ChildAssessment.round_id)
    return (
        select(*columns, func.max(_RANK).label("rank"))
        .join(JointRating, JointRating.child_assessment_id == ChildAssessment.id)
        .where(JointRating.current, *conditions)
        .group_by(*columns)
    )


def _tally(of: Any) -> list[Any]:
    return [
        func.sum(case((of == rank, 1), else_=0)).label(position) for rank, position in enumerate(POSITIONS)
    ]


def _cells(row: Any) -> tuple[int, int, int]:
    return (row.green or 0, row.yellow or 0, row.red or 0)


def _positions(counts: Counts) -> dict[str, Any]:
    total, green, yellow, red = counts
    return {
        "total": total,
        "green": green,
        "yellow": yellow,
        "red": red,
        "suppressed": None in counts,
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
