"""Events wait here, in the transaction that made them true, until the broker has confirmed them.

Rows are found by "not published", never by a number that has been passed: a transaction with a lower
number can commit after one with a higher. One relay at a time publishes from a database. Each that takes
over puts up a fence, and one that has lost its place without knowing gets and marks nothing behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Integer, MetaData, bindparam, delete, exists, func, select, update

from services.chassis import clock
from services.chassis.bulk import upsert
from services.chassis.catalogue import Event, route
from services.chassis.context import Context
from services.chassis.membership import one_of

if TYPE_CHECKING:
    from services.chassis.database import Database

CHANNEL = "trivsel_outbox"
"""PostgreSQL's LISTEN/NOTIFY channel on which a commit wakes the relay of another process."""


def row(
    kind: type[Event], subject: str, version: int, data: dict[str, Any], context: Context, municipality: str
) -> dict[str, Any]:
    """The outbox row of an event, its data checked against its schema."""
    headers: dict[str, Any] = {"municipality": municipality, "correlationid": context.correlation_id}
    if context.causation_id:
        headers["causationid"] = context.causation_id
    if context.traceparent:
        headers["traceparent"] = context.traceparent
    if kind.public:
        headers["sensitivity"] = kind.sensitivity
        if kind.kle:
            headers["kle"] = kind.kle
    return {
        "id": str(uuid4()),
        "aggregate_type": route(kind.type).aggregate,
        "aggregate_id": subject,
        "aggregate_version": version,
        "type": kind.type,
        "data": kind.payload(data),
        "headers": headers,
        "expected": int(kind.expected),
        "occurred_at": clock.now(),
    }


def take_over(database: Database) -> str:
    """Fences off every relay before this one; returns the token that its other calls are made with."""
    token = str(uuid4())
    with database.unit_of_work() as uow:
        fence = database.metadata.tables["outbox_fence"]
        upsert(uow.session, fence, [{"id": 1, "token": token}], key=["id"])
    return token


def waiting(database: Database, token: str, limit: int) -> list[dict[str, Any]]:
    """Up to ``limit`` events in their order; none for a relay that has been fenced off.

    An aggregate with a parked event gives none: its later events must not overtake.
    """
    given = {"at": clock.now(), "most": limit, "token": token}
    with database.unit_of_work() as uow:
        found = uow.session.execute(_waiting_in(database.metadata), given).all()
    return [dict(zip(_NEEDED, row, strict=True)) for row in found]


_NEEDED = (
    "seq",
    "id",
    "aggregate_type",
    "aggregate_id",
    "aggregate_version",
    "type",
    "data",
    "headers",
    "expected",
    "occurred_at",
    "attempts",
)
"""What publishing asks of a row."""


@cache
def _waiting_in(metadata: MetaData) -> Any:
    """Made once for a service: the relay asks often, and putting it together takes longer than asking."""
    table = metadata.tables["outbox"]
    now = bindparam("at", type_=table.c.available_at.type)
    # Found first and by itself: PostgreSQL takes nearly all events to be published, which is true until it
    # matters, and would look for each one's earlier events in the whole table.
    parked = (
        select(table.c.aggregate_type, table.c.aggregate_id)
        .where(table.c.published_at.is_(None), table.c.available_at.is_not(None), table.c.available_at > now)
        .cte("parked")
        .prefix_with("MATERIALIZED")
    )
    blocked = exists().where(
        parked.c.aggregate_type == table.c.aggregate_type, parked.c.aggregate_id == table.c.aggregate_id
    )
    return (
        select(*(table.c[name] for name in _NEEDED))
        .where(_holds(metadata, bindparam("token")), table.c.published_at.is_(None), ~blocked)
        .order_by(table.c.seq)
        .limit(bindparam("most", type_=Integer))
    )


def _holds(metadata: MetaData, token: Any) -> Any:
    """Whether the relay with ``token`` is still inside the fence."""
    fence = metadata.tables["outbox_fence"]
    return exists().where(fence.c.id == 1, fence.c.token == token)


def mark_published(database: Database, token: str, seqs: Sequence[int]) -> int:
    """Notes that the broker has these events. Returns how many were marked."""
    return _change(database, token, seqs, {"published_at": clock.now(), "available_at": None})


def park(database: Database, token: str, seqs: Sequence[int], error: str, delay: float) -> None:
    """Puts events aside for ``delay`` seconds after a failure of their own; ``error`` is a code."""
    attempts = database.metadata.tables["outbox"].c.attempts
    until = clock.now() + timedelta(seconds=delay)
    values = {"attempts": attempts + 1, "available_at": until, "last_error": error[:80]}
    _change(database, token, seqs, values)


def _change(database: Database, token: str, seqs: Sequence[int], values: dict[str, Any]) -> int:
    """Changes unpublished events, if the relay with ``token`` still may; returns how many."""
    if not seqs:
        return 0
    table = database.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        which = one_of(table.c.seq, seqs), table.c.published_at.is_(None), _holds(database.metadata, token)
        result: Any = uow.session.execute(update(table).where(*which).values(values))
    return int(result.rowcount)


def unpark(database: Database) -> int:
    """Lets every event that was put aside after a failure be tried at once. Returns how many."""
    table = database.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        result: Any = uow.session.execute(
            update(table)
            .where(table.c.published_at.is_(None), table.c.available_at.is_not(None))
            .values(available_at=None)
        )
    return int(result.rowcount)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What waits in an outbox: how many events, since when the oldest, how many after a failure."""

    waiting: int
    oldest: datetime | None
    parked: int

    @property
    def oldest_age(self) -> float:
        """Seconds that the oldest has waited; 0 when none does."""
        return max(0.0, (clock.now() - self.oldest).total_seconds()) if self.oldest else 0.0


def backlog(database: Database) -> Backlog:
    """Counts what has not been published."""
    table = database.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        waiting, oldest, parked = uow.session.execute(
            select(func.count(), func.min(table.c.occurred_at), func.count(table.c.available_at)).where(
                table.c.published_at.is_(None)
            )
        ).one()
    return Backlog(waiting, oldest, parked)


def forget(database: Database, keep: timedelta, limit: int = 5000) -> int:
    """Deletes at most ``limit`` events published longer than ``keep`` ago. Returns how many."""
    table = database.metadata.tables["outbox"]
    old = (
        select(table.c.seq)
        .where(table.c.published_at < clock.now() - keep)
        .order_by(table.c.seq)
        .limit(limit)
    )
    with database.unit_of_work() as uow:
        result: Any = uow.session.execute(delete(table).where(table.c.seq.in_(old.scalar_subquery())))
    return int(result.rowcount)
