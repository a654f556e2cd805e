"""The broker as an outsider sees it: publish anything, fetch from a queue, count."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from amqp import Message
from amqp.exceptions import NotFound

from services.chassis import amqp


class Bus:
    """A plain connection with none of our care, as another system might have."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._connection = amqp.connect(uri, "test-bus")
        self._channel = self._connection.channel()

    def close(self) -> None:
        self._connection.collect()

    def publish(
        self,
        exchange: str,
        routing_key: str,
        body: bytes | str,
        headers: dict[str, Any] | None = None,
        content_type: str | None = "application/json",
        **properties: Any,
    ) -> None:
        if content_type is not None:
            properties["content_type"] = content_type
        if headers is not None:
            properties["application_headers"] = headers
        self._channel.basic_publish(Message(body, **properties), exchange, routing_key)

    def get(self, queue: str) -> Message | None:
        """Takes the next message off the queue."""
        message: Message | None = self._channel.basic_get(queue, no_ack=True)
        return message

    def count(self, queue: str) -> int:
        """Messages ready in the queue; 0 when there is no such queue."""
        try:
            return int(self._channel.queue_declare(queue, passive=True).message_count)
        except NotFound:
            self._channel = self._connection.channel()
            return 0

    def empty(self, queue: str) -> None:
        """Throws away what is ready in the queue."""
        self._channel.queue_purge(queue)

    def listen(self, exchange: str, routing_key: str) -> str:
        """A queue of ours bound there."""
        queue = f"test-{uuid4()}"
        self.declare(queue, {})
        self.bind(queue, exchange, routing_key)
        return queue

    def bind(self, queue: str, exchange: str, routing_key: str) -> None:
        self._channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
        self._channel.queue_bind(queue, exchange=exchange, routing_key=routing_key)

    def declare(self, queue: str, arguments: dict[str, Any]) -> None:
        self._channel.queue_declare(queue, durable=True, auto_delete=False, arguments=arguments)


def thing_happened(way: str = "well", **changes: Any) -> dict[str, Any]:
    """The body of the probe's event, as anybody could make it."""
    subject = changes.pop("subject", None) or str(uuid4())
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/trivsel/teller",
        "type": "dk.trivsel.teller.thing.happened.v1",
        "subject": subject,
        "time": datetime.now(UTC).isoformat(),
        "datacontenttype": "application/json",
        "aggregateversion": 1,
        "municipality": "29189641",
        "correlationid": str(uuid4()),
        "data": {"thing_id": subject, "way": way},
        **changes,
    }


def encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body).encode()
