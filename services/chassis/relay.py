"""From the outbox to the broker: read, published outside any transaction, marked once confirmed.

One relay at a time is active for a database (:mod:`services.chassis.seat`), which with the rule "an
aggregate's next event leaves after the one before was confirmed" keeps each aggregate's order. A relay
that dies between publish and mark publishes again: the same event id, so the inbox lets it pass once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.chassis import envelope, metrics, outbox
from services.chassis.amqp import Outcome, Outgoing, Publisher
from services.chassis.catalogue import route
from services.chassis.database import Database, outside_transaction
from services.chassis.logs import logger
from services.chassis.seat import Seat, seat_for
from services.chassis.wakeups import Sleeper

log = logger("relay")

WINDOW = 400
"""Events read and published together."""
TURN_SECONDS = 15.0
"""After so long it marks what it has published, though more of what it has read is left."""
POLL_SECONDS = 1.0
"""How often it looks without being woken, since a wake-up may be lost."""
STANDBY_SECONDS = 1.0
PARK_SECONDS = (1.0, 5.0, 15.0, 60.0)
"""How long an event that failed by itself waits, by the number of failures before."""
STATS_SECONDS = 5.0
REFUSALS = 2
"""After so many the next try comes over a new connection: when a full queue's limit is taken away,
RabbitMQ 3.10 goes on refusing what comes by the channels that it refused before."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

_Row = dict[str, Any]


class Relay:
    """Publishes one database's outbox. :meth:`start` it, :meth:`stop` it."""

    def __init__(self, service: str, database: Database, uri: str) -> None:
        self.service = service
        self.trouble: str | None = None
        """A code for what keeps it from publishing; ``None`` while all is well or another is active."""
        self._database = database
        self._publisher = Publisher(uri, f"{service}-relay")
        self._sleeper = Sleeper(f"{service}.relay")
        self._seat: Seat = seat_for(database, self._sleeper.wake)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._pauses = 0
        self._measure_at = 0.0
        self._token = ""
        """Lets it past the outbox's fence; empty when it must be put up anew."""

    def start(self) -> None:
        self._database.on_events.append(self._sleeper.wake)
        self._database.is_relayed_here = lambda: self.active
        self._thread = threading.Thread(target=self._run, name=f"{self.service}-relay", daemon=True)
        self._thread.start()

    def stop(self, seconds: float = 5.0) -> None:
        """Publishes what is there once more, then stops; leaves what it cannot publish in time."""
        self._stopping.set()
        self._sleeper.wake()
        if self._thread is not None:
            self._thread.join(seconds)
        self._seat.leave()
        self._publisher.close()

    @property
    def active(self) -> bool:
        """Whether this process is the one that publishes from the database."""
        return self._seat.taken

    @property
    def connected(self) -> bool:
        return self._publisher.connected

    def _run(self) -> None:
        while True:
            last = self._stopping.is_set()
            pause = STANDBY_SECONDS
            try:
                pause = self._turn()
                if not self._pauses:
                    self.trouble = None
            except Exception:
                self.trouble = "database"
                self._token = ""
                pause = POLL_SECONDS * 2
                log.exception("relay_failed", service=self.service)
            if last:
                return
            if pause and not self._stopping.is_set():
                self._sleeper.sleep(pause)

    def _turn(self) -> float:
        """One look at the outbox; how long to sleep before the next."""
        if not self._seat.taken:
            if not self._seat.take():
                metrics.RELAY_ACTIVE.labels(self.service).set(0)
                return STANDBY_SECONDS
            self._token = ""
            metrics.RELAY_ACTIVE.labels(self.service).set(1)
            log.info("relay_active", service=self.service)
        if not self._token:
            self._token = outbox.take_over(self._database)
        self._measure()
        if self._publisher.blocked:
            return self._pause("broker-blocked")
        rows = outbox.waiting(self._database, self._token, WINDOW)
        if not rows:
            self._pauses = 0
            return POLL_SECONDS
        return self._publish(rows)

    def _publish(self, rows: Sequence[_Row]) -> float:
        """Publishes what waits; 0 when there may be more, or how long to leave the broker alone."""
        outside_transaction()
        until = time.monotonic() + TURN_SECONDS
        result = _Result()
        for batch in result.rounds(rows):
            if result.broker_failed or time.monotonic() > until or not self._seat.taken:
                break
            self._send(batch, result)
        outbox.mark_published(self._database, self._token, result.published)
        for (code, delay), seqs in result.parked.items():
            outbox.park(self._database, self._token, seqs, code, delay)
        metrics.PUBLISHED.labels(self.service).inc(len(result.published))
        if result.broker_failed:
            return self._pause("broker-blocked" if self._publisher.blocked else "broker")
        self._pauses = 0
        # Whoever has committed an event since has woken us already.
        all_done = len(result.published) + result.parked_count == len(rows)
        return POLL_SECONDS if all_done and len(rows) < WINDOW else 0.0

    def _send(self, batch: Sequence[_Row], result: _Result) -> None:
        ready: list[tuple[_Row, Outgoing]] = []
        for row in batch:
            try:
                ready.append((row, _outgoing(row)))
            except Exception as error:
                self._park(row, "unpublishable", result, error)
        outcomes = self._publisher.publish([outgoing for _, outgoing in ready])
        stubborn = False
        for (row, _), outcome in zip(ready, outcomes, strict=True):
            if outcome is Outcome.CONFIRMED:
                result.published.append(row["seq"])
            elif outcome is Outcome.RETURNED:
                metrics.UNROUTABLE.labels(self.service, row["type"]).inc()
                self._park(row, "unroutable", result)
            elif outcome is Outcome.REFUSED:
                self._park(row, "refused", result)
                stubborn = stubborn or row["attempts"] >= REFUSALS
            else:
                result.broker_failed = True
                result.failed.add(_aggregate(row))
        if stubborn:
            self._publisher.close()

    def _park(self, row: _Row, code: str, result: _Result, error: Exception | None = None) -> None:
        """An alarm: an event that somebody waits for does not get through."""
        delay = PARK_SECONDS[min(row["attempts"], len(PARK_SECONDS) - 1)]
        result.failed.add(_aggregate(row))
        result.parked.setdefault((code, delay), []).append(row["seq"])
        metrics.PARKED.labels(self.service, code).inc()
        log.error(
            "event_parked",
            service=self.service,
            event_id=row["id"],
            type=row["type"],
            code=code,
            seconds=delay,
            exc_info=error,
        )

    def _pause(self, trouble: str) -> float:
        self.trouble = trouble
        pause = _PAUSES[min(self._pauses, len(_PAUSES) - 1)]
        self._pauses += 1
        return pause

    def _measure(self) -> None:
        now = time.monotonic()
        if now < self._measure_at:
            return
        self._measure_at = now + STATS_SECONDS
        found = outbox.backlog(self._database)
        metrics.OUTBOX_DEPTH.labels(self.service).set(found.waiting)
        metrics.OUTBOX_AGE.labels(self.service).set(found.oldest_age)
        metrics.OUTBOX_PARKED.labels(self.service).set(found.parked)


