"""Each event has its effect once, however often it is delivered.

The note that an event has been handled is the first statement of the transaction that handles it.
``INSERT … ON CONFLICT DO NOTHING`` makes a concurrent delivery of the same event wait: it finds the
note when the first commits, and takes over when the first rolls back. Looking first and inserting
after would let two in.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.chassis import clock
from services.chassis.bulk import insert_new
from services.chassis.context import Context
from services.chassis.received import Batch, Received

if TYPE_CHECKING:
    from services.chassis.database import Database, UnitOfWork

OUTAGES = (InterfaceError, OperationalError, PoolTimeout)
"""The database's trouble, which is no fault of the event that met it."""

Handler = Callable[["UnitOfWork", list[Received]], Any]
"""Handles a batch of events in one transaction. Order within the batch is the order of arrival."""


def handle(database: Database, batch: Batch, handler: Handler) -> None:
    """Handles a batch in one transaction; if that fails, each event in one of its own.

    So a poisoned event never takes its neighbours with it. What still fails alone is noted in
    ``batch.failures`` by event id; the subscription decides between retry and dead letter.
    """
    if not batch.events:
        return
    try:
        _handle_together(database, batch.consumer, batch.events, handler)
        return
    except Exception as error:
        if len(batch.events) == 1:
            batch.failures[batch.events[0].id] = error
            return
    for place, event in enumerate(batch.events):
        try:
            _handle_together(database, batch.consumer, [event], handler)
        except Exception as error:
            batch.failures[event.id] = error
            if isinstance(error, OUTAGES) and not _answers(database):
                # Asking a database that is away once for each event would only take longer.
                batch.failures |= {other.id: error for other in batch.events[place:]}
                return


def _answers(database: Database) -> bool:
    try:
        with database.unit_of_work():
            return True
    except OUTAGES:
        return False


def _handle_together(database: Database, consumer: str, events: list[Received], handler: Handler) -> None:
    context = events[0].context if len(events) == 1 else Context.new()
    table = database.metadata.tables["inbox"]
    once = {event.id: event for event in events}
    at = clock.now()
    # Sorted, so that two transactions never wait for each other crosswise.
    notes = [{"consumer": consumer, "event_id": id_, "handled_at": at} for id_ in sorted(once)]
    with database.unit_of_work(context) as uow:
        written = insert_new(uow.session, table, notes, key=["consumer", "event_id"], returning=["event_id"])
        new = {note.event_id for note in written}
        fresh = [event for event in once.values() if event.id in new]
        if fresh:
            handler(uow, fresh)


def forget(database: Database, keep: timedelta, limit: int = 5000) -> int:
    """Deletes at most ``limit`` notes older than ``keep``, which must outlast every replay."""
    table = database.metadata.tables["inbox"]
    with database.unit_of_work() as uow:
        old = uow.session.execute(
            select(table.c.consumer, table.c.event_id)
            .where(table.c.handled_at < clock.now() - keep)
            .order_by(table.c.handled_at)
            .limit(limit)
        ).all()
        for consumer in {row.consumer for row in old}:
            ids = [row.event_id for row in old if row.consumer == consumer]
            uow.session.execute(delete(table).where(table.c.consumer == consumer, table.c.event_id.in_(ids)))
    return len(old)
