"""Hears everything that is said on the bus, as another system could, and keeps it for the checks."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from kombu import Connection, Consumer, Exchange, Queue, binding

from deploy.local.house import SERVICES
from deploy.local.processes import LocalError
from services.chassis import clock
from services.chassis.topology import PUBLIC


@dataclass(frozen=True)
class Heard:
    """One message as it came over the wire, and when."""

    at: datetime
    public: bool
    body: str
    headers: str

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        return dict(json.loads(self.body))


class Listener:
    """A consumer on every service's exchange and on the public one, in a thread of its own."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self.heard: list[Heard] = []
        self._stop = threading.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        if not self._ready.wait(10):
            raise LocalError("The demonstration cannot listen on the bus")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(10)

    def _listen(self) -> None:
        internal = [binding(Exchange(f"{name}.events", "topic", passive=True), "#") for name in SERVICES]
        queues = [
            Queue(f"demo-{uuid4()}", bindings=bindings, exclusive=True, durable=False, auto_delete=True)
            for bindings in (internal, [binding(Exchange(PUBLIC, "topic", passive=True), "#")])
        ]
        with Connection(self._uri) as connection, connection.channel() as channel:
            takers = [
                Consumer(channel, [queue], on_message=self._taker(public=public), no_ack=True)
                for queue, public in zip(queues, (False, True), strict=True)
            ]
            for taker in takers:
                taker.consume()
            self._ready.set()
            while not self._stop.is_set():
                try:
                    connection.drain_events(timeout=0.2)
                except (socket.timeout, TimeoutError):  # noqa: UP041 - two names on some platforms
                    continue

    def _taker(self, *, public: bool) -> Any:
        def take(message: Any) -> None:
            body = message.body
            text = body if isinstance(body, str) else bytes(body).decode("utf-8", "replace")
            self.heard.append(Heard(clock.now(), public, text, json.dumps(message.headers, default=str)))

        return take
