"""nameko's consuming connection, hardened: it drains before it closes and survives what the broker does.

One connection a service, one channel a queue, so that a channel's error takes nobody with it and each
queue has its own prefetch. Bodies come as bytes: what cannot be decoded is the subscription's business
and not, as in kombu, a log line and an acknowledgement.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from eventlet.event import Event
from kombu.connection import Connection
from kombu.message import Message
from kombu.messaging import Consumer
from nameko.messaging import QueueConsumer, QueueConsumerStopped

from services.chassis import amqp
from services.chassis.logs import logger

log = logger("consumer")

TICK = 0.2
"""Seconds between looks at whether to stop, while no message comes."""
BEAT = 1.0
"""Seconds between looks at whether a heartbeat is due, or overdue."""
RECONNECT_MAX = 3.0


class _Stopping(Exception):
    """The broker is away, and nobody waits for it any longer."""


class _RawConsumer(Consumer):
    """Hands a message on as it came. kombu would unpack what a header calls compressed, before anybody
    has seen how large that is, and would lose the message if the header lies.
    """

    def _receive_callback(self, message: Any) -> None:
        headers = message.properties.get("application_headers")
        if headers:
            headers.pop("compression", None)
        super()._receive_callback(message)  # type: ignore[no-untyped-call]


class HardenedQueueConsumer(QueueConsumer):  # type: ignore[misc]
    """Delivers raw messages to its providers' ``on_message``, each with its own ``prefetch``.

    A provider says with ``busy`` that it still has a message in hand. The connection stays until all
    consumers have been cancelled and nobody is busy, because an acknowledgement needs the channel its
    message came by; closing before would hand every message in flight to somebody else once more.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pending_remove_providers: dict[Any, Event] = {}
        self._known: set[Any] = set()
        self._leaving: set[Any] = set()
        self.connected = False

    def register_provider(self, provider: Any) -> None:
        self._known.add(provider)
        super().register_provider(provider)

    def unregister_provider(self, provider: Any) -> None:
        self._leaving.add(provider)
        if self._consumers_ready.ready():
            super().unregister_provider(provider)
        elif not self._last_provider_unregistered.ready():
            # nameko sends this once for each provider, and dies of the second.
            self._last_provider_unregistered.send()

    def stop(self) -> None:
        if not self._consumers_ready.ready():
            self.should_stop = True
        super().stop()

    def run(self, **kwargs: Any) -> None:
        pause = TICK
        while not self.should_stop:
            started = time.monotonic()
            try:
                for _ in self.consume(limit=None, safety_interval=TICK):
                    pass
            except (_Stopping, QueueConsumerStopped):
                return
            except Exception as error:
                log.warning(
                    "connection_lost", service=self.container.service_name, error=type(error).__name__
                )
                pause = TICK if time.monotonic() - started > RECONNECT_MAX else min(pause * 2, RECONNECT_MAX)
                if not self.should_stop:
                    time.sleep(pause)
            finally:
                self.connected = False

    def consume(
        self,
        limit: int | None = None,
        timeout: float | None = None,
        safety_interval: float = 1,
        **kwargs: Any,
    ) -> Iterator[None]:
        """Reads from the one connection that was made for these consumers, until it breaks or all is done.

        Not through kombu: when a write has found the connection broken before the reader did, kombu quietly
        makes another under the reader, on which nobody consumes, and it would wait there for ever.
        """
        with self.consumer_context(**kwargs) as (connection, _, _):
            line = connection.connection
            beat = time.monotonic()
            while not self.should_stop:
                self.on_iteration()
                if not line.connected:
                    raise ConnectionResetError
                try:
                    line.drain_events(timeout=safety_interval)
                except TimeoutError:
                    pass
                else:
                    yield
                if time.monotonic() - beat >= BEAT:
                    beat = time.monotonic()
                    line.heartbeat_tick()

    def get_consumers(self, consumer_cls: Any, channel: Any) -> list[Consumer]:
        self._consumers = {}
        for provider in self._providers - self._leaving:
            self._consumers[provider] = _RawConsumer(  # type: ignore[no-untyped-call]
                channel.connection.channel(),
                queues=[provider.queue],
                on_message=partial(self._deliver, provider),
                on_decode_error=self.on_decode_error,
                prefetch_count=provider.prefetch,
            )
        return list(self._consumers.values())

    def on_iteration(self) -> None:
        self._cancel_consumers_if_requested()
        if not self._consumers and not any(provider.busy for provider in self._known):
            self.should_stop = True

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        self.connected = True
        super().on_consume_ready(connection, channel, consumers, **kwargs)

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        log.warning("broker_unreachable", service=self.container.service_name, error=type(exc).__name__)
        self._cancel_consumers_if_requested()
        if not self._providers - self._leaving and self._leaving:
            self.should_stop = True
            raise _Stopping

    def on_decode_error(self, message: Message, exc: Exception) -> None:
        log.error("undecodable", service=self.container.service_name, error=type(exc).__name__)
        self._settle(message.reject)

    def ack_message(self, message: Message, *, multiple: bool = False) -> None:
        """Acknowledge, with ``multiple`` all before it on its channel too. On a dead socket do nothing, as
        the broker has taken the message back.
        """
        self._settle(partial(message.ack, multiple=multiple))

    def requeue_message(self, message: Message) -> None:
        self._settle(message.requeue)

    @contextmanager
    def establish_connection(self) -> Iterator[Connection]:
        with self.create_connection() as connection:
            connection.ensure_connection(
                self.on_connection_error,
                interval_start=TICK,
                interval_step=TICK * 2,
                interval_max=RECONNECT_MAX,
            )
            line = connection.connection
            line.transport.sock.settimeout(amqp.TIMEOUT)
            try:
                yield connection
            except BaseException:
                # A farewell to a broker that does not answer would never end.
                line.collect()
                raise

    def _deliver(self, provider: Any, message: Message) -> None:
        provider.on_message(message)

    def _settle(self, action: Any) -> None:
        try:
            action()
        except Exception as error:
            log.info("settled_too_late", error=type(error).__name__)

    def _cancel_consumers_if_requested(self) -> None:
        requested = self._pending_remove_providers
        self._pending_remove_providers = {}
        for provider, removed in requested.items():
            consumer = self._consumers.pop(provider, None)
            try:
                if consumer is not None and self.connected:
                    consumer.cancel()  # type: ignore[no-untyped-call]
            except Exception as error:
                log.info("cancelled_by_loss", error=type(error).__name__)
            finally:
                removed.send()
