"""Concerns: the parents are told that we want to talk, unless nobody may contact them.

The newest event of a concern decides, whatever order they arrive in. Its row is written first and holds
the lock, so of two handled at the same time the later one sees what the first did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, bindparam, select

from services.chassis import clock
from services.chassis.database import UnitOfWork, upsert
from services.chassis.membership import one_of
from services.chassis.received import Received
from services.notifications import intents, projection
from services.notifications.domain import About, Guardian, Suppression, recipients
from services.notifications.models import Concern, Notice


def tell_of_concern(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """One notice for each custody holder and concern, however often the concern is raised."""
    current = _take(uow, events, "raised")
    if not current:
        return
    guardians = projection.guardians_of(uow, (event.data["child_id"] for event in current))
    at = clock.now()
    intents.intend(
        uow,
        [
            intents.intent(
                event,
                about=About.CONCERN,
                edition=0,
                guardian=guardian,
                facts={"several": _several(guardians[event.data["child_id"]])},
                at=at,
            )
            for event in current
            for guardian in recipients(guardians[event.data["child_id"]])
        ],
    )
    intents.revive(
        uow, [event.subject for event in current], sorted({event.data["child_id"] for event in current})
    )


def withhold(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """Nobody may contact the child's parents: nothing that is not yet sent leaves (domain.md LR-10).

    All messages about the child are held back, not only those of this concern: whoever is suspected
    reads every letter. Needs no knowledge of the child, so it never waits.
    """
    current = _take(uow, events, "withheld")
    if current:
        children = {event.data["child_id"] for event in current}
        intents.suppress(uow, Notice.child_id.in_(children), Suppression.WITHHELD)


def settle(uow: UnitOfWork, events: Sequence[Received]) -> None:
    """The concern no longer stands: who has not been told of it need not be."""
    current = _take(uow, events, "settled")
    if current:
        of_these = and_(
            Notice.about == About.CONCERN, Notice.subject_id.in_([event.subject for event in current])
        )
        intents.suppress(uow, of_these, Suppression.SETTLED)


_CONCERN: Any = Concern.__table__
_VERSIONS = select(_CONCERN.c.concern_id, _CONCERN.c.version).where(
    one_of(_CONCERN.c.concern_id, bindparam("ids"))
)


def _take(uow: UnitOfWork, events: Sequence[Received], state: str) -> list[Received]:
    """Notes the concerns' new state and returns the events that are the newest of their concern."""
    latest = intents.newest(events)
    rows = [
        {
            "concern_id": event.subject,
            "version": event.version,
            "child_id": event.data["child_id"],
            "institution_id": event.data.get("institution_id"),
            "state": state,
        }
        for event in latest
    ]
    upsert(uow.session, Concern, rows, key=["concern_id"], newer="version")
    known = {
        row.concern_id: row.version
        for row in uow.session.execute(_VERSIONS, {"ids": [event.subject for event in latest]})
    }
    return [event for event in latest if known[event.subject] == event.version]


def _several(guardians: Sequence[Guardian]) -> bool:
    return len(recipients(guardians)) > 1
