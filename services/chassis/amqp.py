"""Publishing with confirms over a connection of our own, from any number of threads or greenlets.

kombu's pooled producers are not used: they have no heartbeat, no confirm timeout, and a publish
under a memory alarm or into a black hole never returns. Here every wait is bounded, a reader keeps
the heartbeat, and a connection that misbehaves is thrown away without asking the broker's leave.

Built on ``threading``; in a service process eventlet has replaced that, so the same code serves
greenlets there and real threads in the gateway.
"""

from __future__ import annotations

import enum
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from amqp import AMQPError, Channel, Connection, Message, spec
from amqp.method_framing import frame_writer
from kombu.connection import Connection as Address

from services.chassis.database import outside_transaction
from services.chassis.logs import logger

log = logger("amqp")

HEARTBEAT = 10
"""Seconds between heartbeats; two missed ones and the connection is given up."""
TIMEOUT = 5.0
"""Seconds a connect, a write or a confirm may take."""
_TICK = 1.0
_RETRY = 0.3

_Key = tuple[str, str, str]


class Outcome(enum.Enum):
    """What became of a published message."""

    CONFIRMED = "confirmed"  # stored by every queue it was routed to
    RETURNED = "returned"  # no queue is bound for it
    REFUSED = "refused"  # a queue is full, or the broker could not store it
    UNKNOWN = "unknown"  # no answer: it may or may not have been stored


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to publish. ``message_id`` ties a returned message to its publishing."""

    exchange: str
    routing_key: str
    body: bytes
    message_id: str
    headers: Mapping[str, Any] = field(default_factory=dict)
    content_type: str = "application/json"
    content_encoding: str = "utf-8"
    mandatory: bool = True
    persistent: bool = True
    properties: Mapping[str, Any] = field(default_factory=dict)

    def message(self) -> Message:
        return Message(
            self.body,
            content_type=self.content_type,
            content_encoding=self.content_encoding,
            delivery_mode=2 if self.persistent else 1,
            message_id=self.message_id,
            application_headers=dict(self.headers),
            **self.properties,
        )


class Gone(Exception):
    """The connection is not there, or the broker takes nothing at present."""


BROKER_ERRORS = (OSError, AMQPError, Gone)
"""What a broker, or the way to it, can do to us."""


def connect(uri: str, name: str, **options: Any) -> Connection:
    """A connected py-amqp connection; connecting takes at most ``TIMEOUT``."""
    address = Address(
        uri,
        heartbeat=HEARTBEAT,
        connect_timeout=TIMEOUT,
        transport_options={"client_properties": {"connection_name": name}, **options},
    )
    connection = address.transport.establish_connection()
    # One standing timeout for reads and writes: py-amqp's own read and write timeouts are socket
    # options that a non-blocking socket ignores, so a full socket would block for ever.
    connection.transport.sock.settimeout(TIMEOUT)
    return connection


class _Gathering:
    """A transport whose writes can be gathered: one write of many frames costs the system, the broker and
    us a fraction of as many writes.
    """

    MOST = 65_536

    def __init__(self, transport: Any) -> None:
        self._write = transport.write
        self._lock = threading.Lock()
        self._held: bytearray | None = None

    def write(self, piece: bytes | memoryview) -> None:
        with self._lock:
            if self._held is None:
                self._write(piece)
                return
            self._held += piece
            if len(self._held) >= self.MOST:
                self._write(self._held)
                self._held = bytearray()

    def hold(self) -> None:
        with self._lock:
            self._held = bytearray()

    def release(self) -> None:
        with self._lock:
            held, self._held = self._held, None
            if held:
                self._write(held)


class Group:
    """Messages published together, and the one who waits for all their confirms."""

    __slots__ = ("_done", "_left", "outcomes")

    def __init__(self, size: int) -> None:
        self.outcomes: list[Outcome | None] = [None] * size
        self._left = size
        self._done = threading.Event()

    def resolve(self, place: int, outcome: Outcome) -> None:
        if self.outcomes[place] is None:
            self.outcomes[place] = outcome
            self._left -= 1
            if not self._left:
                self._done.set()

    def wait(self, seconds: float) -> bool:
        """Whether every message has its outcome within ``seconds``."""
        return self._left == 0 or self._done.wait(seconds)


class Link:
    """One connection with one confirming channel and a reader. It is used until it breaks once."""

    def __init__(
        self,
        uri: str,
        name: str,
        on_open: Callable[[Channel], None] | None = None,
        on_closed: Callable[[Link], None] | None = None,
    ) -> None:
        self.blocked = False
        self.alive = True
        self._on_closed = on_closed
        self._lock = threading.Lock()
        self._closing = threading.Lock()
        self._sent = 0
        self._answered = 0
        self._waiting: dict[int, tuple[Group, int, _Key]] = {}
        self._returned: Counter[_Key] = Counter()
        self._connection = connect(
            uri, name, on_blocked=lambda reason: self._block(True), on_unblocked=lambda: self._block(False)
        )
        try:
            self._channel = self._connection.channel()
            self._channel.confirm_select()
            self._channel.events["basic_ack"].add(self._on_ack)
            self._channel.events["basic_nack"].add(self._on_nack)
            self._channel.events["basic_return"].add(self._on_return)
            if on_open is not None:
                on_open(self._channel)
            self._connection.transport.sock.settimeout(_TICK)
            self._gathering = _Gathering(self._connection.transport)
            self._connection.frame_writer = frame_writer(self._connection, self._gathering)
        except BaseException:
            self._connection.collect()
            raise
        threading.Thread(target=self._read, name=f"{name}-reader", daemon=True).start()

    def send(self, group: Group, place: int, outgoing: Outgoing) -> None:
        """Write one message; its outcome will be told to ``group``. :class:`Gone` when it cannot be."""
        if self.blocked:
            raise Gone("blocked")
        message = outgoing.message()
        key = (outgoing.exchange, outgoing.routing_key, outgoing.message_id)
        with self._lock:
            if not self.alive:
                raise Gone("closed")
            self._sent += 1
            self._waiting[self._sent] = (group, place, key)
            try:
                # Not channel.basic_publish: it reads from the socket before it writes, beside our reader.
                self._channel.send_method(
                    spec.Basic.Publish,
                    "Bssbb",
                    (0, outgoing.exchange, outgoing.routing_key, outgoing.mandatory, False),
                    message,
                )
            except Exception as error:
                self.close()
                raise Gone(type(error).__name__) from error

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is sent within leaves in few writes. :class:`Gone` when it cannot."""
        self._gathering.hold()
        try:
            yield
        finally:
            try:
                self._gathering.release()
            except Exception as error:
                self.close()
                raise Gone(type(error).__name__) from error

    def close(self) -> None:
        """Drop the socket without a farewell, which could block; what is unanswered is unknown."""
        with self._closing:
            if not self.alive:
                return
            self.alive = False
        with suppress(OSError, AttributeError):
            # Wakes the reader, who lets go of the socket: closed under her, its number could come again
            # for another socket while the hub still waits on it for her.
            self._connection.transport.sock.shutdown(socket.SHUT_RDWR)
        waiting, self._waiting = self._waiting, {}
        for group, place, _ in list(waiting.values()):
            group.resolve(place, Outcome.UNKNOWN)
        if self._on_closed is not None:
            self._on_closed(self)

    def _read(self) -> None:
        beat = time.monotonic()
        try:
            while self.alive:
                with suppress(TimeoutError):
                    self._connection.drain_events()
                if self.alive and time.monotonic() - beat >= _TICK:
                    beat = time.monotonic()
                    self._connection.heartbeat_tick()
        except Exception as error:
            if self.alive:
                log.warning("connection_lost", error=type(error).__name__)
        finally:
            self.close()
            with suppress(Exception):
                self._connection.collect()

    def _block(self, blocked: bool) -> None:
        self.blocked = blocked
        log.warning("blocked" if blocked else "unblocked")

    def _on_return(self, error: Exception, exchange: str, routing_key: str, message: Message) -> None:
        self._returned[exchange, routing_key, message.properties.get("message_id", "")] += 1

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._resolve(tag, multiple, Outcome.CONFIRMED)

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._resolve(tag, multiple, Outcome.REFUSED)

    def _resolve(self, tag: int, multiple: bool, outcome: Outcome) -> None:
        first = self._answered + 1 if multiple else tag
        for number in range(first, tag + 1):
            waiting = self._waiting.pop(number, None)
            if waiting is None:
                continue
            group, place, key = waiting
            # The broker returns an unroutable message before it confirms it.
            if self._returned.get(key):
                self._returned[key] -= 1
                if not self._returned[key]:
                    del self._returned[key]
                group.resolve(place, Outcome.RETURNED)
            else:
                group.resolve(place, outcome)
        if multiple:
            self._answered = max(self._answered, tag)


