"""A child's change of institution: each custody holder is told where to read the form.

What it says, and to which place the child goes, stands behind the link alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import and_, func, select

from services.chassis import clock
from services.chassis.database import UnitOfWork
from services.chassis.errors import NotYet
from services.chassis.received import Received
from services.notifications import intents, projection
from services.notifications.domain import About, Suppression, recipients
from services.notifications.models import Notice


def tell_of_transition(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Of several editions of a form the newest is told of; what was not yet sent of an older is held back.

    :class:`NotYet` when an event names somebody the registry has not yet told us of.
    """
    current = intents.newest(events)
    guardians = projection.guardians_of(uow, (event.data["child_id"] for event in current))
    told = _editions(uow, [event.subject for event in current])
    at = clock.now()
    rows = []
    for event in current:
        known, edition = guardians[event.data["child_id"]], event.data["edition"]
        named = set(event.data["guardian_ids"])
        if named - {guardian.guardian_id for guardian in known}:
            raise NotYet("guardian-unknown")
        older = and_(
            Notice.about == About.TRANSITION, Notice.subject_id == event.subject, Notice.edition < edition
        )
        intents.suppress(uow, older, Suppression.REPLACED)
        if told.get(event.subject, 0) >= edition:
            continue
        facts = {"link_until": event.data["link_until"].isoformat(), "again": edition > 1}
        rows += [
            intents.intent(
                event, about=About.TRANSITION, edition=edition, guardian=guardian, facts=facts, at=at
            )
            for guardian in recipients(known, named)
        ]
    intents.intend(uow, rows)


def _editions(uow: UnitOfWork, transition_ids: Sequence[str]) -> dict[str, int]:
    """The newest edition of each form that a notice has been put down for."""
    newest = (
        select(Notice.subject_id, func.max(Notice.edition))
        .where(Notice.about == About.TRANSITION, Notice.subject_id.in_(transition_ids))
        .group_by(Notice.subject_id)
    )
    return {row[0]: row[1] for row in uow.session.execute(newest)}
