"""Who has acted on a withdrawal, and asking after those who have not."""

from __future__ import annotations

from sqlalchemy import func, select

from services.chassis import clock
from services.chassis.database import Database, UnitOfWork
from services.chassis.errors import NotYet
from services.chassis.logs import logger
from services.chassis.received import Received
from services.consent import metrics, models
from services.consent.domain.states import State

log = logger("consent")


def acknowledge(uow: UnitOfWork, events: list[Received], *, subscriber: str) -> None:
    """Handles a subscriber's withdrawal.acknowledged: it has acted. One that we do not expect is no harm."""
    row = models.Acknowledgement
    ids = sorted({event.data["consent_id"] for event in events})
    known = uow.session.scalars(
        select(row)
        .where(row.consent_id.in_(ids), row.subscriber == subscriber)
        .order_by(row.consent_id)
        .with_for_update()
    ).all()
    # One that was withdrawn before this subscriber was waited for has no row of its.
    unexpected = set(ids) - {one.consent_id for one in known}
    if unexpected and len(_withdrawn(uow, unexpected)) < len(unexpected):
        raise NotYet("withdrawal-unknown")
    now = clock.now()
    for one in known:
        if one.acknowledged_at is None:
            one.acknowledged_at = now
            metrics.WITHDRAWAL_SECONDS.labels(subscriber).observe((now - one.withdrawn_at).total_seconds())


def _withdrawn(uow: UnitOfWork, consent_ids: set[str]) -> list[str]:
    row = models.Consent
    found = uow.session.scalars(
        select(row.consent_id).where(row.consent_id.in_(consent_ids), row.state == State.WITHDRAWN.value)
    )
    return list(found)


def chase_acknowledgements(database: Database) -> int:
    """The job: says once for each time span passed that somebody has not acted; returns how many are late.

    The log and the gauge are what operations watch; staff see it on the consent.
    """
    row, now = models.Acknowledgement, clock.now()
    late = row.acknowledged_at.is_(None) & (row.due_at <= now)
    with database.unit_of_work() as uow:
        due = uow.session.scalars(
            select(row).where(late).order_by(row.consent_id).limit(500).with_for_update(skip_locked=True)
        ).all()
        told = [(one.consent_id, one.subscriber, one.reminders + 1) for one in due]
        for one in due:
            one.reminders += 1
            # Twice as long each time: a subscriber that is down for a night fills no log.
            one.due_at = now + (one.due_at - one.withdrawn_at) * 2
        waiting = uow.session.scalar(
            select(func.count()).select_from(row).where(row.acknowledged_at.is_(None), row.reminders > 0)
        )
    metrics.UNACKNOWLEDGED.set(waiting or 0)
    for consent_id, subscriber, reminders in told:
        log.warning(
            "withdrawal_unacknowledged", consent_id=consent_id, subscriber=subscriber, reminders=reminders
        )
    return len(told)
