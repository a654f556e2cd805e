"""The catalogue as documents: AsyncAPI 3 for machines and a table for people, from ``events.py`` alone."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin

from services.chassis import discovery
from services.chassis.catalogue import Event, route
from services.chassis.service import plan_of
from services.chassis.topology import PUBLIC, Plan

VERSION = "3.0.0"


def catalogue() -> list[type[Event]]:
    """Every event of every service, by type."""
    kinds = [kind for name in discovery.names("events") for kind in discovery.room(name, "events").CATALOGUE]
    return sorted(kinds, key=lambda kind: kind.type)


def plans() -> list[Plan]:
    """What every service of the house publishes and subscribes to."""
    return [plan_of(discovery.service_class(name)) for name in discovery.names()]


def document(version: str) -> dict[str, Any]:
    """The AsyncAPI document of all that travels on the bus."""
    kinds = catalogue()
    schemas = _schemas(kinds)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "Trivsel: events",
            "version": version,
            "description": (
                "At-least-once: an event may come twice, with the same id. Order is promised by no queue: "
                "ignore an aggregateversion below one you have seen. Ignore fields you do not know. "
                "Events carry ids, codes and dates; who needs more asks the API."
            ),
            "license": {"name": "MPL-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {_key(kind): _channel(kind) for kind in kinds},
        "operations": {
            f"publish.{_key(kind)}": {
                "action": "send",
                "channel": {"$ref": f"#/channels/{_key(kind)}"},
                "summary": _summary(kind),
            }
            for kind in kinds
        },
        "components": {
            "schemas": {"Envelope": _envelope(), **schemas},
            "messages": {_key(kind): _message(kind) for kind in kinds},
        },
    }


def table(found: Sequence[Plan]) -> str:
    """The catalogue for people, in Markdown."""
    hears: dict[tuple[str, str], list[str]] = {}
    for plan in found:
        for one in plan.subscriptions:
            hears.setdefault((one.source, one.event), []).append(one.queue)
    lines = [
        "# Events",
        "",
        "Made by `make docs` from each service's `events.py`; `docs/asyncapi.json` is the same for machines.",
        "",
        "An event is a CloudEvent in structured JSON. It may come twice, with the same `id`: handle it once.",
        "Order is promised by no queue: ignore an `aggregateversion` below one you have seen of a `subject`.",
        "Ignore fields you do not know: within a version they are only added. No event carries a name, a",
        "CPR number, an address or free text, and no public one a position. Public events are also on the",
        f"exchange `{PUBLIC}`, by the same routing keys.",
        "",
    ]
    for kind in catalogue():
        way = route(kind.type)
        queues = ", ".join(f"`{queue}`" for queue in sorted(hears.get((way.service, way.routing_key), [])))
        lines += [
            f"## `{kind.type}`",
            "",
            _description(kind),
            "",
            f"- exchange `{way.exchange}`, routing key `{way.routing_key}`; "
            + ("public" if kind.public else "inside the house"),
            f"- heard by {queues or 'nobody in the house'}",
            f"- fields: {', '.join(_field(name, one) for name, one in kind().fields.items())}",
            "",
        ]
    return "\n".join(lines)


def _field(name: str, field: Any) -> str:
    return f"`{name}`" if field.required else f"`{name}` (may be missing)"


def _key(kind: type[Event]) -> str:
    return kind.type.removeprefix("dk.trivsel.")


def _description(kind: type[Event]) -> str:
    return inspect.getdoc(kind) or ""


def _summary(kind: type[Event]) -> str:
    return " ".join(_description(kind).split("\n\n")[0].split())


def _channel(kind: type[Event]) -> dict[str, Any]:
    way = route(kind.type)
    exchange = {"name": way.exchange, "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": way.routing_key,
        "messages": {_key(kind): {"$ref": f"#/components/messages/{_key(kind)}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
        **({"tags": [{"name": "public"}]} if kind.public else {}),
    }


def _message(kind: type[Event]) -> dict[str, Any]:
    return {
        "name": kind.type,
        "title": kind.__name__,
        "summary": _summary(kind),
        "description": _description(kind),
        "contentType": "application/json",
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/Envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": kind.type},
                        "data": {"$ref": f"#/components/schemas/{_key(kind)}"},
                    },
                },
            ]
        },
        "bindings": {"amqp": {"messageType": kind.type, "bindingVersion": "0.3.0"}},
    }


def _schemas(kinds: Sequence[type[Event]]) -> dict[str, Any]:
    # No name for a nested schema: it is written in its place.
    plugin = MarshmallowPlugin(schema_name_resolver=lambda _schema: "")
    APISpec("-", "-", "3.1.0", plugins=[plugin])
    found = {}
    for kind in kinds:
        found[_key(kind)] = _open(plugin.converter.schema2jsonschema(kind()))  # type: ignore[union-attr]
    return found


def _open(schema: Any) -> Any:
    """The schema without "nothing else": a producer sends nothing else, but a consumer must expect it to."""
    if isinstance(schema, dict):
        return {key: _open(value) for key, value in schema.items() if key != "additionalProperties"}
    if isinstance(schema, list):
        return [_open(value) for value in schema]
    return schema


def _envelope() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "CloudEvents 1.0, structured JSON.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "aggregateversion", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {**text, "description": "the same when an event comes again"},
            "source": {**text, "format": "uri-reference"},
            "type": text,
            "subject": {**text, "format": "uuid", "description": "the aggregate's id"},
            "time": {**text, "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "aggregateversion": {"type": "integer", "minimum": 1},
            "municipality": {**text, "description": "CVR number"},
            "correlationid": {**text, "description": "the chain this event is a part of"},
            "causationid": {**text, "description": "the event or call just before it"},
            "traceparent": {**text, "description": "W3C trace context"},
            "sensitivity": {**text, "description": "on public events"},
            "kle": {**text, "description": "on public events: KLE subject"},
            "data": {"type": "object"},
        },
    }
