"""CloudEvents 1.0 in structured JSON, built and checked with the CNCF's own SDK; orjson reads and writes it.

The AMQP content type is ``application/json`` and not ``application/cloudevents+json``: a stock
nameko service accepts only the former, and the body is the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
from cloudevents.core.base import BaseCloudEvent
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from services.chassis.context import Context
from services.chassis.errors import Permanent
from services.chassis.received import Received

CONTENT_TYPE = "application/json"
MAX_BODY = 256 * 1024
"""Bytes. Events are thin; a body above this is a mistake or an attack."""


class _Format(JSONFormat):
    """The SDK's format with a quicker reader and writer for what our events are; the rest is left to it."""

    def read(self, event_factory: Any, data: str | bytes) -> BaseCloudEvent:
        found = orjson.loads(data)
        if (
            type(found) is not dict
            or type(found.get("data")) is not dict
            or not _is_moment(found.get("time"))
        ):
            return super().read(event_factory, data)
        told = found.pop("data")
        found["time"] = datetime.fromisoformat(found["time"])
        event: BaseCloudEvent = event_factory(found, told)
        return event

    def write(self, event: BaseCloudEvent) -> bytes:
        return orjson.dumps({**event.get_attributes(), "data": event.get_data()}, option=orjson.OPT_UTC_Z)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _is_moment(text: Any) -> bool:
    return type(text) is str and _MOMENT.fullmatch(text) is not None


_FORMAT = _Format()


def build(row: Mapping[str, Any]) -> bytes:
    """The body of the event that an outbox row holds."""
    attributes: dict[str, Any] = {
        "id": row["id"],
        "source": f"/trivsel/{row['type'].split('.')[2]}",
        "type": row["type"],
        "subject": row["aggregate_id"],
        "time": row["occurred_at"],
        "datacontenttype": "application/json",
        "aggregateversion": row["aggregate_version"],
        **row["headers"],
    }
    return _FORMAT.write(CloudEvent(attributes, row["data"]))


def parse(body: Any) -> CloudEvent:
    """The event in a body: bytes, text, or what a JSON decoder made of it.

    Raises ``Permanent`` with the reason: ``too-large``, ``not-json``, ``not-a-cloudevent``.
    """
    if isinstance(body, dict):
        body = json.dumps(body)
    if not isinstance(body, bytes | str):
        raise Permanent("not-json")
    if len(body) > MAX_BODY:
        raise Permanent("too-large")
    try:
        event = _FORMAT.read(CloudEvent, body)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise Permanent("not-json") from error
    except (
        CloudEventValidationError,
        ValueError,
        TypeError,
        AttributeError,
        KeyError,
        OverflowError,
    ) as error:
        raise Permanent("not-a-cloudevent") from error
    if not isinstance(event, CloudEvent):
        raise Permanent("not-a-cloudevent")
    return event


def receive(body: Any) -> Received:
    """The event as a handler sees it, its data not yet checked against the consumer's schema."""
    event = parse(body)
    attributes = event.get_attributes()
    data = event.get_data()
    version = attributes.get("aggregateversion")
    subject = attributes.get("subject")
    moment = attributes.get("time")
    if not isinstance(data, dict) or not isinstance(subject, str):
        raise Permanent("not-a-cloudevent")
    if isinstance(version, bool) or not isinstance(version, int):
        raise Permanent("no-version")
    return Received(
        id=event.get_id(),
        type=event.get_type(),
        subject=subject,
        version=version,
        time=moment.astimezone(UTC) if isinstance(moment, datetime) else datetime.now(UTC),
        data=data,
        context=Context(
            correlation_id=str(attributes.get("correlationid") or event.get_id()),
            causation_id=event.get_id(),
            traceparent=_text(attributes.get("traceparent")),
        ),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
