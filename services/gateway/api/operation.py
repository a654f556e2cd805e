"""One operation of the REST API, as data.

The dispatcher, the OpenAPI document, the list page and the tests all read the same table of these, so
a route can neither be undocumented nor documented without existing. The gateway decides nothing about
who may do what: `roles` is documentation; the owning service enforces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from marshmallow import Schema
from marshmallow import fields as ma

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_PLACE = re.compile(r"<(?:(?P<converter>\w+):)?(?P<name>\w+)>")


@dataclass(frozen=True)
class Operation:
    """`method path` answers with what the RPC `rpc` gives.

    `path` is a Flask rule below /api/v1. `takes` and `gives` are the service's own schemas, of which the
    path's parameters are part of `takes`. `success` is the status of the normal answer. `roles` names who
    may normally use it, for the reader. `token` names the path parameter that carries a signed link
    instead of a sign-in. `location` is a path pattern filled from the answer, for 201. `reads` marks a
    POST that changes nothing: what is looked for is personal data and must not stand in an address.
    `leave_out` are optional fields that the example leaves out. `timeout` is in seconds. `body_bytes` is the
    largest body it takes, where that must be more than any other's.
    """

    method: Method
    path: str
    rpc: str
    summary: str
    takes: type[Schema]
    gives: type[Schema] | None
    roles: tuple[str, ...] = ()
    success: int = 200
    notes: str = ""
    token: str | None = None
    location: str | None = None
    reads: bool = False
    leave_out: tuple[str, ...] = ()
    timeout: float = 10.0
    body_bytes: int = 0

    @property
    def service(self) -> str:
        return self.rpc.split(".", 1)[0]

    @property
    def id(self) -> str:
        """operationId: unique, because no RPC is reached by two operations of the same method."""
        return f"{self.method.lower()}_{self.rpc.replace('.', '_')}"

    @property
    def has_body(self) -> bool:
        return self.method != "GET"

    @property
    def writes(self) -> bool:
        return self.has_body and not self.reads

    @property
    def path_parameters(self) -> tuple[str, ...]:
        return tuple(match["name"] for match in _PLACE.finditer(self.path))

    @property
    def openapi_path(self) -> str:
        return _PLACE.sub(lambda match: "{" + match["name"] + "}", self.path)

    @property
    def takes_version(self) -> bool:
        """Whether the service wants to know which version the caller has seen."""
        return "expected_version" in self.takes._declared_fields

    @property
    def requires_version(self) -> bool:
        field = self.takes._declared_fields.get("expected_version")
        return isinstance(field, ma.Field) and field.required

    @property
    def pages(self) -> bool:
        return self.method == "GET" and "after" in self.takes._declared_fields
