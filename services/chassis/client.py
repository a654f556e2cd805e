"""Calls to services, from any number of threads or greenlets at once, over one connection.

nameko's standalone proxy hangs when threads share it. Here a reader sorts the replies, every wait is
bounded, a call that reaches nobody fails at once, and a connection that breaks fails its calls and is
made anew by the next.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from amqp import Channel, Message

from services.chassis import calls
from services.chassis.amqp import BROKER_ERRORS, Group, Holder, Link, Outcome, Outgoing
from services.chassis.context import Context
from services.chassis.database import outside_transaction
from services.chassis.errors import OutcomeUnknown, Unavailable
from services.chassis.topology import RPC_EXCHANGE

TIMEOUT = 5.0
"""Seconds a caller waits for an answer when it does not say otherwise."""
STALE = 2.0
"""Seconds without the broker's confirm after which a connection is given up."""
REFUSALS = 2
"""Calls refused in a row, to one service, after which the next comes over a new connection."""


class _Waiting(Group):
    """One call: done when it is answered, or when it is known that it never will be."""

    __slots__ = ("_answered", "body", "confirmed", "failure", "link")

    def __init__(self) -> None:
        super().__init__(1)
        self.link: Link | None = None
        self.confirmed = False
        self._answered = threading.Event()
        self.body: Any = None
        self.failure: Outcome | None = None

    def resolve(self, place: int, outcome: Outcome) -> None:
        if outcome is Outcome.CONFIRMED:
            self.confirmed = True
        else:
            self.failure = outcome
            self._answered.set()

    def answer(self, body: Any) -> None:
        self.body = body
        self._answered.set()

    def wait(self, seconds: float) -> bool:
        return self._answered.wait(seconds)


class RpcClient:
    """``client.call("registry.contact_cards", {...}, token=…)``.

    ``token`` is the actor's token, or something that makes a fresh one for each call.
    """

    def __init__(
        self,
        amqp_uri: str,
        token: str | Callable[[], str] | None = None,
        *,
        timeout: float = TIMEOUT,
        name: str = "trivsel-calls",
    ) -> None:
        self._token = token
        self._timeout = timeout
        self._name = name
        self._waiting: dict[str, _Waiting] = {}
        self._refusals: Counter[str] = Counter()
        self._uri = amqp_uri
        self._reply_to: WeakKeyDictionary[Link, str] = WeakKeyDictionary()
        self._holder = Holder(self._connect)

    def call(
        self,
        operation: str,
        data: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        context: Context | None = None,
        timeout: float | None = None,
    ) -> Any:
        """The result of ``service.operation``, within ``timeout`` seconds.

        Raises what the service raised; :class:`Unavailable` when nobody was reached, so nothing has
        been done; :class:`OutcomeUnknown` when no answer came, so something may have been.
        """
        outside_transaction()
        seconds = self._timeout if timeout is None else timeout
        give_up = time.monotonic() + seconds
        call_id = str(uuid4())
        headers = calls.headers(token or self._own_token(), context or Context.new(), seconds)
        waiting = _Waiting()
        try:
            link = waiting.link = self._holder.link()
            reply_to = self._reply_to[link]
            self._waiting[call_id] = waiting
            link.send(waiting, 0, _outgoing(operation, data or {}, call_id, reply_to, headers, seconds))
            answered = waiting.wait(max(0.0, give_up - time.monotonic()))
        except BROKER_ERRORS as error:
            raise (OutcomeUnknown() if waiting.failure is Outcome.UNKNOWN else Unavailable()) from error
        finally:
            self._waiting.pop(call_id, None)
        if not answered and not waiting.confirmed and not link.blocked and seconds >= STALE:
            # Not even the broker has answered: the connection is a hole that others would fall into.
            link.close()
        if not answered or waiting.failure is Outcome.UNKNOWN:
            raise OutcomeUnknown()
        self._heed(operation, waiting)
        if waiting.failure is not None:
            raise Unavailable()
        return calls.outcome(waiting.body)

    def close(self) -> None:
        """Drops the connection; the next call makes a new one."""
        self._holder.close()

    @property
    def connected(self) -> bool:
        return self._holder.live is not None

    def _heed(self, operation: str, waiting: _Waiting) -> None:
        """When a queue's leader has died, RabbitMQ 3.10 goes on refusing what comes for that queue by the
        channels that it refused before: after some refusals the next call comes by a new connection."""
        service = operation.partition(".")[0]
        if waiting.failure is not Outcome.REFUSED:
            self._refusals.pop(service, None)
            return
        self._refusals[service] += 1
        if self._refusals[service] >= REFUSALS and waiting.link is not None:
            self._refusals.clear()
            waiting.link.close()

    def _own_token(self) -> str | None:
        return self._token() if callable(self._token) else self._token

    def _connect(self) -> Link:
        reply_to = str(uuid4())
        link = Link(self._uri, self._name, partial(self._listen, reply_to), self._lost)
        self._reply_to[link] = reply_to
        return link

    def _listen(self, reply_to: str, channel: Channel) -> None:
        """The queue of replies is the connection's own and goes with it."""
        queue = f"rpc.reply-{self._name}-{reply_to}"
        channel.exchange_declare(RPC_EXCHANGE, "topic", durable=True, auto_delete=False)
        channel.queue_declare(queue, durable=False, exclusive=True, auto_delete=False)
        channel.queue_bind(queue, exchange=RPC_EXCHANGE, routing_key=reply_to)
        channel.basic_consume(queue, no_ack=True, callback=self._on_reply)

    def _on_reply(self, message: Message) -> None:
        waiting = self._waiting.get(message.properties.get("correlation_id", ""))
        if waiting is not None:
            waiting.answer(message.body)

    def _lost(self, link: Link) -> None:
        # The replies' queue went with the connection, so no answer can come any more.
        for waiting in list(self._waiting.values()):
            if waiting.link is link:
                waiting.resolve(0, Outcome.UNKNOWN)


def _outgoing(
    operation: str,
    data: Mapping[str, Any],
    call_id: str,
    reply_to: str,
    headers: Mapping[str, Any],
    seconds: float,
) -> Outgoing:
    return Outgoing(
        exchange=RPC_EXCHANGE,
        routing_key=operation,
        body=calls.request(data),
        message_id=call_id,
        headers=headers,
        persistent=False,
        properties={
            "correlation_id": call_id,
            "reply_to": reply_to,
            # The broker throws a call away that nobody has fetched before its caller gave up.
            "expiration": str(max(1, int(seconds * 1000))),
        },
    )
