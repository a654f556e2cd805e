"""What operations see of a service, and do with its dead letters, by calls that every service answers.

Nothing here tells of a child: names of queues, codes, counts, times and ids cut short.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from amqp.exceptions import ChannelError

from services.chassis import amqp, discovery, migrations, outbox, topology
from services.chassis.actor import Actor
from services.chassis.amqp import BROKER_ERRORS
from services.chassis.context import Context
from services.chassis.deadletters import DeadLetters
from services.chassis.errors import Forbidden, Unavailable
from services.chassis.masking import masked
from services.chassis.runtime import Runtime
from services.chassis.schemas import Gives, Takes, fields, validate

OPERATIONS = "operations"
MOST = 500
"""Dead letters listed or settled by one call."""


class Nothing(Takes):
    """The call takes nothing."""


class _Chosen(Takes):
    """Which dead letters, by the marks that the list gave them."""

    marks = fields.List(
        fields.String(validate=validate.Length(min=1, max=40)),
        required=True,
        validate=validate.Length(min=1, max=MOST, error="Vælg mindst én og højst 500 beskeder."),
    )


class ListDeadLetters(Takes):
    """The oldest dead letters, or those with the marks."""

    marks = fields.List(fields.String(validate=validate.Length(max=40)), load_default=list)
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=MOST))


class ReplayDeadLetters(_Chosen):
    """``note`` goes into the access log."""

    note = fields.String(load_default="sendt igen", validate=validate.Length(max=200))


class DiscardDeadLetters(_Chosen):
    """Thrown away for good; ``reason`` goes into the access log and holds no personal data."""

    reason = fields.String(
        required=True, validate=validate.Length(min=5, max=200, error="Skriv hvorfor, med 5 til 200 tegn.")
    )


class _Fact(Gives):
    name = fields.String()
    value = fields.String()


class MaskedLetter(Gives):
    """A dead letter without content; what is empty is unknown or not for showing."""

    mark = fields.String()
    event = fields.String()
    type = fields.String()
    time = fields.String()
    queue = fields.String()
    reason = fields.String()
    code = fields.String()
    at = fields.String()
    facts = fields.List(fields.Nested(_Fact))
    hidden = fields.Integer()
    length = fields.Integer()


class MaskedLetters(Gives):
    items = fields.List(fields.Nested(MaskedLetter))


class Settled(Gives):
    """``done`` got there, ``kept`` stayed since their queue is gone or full, ``missing`` were not found."""

    done = fields.Integer()
    kept = fields.Integer()
    missing = fields.Integer()


class _Check(Gives):
    name = fields.String()
    code = fields.String()


class _Queue(Gives):
    name = fields.String()
    part = fields.String(validate=validate.OneOf(["calls", "events", "retries", "dead-letters"]))
    messages = fields.Integer(allow_none=True)
    consumers = fields.Integer(allow_none=True)


class State(Gives):
    """How a service is, as the process that answered sees it."""

    service = fields.String()
    version = fields.String()
    schema = fields.String(allow_none=True)
    schema_behind = fields.Boolean()
    ready = fields.Boolean(allow_none=True)
    checks = fields.List(fields.Nested(_Check))
    relay = fields.String(metadata={"description": "active, standby, or a code for what troubles it."})
    outbox_waiting = fields.Integer()
    outbox_parked = fields.Integer()
    outbox_oldest_seconds = fields.Float()
    queues = fields.List(fields.Nested(_Queue))


def state(runtime: Runtime, actor: Actor) -> dict[str, Any]:
    """The service's state, for those who run it and the house's own services."""
    if not actor.is_system:
        _require_operations(actor)
    ready, checks = _checks(runtime)
    revision, behind = _schema(runtime)
    backlog = outbox.backlog(runtime.database)
    return {
        "service": runtime.service,
        "version": release(),
        "schema": revision,
        "schema_behind": behind,
        "ready": ready,
        "checks": checks,
        "relay": _relay(runtime),
        "outbox_waiting": backlog.waiting,
        "outbox_parked": backlog.parked,
        "outbox_oldest_seconds": backlog.oldest_age,
        "queues": queues(runtime),
    }


def release() -> str:
    """The version of Trivsel that runs."""
    try:
        return version("trivsel")
    except PackageNotFoundError:
        return "ukendt"


def _checks(runtime: Runtime) -> tuple[bool | None, list[dict[str, str]]]:
    if runtime.checks is None:
        return None, []
    ready, report = runtime.checks.report()
    found = report["services"].get(runtime.service, {})
    return ready, [{"name": name, "code": code} for name, code in found.items()]


def _relay(runtime: Runtime) -> str:
    relay = runtime.relay
    return relay.trouble or ("active" if relay.active else "standby") if relay else "standby"


def _schema(runtime: Runtime) -> tuple[str | None, bool]:
    if runtime.service not in discovery.names("migrations"):
        return None, False
    with runtime.database.engine.connect() as connection:
        return migrations.revision(connection), migrations.is_behind(runtime.service, connection)


def queues(runtime: Runtime) -> list[dict[str, Any]]:
    """What waits in each of the service's queues and how many take from it; None where there is no queue."""
    plan = runtime.plan
    names = [(topology.rpc_queue(plan.service), "calls")]
    names += [(subscription.queue, "events") for subscription in plan.subscriptions]
    if plan.subscriptions:
        names += [(topology.rung(plan.service, wait), "retries") for wait in runtime.ladder]
    names.append((topology.dead_letters(plan.service), "dead-letters"))
    try:
        connection = amqp.connect(runtime.settings.amqp_uri, f"{plan.service}-look")
    except BROKER_ERRORS as error:
        raise Unavailable("Køerne kan ikke ses lige nu.") from error
    try:
        return [{"name": name, "part": part, **_count(connection, name)} for name, part in names]
    finally:
        connection.collect()


