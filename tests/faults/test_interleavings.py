"""Relay and inbox in any order of steps, crashes, redeliveries and clock jumps: hypothesis looks for one that
loses an event, handles one twice or lets one overtake another. The functions are the real ones, on SQLite.

The broker is a list here, and it is as unkind as the real one may be: what it has it may deliver twice, late
and out of order, and what it confirms nobody may hear.
"""

from __future__ import annotations

import tempfile
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import time_machine
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, rule

from services.chassis import clock, envelope, inbox, outbox
from services.chassis.database import Database, UnitOfWork
from services.chassis.received import Batch, Received
from tests.support import little

AGGREGATES = ["00000000-0000-0000-0000-00000000000" + digit for digit in "abc"]


class Chaos(RuntimeError):
    """Something fails between two statements."""


class Interleavings(RuleBasedStateMachine):
    """Producers, relays, a broker and a consumer, one step at a time."""

    relays = Bundle("relays")
    found = Bundle("found")
    published = Bundle("published")

    @initialize()
    def build(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.time = time_machine.travel(clock.now(), tick=False)
        self.traveller = self.time.start()
        self.producer = self._database("producer")
        self.consumer = self._database("consumer")
        self.versions: Counter[str] = Counter()
        self.broker: list[bytes] = []
        self.handled: list[tuple[str, int]] = []
        self.first_published: dict[str, list[int]] = defaultdict(list)

    def _database(self, name: str) -> Database:
        database = Database(f"sqlite:///{Path(self.folder.name) / name}.sqlite", little.Base)
        little.Base.metadata.create_all(database.engine)
        return database

    def teardown(self) -> None:
        if not hasattr(self, "producer"):
            return
        try:
            self._drain()
            told = {(a, v) for a in AGGREGATES for v in range(1, self.versions[a] + 1)}
            assert Counter(self.handled) == Counter(told), "lost or doubled"
            for aggregate, order in self.first_published.items():
                assert order == sorted(order), f"{aggregate}: {order}"
        finally:
            self.producer.close()
            self.consumer.close()
            self.time.stop()
            self.folder.cleanup()

    # -- producers ------------------------------------------------------------------------------------

    @rule(aggregates=st.lists(st.sampled_from(AGGREGATES), min_size=1, max_size=4), fails=st.booleans())
    def change(self, aggregates: list[str], fails: bool) -> None:
        """A change with its events in one transaction; when it fails, neither has happened."""
        before = self.versions.copy()
        try:
            with self.producer.unit_of_work() as uow:
                for aggregate in aggregates:
                    self.versions[aggregate] += 1
                    little.made(uow, aggregate, self.versions[aggregate])
                if fails:
                    raise Chaos
        except Chaos:
            self.versions = before

    # -- relays ---------------------------------------------------------------------------------------

    @rule(target=relays)
    def take_over(self) -> str:
        """A relay takes over. The one before may be dead, or go on and not know."""
        return outbox.take_over(self.producer)

    @rule(target=found, token=relays, limit=st.integers(1, 5))
    def look(self, token: str, limit: int) -> tuple[str, list[dict[str, object]]]:
        """A relay looks what waits; it may have lost its place long ago."""
        return token, outbox.waiting(self.producer, token, limit)

    @rule(target=published, rows_found=consumes(found), much=st.integers(0, 5))
    def publish(
        self, rows_found: tuple[str, list[dict[str, object]]], much: int
    ) -> tuple[str, list[dict[str, object]]]:
        """Each aggregate's first event, as a relay's round does; perhaps not all before it dies."""
        token, rows = rows_found
        sent, seen = [], set()
        for row in rows:
            if row["aggregate_id"] not in seen and len(sent) < much:
                seen.add(row["aggregate_id"])
                self._to_broker(row)
                sent.append(row)
        return token, sent

    def _to_broker(self, row: dict[str, object]) -> None:
        self.broker.append(envelope.build(row))
        order = self.first_published[str(row["aggregate_id"])]
        version = int(str(row["aggregate_version"]))
        if version not in order:
            order.append(version)

    @rule(sent=consumes(published))
    def mark(self, sent: tuple[str, list[dict[str, object]]]) -> None:
        """The confirms were heard."""
        token, rows = sent
        outbox.mark_published(self.producer, token, [int(str(row["seq"])) for row in rows])

    @rule(sent=consumes(published), delay=st.floats(0.1, 100))
    def park(self, sent: tuple[str, list[dict[str, object]]], delay: float) -> None:
        """No confirm came: it may or may not be there, and is tried again later."""
        token, rows = sent
        outbox.park(self.producer, token, [int(str(row["seq"])) for row in rows], "refused", delay)

    @rule(seconds=st.floats(0.1, 120))
    def time_passes(self, seconds: float) -> None:
        self.traveller.shift(timedelta(seconds=seconds))

    # -- the consumer ---------------------------------------------------------------------------------

    @rule(data=st.data(), fails=st.booleans())
    def deliver(self, data: st.DataObject, fails: bool) -> None:
        """Some of what the broker has, in any order, some of it twice; acknowledged or not."""
        if not self.broker:
            return
        places = data.draw(st.lists(st.integers(0, len(self.broker) - 1), min_size=1, max_size=6))
        events = [envelope.receive(self.broker[place]) for place in places]
        failed = self._handle(events, fails)
        if not failed and data.draw(st.booleans()):
            for place in sorted(set(places), reverse=True):
                del self.broker[place]

    def _handle(self, events: list[Received], fails: bool) -> bool:
        new: list[tuple[str, int]] = []

        def handler(uow: UnitOfWork, fresh: list[Received]) -> None:
            new.clear()
            new.extend((event.subject, event.version) for event in fresh)
            for event in fresh:
                uow.session.add(little.Thing(id=event.id, note="handled"))
            uow.session.flush()
            if fails:
                raise Chaos

        batch = Batch("consumer.things", events)
        if fails:
            # All fail together and each alone; none of it must leave a trace.
            inbox.handle(self.consumer, batch, handler)
            return bool(batch.failures)
        inbox.handle(self.consumer, batch, handler)
        self.handled += new
        return bool(batch.failures)

    # -- what must always hold ------------------------------------------------------------------------

    @invariant()
    def nothing_is_handled_twice(self) -> None:
        if hasattr(self, "handled"):
            assert len(set(self.handled)) == len(self.handled)

    def _drain(self) -> None:
        """All is well again: what waits is published, and what is published is delivered."""
        for _ in range(200):
            self.traveller.shift(timedelta(seconds=200))
            token = outbox.take_over(self.producer)
            rows = outbox.waiting(self.producer, token, 5)
            if not rows:
                break
            sent, seen = [], set()
            for row in rows:
                if row["aggregate_id"] not in seen:
                    seen.add(row["aggregate_id"])
                    self._to_broker(row)
                    sent.append(row)
            outbox.mark_published(self.producer, token, [int(row["seq"]) for row in sent])
        assert outbox.backlog(self.producer).waiting == 0
        while self.broker:
            self._handle([envelope.receive(body) for body in self.broker[:50]], fails=False)
            del self.broker[:50]


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
