"""Notices as they are decided: what is to be told, to whom, and what becomes of those not yet told.

A notice is only a row here, written in the transaction of the event that calls for it. Sending is a
step of its own (:mod:`services.notifications.sending`), so no event waits for a mail server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, and_, bindparam, exists, or_, select, update

from services.chassis import clock
from services.chassis.database import UnitOfWork, insert_new
from services.chassis.membership import one_of
from services.chassis.received import Received
from services.chassis.wakeups import wake
from services.notifications.domain import About, Guardian, State, Suppression
from services.notifications.models import Concern, Notice, among

SENDING = "notifications.send_notices"
"""The job that sends; woken when there is something to send."""

OPEN = (State.INTENDED, State.LEASED, State.FAILED, State.TO_PRINT)


def newest(events: Iterable[Received]) -> list[Received]:
    """The newest event of each aggregate, in the order of their ids."""
    found: dict[str, Received] = {}
    for event in events:
        if event.subject not in found or event.version > found[event.subject].version:
            found[event.subject] = event
    return [found[subject] for subject in sorted(found)]


def intent(
    event: Received,
    *,
    about: About,
    edition: int,
    guardian: Guardian,
    facts: Mapping[str, Any],
    at: datetime,
) -> dict[str, Any]:
    """The row of a notice to one guardian, decided because of ``event``."""
    context = event.context.caused_by(event.id)
    return {
        "notice_id": str(uuid4()),
        "version": 0,
        "about": about.value,
        "subject_id": event.subject,
        "edition": edition,
        "child_id": event.data["child_id"],
        "guardian_id": guardian.guardian_id,
        "institution_id": event.data.get("institution_id"),
        "channel": guardian.channel.value,
        "facts": dict(facts),
        "state": State.INTENDED.value,
        "tries": 0,
        "created_at": at,
        "due_at": at,
        "correlation_id": context.correlation_id,
        "causation_id": context.causation_id,
        "traceparent": context.traceparent,
    }


def intend(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> int:
    """Puts down the notices that are not there yet and wakes the sending. Returns how many were new."""
    key = ["about", "subject_id", "edition", "guardian_id"]
    ordered = sorted(rows, key=lambda row: tuple(str(row[name]) for name in key))
    new = insert_new(uow.session, Notice, ordered, key=key, returning=["notice_id"])
    if new:
        wake_sending(uow)
    return len(new)


def wake_sending(uow: UnitOfWork) -> None:
    """Wakes the sending once the transaction has been committed."""
    uow.after_commit(lambda: wake(SENDING))


def suppress(uow: UnitOfWork, which: ColumnElement[bool], why: Suppression) -> None:
    """Holds back what ``which`` selects, as far as nobody has been told it.

    A notice that was held back because the parents may not be contacted can get a better reason: one
    that no later permission to contact them undoes. The lease is left on what is just being sent: if
    it turns out that it did go, that is what will be noted.
    """
    held_back = and_(Notice.state == State.SUPPRESSED, Notice.code == Suppression.WITHHELD)
    reach = Notice.state.in_(OPEN) if why is Suppression.WITHHELD else or_(Notice.state.in_(OPEN), held_back)
    uow.session.execute(
        update(Notice)
        .where(which, reach)
        .values(state=State.SUPPRESSED.value, code=why.value, done_at=clock.now(), letter=None)
        .execution_options(synchronize_session=False)
    )


def revive(uow: UnitOfWork, concern_ids: Sequence[str], child_ids: Sequence[str]) -> None:
    """Sets going again what a raised concern allows once more.

    Those are the concerns' own notices, and all else held back for these children because they were
    not to be contacted; nothing while another concern about the child still forbids contact.
    """
    uow.session.execute(_REVIVE, {"concerns": concern_ids, "children": child_ids, "now": clock.now()})
    wake_sending(uow)


def _reviving() -> Any:
    notice: Any = Notice.__table__
    concern: Any = Concern.__table__
    forbids, own = concern.alias("forbids"), concern.alias("own")
    raised = exists().where(own.c.concern_id == notice.c.subject_id, own.c.state == "raised")
    again = or_(
        and_(
            notice.c.about == About.CONCERN,
            one_of(notice.c.subject_id, bindparam("concerns")),
            notice.c.code.in_([Suppression.WITHHELD, Suppression.SETTLED]),
        ),
        and_(notice.c.code == Suppression.WITHHELD, or_(notice.c.about != About.CONCERN, raised)),
    )
    forbidden = exists().where(forbids.c.child_id == notice.c.child_id, among(forbids.c.state, "withheld"))
    return (
        update(notice)
        .where(
            one_of(notice.c.child_id, bindparam("children")),
            notice.c.state == State.SUPPRESSED,
            again,
            ~forbidden,
        )
        .values(
            state=State.INTENDED.value,
            code=None,
            tries=0,
            due_at=bindparam("now"),
            done_at=None,
            lease_token=None,
        )
    )


_REVIVE = _reviving()


def withheld_children(uow: UnitOfWork, child_ids: Iterable[str]) -> set[str]:
    """Those of the children whose parents may not be contacted."""
    found = uow.session.scalars(
        select(Concern.child_id).where(Concern.child_id.in_(set(child_ids)), among(Concern.state, "withheld"))
    )
    return set(found)
