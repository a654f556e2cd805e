"""Keeps the lists of rounds in line with where children are. Batches throughout, no query in a loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from services.assessment.domain import roster, states
from services.assessment.domain.profile import Profile
from services.assessment.domain.roster import Add, Change, Enrolment, Leave, Listed, Place, Stay
from services.assessment.domain.words import EXEMPT, NOT_STARTED, OPEN
from services.assessment.locks import hold_roster
from services.assessment.models import (
    Child,
    ChildAssessment,
    Group,
    ModelProfile,
    OwnRating,
    Round,
    RoundWindow,
)
from services.assessment.models import Enrolment as EnrolmentRow
from services.chassis import clock
from services.chassis.database import insert_all

PAGE = 1000
"""Children handled in one go: enough to make statements few, few enough to hold in memory."""

SYSTEM = "trivsel"
"""Who changed an entry when it followed its child."""


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round that is open, with the rules it was opened with and the kinds it covers."""

    id: str
    profile: Profile
    kinds: frozenset[str]
    roster_on: date


def open_rounds(session: Session) -> list[OpenRound]:
    """The rounds that are open; seldom more than two, since a kind is in one at a time."""
    found = session.execute(
        select(Round.id, Round.roster_on, RoundWindow.kind, ModelProfile.version, ModelProfile.settings)
        .join(RoundWindow, RoundWindow.round_id == Round.id)
        .join(ModelProfile, ModelProfile.version == Round.profile_version)
        .where(Round.state == OPEN)
    ).all()
    rows = {row.id: row for row in found}
    kinds: dict[str, set[str]] = defaultdict(set)
    for row in found:
        kinds[row.id].add(row.kind)
    return [
        OpenRound(id_, Profile.read(row.version, row.settings), frozenset(kinds[id_]), row.roster_on)
        for id_, row in sorted(rows.items())
    ]


def list_all(session: Session, opened: OpenRound) -> int:
    """Lists every child in scope of a round that is being opened, and tells how many."""
    listed = 0
    for children in _pages(session):
        rows = [
            _entry(opened.id, child_id, place)
            for child_id, born, enrolments in children
            if (place := roster.place(born, enrolments, opened.profile, opened.kinds, opened.roster_on))
        ]
        if rows:
            insert_all(session, ChildAssessment, rows)
        listed += len(rows)
    return listed


def follow(session: Session, child_ids: Collection[str]) -> None:
    """Brings the open rounds in line with where these children are today."""
    if not child_ids:
        return
    hold_roster(session, alone=False)
    rounds = open_rounds(session)
    if not rounds:
        return
    ids = sorted(child_ids)
    for start in range(0, len(ids), PAGE):
        _follow(session, rounds, ids[start : start + PAGE], clock.today())


def follow_calendar(session: Session) -> int:
    """Follows the children whose enrolment began or ended since the lists were last brought up to date.

    A start that registry told of last month makes no event on the day. Returns how many were looked at.
    """
    today = clock.today()
    rounds = [one for one in open_rounds(session) if one.roster_on < today]
    if not rounds:
        return 0
    since = min(one.roster_on for one in rounds)
    moving = session.scalars(
        select(EnrolmentRow.child_id)
        .where(
            or_(
                EnrolmentRow.first.between(since + timedelta(days=1), today),
                EnrolmentRow.last.between(since, today - timedelta(days=1)),
            )
        )
        .distinct()
    ).all()
    follow(session, moving)
    session.execute(update(Round).where(Round.id.in_([one.id for one in rounds])).values(roster_on=today))
    return len(moving)


def _pages(session: Session) -> Iterator[list[tuple[str, date | None, list[Enrolment]]]]:
    after: str | None = None
    while True:
        query = select(Child.id, Child.born).where(Child.active).order_by(Child.id).limit(PAGE)
        if after is not None:
            query = query.where(Child.id > after)
        children = session.execute(query).all()
        if not children:
            return
        first, after = children[0].id, children[-1].id
        places = _enrolments(session, _enrolment_query().where(EnrolmentRow.child_id.between(first, after)))
        yield [(child.id, child.born, places.get(child.id, [])) for child in children]
        if len(children) < PAGE:
            return


def _enrolment_query() -> Any:
    return select(
        EnrolmentRow.child_id,
        EnrolmentRow.institution_id,
        EnrolmentRow.group_id,
        EnrolmentRow.district_id,
        EnrolmentRow.kind,
        EnrolmentRow.first,
        EnrolmentRow.last,
        Group.grade,
    ).outerjoin(Group, Group.id == EnrolmentRow.group_id)


def _enrolments(session: Session, query: Any) -> dict[str, list[Enrolment]]:
    found: dict[str, list[Enrolment]] = defaultdict(list)
    for row in session.execute(query):
        found[row.child_id].append(Enrolment(*row[1:]))
    return found


