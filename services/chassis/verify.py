"""``trivsel verify``: whether what must hold does hold in a running installation, read and never changed.

Beside the services' own rules (:mod:`services.chassis.invariants`) those of the chassis: what was decided was
told, what was told was handled by each who listens, nothing was given up.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, MetaData, Table, create_engine, literal_column, make_url, select
from sqlalchemy.orm import Session

from services.chassis import amqp, clock, discovery, invariants, topology
from services.chassis.catalogue import route
from services.chassis.invariants import Checked, Fact, Finding, Row, Rule
from services.chassis.topology import Plan, Subscription

PATIENCE = timedelta(minutes=5)
"""What is younger may still be on its way."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Store:
    """A service's database, to read from beside the running service: it takes no writer's place."""

    engine: Engine
    metadata: MetaData

    @classmethod
    def of(cls, url: str, metadata: MetaData) -> Store:
        parsed = make_url(url)
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        return cls(create_engine(parsed, hide_parameters=True), metadata)


class Installation:
    """The databases and the broker of some services, and what is known of their rules."""

    def __init__(self, plans: Sequence[Plan], stores: Mapping[str, Store], uri: str) -> None:
        self.plans = {plan.service: plan for plan in plans}
        self.stores = stores
        self.uri = uri
        self.facts: dict[str, Fact] = {}
        self.rules: list[tuple[str, Rule]] = []
        known = set(discovery.names("invariants"))
        for service in self.plans:
            if service in known:
                module = importlib.import_module(f"services.{service}.invariants")
                self.facts |= {f"{service}.{name}": fact for name, fact in module.FACTS.items()}
                self.rules += [(service, rule) for rule in module.RULES]

    def verify(
        self, patience: timedelta = PATIENCE, most: int = 100, progress: Progress | None = None
    ) -> list[Checked]:
        """Every rule with what breaks it. Rules about a service that is not among ours are left out."""
        before = clock.now() - patience
        self._take_in_the_chassis_rules(before)
        due = [(s, r) for s, r in self.rules if all(name in self.facts for name in r.needs)]
        found: list[Checked] = []
        with ExitStack() as stack:
            sessions = {
                service: stack.enter_context(Session(store.engine, info={"long_ago": before}))
                for service, store in self.stores.items()
            }
            for number, (service, rule) in enumerate(due):
                if progress is not None:
                    progress(f"{service}: {rule.says}", number, len(due))
                found.append(invariants.check(service, rule, self.facts, sessions, most))
        found += [self._dead_letters(service) for service in self.plans]
        return found

    def _take_in_the_chassis_rules(self, before: object) -> None:
        for service, plan in self.plans.items():
            outbox = self.stores[service].metadata.tables["outbox"]
            self.facts[f"{service}.unpublished"] = _unpublished(outbox, before)
            self.rules.append((service, Rule("what was decided is told", [f"{service}.unpublished"], _each)))
            for subscription in plan.subscriptions:
                if subscription.source not in self.plans:
                    continue
                sent = f"{subscription.source}.sent:{subscription.event}.v{subscription.version}"
                handled = f"{service}.handled:{subscription.queue}"
                outbox = self.stores[subscription.source].metadata.tables["outbox"]
                inbox = self.stores[service].metadata.tables["inbox"]
                self.facts[sent] = _sent(outbox, subscription, before)
                self.facts[handled] = _handled(inbox, subscription.queue)
                says = f"what {subscription.source} told is handled: {subscription.queue}"
                self.rules.append((service, Rule(says, [sent, handled], _all_handled)))

    def _dead_letters(self, service: str) -> Checked:
        found = Checked(service, "nothing was given up")
        queue = topology.dead_letters(service)
        for name, many in depths(self.uri, [queue]).items():
            if many:
                detail = f"{many} dead letters; see `trivsel dlq list {service}`"
                found.violations.append(invariants.Violation(service, found.rule, name, detail))
        return found


def depths(uri: str, queues: Sequence[str]) -> dict[str, int]:
    """Messages ready in each of the queues that exist."""
    connection = amqp.connect(uri, "trivsel-depths")
    found = {}
    try:
        for queue in queues:
            channel = connection.channel()
            try:
                found[queue] = int(channel.queue_declare(queue, passive=True).message_count)
                channel.close()
            except connection.channel_errors:
                continue
    finally:
        connection.collect()
    return found


def _unpublished(outbox: Table, before: object) -> Fact:
    query = (
        select(outbox.c.id, outbox.c.type, outbox.c.attempts, outbox.c.last_error)
        .where(outbox.c.published_at.is_(None), outbox.c.occurred_at < before)
        .order_by(outbox.c.id)
    )
    return lambda session: invariants.streamed(session, query)


def _sent(outbox: Table, subscription: Subscription, before: object) -> Fact:
    type_ = f"dk.trivsel.{subscription.source}.{subscription.event}.v{subscription.version}"
    assert route(type_)
    query = (
        select(outbox.c.id)
        .where(outbox.c.type == type_, outbox.c.published_at < before)
        .order_by(outbox.c.id)
    )
    return lambda session: invariants.streamed(session, query)


def _handled(inbox: Table, consumer: str) -> Fact:
    def rows(session: Session) -> Iterator[Row]:
        # Byte by byte, as the other side's UUIDs are ordered, whatever language the server sorts in.
        plain = session.get_bind().dialect.name == "postgresql"
        order = literal_column('event_id COLLATE "C"') if plain else inbox.c.event_id
        query = select(inbox.c.event_id).where(inbox.c.consumer == consumer).order_by(order)
        return invariants.streamed(session, query)

    return rows


def _each(rows: Iterator[Row]) -> Iterator[Finding]:
    for id_, type_, attempts, error in rows:
        yield str(id_), f"{type_} is not published after {attempts} failures ({error or 'no error'})"


def _all_handled(sent: Iterator[Row], handled: Iterator[Row]) -> Iterator[Finding]:
    for id_, (told, done) in invariants.paired(sent, handled):
        if told and not done:
            yield id_, "this event was never handled"
