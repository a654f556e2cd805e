"""``trivsel status``: one look at a service from outside, at its database and its queues."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase

from services.chassis import amqp, migrations, outbox, topology
from services.chassis.database import Database
from services.chassis.topology import Plan
from services.chassis.verify import depths


@dataclass(slots=True)
class Status:
    """What was found. ``queues`` are those in which something waits; ``None`` is what could not be asked."""

    service: str
    database: str = "ok"
    schema: str = ""
    outbox: int | None = None
    lag_s: float | None = None
    parked: int | None = None
    broker: str = "ok"
    queues: dict[str, int] = field(default_factory=dict)
    dead_letters: int | None = None

    @property
    def well(self) -> bool:
        return (self.database, self.broker, self.schema, self.dead_letters) == ("ok", "ok", "newest", 0)

    def row(self) -> dict[str, Any]:
        waiting = ", ".join(f"{queue} {many}" for queue, many in self.queues.items())
        return {
            "service": self.service,
            "database": self.database,
            "schema": self.schema,
            "outbox": self.outbox,
            "lag_s": self.lag_s,
            "parked": self.parked,
            "broker": self.broker,
            "queues": waiting,
            "dead_letters": self.dead_letters,
        }


def look(plan: Plan, url: str, base: type[DeclarativeBase], uri: str) -> Status:
    """Asks once and waits for nothing long."""
    found = Status(plan.service)
    database = Database(url, base, pool_size=1)
    try:
        with database.engine.connect() as connection:
            current = migrations.is_current(plan.service, connection)
            behind = migrations.is_behind(plan.service, connection)
            found.schema = "newest" if current else "behind" if behind else "newer than this program"
        if not behind:
            backlog = outbox.backlog(database)
            found.outbox, found.parked = backlog.waiting, backlog.parked
            found.lag_s = round(backlog.oldest_age, 1)
    except SQLAlchemyError as error:
        found.database = type(error).__name__
    finally:
        database.close()
    rungs = [topology.rung(plan.service, wait) for wait in topology.ladder()] if plan.subscriptions else []
    queues = [subscription.queue for subscription in plan.subscriptions] + rungs
    dead = topology.dead_letters(plan.service)
    try:
        there = depths(uri, [*queues, dead])
        found.dead_letters = there.pop(dead, None)
        found.queues = {queue: many for queue, many in there.items() if many}
    except amqp.BROKER_ERRORS as error:
        found.broker = type(error).__name__
    return found
