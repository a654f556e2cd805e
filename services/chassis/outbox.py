"""Events wait here, in the transaction that made them true, until the broker has confirmed them.

Rows are found by "not published", never by a number that has been passed: a transaction with a lower
number can commit after one with a higher. One relay at a time publishes from a database; leases
fence off a relay that has lost its place without knowing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Integer, MetaData, and_, bindparam, delete, exists, func, or_, select, update

from services.chassis import clock
from services.chassis.catalogue import Event, route
from services.chassis.context import Context

if TYPE_CHECKING:
    from services.chassis.database import Database

CHANNEL = "trivsel_outbox"
"""PostgreSQL's LISTEN/NOTIFY channel on which a commit wakes the relay of another process."""
HERE = uuid4().hex
"""This process, which a commit of its own has woken already."""


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


def lease(database: Database, limit: int, token: str, seconds: float) -> list[dict[str, Any]]:
    """Takes up to ``limit`` events in their order, held under ``token`` for ``seconds``.

    An aggregate with a parked event gives none: its later events must not overtake.
    """
    now = clock.now()
    given = {"at": now, "most": limit, "token": token, "until": now + timedelta(seconds=seconds)}
    with database.unit_of_work() as uow:
        rows = uow.session.execute(_lease_of(database.metadata), given).mappings().all()
        found = [dict(row) for row in rows]
    return sorted(found, key=lambda event: int(event["seq"]))


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
def _lease_of(metadata: MetaData) -> Any:
    """Made once for a service: the relay asks often, and putting it together takes longer than asking."""
    table = metadata.tables["outbox"]
    earlier = table.alias("earlier")
    now = bindparam("at", type_=table.c.lease_until.type)
    blocked = exists().where(
        earlier.c.published_at.is_(None),
        earlier.c.available_at.is_not(None),
        earlier.c.available_at > now,
        earlier.c.aggregate_type == table.c.aggregate_type,
        earlier.c.aggregate_id == table.c.aggregate_id,
    )
    free = or_(table.c.lease_until.is_(None), table.c.lease_until < now)
    ready = (
        select(table.c.seq)
        .where(and_(table.c.published_at.is_(None), free, ~blocked))
        .order_by(table.c.seq)
        .limit(bindparam("most", type_=Integer))
    )
    return (
        update(table)
        .where(table.c.seq.in_(ready.scalar_subquery()))
        .values(lease_token=bindparam("token"), lease_until=bindparam("until"))
        .returning(*(table.c[name] for name in _NEEDED))
    )


def mark_published(database: Database, token: str, seqs: Sequence[int]) -> int:
    """Notes that the broker has these events. Returns how many were still ours under ``token``."""
    if not seqs:
        return 0
    table = database.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        result: Any = uow.session.execute(
            update(table)
            .where(table.c.seq.in_(list(seqs)), table.c.lease_token == token, table.c.published_at.is_(None))
            .values(published_at=clock.now(), lease_token=None, lease_until=None, available_at=None)
        )
    return int(result.rowcount)


def park(database: Database, token: str, seqs: Sequence[int], error: str, delay: float) -> None:
    """Puts events aside for ``delay`` seconds after a failure of their own; ``error`` is a code."""
    if not seqs:
        return
    table = database.metadata.tables["outbox"]
    with database.unit_of_work() as uow:
        uow.session.execute(
            update(table)
            .where(table.c.seq.in_(list(seqs)), table.c.lease_token == token, table.c.published_at.is_(None))
            .values(
                attempts=table.c.attempts + 1,
                available_at=clock.now() + timedelta(seconds=delay),
                last_error=error[:80],
                lease_token=None,
                lease_until=None,
            )
        )


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


def release(database: Database, token: str | None = None) -> int:
    """Lets go of the leases under ``token``, or of all, as a relay does when it takes over."""
    table = database.metadata.tables["outbox"]
    held = table.c.lease_token.is_not(None) if token is None else table.c.lease_token == token
    with database.unit_of_work() as uow:
        result: Any = uow.session.execute(
            update(table)
            .where(table.c.published_at.is_(None), held)
            .values(lease_token=None, lease_until=None)
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
        .order_by(table.c.published_at)
        .limit(limit)
    )
    with database.unit_of_work() as uow:
        result: Any = uow.session.execute(delete(table).where(table.c.seq.in_(old.scalar_subquery())))
    return int(result.rowcount)
