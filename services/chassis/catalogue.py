"""How a service declares the events it publishes, and what it reads of others' events.

A subclass of :class:`Event` is the one source of an event: its type, who may hear it, its
fields. Topology, documents and contract tests are made from it.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar
from uuid import UUID

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError, fields, validate

from services.chassis.errors import Permanent
from services.chassis.quick import Quick, uuid

__all__ = ["Event", "Reads", "Uid", "code", "fields", "route"]

_TYPE = re.compile(
    r"dk\.trivsel\.(?P<service>[a-z]+)\.(?P<aggregate>[a-z_]+)\.(?P<happened>[a-z_]+)\.v(?P<version>\d{1,4})"
)


class Uid(fields.String):
    """A UUID, as text in its canonical lower-case form on both sides."""

    default_error_messages = {"invalid_uuid": "Skal være en gyldig nøgle (UUID)."}

    def __init__(self, *, metadata: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(metadata={"format": "uuid", **(metadata or {})}, **kwargs)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        try:
            return str(UUID(super()._deserialize(value, attr, data, **kwargs)))
        except ValueError as error:
            raise self.make_error("invalid_uuid") from error


def code() -> validate.Regexp:
    """For a field that holds a code which is not one of a short list: no sentence can pass as one."""
    return validate.Regexp(r"^[a-z0-9_*-]{1,40}$", error="Skal være en kode.")


class Route:
    """Where an event of one type goes: its service's exchange and its routing key."""

    __slots__ = ("aggregate", "exchange", "routing_key", "service", "version")

    def __init__(self, type_: str) -> None:
        match = _TYPE.fullmatch(type_)
        if match is None:
            raise Permanent("unknown-type")
        self.service = match["service"]
        self.aggregate = match["aggregate"]
        self.exchange = f"{self.service}.events"
        self.version = int(match["version"])
        self.routing_key = f"{self.aggregate}.{match['happened']}"


_ROUTES: dict[str, Route] = {}


def route(type_: str) -> Route:
    """The route of an event type; ``Permanent('unknown-type')`` when it is not one of ours."""
    if type_ not in _ROUTES:
        _ROUTES[type_] = Route(type_)
    return _ROUTES[type_]


class Event(Schema):
    """A published event. Its fields are UUIDs, codes and dates: never a name, colour or text.

    ``public`` events are also bound to the exchange ``trivsel.public`` for other systems;
    an ``expected`` event must reach somebody in the house, and one that finds no queue is an
    alarm rather than silence.
    """

    type: ClassVar[str] = ""
    public: ClassVar[bool] = False
    expected: ClassVar[bool] = True
    sensitivity: ClassVar[str] = "internal"
    kle: ClassVar[str | None] = None

    class Meta:
        unknown = RAISE

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.type:
            route(cls.type)

    @classmethod
    def payload(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The event's data as it travels; a producer that breaks its own schema fails at once."""
        schema = _instance(cls)
        quick = _quick(cls).dump(data)
        if quick is not None:
            return quick
        dumped = schema.dump(data)
        unknown = set(data) - set(schema.fields)
        errors = schema.validate(dumped)
        if errors or unknown:
            raise ValidationError({**errors, **{name: ["not in the event"] for name in unknown}})
        return dict(dumped)


class Reads(Schema):
    """What a consumer reads of an event: it names what it needs and ignores the rest."""

    class Meta:
        unknown = EXCLUDE


_INSTANCES: dict[type[Schema], Schema] = {}


def _instance(cls: type[Schema]) -> Schema:
    """Building a schema costs more than using it."""
    if cls not in _INSTANCES:
        _INSTANCES[cls] = cls()
    return _INSTANCES[cls]


_QUICK: dict[type[Schema], Quick] = {}


def _quick(cls: type[Schema]) -> Quick:
    if cls not in _QUICK:
        _QUICK[cls] = Quick(_instance(cls), {Uid: uuid})
    return _QUICK[cls]


def read(reads: type[Schema], data: Any) -> dict[str, Any]:
    """An event's data as its consumer reads it; ``Permanent('schema-invalid')`` if it cannot."""
    quick = _quick(reads).load(data)
    if quick is not None:
        return quick
    try:
        return dict(_instance(reads).load(data))
    except (ValidationError, TypeError, AttributeError) as error:
        raise Permanent("schema-invalid") from error