class Holder:
    """Holds one live link, made when it is first needed and made anew when it has broken."""

    def __init__(self, make: Callable[[], Link]) -> None:
        self._make = make
        self._link: Link | None = None
        self._lock = threading.Lock()
        self._failed_at = -_RETRY

    @property
    def live(self) -> Link | None:
        """The link, if there is one and it is not broken."""
        link = self._link
        return link if link is not None and link.alive else None

    def link(self) -> Link:
        """The live link. Raises one of ``BROKER_ERRORS`` when there is none to be had."""
        with self._lock:
            live = self.live
            if live is not None:
                return live
            if time.monotonic() - self._failed_at < _RETRY:
                # Those who queued up behind a connecting that failed need not each wait for it again.
                raise Gone("unreachable")
            try:
                self._link = self._make()
            except BaseException:
                self._failed_at = time.monotonic()
                raise
            return self._link

    def close(self) -> None:
        with self._lock:
            if self._link is not None:
                self._link.close()


class Publisher:
    """Publishes in pipelined groups and says of each message what became of it. Never raises for
    the broker's sake, never waits longer than its timeout; reconnects by itself when used again.
    """

    def __init__(self, uri: str, name: str, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._holder = Holder(lambda: Link(uri, name))

    @property
    def connected(self) -> bool:
        return self._holder.live is not None

    @property
    def blocked(self) -> bool:
        """Whether the broker has an alarm and takes nothing from us at present."""
        live = self._holder.live
        return live is not None and live.blocked

    def publish(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """The outcome of each message, in order, at the latest after the timeout."""
        outside_transaction()
        if not messages:
            return []
        group = Group(len(messages))
        deadline = time.monotonic() + self._timeout
        link: Link | None = None
        place = 0
        try:
            link = self.link()
            if len(messages) == 1:
                link.send(group, 0, messages[0])
            else:
                with link.together():
                    for place, outgoing in enumerate(messages):
                        link.send(group, place, outgoing)
        except Exception as error:
            log.warning("publish_failed", error=type(error).__name__)
            for unsent in range(place, len(messages)):
                group.resolve(unsent, Outcome.UNKNOWN)
        if not group.wait(max(0.0, deadline - time.monotonic())) and link is not None and not link.blocked:
            # A broker that is merely blocked will answer later; anything else may never.
            log.warning("confirm_timeout")
            link.close()
        return [outcome or Outcome.UNKNOWN for outcome in group.outcomes]

    def link(self) -> Link:
        """The live connection, made anew when the last one broke."""
        return self._holder.link()

    def close(self) -> None:
        self._holder.close()