def _follow(session: Session, rounds: Sequence[OpenRound], ids: Sequence[str], today: date) -> None:
    # Locked, in the order of their ids: two who follow the same child take turns and see each other's work.
    children = session.execute(
        select(Child.id, Child.born, Child.active)
        .where(Child.id.in_(ids))
        .order_by(Child.id)
        .with_for_update()
    ).all()
    places = _enrolments(session, _enrolment_query().where(EnrolmentRow.child_id.in_(ids)))
    entries = session.execute(
        select(ChildAssessment)
        .where(ChildAssessment.round_id.in_([one.id for one in rounds]), ChildAssessment.child_id.in_(ids))
        .order_by(ChildAssessment.id)
        .with_for_update()
    ).scalars()
    listed: dict[tuple[str, str], list[ChildAssessment]] = defaultdict(list)
    for entry in entries:
        listed[entry.round_id, entry.child_id].append(entry)

    todo: list[tuple[str, str, Change]] = []
    for one in rounds:
        for child in children:
            now = (
                roster.place(child.born, places.get(child.id, []), one.profile, one.kinds, today)
                if child.active
                else None
            )
            own = [_listed(entry) for entry in listed[one.id, child.id]]
            todo += [(one.id, child.id, change) for change in roster.follow(own, now, child.active)]
    _carry_out(session, todo, today)


def _carry_out(session: Session, todo: Sequence[tuple[str, str, Change]], today: date) -> None:
    """Leaving first: a child is in one place of a round at a time, and the database holds us to it."""
    at = clock.now()
    left = [_leaving(change, today) for _, _, change in todo if isinstance(change, Leave)]
    stayed = [change for _, _, change in todo if isinstance(change, Stay)]
    counts = _ratings_in(session, [change.entry.id for change in stayed])
    for rows in (left, [_staying(change, counts) for change in stayed]):
        if rows:
            session.execute(_update(rows[0]), [{**row, "at": at} for row in rows])
    added = [
        _entry(round_id, child_id, change.place, change.exempt)
        for round_id, child_id, change in todo
        if isinstance(change, Add)
    ]
    if added:
        insert_all(session, ChildAssessment, added)


def _update(row: dict[str, Any]) -> Any:
    table = ChildAssessment.__table__
    values: dict[str, Any] = {name: bindparam(f"new_{name[4:]}") for name in row if name.startswith("new_")}
    return (
        update(table)
        .where(table.c.id == bindparam("entry"))
        .values(
            {table.c[name[4:]]: value for name, value in values.items()}
            | {
                table.c.version: table.c.version + 1,
                table.c.settled: table.c.version + 1,
                table.c.changed_at: bindparam("at"),
                table.c.changed_by: SYSTEM,
            }
        )
    )


def _leaving(change: Leave, today: date) -> dict[str, Any]:
    return {
        "entry": change.entry.id,
        "new_state": states.gone(change.entry.state),
        "new_left_on": today,
        "new_reason_code": change.reason,
        "new_reason": None,
    }


def _staying(change: Stay, counts: dict[str, tuple[int, int, str | None, str | None]]) -> dict[str, Any]:
    """The entry at the place where the child is; its own ratings come along within the institution."""
    ratings_in, required, reason_code, reason = counts[change.entry.id]
    state = EXEMPT if change.exempt else states.back(change.entry.state, ratings_in, required)
    if not change.entry.there:
        reason_code, reason = (roster.RATED_ELSEWHERE if change.exempt else None), None
    return {
        "entry": change.entry.id,
        "new_state": state,
        "new_left_on": None,
        "new_group_id": change.place.group_id,
        "new_district_id": change.place.district_id,
        "new_reason_code": reason_code,
        "new_reason": reason,
    }


def _ratings_in(session: Session, ids: Sequence[str]) -> dict[str, tuple[int, int, str | None, str | None]]:
    if not ids:
        return {}
    query = (
        select(
            ChildAssessment.id,
            func.count(OwnRating.rater_id),
            ChildAssessment.required,
            ChildAssessment.reason_code,
            ChildAssessment.reason,
        )
        .outerjoin(OwnRating, OwnRating.child_assessment_id == ChildAssessment.id)
        .where(ChildAssessment.id.in_(ids))
        .group_by(
            ChildAssessment.id, ChildAssessment.required, ChildAssessment.reason_code, ChildAssessment.reason
        )
    )
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(query)}


def _listed(entry: ChildAssessment | Row[Any]) -> Listed:
    return Listed(
        entry.id,
        entry.institution_id,
        entry.group_id,
        entry.district_id,
        entry.state,
        there=entry.left_on is None,
    )


def _entry(round_id: str, child_id: str, place: Place, exempt: bool = False) -> dict[str, Any]:
    return {
        "id": str(uuid4()),
        "round_id": round_id,
        "child_id": child_id,
        "institution_id": place.institution_id,
        "group_id": place.group_id,
        "district_id": place.district_id,
        "kind": place.kind,
        "age_band": place.age_band,
        "required": place.required,
        "state": EXEMPT if exempt else NOT_STARTED,
        "version": 1,
        "settled": 1,
        "reason_code": roster.RATED_ELSEWHERE if exempt else None,
        "reason": None,
        "changed_at": clock.now(),
        "changed_by": SYSTEM,
        "left_on": None,
    }
