"""The OpenAPI 3.1 document, made from the table of operations and the services' own schemas."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema
from marshmallow import fields as ma

from services.chassis.catalogue import Uid
from services.gateway.api import API
from services.gateway.api.examples import example, value_of
from services.gateway.api.operation import Operation
from services.gateway.api.problems import ALL, BASE, MEDIA_TYPE

INTRODUCTION = """\
Trivsel sees early that a child is not thriving, and brings parents and staff together at once.

**Who acts.** Send `Authorization: Bearer <token>`. The service that owns the object decides what the
token's roles and units allow; an object one may not see answers 404. Reads, searches and changes of a
child's data are logged with the token's purpose; `X-Purpose` states another one for a single request.

**Versions.** What can be edited carries `version`, and its answer an `ETag`. Send the tag, or the bare
version in quotes, in `If-Match` when you write; `expected_version` in the body does the same. If somebody
else was first you get 412 and lose nothing. `If-None-Match` gives 304.

**Pages.** A list takes `limit` and `after`, and gives `next` and a `Link` header with `rel="next"`.

**Errors** are `application/problem+json`: `detail` in Danish for a person, `code` and `fields` for a
program, and a `correlation_id` that names the request in our logs.

**Unknown outcome.** 503 means that nothing is known to have been done: try again after `Retry-After`. 504
on a write means that it may have been done. Read the object before you repeat it; versions and the rules
of the owning service (one open round, one open meeting, one answer) keep a repeated write from being done
twice.
"""

TAGS = {
    "gateway": "Who you are, and what is gathered from several services.",
    "registry": "Children, guardians, institutions, groups and staff.",
    "assessment": "Model profile, rounds, own and joint ratings, coverage.",
    "meetings": "Focus meetings: times, invitations, answers, minutes, agreements, tasks.",
    "consent": "Consents, exchanges without consent, and their texts and settings.",
    "notifications": "Notices to parents and their delivery, and the letters to print.",
}

_PROBLEMS_ALWAYS = ("bad-request", "too-many-requests", "unavailable", "outcome-unknown", "internal")
_SUCCESS = {200: "Done.", 201: "Created.", 202: "Accepted; it will be done.", 204: "Done; nothing to return."}


def build(operations: Iterable[Operation], version: str, server: str | None = None) -> dict[str, Any]:
    """The document. `server` is the public address, when it is known."""
    plugin = MarshmallowPlugin(schema_name_resolver=_name)
    spec = APISpec(
        title="Trivsel",
        version=version,
        openapi_version="3.1.0",
        plugins=[plugin],
        info={
            "description": INTRODUCTION,
            "license": {"name": "MPL-2.0", "identifier": "MPL-2.0"},
        },
        servers=[{"url": (server or "").rstrip("/") + API}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        security=[{"bearer": []}],
    )
    converter: Any = plugin.converter
    converter.map_to_openapi_type(Uid, "string", "uuid")
    _common(spec)
    for operation in operations:
        spec.path(path=operation.openapi_path, operations={operation.method.lower(): _operation(operation)})
    for key, name in converter.refs.items():
        if (text := _told(key[0])) and name in spec.components.schemas:
            spec.components.schemas[name].setdefault("description", text)
    return spec.to_dict()


def _told(schema: type[Schema]) -> str:
    """A schema's own docstring, as its description; an inherited one speaks of something else."""
    return inspect.cleandoc(schema.__dict__.get("__doc__") or "").replace("``", "`")


@cache
def body_schema(operation: Operation) -> Schema | None:
    """What the JSON body holds: everything the call takes, less the path. `If-Match` may give the version."""
    if not operation.has_body:
        return None
    version = ("expected_version",) if operation.takes_version else ()
    schema = operation.takes(exclude=operation.path_parameters, partial=version)
    return schema if schema.fields else None


def takes_example(operation: Operation) -> dict[str, Any]:
    schema = body_schema(operation)
    return example(schema, without=("expected_version", *operation.leave_out)) if schema is not None else {}


def _name(schema: Any) -> str:
    """`services.registry.schemas.Child` → `RegistryChild`; a body without what the path says → `…Body`."""
    kind = schema if isinstance(schema, type) else type(schema)
    service = kind.__module__.split(".")[1].title() if kind.__module__.startswith("services.") else ""
    if isinstance(schema, type):
        part = ""
    else:
        part = "Body" if schema.exclude or schema.partial else "Part" if schema.only else ""
    return f"{service}{kind.__name__.lstrip('_')}{part}"