def _count(connection: Any, name: str) -> dict[str, int | None]:
    channel = connection.channel()
    try:
        found = channel.queue_declare(name, passive=True)
    except ChannelError:  # the broker closes the channel of whoever asks for a queue that is not there
        return {"messages": None, "consumers": None}
    channel.close()
    return {"messages": found.message_count, "consumers": found.consumer_count}


def dead_letters(runtime: Runtime, actor: Actor, *, marks: list[str], limit: int) -> dict[str, Any]:
    """Dead letters without content; they stay where they are."""
    _require_operations(actor)
    found = _letters(runtime, actor).find(marks, 10_000 if marks else limit)
    return {"items": [masked(letter) for letter in found]}


def replay(
    runtime: Runtime, actor: Actor, context: Context, *, marks: list[str], note: str
) -> dict[str, int]:
    """Sends dead letters back to their queues. What was handled after all is not handled again."""
    _require_operations(actor)
    done, kept = _letters(runtime, replace(actor, purpose=note), context).replay(marks)
    return _settled(marks, len(done), len(kept))


def discard(
    runtime: Runtime, actor: Actor, context: Context, *, marks: list[str], reason: str
) -> dict[str, int]:
    """Throws dead letters away for good."""
    _require_operations(actor)
    gone = _letters(runtime, replace(actor, purpose=reason), context).discard(marks)
    return _settled(marks, len(gone), 0)


def _settled(marks: list[str], done: int, kept: int) -> dict[str, int]:
    return {"done": done, "kept": kept, "missing": max(0, len(Counter(marks)) - done - kept)}


def _letters(runtime: Runtime, actor: Actor, context: Context | None = None) -> DeadLetters:
    uri = runtime.settings.amqp_uri
    return DeadLetters(uri, runtime.service, runtime.database, actor=actor, context=context)


def _require_operations(actor: Actor) -> None:
    if actor.kind != "staff" or not actor.holds({OPERATIONS}):
        raise Forbidden("Kun driften kan gøre dette.")