@dataclass(slots=True)
class _Result:
    """What became of the rows of one turn."""

    published: list[int] = field(default_factory=list)
    parked: dict[tuple[str, float], list[int]] = field(default_factory=dict)
    failed: set[tuple[str, str]] = field(default_factory=set)
    broker_failed: bool = False

    @property
    def parked_count(self) -> int:
        return sum(len(seqs) for seqs in self.parked.values())

    def rounds(self, rows: Sequence[_Row]) -> Iterator[list[_Row]]:
        """First each aggregate's first event, then each one's second: a later event of an aggregate
        leaves only when the earlier has been confirmed, and never after it has failed.
        """
        queues: dict[tuple[str, str], list[_Row]] = {}
        for row in rows:
            queues.setdefault(_aggregate(row), []).append(row)
        depth = 0
        while queues:
            yield [queue[depth] for queue in queues.values()]
            depth += 1
            queues = {
                aggregate: queue
                for aggregate, queue in queues.items()
                if len(queue) > depth and aggregate not in self.failed
            }


def _aggregate(row: _Row) -> tuple[str, str]:
    return row["aggregate_type"], row["aggregate_id"]


def _outgoing(row: _Row) -> Outgoing:
    found = route(row["type"])
    return Outgoing(
        exchange=found.exchange,
        routing_key=found.routing_key,
        body=envelope.build(row),
        message_id=row["id"],
        # What nobody need receive, the broker need not send back.
        mandatory=bool(row["expected"]),
        properties={"type": row["type"]},
    )