def _common(spec: APISpec) -> None:
    components = spec.components
    components.security_scheme(
        "bearer",
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The signed-in person's token.",
        },
    )
    components.schema(
        "Problem",
        {
            "type": "object",
            "description": "RFC 9457. Never holds a value that was sent.",
            "required": ["type", "title", "status", "detail", "code", "correlation_id"],
            "properties": {
                "type": {"type": "string", "format": "uri-reference"},
                "code": {"type": "string", "description": "Stable, for programs."},
                "title": {"type": "string"},
                "status": {"type": "integer"},
                "detail": {"type": "string", "description": "Danish, for a person."},
                "fields": {
                    "type": "object",
                    "description": "Path of a field (`items.3.reason`) to its mend, in Danish.",
                    "additionalProperties": {"type": "string"},
                },
                "version": {"type": "integer", "description": "The current version, in a conflict."},
                "correlation_id": {"type": "string", "format": "uuid"},
            },
        },
    )
    for code, kind in ALL.items():
        components.response(
            code,
            {
                "description": (kind.__doc__ or kind.title).strip().split("\n")[0].replace("``", "`"),
                "headers": {"X-Correlation-Id": {"$ref": "#/components/headers/CorrelationId"}},
                "content": {
                    MEDIA_TYPE: {
                        "schema": {"$ref": "#/components/schemas/Problem"},
                        "example": {
                            "type": f"{BASE}#problem-{code}",
                            "code": code,
                            "title": kind.title,
                            "status": kind.status,
                            "detail": kind.title + ".",
                            **({"fields": {"reason": "Skal udfyldes."}} if code == "invalid" else {}),
                            "correlation_id": "6b1f0c3e-52a6-4d0e-9a57-0f4a2f0f3d11",
                        },
                    }
                },
            },
        )
    components.header(
        "CorrelationId",
        {"description": "Names the request in our logs and in the events it caused.",
         "schema": {"type": "string", "format": "uuid"}},
    )  # fmt: skip
    components.header(
        "ETag", {"description": "What you now hold; leads with the version.", "schema": {"type": "string"}}
    )
    components.header(
        "Link", {"description": "The next page, if there is one.", "schema": {"type": "string"}}
    )
    components.header("Location", {"description": "Where it is.", "schema": {"type": "string"}})
    components.header("RetryAfter", {"description": "Seconds to wait.", "schema": {"type": "integer"}})
    components.parameter(
        "IfMatch", "header",
        {"name": "If-Match", "description": "The ETag you read. Required where the table says so (428).",
         "schema": {"type": "string"}, "example": '"3.0f1e2d3c4b5a6978"'},
    )  # fmt: skip
    components.parameter(
        "IfNoneMatch", "header",
        {"name": "If-None-Match", "description": "The ETag you hold: 304 when it still stands.",
         "schema": {"type": "string"}},
    )  # fmt: skip
    components.parameter(
        "Purpose", "header",
        {"name": "X-Purpose", "description": "Why you look, for the access log.",
         "schema": {"type": "string", "maxLength": 200}, "example": "forberedelse af fokusmøde"},
    )  # fmt: skip


def _operation(operation: Operation) -> dict[str, Any]:
    described = [operation.notes] if operation.notes else []
    if operation.roles:
        described.append("Normally used by: " + ", ".join(operation.roles) + ". The owning service decides.")
    found: dict[str, Any] = {
        "operationId": operation.id,
        "tags": [operation.service],
        "summary": operation.summary,
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if described:
        found["description"] = "\n\n".join(described)
    if operation.roles:
        found["x-roles"] = list(operation.roles)
    if operation.token:
        found["security"] = []
    schema = body_schema(operation)
    if schema is not None:
        # What If-Match may say instead need not stand in a body.
        elsewhere = schema.partial if isinstance(schema.partial, tuple) else ()
        found["requestBody"] = {
            "required": any(
                field.required and name not in elsewhere for name, field in schema.fields.items()
            ),
            "content": {"application/json": {"schema": schema, "example": takes_example(operation)}},
        }
    return found


def _parameters(operation: Operation) -> list[Any]:
    declared = operation.takes._declared_fields
    found: list[Any] = []
    for name in operation.path_parameters:
        field = declared[name]
        uid = isinstance(field, Uid | ma.UUID)
        number = isinstance(field, ma.Integer)
        schema = {"type": "integer"} if number else {"type": "string", **({"format": "uuid"} if uid else {})}
        found.append(
            {"in": "path", "name": name, "required": True, "schema": schema,
             "description": field.metadata.get("description", ""), "example": value_of(name, field)}
        )  # fmt: skip
    if not operation.has_body:
        rest = operation.takes(exclude=operation.path_parameters)
        if rest.fields:
            found.append({"in": "query", "schema": rest})
        found.append("IfNoneMatch")
    if operation.takes_version:
        found.append("IfMatch")
    if not operation.token:
        found.append("Purpose")
    return found


def problem_codes(operation: Operation) -> list[str]:
    """Which problems the operation may answer with."""
    codes = list(_PROBLEMS_ALWAYS)
    codes += (
        ["link-unknown", "link-expired"] if operation.token else ["unauthenticated", "forbidden", "not-found"]
    )
    if operation.takes._declared_fields:
        codes.append("invalid")
    if operation.writes:
        codes.append("conflict")
    if body_schema(operation) is not None:
        codes += ["too-large", "unsupported-media-type"]
    if operation.takes_version:
        codes.append("version-mismatch")
    if operation.requires_version:
        codes.append("precondition-required")
    return codes


def _responses(operation: Operation) -> dict[str, Any]:
    headers = {"X-Correlation-Id": {"$ref": "#/components/headers/CorrelationId"}}
    success: dict[str, Any] = {"description": _SUCCESS[operation.success], "headers": headers}
    if operation.gives is not None and operation.success != 204:
        headers["ETag"] = {"$ref": "#/components/headers/ETag"}
        success["content"] = {
            "application/json": {"schema": operation.gives, "example": example(operation.gives)}
        }
    if operation.pages:
        headers["Link"] = {"$ref": "#/components/headers/Link"}
    if operation.location:
        headers["Location"] = {"$ref": "#/components/headers/Location"}
    found: dict[str, Any] = {str(operation.success): success}
    if not operation.has_body:
        found["304"] = {"description": "You already hold this."}
    for code in problem_codes(operation):
        found.setdefault(str(ALL[code].status), f"{code}")
    return found
