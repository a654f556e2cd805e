"""Events in: a queue of one's own, batches as they come, and a fate for every message.

Messages that arrive while a batch is being handled gather, and the next batch takes them all in their
order. Nobody waits for a batch to fill, so a lone event is handled at once and a flood in few
transactions. A process has one batch of a subscription in hand at a time; replicas work side by side.

A message ends in one of three ways, and is acknowledged only then: handled; put on the retry ladder,
confirmed by the broker; or dead-lettered with a reason, confirmed by the broker.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from eventlet.event import Event as Signal
from kombu.entity import Exchange, Queue
from kombu.message import Message
from marshmallow import Schema
from nameko.exceptions import ContainerBeingKilled
from nameko.messaging import Consumer

from services.chassis import catalogue, clock, envelope, metrics, topology
from services.chassis.consumers import HardenedQueueConsumer
from services.chassis.container import AROUND
from services.chassis.errors import NotYet, Permanent
from services.chassis.fates import Delivery, Fates
from services.chassis.inbox import OUTAGES
from services.chassis.logs import bound_contextvars, logger
from services.chassis.received import Batch
from services.chassis.wakeups import Sleeper

log = logger("subscription")

CONTENT_TYPES = {None, "", "application/json", "application/cloudevents+json"}
"""Of what we accept; the empty ones because not everybody who publishes by hand sets it."""
OUTAGE_PAUSE = 1.0
"""Seconds a subscription holds back when its database did not answer."""
_IDLE = 60.0
_EVENT_ID = re.compile(r"[\x21-\x7e]{1,120}")


class Subscribe(Consumer):  # type: ignore[misc]
    """The entrypoint behind :func:`subscribe`."""

    queue_consumer = HardenedQueueConsumer()

    def __init__(
        self,
        source: str,
        event: str,
        *,
        reads: type[Schema],
        version: int = 1,
        prefetch: int = 300,
        batch: int = 100,
        **kwargs: Any,
    ) -> None:
        super().__init__(queue=None, **kwargs)
        self.source = source
        self.event = event
        self.reads = reads
        self.version = version
        self.prefetch = prefetch
        self.batch = batch
        self._pending: deque[Message] = deque()
        self._sleeper = Sleeper()
        self._stopping = False
        self._working = False
        self._finished = Signal()

    @property
    def busy(self) -> bool:
        return self._working

    def setup(self) -> None:
        service = self.container.service_name
        wanted = topology.Subscription(service, self.method_name, self.source, self.event)
        self.consumer = wanted.queue
        self.labels = (service, self.method_name)
        exchange = Exchange(f"{self.source}.events", type="topic", durable=True)
        self.queue = Queue(
            wanted.queue,
            exchange=exchange,
            routing_key=self.event,
            durable=True,
            queue_arguments=topology.subscription_arguments(service),
        )
        runtime = self.container.runtime
        self._fates = Fates(wanted.queue, self.labels, runtime.publisher, runtime.ladder)
        super().setup()

    def start(self) -> None:
        self.container.spawn_managed_thread(self._run, identifier=self.consumer)

    def stop(self) -> None:
        self._stopping = True
        self._fates.stop()
        super().stop()
        # What has not been begun goes back to the broker when the connection closes.
        self._pending.clear()
        self._sleeper.wake()
        self._finished.wait()

    def on_message(self, message: Message) -> None:
        if not self._stopping:
            self._pending.append(message)
            self._sleeper.wake()

    def _run(self) -> None:
        try:
            while not self._stopping:
                messages = self._take()
                if not messages:
                    self._sleeper.sleep(_IDLE)
                    continue
                self._working = True
                try:
                    self._handle(messages)
                except Exception:
                    log.exception("subscription_failed", consumer=self.consumer)
                    for message in messages:
                        self.queue_consumer.requeue_message(message)
                finally:
                    self._working = False
        finally:
            self._finished.send()

    def _take(self) -> list[Message]:
        taken: list[Message] = []
        while self._pending and len(taken) < self.batch:
            message = self._pending.popleft()
            # What came by a connection that is gone will come again by the next.
            if message.channel.connection is not None:
                taken.append(message)
        return taken

    def _handle(self, messages: list[Message]) -> None:
        started = time.monotonic()
        deliveries = [self._receive(message) for message in messages]
        batch = Batch(self.consumer, [each.event for each in deliveries if each.event is not None])
        whole = self._work(batch) if batch.events else None
        for each in deliveries:
            if each.event is not None:
                each.failure = whole or batch.failures.get(each.event.id)
        self._acknowledge(messages, self._fates.settle(deliveries))
        if any(isinstance(each.failure, OUTAGES) for each in deliveries):
            # Those that wait behind should not all have to climb the ladder for it.
            self._sleeper.sleep(OUTAGE_PAUSE)
        self._count(deliveries, time.monotonic() - started)

    def _acknowledge(self, messages: list[Message], settled: list[Message]) -> None:
        if len(settled) == len(messages):
            # Batches come one after the other on one channel, so all before this one are done too.
            self.queue_consumer.ack_message(messages[-1], multiple=True)
        else:
            for message in settled:
                self.queue_consumer.ack_message(message)

    def _receive(self, message: Message) -> Delivery:
        """The event in a message; what is wrong with it is its failure."""
        delivery = Delivery(message)
        try:
            if message.content_type not in CONTENT_TYPES:
                raise Permanent("content-type")
            event = envelope.receive(message.body)
            if not _EVENT_ID.fullmatch(event.id):
                raise Permanent("event-id")
            delivery.event_id = event.id
            found = catalogue.route(event.type)
            if (found.service, found.routing_key) != (self.source, self.event):
                raise Permanent("unknown-type")
            if found.version != self.version:
                # A producer that changes an event publishes it in both versions, by the same key.
                return delivery
            delivery.event = replace(event, data=catalogue.read(self.reads, event.data))
        except Exception as error:
            delivery.failure = error if isinstance(error, Permanent) else Permanent("unreadable")
        return delivery

    def _work(self, batch: Batch) -> Exception | None:
        """Runs the handler in a worker; what it raises as a whole is everybody's failure."""
        done = Signal()
        try:
            self.container.spawn_worker(self, (batch,), {}, {AROUND: self._around}, partial(_tell, done))
        except ContainerBeingKilled:
            return NotYet("stopping")
        failure: Any = done.wait()
        return failure if isinstance(failure, Exception) else None

    def _around(self, method: Callable[[Batch], None], batch: Batch) -> None:
        with bound_contextvars(consumer=self.consumer):
            method(batch)

    def _count(self, deliveries: list[Delivery], seconds: float) -> None:
        metrics.BATCH.labels(*self.labels).observe(len(deliveries))
        metrics.BATCH_SECONDS.labels(*self.labels).observe(seconds)
        now = clock.now()
        lag = metrics.LAG.labels(*self.labels)
        for each in deliveries:
            if each.event is not None and each.failure is None:
                lag.observe(max(0.0, (now - each.event.time).total_seconds()))


def _tell(done: Signal, _context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
    done.send(exc_info[1] if exc_info is not None else None)
    return result, exc_info


def subscribe(
    source: str, event: str, *, reads: type[Schema], version: int = 1, prefetch: int = 300, batch: int = 100
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Handles ``event`` (``concern.raised``) of the service ``source`` in batches of at most ``batch``.

    The method gets a :class:`~services.chassis.received.Batch` and passes it to ``self.db.handle`` with
    its handler. ``reads`` is the tolerant schema of what this consumer reads of the event's data.
    Other versions of the event than ``version`` are for others and passed over. ``prefetch`` is how many
    messages the broker may hand us ahead.
    """
    decorate: Callable[[Callable[..., None]], Callable[..., None]] = Subscribe.decorator(
        source, event, reads=reads, version=version, prefetch=prefetch, batch=batch
    )
    return decorate
