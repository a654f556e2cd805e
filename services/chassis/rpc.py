"""Calls in: who asks is verified, what she asks with is checked, and only a problem document leaves.

On nameko's queue and wire form, so a stock nameko service can call, with the same hardening as the
subscriptions. A call is answered before it is acknowledged; if the process dies in between another
replica does it again, so a command must bear being done twice (expected versions, unique keys).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

import eventlet
from kombu.entity import Exchange, Queue
from kombu.message import Message
from marshmallow import Schema
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import Entrypoint
from nameko.rpc import RpcConsumer

from services.chassis import calls, metrics, topology
from services.chassis.actor import Actor, verify_token
from services.chassis.amqp import Outcome, Outgoing
from services.chassis.consumers import HardenedQueueConsumer
from services.chassis.container import AROUND
from services.chassis.context import Context
from services.chassis.errors import Invalid, NotFound, OutcomeUnknown, TrivselError
from services.chassis.logs import bound_contextvars, logger
from services.chassis.schemas import load

log = logger("rpc")

PATIENCE = 30.0
"""Seconds a caller is taken to wait who does not say. When she has given up, her call is broken off and
its transaction rolled back."""
LONGEST_CALL = 900.0
"""Seconds after which a call is broken off however long its caller would wait."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a method behind :func:`rpc` gets: who asks, what with, and as a part of what."""

    actor: Actor
    data: dict[str, Any]
    context: Context


class RpcServer(RpcConsumer):  # type: ignore[misc]
    """The queue of calls to one service, and the way of each to its method and back."""

    queue_consumer = HardenedQueueConsumer()

    def __init__(self) -> None:
        super().__init__()
        self.queue: Queue | None = None
        self._in_hand = 0
        self._leaving = False

    @property
    def prefetch(self) -> int:
        return int(self.container.max_workers)

    @property
    def busy(self) -> bool:
        return self._in_hand > 0

    def setup(self) -> None:
        if self.queue is None:
            service = self.container.service_name
            self.queue = Queue(
                topology.rpc_queue(service),
                exchange=Exchange(topology.RPC_EXCHANGE, type="topic", durable=True),
                routing_key=f"{service}.*",
                durable=True,
                queue_arguments=topology.rpc_arguments(),
            )
            self.queue_consumer.register_provider(self)

    def on_message(self, message: Message) -> None:
        if self._leaving:
            return
        self._in_hand += 1
        self.container.spawn_managed_thread(partial(self._serve, message, time.monotonic()), identifier="rpc")

    def unregister_provider(self, provider: Any) -> None:
        if not self._providers - self._unregistering_providers - {provider}:
            self._leaving = True
        super().unregister_provider(provider)

    def _serve(self, message: Message, received_at: float) -> None:
        work = _Work(self, message, received_at)
        try:
            work.begin()
        except ContainerBeingKilled:
            self._in_hand -= 1
        except Exception as error:
            work.fail(error)
            self.done(work)

    def entrypoint_for(self, message: Message) -> Rpc:
        """The method that a call names, or :class:`NotFound`."""
        service, _, method = str(message.delivery_info.get("routing_key", "")).partition(".")
        for provider in self._providers:
            if service == self.container.service_name and provider.method_name == method:
                found: Rpc = provider
                return found
        raise NotFound("Tjenesten kender ikke den handling.", code="unknown-operation")

    def done(self, work: _Work) -> None:
        """Answers and acknowledges. Never raises."""
        try:
            self._answer(work)
        except Exception:
            log.exception("answer_failed", operation=work.operation)
        self.queue_consumer.ack_message(work.message)
        self._in_hand -= 1
        metrics.CALL_SECONDS.labels(self.container.service_name, work.operation, work.code).observe(
            time.monotonic() - work.received_at
        )

    def _answer(self, work: _Work) -> None:
        properties = work.message.properties
        reply_to = properties.get("reply_to")
        if not isinstance(reply_to, str) or work.body is None:
            return
        outgoing = Outgoing(
            exchange=topology.RPC_EXCHANGE,
            routing_key=reply_to,
            body=work.body,
            message_id=str(uuid4()),
            persistent=False,
            properties={"correlation_id": str(properties.get("correlation_id", ""))},
        )
        outcome = self.container.runtime.publisher.publish([outgoing])[0]
        if outcome is not Outcome.CONFIRMED:
            log.info("caller_gone", operation=work.operation, outcome=outcome.value)


