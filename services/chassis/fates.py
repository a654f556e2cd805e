"""What becomes of a delivered message: done, once more later, or a dead letter with a reason.

Attempts are counted in a header of our own. RabbitMQ 4.x ignores an ``x-death`` that a client
publishes, and the broker's delivery count is about crashes and not about us.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kombu.message import Message

from services.chassis import clock, metrics, topology
from services.chassis.amqp import Outcome, Outgoing, Publisher
from services.chassis.errors import NotYet, Permanent, TrivselError
from services.chassis.inbox import OUTAGES
from services.chassis.logs import logger
from services.chassis.received import Received

log = logger("subscription")

ATTEMPT = "attempt"
OUTAGE = "outage"
REASON = "reason"
CODE = "code"
ORIGIN = "origin-queue"
DEAD_AT = "dead-at"
EVENT_ID = "event-id"
_CARRIED = ("traceparent", "correlation-id")

OUTAGE_LIMIT = 2000
"""A failure that is the database's counts as no attempt. After so many rounds of waiting for it, of a
minute each, it is a dead letter all the same."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(slots=True)
class Delivery:
    """A message, the event in it if it could be read, and why it failed if it did."""

    message: Message
    event: Received | None = None
    event_id: str | None = None
    failure: Exception | None = None


class Fates:
    """Decides and carries out, for the messages of one subscription's queue."""

    def __init__(
        self, queue: str, labels: tuple[str, str], publisher: Publisher, ladder: Sequence[int]
    ) -> None:
        self._queue = queue
        self._labels = labels
        self._service = labels[0]
        self._publisher = publisher
        self._ladder = ladder
        self._stopping = threading.Event()

    def stop(self) -> None:
        """From now on what cannot be put away at once is left for the broker to deliver again."""
        self._stopping.set()

    def settle(self, deliveries: Iterable[Delivery]) -> list[Message]:
        """The messages that may now be acknowledged: handled, or safely put elsewhere."""
        settled: list[Message] = []
        moved: list[tuple[Message, Outgoing]] = []
        deliveries = list(deliveries)
        self._tell_outage([each.failure for each in deliveries if isinstance(each.failure, OUTAGES)])
        for delivery in deliveries:
            if delivery.failure is None:
                settled.append(delivery.message)
            else:
                moved.append((delivery.message, self._destination(delivery, delivery.failure)))
        metrics.HANDLED.labels(*self._labels).inc(len(settled))
        return settled + self._put_away(moved)

    def _tell_outage(self, failures: Sequence[Exception]) -> None:
        if failures:
            log.warning("outage", consumer=self._queue, count=len(failures), exc_info=failures[0])

    def _put_away(self, moved: list[tuple[Message, Outgoing]]) -> list[Message]:
        """Publishes until confirmed. While the broker takes nothing, we take nothing more from it."""
        away: list[Message] = []
        tries = 0
        while moved:
            outcomes = self._publisher.publish([outgoing for _, outgoing in moved])
            away += [m for (m, _), got in zip(moved, outcomes, strict=True) if got is Outcome.CONFIRMED]
            moved = [pair for pair, got in zip(moved, outcomes, strict=True) if got is not Outcome.CONFIRMED]
            # A message whose channel has closed is already on its way to somebody again.
            moved = [(m, outgoing) for m, outgoing in moved if m.channel.connection is not None]
            if not moved:
                break
            log.error("cannot_put_away", consumer=self._queue, count=len(moved))
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            tries += 1
            if self._stopping.wait(pause):
                break
        return away

    def _destination(self, delivery: Delivery, failure: Exception) -> Outgoing:
        code = reason_of(failure)
        headers = own_headers(delivery.message)
        attempt, outage = headers[ATTEMPT], headers[OUTAGE]
        fields: dict[str, Any] = {
            "consumer": self._queue,
            "event_id": delivery.event_id,
            "code": code,
            "attempt": attempt,
        }
        if isinstance(failure, OUTAGES) and outage < OUTAGE_LIMIT:
            wait = self._ladder[min(outage, 2, len(self._ladder) - 1)]
            return self._to_rung(delivery, wait, {**headers, OUTAGE: outage + 1}, code)
        if isinstance(failure, Permanent) or attempt >= len(self._ladder):
            reason = code if isinstance(failure, Permanent) else "exhausted"
            log.error("dead_lettered", reason=reason, **fields, exc_info=failure)
            metrics.DEAD.labels(*self._labels, reason).inc()
            return self._to_dead_letters(delivery, headers, reason, code)
        if isinstance(failure, NotYet):
            log.info("retried", **fields)
        else:
            log.warning("retried", **fields, exc_info=failure)
        return self._to_rung(delivery, self._ladder[attempt], {**headers, ATTEMPT: attempt + 1}, code)

    def _to_rung(self, delivery: Delivery, wait: int, headers: dict[str, Any], code: str) -> Outgoing:
        metrics.RETRIED.labels(*self._labels, code).inc()
        return _copy(delivery, topology.rung(self._service, wait), self._queue, headers)

    def _to_dead_letters(
        self, delivery: Delivery, headers: dict[str, Any], reason: str, code: str
    ) -> Outgoing:
        told = {
            **headers,
            ORIGIN: self._queue,
            REASON: reason,
            CODE: code,
            DEAD_AT: clock.now().isoformat(timespec="seconds"),
            **({EVENT_ID: delivery.event_id} if delivery.event_id else {}),
        }
        return _copy(delivery, "", topology.dead_letters(self._service), told)


def reason_of(failure: Exception) -> str:
    """A code for a failure: its own if it has one, never its words, which may quote data."""
    if isinstance(failure, NotYet | Permanent | TrivselError):
        return failure.code
    return "outage" if isinstance(failure, OUTAGES) else "unexpected"


def own_headers(message: Message) -> dict[str, Any]:
    """The headers that are ours and make sense; whatever else a sender put there is dropped."""
    found = message.headers if isinstance(message.headers, dict) else {}
    carried = {name: found[name] for name in _CARRIED if isinstance(found.get(name), str)}
    return {**carried, ATTEMPT: _count(found.get(ATTEMPT)), OUTAGE: _count(found.get(OUTAGE))}


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10_000 else 0


def _copy(delivery: Delivery, exchange: str, routing_key: str, headers: dict[str, Any]) -> Outgoing:
    message = delivery.message
    body = message.body
    return Outgoing(
        exchange=exchange,
        routing_key=routing_key,
        body=body.encode() if isinstance(body, str) else bytes(body or b""),
        message_id=str(uuid4()),
        headers=headers,
        content_type=_text(message.content_type, "application/json"),
        content_encoding="utf-8" if isinstance(body, str) else _text(message.content_encoding, "binary"),
    )


def _text(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) and value else otherwise
