"""What a service needs of the broker: exchanges, queues and bindings, declared and verified.

For each service::

    <service>.events           topic exchange its events go to, as stock nameko declares it
    <service>.<subscription>   quorum queue, one a subscription
    <service>.retry.<ms>       quorum queue and fanout exchange, one a rung of the retry ladder
    <service>.dlq              quorum queue for what no retry can help

and for all ``trivsel.public``, the topic exchange that other systems bind to.

A message that is to be tried again is published to a rung's exchange with the name of its own queue
as routing key. The rung has one time-to-live for all its messages (a time a message would block those
behind it), after which the broker hands it to the default exchange, which brings it home by that key.
Nothing here is transient, auto-deleted or global, so it declares the same on RabbitMQ 3.10 and 4.x.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from amqp import Channel
from amqp.exceptions import PreconditionFailed as Mismatch

from services.chassis import amqp
from services.chassis.catalogue import Event, route

PUBLIC = "trivsel.public"
RPC_EXCHANGE = "nameko-rpc"
LADDER = (1_000, 10_000, 60_000, 600_000, 3_600_000)
"""Milliseconds a message waits before each new attempt; after the last it is a dead letter."""
DELIVERY_LIMIT = 20
"""Deliveries without an answer before the broker itself makes it a dead letter: a message that kills
the process that handles it. 4.x has this limit by default and 3.10 none, so it is said."""
RPC_EXPIRES_MS = 15_000
"""A queue for calls that nobody has served for so long is gone, so that a caller hears it at once."""


class TopologyConflict(Exception):
    """Something exists on the broker with other properties than we declare."""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A queue of ``service`` and the events of ``source`` bound to it."""

    service: str
    method: str
    source: str
    event: str
    version: int = 1

    @property
    def queue(self) -> str:
        return f"{self.service}.{self.method}"


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything one service declares."""

    service: str
    catalogue: Sequence[type[Event]] = ()
    subscriptions: Sequence[Subscription] = ()
    answers: bool = False
    """Whether it answers calls."""


def ladder() -> tuple[int, ...]:
    """The waits of the retry ladder; RETRY_LADDER_MS shortens them where an hour is too long."""
    chosen = os.environ.get("RETRY_LADDER_MS")
    return tuple(int(rung) for rung in chosen.split(",")) if chosen else LADDER


def dead_letters(service: str) -> str:
    """The name of a service's dead-letter queue."""
    return f"{service}.dlq"


def rung(service: str, wait_ms: int) -> str:
    """The name of a rung's exchange and queue."""
    return f"{service}.retry.{wait_ms}"


def rpc_queue(service: str) -> str:
    """The queue of calls to a service, named as stock nameko does."""
    return f"rpc-{service}"


def quorum(**arguments: Any) -> dict[str, Any]:
    """Arguments of a quorum queue that never drops: it refuses when full, and dead-letters at least once."""
    return {"x-queue-type": "quorum", "x-overflow": "reject-publish", **arguments}


def subscription_arguments(service: str) -> dict[str, Any]:
    """Arguments of every subscription's queue."""
    return quorum(
        **{
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": dead_letters(service),
            "x-dead-letter-strategy": "at-least-once",
            "x-delivery-limit": DELIVERY_LIMIT,
        }
    )


def dead_letter_arguments() -> dict[str, Any]:
    """Arguments of a dead-letter queue. An operator may look at a message any number of times; 4.x would
    throw it away after twenty.
    """
    return quorum(**{"x-delivery-limit": 1_000_000})


def rung_arguments(wait_ms: int) -> dict[str, Any]:
    """Arguments of a rung: no dead-letter routing key, so a message keeps its own."""
    return quorum(
        **{
            "x-dead-letter-exchange": "",
            "x-dead-letter-strategy": "at-least-once",
            "x-message-ttl": wait_ms,
        }
    )


def rpc_arguments() -> dict[str, Any]:
    """Arguments of a queue of calls: a call does not outlive its caller's patience. Of a cluster's nodes any
    may be lost: a classic queue would be gone, and not to be declared anew, until its own node is back.
    """
    return quorum(**{"x-expires": RPC_EXPIRES_MS})


def declare(uri: str, plans: Iterable[Plan]) -> None:
    """Declares what the plans need. Doing it again changes nothing.

    Raises :class:`TopologyConflict`, naming the queue or exchange, when one exists with other
    properties: to mend it, empty and delete it, or change the declaration back.
    """
    connection = amqp.connect(uri, "trivsel-topology")
    try:
        for plan in plans:
            _Declaration(connection.channel()).plan(plan)
    finally:
        # Not close(): after a conflict the channel is gone, and a farewell could wait for ever.
        connection.collect()


class _Declaration:
    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def plan(self, plan: Plan) -> None:
        self._exchange(f"{plan.service}.events", "topic")
        self._exchange(PUBLIC, "topic")
        for kind in plan.catalogue:
            if kind.public:
                found = route(kind.type)
                self._channel.exchange_bind(PUBLIC, source=found.exchange, routing_key=found.routing_key)
        self._queue(dead_letters(plan.service), dead_letter_arguments())
        if plan.answers:
            self._exchange(RPC_EXCHANGE, "topic")
            self._queue(rpc_queue(plan.service), rpc_arguments())
        if not plan.subscriptions:
            return
        for wait_ms in ladder():
            name = rung(plan.service, wait_ms)
            self._exchange(name, "fanout")
            self._queue(name, rung_arguments(wait_ms))
            self._channel.queue_bind(name, exchange=name)
        for subscription in plan.subscriptions:
            source = f"{subscription.source}.events"
            self._exchange(source, "topic")
            self._queue(subscription.queue, subscription_arguments(plan.service))
            self._channel.queue_bind(subscription.queue, exchange=source, routing_key=subscription.event)

    def _exchange(self, name: str, kind: str) -> None:
        try:
            self._channel.exchange_declare(name, kind, durable=True, auto_delete=False)
        except Mismatch as error:
            raise TopologyConflict(f"exchange {name}: {_what(error)}") from error

    def _queue(self, name: str, arguments: dict[str, Any]) -> None:
        try:
            self._channel.queue_declare(
                name, durable=True, exclusive=False, auto_delete=False, arguments=arguments
            )
        except Mismatch as error:
            raise TopologyConflict(f"queue {name}: {_what(error)}") from error


def _what(error: Exception) -> str:
    """The broker's own words on what differs; they hold names and arguments of ours alone."""
    found = re.search(r"inequivalent arg '[^']*'[^:]*: received .*", str(error))
    return found.group(0)[:300] if found else "exists with other properties"
