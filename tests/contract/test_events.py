"""What services say and what others hear fit together, and no event can carry what it may not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, fields, validate

from services.chassis import asyncapi, discovery
from services.chassis.catalogue import Event, Uid, route
from services.chassis.documents import documents
from services.chassis.service import Service, Subscribe
from services.chassis.topology import PUBLIC

KINDS = asyncapi.catalogue()
PLANS = asyncapi.plans()
BY_ROUTE = {(route(kind.type).service, route(kind.type).routing_key): kind for kind in KINDS}
HEARD = {(one.source, one.event) for plan in PLANS for one in plan.subscriptions}
SERVICES = [discovery.service_class(name) for name in discovery.names()]
SUBSCRIPTIONS = [
    (service.name, entrypoint)
    for service in SERVICES
    for function in vars(service).values()
    for entrypoint in getattr(function, "nameko_entrypoints", ())
    if isinstance(entrypoint, Subscribe)
]


def walk(schema: Schema, path: str = "") -> Iterator[tuple[str, fields.Field]]:
    """Every field, also those of lists and nested objects."""
    for attribute, field in schema.fields.items():
        name = field.data_key or attribute
        inner: Any = field
        while isinstance(inner, fields.List):
            inner = inner.inner
        if isinstance(inner, fields.Nested):
            yield from walk(inner.schema, f"{path}{name}.")
        else:
            yield f"{path}{name}", inner


def named(kind: type[Event]) -> str:
    return kind.type


def test_the_house_has_its_services_and_they_have_their_events() -> None:
    assert {service.name for service in SERVICES} >= {"registry", "assessment", "meetings", "notifications"}
    assert len(KINDS) >= 15
    assert len(SUBSCRIPTIONS) >= 10


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_an_event_holds_codes_ids_dates_and_numbers_only(kind: type[Event]) -> None:
    for path, field in walk(kind()):
        if isinstance(field, Uid | fields.Date | fields.DateTime | fields.Boolean | fields.Integer):
            continue
        assert isinstance(field, fields.String), path
        closed = [one for one in field.validators if isinstance(one, validate.OneOf | validate.Regexp)]
        assert closed, f"{path} could carry any text: give it OneOf or Regexp"


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_no_event_has_a_field_for_a_person(kind: type[Event]) -> None:
    forbidden = ("name", "cpr", "mail", "phone", "address", "street", "reason_text", "comment", "note")
    for path, _ in walk(kind()):
        assert not any(word in path.split(".")[-1] for word in forbidden), path


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.public], ids=named)
def test_no_public_event_tells_a_position_or_that_contact_is_withheld(kind: type[Event]) -> None:
    told = {path.split(".")[-1] for path, _ in walk(kind())}
    assert told.isdisjoint({"position", "colour", "withheld", "suspects_parents", "silent"})
    assert kind.kle
    assert kind.sensitivity


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_an_event_that_must_be_heard_is_heard_and_what_is_heard_must_be(kind: type[Event]) -> None:
    way = route(kind.type)
    assert kind.expected == ((way.service, way.routing_key) in HEARD)


@pytest.mark.parametrize(
    ("consumer", "subscription"), SUBSCRIPTIONS, ids=[f"{name}-{one.event}" for name, one in SUBSCRIPTIONS]
)
def test_a_consumer_reads_what_the_producer_writes(consumer: str, subscription: Any) -> None:
    kind = BY_ROUTE[subscription.source, subscription.event]
    written = dict(walk(kind()))
    for path, field in walk(subscription.reads()):
        if path not in written:
            assert not field.required, f"{consumer} needs {path}, which {kind.type} has not"
            continue
        assert isinstance(written[path], type(field)), f"{consumer} reads {path} as another type"
        if field.required:
            assert written[path].required, f"{consumer} needs {path}, which may be missing"
        if not field.allow_none:
            assert not written[path].allow_none, f"{consumer} takes no null in {path}, which may be null"


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_every_event_says_what_happened_and_who_may_need_it(kind: type[Event]) -> None:
    assert kind.__doc__
    assert len(kind.__doc__.split()) > 5


def test_every_service_publishes_only_its_own_events() -> None:
    for service in SERVICES:
        assert {route(kind.type).service for kind in service.catalogue} <= {service.name}
        assert list(service.catalogue) == list(discovery.room(service.name, "events").CATALOGUE)


def test_the_documents_tell_what_the_code_says() -> None:
    for name, text in documents().items():
        written = Path("docs", name).read_text(encoding="utf-8")
        assert written == text, f"docs/{name} is old: run `make docs`"
    assert PUBLIC in documents()["events.md"]


def test_services_are_found_by_their_class() -> None:
    assert all(issubclass(service, Service) for service in SERVICES)
