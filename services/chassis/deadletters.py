"""Dead letters: looked at, sent back to the queue they came from, or thrown away with a reason.

A message is put back only once its own queue has confirmed it, and taken off the dead-letter queue only
then. It keeps its event id, so what had its effect after all does not have it again. Each step is noted
in the service's access log before it is taken.
"""

from __future__ import annotations

import getpass
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from amqp import Channel, Message

from services.chassis import amqp, fates, topology
from services.chassis.actor import Actor
from services.chassis.amqp import Outcome, Outgoing, Publisher
from services.chassis.context import Context
from services.chassis.database import Database

SHOWN = 2000
"""Characters of a body that are shown."""
PORTION = 500
"""So many are published together: what the broker confirms well within a publisher's patience."""
Progress = Callable[[str, int, int], None]
"""Hears of which service, how many are done, and of how many."""
RETURN_SECONDS = 2.0
"""How long we wait to see what we held lie in its queue again."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message on a dead-letter queue and what is known of its end."""

    id: str
    event_id: str
    origin: str
    reason: str
    code: str
    at: str
    body: str
    message: Message

    @property
    def mark(self) -> str:
        """Names it without telling anything of it: an id from elsewhere may itself be somebody's."""
        told = "\0".join((self.id, self.origin, self.at, self.body))
        return blake2b(told.encode(), digest_size=10).hexdigest()


class DeadLetters:
    """The dead-letter queue of one service, for one operator."""

    def __init__(
        self,
        uri: str,
        service: str,
        database: Database,
        note: str = "",
        actor: Actor | None = None,
        context: Context | None = None,
    ) -> None:
        """``actor`` is who operates; without one it is whoever runs this program, for ``note``'s purpose."""
        self.service = service
        self._uri = uri
        self._queue = topology.dead_letters(service)
        self._database = database
        self._context = context
        self._actor = actor or Actor(
            f"operator:{getpass.getuser()}", "service", purpose=(note or "drift")[:200]
        )

    def find(self, ids: Collection[str] = (), limit: int = 1000) -> list[DeadLetter]:
        """The dead letters with these message ids, event ids or marks, or all; they stay where they are."""
        with self._opened() as (channel, held):
            return [letter for _, letter in self._fetch(channel, held, ids, limit)]

    def show(self, id_: str) -> DeadLetter | None:
        """One dead letter with its body, which is noted as a reading."""
        found = self.find([id_])
        self._note("read", [letter.id for letter in found])
        return found[0] if found else None

    def replay(
        self, ids: Collection[str] = (), progress: Progress | None = None
    ) -> tuple[list[str], list[str]]:
        """Sends these back to their queues, or all: ids of those that got there, and those that did not."""
        publisher = Publisher(self._uri, "trivsel-replay")
        try:
            return self._settle(ids, "change", lambda letters: _send_back(publisher, letters), progress)
        finally:
            publisher.close()

    def discard(self, ids: Collection[str], progress: Progress | None = None) -> list[str]:
        """Throws these away for good; the note says why."""
        gone, _ = self._settle(ids, "delete", lambda letters: [True] * len(letters), progress)
        return gone

    def _settle(
        self,
        ids: Collection[str],
        action: str,
        settle: Callable[[Sequence[DeadLetter]], list[bool]],
        progress: Progress | None,
    ) -> tuple[list[str], list[str]]:
        with self._opened() as (channel, held):
            found = list(self._fetch(channel, held, ids, 10_000))
            letters = [letter for _, letter in found]
            self._note(action, [letter.id for letter in letters])
            done: list[str] = []
            kept: list[str] = []
            for first in range(0, len(found), PORTION):
                portion = letters[first : first + PORTION]
                for (tag, letter), well in zip(found[first:], settle(portion), strict=False):
                    if well:
                        channel.basic_ack(tag)
                        held.discard(tag)
                    (done if well else kept).append(letter.id)
                if progress is not None:
                    progress(self.service, len(done) + len(kept), len(found))
            return done, kept

    def _fetch(
        self, channel: Channel, held: set[int], ids: Collection[str], limit: int
    ) -> Iterator[tuple[int, DeadLetter]]:
        # Each message is fetched once and held until the channel closes, so none comes round twice.
        for _ in range(limit):
            message = channel.basic_get(self._queue)
            if message is None:
                return
            tag = message.delivery_info["delivery_tag"]
            held.add(tag)
            letter = _letter(message)
            if not ids or not {letter.id, letter.event_id, letter.mark}.isdisjoint(ids):
                yield tag, letter

    def _note(self, action: str, subjects: Sequence[str]) -> None:
        if subjects:
            with self._database.unit_of_work(self._context) as uow:
                cut = [subject[:80] for subject in subjects]  # a stranger's message may have any id
                uow.log_access(self._actor, action=action, kind="dead-letter", subjects=cut)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Channel, set[int]]]:
        """A channel, and the tags of what was fetched on it and not settled: that goes back at the end."""
        connection = amqp.connect(self._uri, "trivsel-dead-letters")
        try:
            channel, held = connection.channel(), set[int]()
            yield channel, held
            channel.close()
            self._await_return(connection.channel(), len(held))
        finally:
            connection.collect()

    def _await_return(self, channel: Channel, count: int) -> None:
        # A quorum queue takes back what a closed channel held in its own time, and who asks meanwhile finds
        # nothing: the operator who read the list a moment ago, say. Others may take from the queue too, so
        # that the count is never reached; then this was no more than a pause.
        deadline = time.monotonic() + RETURN_SECONDS
        while channel.queue_declare(self._queue, passive=True).message_count < count:
            if time.monotonic() > deadline:
                return
            time.sleep(0.01)


def _send_back(publisher: Publisher, letters: Sequence[DeadLetter]) -> list[bool]:
    known = [letter for letter in letters if letter.origin]
    outcomes = iter(publisher.publish([_outgoing(letter) for letter in known]))
    return [bool(letter.origin) and next(outcomes) is Outcome.CONFIRMED for letter in letters]


def _outgoing(letter: DeadLetter) -> Outgoing:
    body = letter.message.body
    properties = letter.message.properties
    return Outgoing(
        exchange="",
        routing_key=letter.origin,
        body=body.encode() if isinstance(body, str) else bytes(body),
        message_id=letter.id,
        content_type=properties.get("content_type", "application/json"),
        content_encoding=properties.get("content_encoding", "utf-8"),
    )


def _letter(message: Message) -> DeadLetter:
    headers: dict[str, Any] = message.properties.get("application_headers") or {}
    id_ = str(message.properties.get("message_id", ""))
    body = message.body
    return DeadLetter(
        id=id_,
        # What the broker itself gave up on carries the relay's own message id, which is the event's.
        event_id=str(headers.get(fates.EVENT_ID, id_)),
        origin=str(headers.get(fates.ORIGIN) or headers.get("x-first-death-queue") or ""),
        reason=str(headers.get(fates.REASON) or headers.get("x-first-death-reason") or "unknown"),
        code=str(headers.get(fates.CODE, "")),
        at=str(headers.get(fates.DEAD_AT, "")),
        body=(body if isinstance(body, str) else bytes(body).decode(errors="replace"))[:SHOWN],
        message=message,
    )
