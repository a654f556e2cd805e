"""The OpenAPI document: valid, whole, true to the routes and to the services behind them."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from marshmallow import Schema
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from services.chassis.client import RpcClient
from services.chassis.discovery import service_class
from services.chassis.service import Service
from services.gateway.api import API, openapi
from services.gateway.api.gathered import LOCAL
from services.gateway.api.operation import Operation
from services.gateway.api.table import OPERATIONS
from services.gateway.app import create_app
from services.gateway.settings import settings

SECRET = "k" * 64
ALSO_SERVED = {f"{API}/", f"{API}/openapi.json"}
"""Below /api/v1, but no operation: the document itself and its page."""

SYSTEM_ONLY = {
    "registry.snapshot": "services rebuild their projections",
    "registry.contact_cards": "notifications writes to parents",
    "registry.staff_grants": "the sign-in reads what a token may grant",
    "registry.staff_cards": "notifications writes to staff",
    "registry.closeness": "the pages ask why a child is looked up where it does not speak for itself",
    "notifications.timeline": "gathered",
    "registry.timeline": "gathered",
    "assessment.timeline": "gathered",
    "meetings.timeline": "gathered",
    "consent.timeline": "gathered",
    "registry.access_log": "a child's page lays the services' logs together, after asking why one looks",
    "assessment.access_log": "as above",
    "meetings.access_log": "as above",
    "notifications.access_log": "as above",
    "consent.access_log": "as above",
    "registry.match_person": "the parents' sign-in asks whether she is the one whom the link names",
    "consent.child_of": "a consent's page asks why one looks before it shows anything",
    "assessment.development": "the overview's page",
    "meetings.overview": "the overview's page",
    "consent.release": "meetings asks whether a transition form may be released",
    "consent.shared_with": "registry asks whose record is shared with somebody's units",
    "consent.snapshot": "services rebuild their projections",
    "consent.sign": "who signs is established by the parents' page, and by no body that anybody sends",
    "consent.withdraw": "as above",
}
"""Calls that are not for the open door, and why; the timelines are given together as one."""


@pytest.fixture(scope="module")
def app() -> Iterator[Flask]:
    client = RpcClient("amqp://guest:guest@127.0.0.1:1/")
    found = create_app(
        settings({"AMQP_URI": "amqp://127.0.0.1:1/", "ACTOR_TOKEN_KEY": SECRET, "LINK_TOKEN_KEY": SECRET}),
        client,
    )
    yield found
    client.close()


@pytest.fixture(scope="module")
def document(app: Flask) -> dict[str, Any]:
    """The document as it is served."""
    found: dict[str, Any] = json.loads(app.test_client().get(f"{API}/openapi.json").data)
    return found


def by_id(operation: Operation) -> str:
    return operation.id


def calls_of(service: str) -> set[str]:
    """The names of a service's calls, read from its class."""
    return {
        name
        for name, function in inspect.getmembers(service_class(service), inspect.isfunction)
        if any(
            type(entrypoint).__name__ == "Rpc"
            for entrypoint in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR, ())
        )
    }


