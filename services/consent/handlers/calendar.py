"""Jobs that look at the calendar: reminders, and consents whose time is over. Each thing once."""

from __future__ import annotations

from sqlalchemy import or_, select

from services.chassis import clock
from services.chassis.database import Database, UnitOfWork, insert_new
from services.consent import events, models
from services.consent.domain import states
from services.consent.domain.calendar import COPENHAGEN, is_over, reminders_due
from services.consent.domain.states import State
from services.consent.records import Record, load, step
from services.consent.settings_store import current_settings

BATCH = 200


def expire_due(database: Database) -> int:
    """The job: ends consents whose validity is over and requests nobody answered; returns how many."""
    ended = 0
    while True:
        with database.unit_of_work() as uow:
            taken, done = _expire(uow)
        ended += done
        if taken < BATCH or not done:
            return ended


def remind_due(database: Database) -> int:
    """The job: reminds those who have not answered, on the days the settings say; returns how many consents.

    A day that was missed while nothing ran is made up for by one reminder, not by one for each day.
    """
    reminded, after = 0, ""
    while True:
        with database.unit_of_work() as uow:
            ids = _pending(uow, after)
            reminded += _remind(uow, ids)
        if len(ids) < BATCH:
            return reminded
        after = ids[-1]


def _expire(uow: UnitOfWork) -> tuple[int, int]:
    consent, now, today = models.Consent, clock.now(), clock.today()
    pending = consent.state.in_([state.value for state in states.PENDING])
    over = or_(
        pending & ((consent.answer_by <= now) | (consent.valid_to < today)),
        (consent.state == State.GRANTED.value) & (consent.valid_to < today),
    )
    ids = uow.session.scalars(
        select(consent.consent_id).where(over).order_by(consent.consent_id).limit(BATCH)
    ).all()
    done = 0
    for record in load(uow, ids, skip_locked=True).values():
        row = record.row
        reason = is_over(record.state, row.answer_by, row.valid_to, now, today)
        if reason is not None:
            record.settle(uow, states.expired(record.as_rules_see_it()), reason=reason, context=record.chain)
            done += 1
    return len(ids), done


def _pending(uow: UnitOfWork, after: str) -> list[str]:
    consent = models.Consent
    query = select(consent.consent_id).where(
        consent.state.in_([state.value for state in states.PENDING]), consent.answer_by > clock.now()
    )
    if after:
        query = query.where(consent.consent_id > after)
    return list(uow.session.scalars(query.order_by(consent.consent_id).limit(BATCH)))


def _remind(uow: UnitOfWork, ids: list[str]) -> int:
    if not ids:
        return 0
    settings, now, today = current_settings(uow.session), clock.now(), clock.today()
    records = load(uow, ids, skip_locked=True)
    wanted: dict[str, list[int]] = {}
    for id_, record in records.items():
        asked_on = record.row.requested_at.astimezone(COPENHAGEN).date()
        if record.state in states.PENDING and (due := reminders_due(asked_on, settings.reminder_days, today)):
            wanted[id_] = due
    rows = [
        {"consent_id": id_, "kind": "answer", "after_days": days, "sent_at": now}
        for id_, due in wanted.items()
        for days in due
    ]
    new = insert_new(
        uow.session, models.Reminder, rows, key=["consent_id", "kind", "after_days"], returning=["consent_id"]
    )
    told = 0
    for id_ in sorted({row.consent_id for row in new}):
        told += _tell(uow, records[id_])
    return told


def _tell(uow: UnitOfWork, record: Record) -> int:
    waiting = record.unanswered()
    if not waiting:
        return 0
    row = record.row
    row.edition += 1
    step(uow, row, "reminded")
    record.tell(
        uow,
        events.ConsentReminded,
        {
            "consent_id": row.consent_id,
            "child_id": row.child_id,
            "institution_id": row.institution_id,
            "signatories": record.addressees(waiting),
            "answer_by": row.answer_by,
            "link_until": row.link_until,
            "edition": row.edition,
        },
        record.chain,
    )
    return 1
