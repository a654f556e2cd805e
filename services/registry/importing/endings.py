"""What a full set no longer mentions: how much it is, and ending it.

Nothing is deleted: a unit, a member of staff or a child becomes inactive and open periods get a last day.
A set that would end more than a tenth of any kind is taken for a broken export and refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from services.registry.importing.reader import Refused
from services.registry.importing.units import ASSIGNMENT_KEY
from services.registry.importing.writing import Run, end_periods
from services.registry.models import (
    Assignment,
    Child,
    Custody,
    District,
    Enrolment,
    Group,
    Guardian,
    Institution,
    Staff,
)
from services.registry.snapshots import chunks, record_children, record_institutions, record_staff

SHRINK_LIMIT = 0.10
_PAGE = 5000
_MODELS = {
    "districts": District,
    "institutions": Institution,
    "groups": Group,
    "staff": Staff,
    "children": Child,
}


def refuse_shrinking(run: Run) -> None:
    """:class:`Refused` when the set would end more than a tenth of what there is of some kind."""
    with run.database.unit_of_work(run.context) as uow:
        for name in _MODELS:
            total, gone = 0, 0
            for _, source_id in _active(uow.session, name):
                total += 1
                gone += (source_id,) not in run.survey.present[name]
            _stop(name, total, gone)
        _stop("enrolments", *_places(run, uow.session))
        _stop("custody", *_custody(run, uow.session))


def _stop(name: str, total: int, gone: int) -> None:
    if gone > total * SHRINK_LIMIT:
        raise Refused("too_much_would_end", f"{name}.csv")


def _active(session: Session, name: str) -> Iterator[tuple[str, str]]:
    """Our id and the source's of all that is active, a page at a time."""
    model: Any = _MODELS[name]
    after = None
    while True:
        query = select(model.id, model.source_id).where(model.active).order_by(model.id).limit(_PAGE)
        rows = session.execute(query if after is None else query.where(model.id > after)).all()
        for row in rows:
            yield row.id, row.source_id
        if len(rows) < _PAGE:
            return
        after = rows[-1].id


def _places(run: Run, session: Session) -> tuple[int, int]:
    present = run.survey.present["enrolments"]
    rows = session.execute(
        select(Child.source_id, Group.source_id, Enrolment.valid_from)
        .select_from(Enrolment)
        .join(Child, Child.id == Enrolment.child_id)
        .join(Group, Group.id == Enrolment.group_id)
        .where(or_(Enrolment.valid_to.is_(None), Enrolment.valid_to >= run.today))
        .execution_options(yield_per=_PAGE)
    )
    total = gone = 0
    for row in rows:
        total += 1
        gone += tuple(row) not in present
    return total, gone


def _custody(run: Run, session: Session) -> tuple[int, int]:
    present = run.survey.present["custody"]
    rows = session.execute(
        select(Child.source_id, Guardian.source_id)
        .select_from(Custody)
        .join(Child, Child.id == Custody.child_id)
        .join(Guardian, Guardian.id == Custody.guardian_id)
        .where(Custody.ended_on.is_(None), Child.active)
        .execution_options(yield_per=_PAGE)
    )
    total = gone = 0
    for row in rows:
        total += 1
        gone += tuple(row) not in present
    return total, gone


def end_absent(run: Run) -> None:
    """Ends the children, staff and units that the set no longer mentions."""
    run.outcome.held = tuple(sorted(run.survey.blind))
    for name in ("children", "staff", "groups", "institutions", "districts"):
        if name not in run.survey.blind:
            with run.database.unit_of_work(run.context) as uow:
                gone = [
                    found
                    for found, source_id in _active(uow.session, name)
                    if (source_id,) not in run.survey.present[name]
                ]
            run.progress.stage("Afslutninger", len(gone))
            for ids in chunks(gone):
                _end(run, name, ids)
                run.progress.advance(len(ids))


def _end(run: Run, name: str, ids: list[str]) -> None:
    model: Any = _MODELS[name]
    with run.database.unit_of_work(run.context) as uow:
        uow.session.execute(
            update(model)
            .where(model.id.in_(ids))
            .values(active=False)
            .execution_options(synchronize_session=False)
        )
        if name == "children":
            _end_places(run, uow.session, ids)
            run.outcome.events += record_children(uow, ids, run.today)
        elif name == "staff":
            _end_assignments(run, uow.session, ids)
            run.outcome.events += record_staff(uow, ids)
        elif name == "institutions":
            run.outcome.events += record_institutions(uow, ids)
        elif name == "groups":
            homes = uow.session.scalars(select(Group.institution_id).where(Group.id.in_(ids)))
            run.outcome.events += record_institutions(uow, homes)
    run.outcome.tally(name).ended += len(ids)


def _end_assignments(run: Run, session: Session, staff_ids: list[str]) -> None:
    """The work of those who are gone."""
    rows = session.execute(select(*Assignment.__table__.c).where(Assignment.staff_id.in_(staff_ids)))
    gone = {tuple(row._mapping[name] for name in ASSIGNMENT_KEY): row.valid_to for row in rows}
    ended = end_periods(session, Assignment, ASSIGNMENT_KEY, gone, run.today)
    run.outcome.tally("assignments").ended += len(ended)


def _end_places(run: Run, session: Session, child_ids: list[str]) -> None:
    """The places of children who are gone; their own rows may be in the set and yet lead nowhere."""
    rows = session.execute(
        select(Enrolment.child_id, Enrolment.group_id, Enrolment.valid_from, Enrolment.valid_to).where(
            Enrolment.child_id.in_(child_ids)
        )
    )
    gone = {(row.child_id, row.group_id, row.valid_from): row.valid_to for row in rows}
    ended = end_periods(session, Enrolment, ("child_id", "group_id", "valid_from"), gone, run.today)
    run.outcome.tally("enrolments").ended += len(ended)