def test_the_document_is_valid_openapi(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    validate(document)


def test_every_route_of_the_api_is_in_the_document_and_the_other_way_round(
    app: Flask, document: dict[str, Any]
) -> None:
    served = {
        (openapi_path(rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(API) and rule.rule not in ALSO_SERVED
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in document["paths"].items() for method in methods}
    assert served == told
    assert len(served) == len(OPERATIONS)


def openapi_path(rule: str) -> str:
    """Flask's rule as OpenAPI writes it, without help of the code under test."""
    parts = [
        "{" + part.strip("<>").split(":")[-1] + "}" if part.startswith("<") else part
        for part in rule.split("/")
    ]
    return "/".join(parts).removeprefix(API)


def test_operation_ids_are_unique() -> None:
    ids = [operation.id for operation in OPERATIONS]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_every_operation_reaches_a_call_that_exists(operation: Operation) -> None:
    if operation.service == "gateway":
        assert operation.rpc in LOCAL
    else:
        assert operation.rpc.split(".")[1] in calls_of(operation.service)


@pytest.mark.parametrize("service", ["registry", "assessment", "meetings", "notifications", "consent"])
def test_every_call_has_its_operation_or_a_reason_to_have_none(service: str) -> None:
    reached = {operation.rpc for operation in OPERATIONS}
    # What the chassis answers in every service is for operations, who have a page and the command line.
    for name in calls_of(service) - {"rebuild_projection", *vars(Service)}:
        assert f"{service}.{name}" in reached | SYSTEM_ONLY.keys()


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_what_an_operation_takes_and_gives_is_what_the_call_does(operation: Operation) -> None:
    if operation.service == "gateway":
        return
    function = getattr(service_class(operation.service), operation.rpc.split(".")[1])
    [entrypoint] = [
        found for found in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR) if type(found).__name__ == "Rpc"
    ]
    declared = entrypoint_schemas(entrypoint)
    assert operation.takes in declared
    assert operation.gives in declared


def entrypoint_schemas(entrypoint: Any) -> set[type[Schema]]:
    """The schemas that an rpc entrypoint was declared with, wherever it keeps them."""
    found: set[type[Schema]] = set()
    args, kwargs = entrypoint._Extension__params
    for value in [*args, *kwargs.values(), *vars(entrypoint).values()]:
        if isinstance(value, type) and issubclass(value, Schema):
            found.add(value)
        elif isinstance(value, Schema):
            found.add(type(value))
    return found


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_path_parameters_are_among_what_the_call_takes(operation: Operation) -> None:
    assert set(operation.path_parameters) <= set(operation.takes._declared_fields)


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_every_operation_says_what_it_does_and_how_it_fails(
    operation: Operation, document: dict[str, Any]
) -> None:
    told = document["paths"][operation.openapi_path][operation.method.lower()]
    assert told["summary"]
    assert told["tags"]
    assert str(operation.success) in told["responses"]
    assert {"400", "500", "503", "504"} <= told["responses"].keys()
    if operation.token:
        assert told["security"] == []
        assert {"404", "410"} <= told["responses"].keys()
    else:
        assert "security" not in told
        assert {"401", "403", "404"} <= told["responses"].keys()


def resolver(document: dict[str, Any]) -> Registry[Any]:
    resource = Resource.from_contents(document, default_specification=DRAFT202012)
    found: Registry[Any] = Registry().with_resource("urn:api", resource)
    return found


def anchored(schema: Any) -> Any:
    """The schema with its references pointing into the whole document."""
    text = json.dumps(schema).replace('"#/components', '"urn:api#/components')
    return json.loads(text)


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_id)
def test_every_example_is_what_its_schema_says(operation: Operation, document: dict[str, Any]) -> None:
    told = document["paths"][operation.openapi_path][operation.method.lower()]
    contents = [
        content
        for part in (told.get("requestBody"), told["responses"][str(operation.success)])
        if part
        for content in part.get("content", {}).values()
    ]
    for content in contents:
        assert "example" in content
        Draft202012Validator(anchored(content["schema"]), registry=resolver(document)).validate(
            content["example"]
        )


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.has_body], ids=by_id)
def test_the_service_accepts_the_example_of_a_body(operation: Operation) -> None:
    schema = openapi.body_schema(operation)
    if schema is not None:
        assert schema.validate(openapi.takes_example(operation)) == {}


def test_examples_hold_invented_people_only(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    assert "@" not in text.replace("@example.org", "")
    assert re.findall(r"\d{6}-(?!0000)\d{4}", text) == []


def test_the_page_lists_every_operation(app: Flask) -> None:
    page = app.test_client().get(f"{API}/").text
    for operation in OPERATIONS:
        assert operation.openapi_path in page