class _Work:
    """One call from its message to its reply."""

    def __init__(self, server: RpcServer, message: Message, received_at: float) -> None:
        self.server = server
        self.message = message
        self.received_at = received_at
        self.operation = "unknown"
        self.code = "ok"
        self.body: bytes | None = None
        headers = message.headers if isinstance(message.headers, dict) else {}
        self.headers = headers
        self.context = calls.context_of(headers)

    def begin(self) -> None:
        """Everything before the worker: an error here has needed none."""
        container = self.server.container
        entrypoint = self.server.entrypoint_for(self.message)
        self.operation = entrypoint.method_name
        actor = verify_token(self.headers.get(calls.TOKEN), container.runtime.settings.actor_key)
        self.context = replace(self.context, actor_id=actor.id)
        data = entrypoint.load(calls.arguments(self.message.body))
        call = Call(actor, data, self.context)
        container.spawn_worker(entrypoint, (call,), {}, {AROUND: self.run}, partial(self._end, entrypoint))

    def run(self, method: Callable[[Call], Any], call: Call) -> Any:
        """Called in the worker, around the method."""
        left = self._patience_left()
        if left <= 0:
            self.code = "dropped"
            metrics.CALLS_DROPPED.labels(self.server.container.service_name).inc()
            return None
        ids = {"correlation_id": call.context.correlation_id, "actor_id": call.actor.id}
        # Broken off, a unit of work rolls back; but it may have been about to end.
        limit = eventlet.Timeout(min(left, LONGEST_CALL), OutcomeUnknown())
        with bound_contextvars(operation=self.operation, **ids), limit:
            return method(call)

    def fail(self, error: BaseException) -> None:
        """Turns what went wrong into a problem; of the unexpected only the correlation id leaves."""
        if isinstance(error, TrivselError) and type(error) is not TrivselError:
            self.code = error.code
            problem = error
        else:
            self.code = "internal"
            log.error(
                "call_failed",
                operation=self.operation,
                correlation_id=self.context.correlation_id,
                exc_info=error,
            )
            problem = TrivselError(extra={"correlation_id": self.context.correlation_id})
        self.body = calls.failure(problem)

    def _end(self, entrypoint: Rpc, _context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        try:
            if exc_info is not None:
                self.fail(exc_info[1])
            elif self.code != "dropped":
                self.body = calls.reply(entrypoint.dump(result))
        except Exception as error:
            self.fail(error)
        self.server.done(self)
        return result, exc_info

    def _patience_left(self) -> float:
        patience = calls.patience(self.headers)
        return (patience or PATIENCE) - (time.monotonic() - self.received_at)


class Rpc(Entrypoint):  # type: ignore[misc]
    """The entrypoint behind :func:`rpc`."""

    rpc_server = RpcServer()

    def __init__(
        self, *, takes: type[Schema] | None = None, returns: type[Schema] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._takes = takes() if takes else None
        self._returns = returns() if returns else None

    def setup(self) -> None:
        self.rpc_server.register_provider(self)

    def stop(self) -> None:
        self.rpc_server.unregister_provider(self)

    def load(self, data: dict[str, Any]) -> dict[str, Any]:
        if self._takes is not None:
            return load(self._takes, data)
        if data:
            raise Invalid("Kaldet tager ingen felter.", fields=dict.fromkeys(data, "Fjern feltet."))
        return {}

    def dump(self, result: Any) -> Any:
        return result if self._returns is None else self._returns.dump(result)


def rpc(
    *, takes: type[Schema] | None = None, returns: type[Schema] | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Answers calls to ``service.method`` with what the method returns for its :class:`Call`.

    ``takes`` checks what comes in, ``returns`` shapes what goes out. A :class:`TrivselError` reaches the
    caller as it is; anything else as an internal error with no more than a correlation id.
    """
    decorate: Callable[[Callable[..., Any]], Callable[..., Any]] = Rpc.decorator(takes=takes, returns=returns)
    return decorate
