"""From what an identity provider says of a person to who she is here: her id, her roles and where they hold.

Two ways of telling rights are understood. Our own claim lists ``{"role": "leader", "unit": "<uuid>"}``.
KOMBIT's way is a role's URI with organisation units as its limits: as JSON, the way a broker such as
Keycloak passes it on, or as the base 64 of an OIO BPP PrivilegeList, the way Context Handler sends it.
A right that is not understood is no right; one without units holds nowhere, and only the unit ``*`` holds
everywhere.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

from services.chassis.actor import EVERYWHERE, Actor, Grant
from services.gateway.web.words import ROLES

MOST_GRANTS = 120
"""More would not fit in a browser's cookie."""
_VERSION = re.compile(r"/\d+$")


class NotUnderstood(ValueError):
    """The provider's answer does not say who the person is or what she may; the text is for our log."""


@dataclass(frozen=True)
class Reading:
    """Which claims are read: see `GatewaySettings`. ``role_of`` gives the role of a URI."""

    staff_claim: str
    kind: str
    grants_claim: str
    role_of: Mapping[str, str]


def person(claims: Mapping[str, Any], mapping: Reading) -> tuple[Actor, str]:
    """The actor and the name to greet her by. Raises :class:`NotUnderstood`."""
    try:
        staff_id = str(UUID(str(claims.get(mapping.staff_claim, ""))))
    except ValueError:
        raise NotUnderstood(f"claim {mapping.staff_claim} is no UUID") from None
    found = grants(claims.get(mapping.grants_claim), mapping)
    if not found:
        raise NotUnderstood(f"claim {mapping.grants_claim} gives no role that is known here")
    if len(found) > MOST_GRANTS:
        raise NotUnderstood(f"{len(found)} rights; give them for institutions or districts instead")
    name = claims.get("name")
    return Actor(staff_id, "staff", found), name if isinstance(name, str) else ""


def grants(told: Any, mapping: Reading) -> tuple[Grant, ...]:
    """The rights that are told, each once, in a fixed order."""
    pairs = _privileges(told, mapping.role_of) if mapping.kind == "privileges" else _own(told)
    known = {Grant(role, place) for role, unit in pairs if role in ROLES and (place := _unit(unit))}
    return tuple(sorted(known, key=lambda grant: (grant.role, grant.unit)))


def _unit(told: Any) -> str | None:
    if told == EVERYWHERE:
        return EVERYWHERE
    try:
        return str(UUID(str(told)))
    except ValueError:
        return None


def _own(told: Any) -> Iterator[tuple[str, Any]]:
    for item in _list(told):
        if isinstance(item, dict):
            yield str(item.get("role")), item.get("unit")


def _privileges(told: Any, role_of: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    if isinstance(told, str) and not told.lstrip().startswith(("[", "{")):
        yield from _bpp(told, role_of)
        return
    for item in _list(told):
        if isinstance(item, str) and item.lstrip()[:1] not in ("{", "["):
            yield from _bpp(item, role_of)
        elif isinstance(item, dict):
            role = _role(str(item.get("privilege") or item.get("role") or ""), role_of)
            units = item.get("units")
            for unit in units if isinstance(units, list) else [units]:
                yield role, unit


def _bpp(told: str, role_of: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """PrivilegeGroups of an OIO BPP PrivilegeList; each Constraint's value is units with commas."""
    try:
        text = base64.b64decode(told, validate=True)
        if b"<!" in text:  # a document type could define entities, and there is no use for one here
            return
        root = ElementTree.fromstring(text)  # noqa: S314
    except (binascii.Error, ValueError, ElementTree.ParseError):
        return
    for group in (each for each in root.iter() if _tag(each) == "PrivilegeGroup"):
        uris = [(each.text or "").strip() for each in group if _tag(each) == "Privilege"]
        limits = [(each.text or "") for each in group if _tag(each) == "Constraint"]
        for uri in uris:
            for unit in ",".join(limits).split(","):
                yield _role(uri, role_of), unit.strip()


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


def _role(uri: str, role_of: Mapping[str, str]) -> str:
    """The role of a URI: as it was set up, else the URI's last word, before a version: …/leader/1."""
    return role_of.get(uri) or _VERSION.sub("", uri).rsplit("/", 1)[-1]


def _list(told: Any) -> list[Any]:
    """A claim as a list. Brokers pass a list on as JSON text, or as a list of JSON texts."""
    if isinstance(told, str):
        try:
            told = json.loads(told)
        except ValueError:
            return []
    if isinstance(told, dict):
        return [told]
    if not isinstance(told, list):
        return []
    found = []
    for item in told:
        if isinstance(item, str) and item.lstrip().startswith("{"):
            try:
                item = json.loads(item)
            except ValueError:
                continue
        found.append(item)
    return found


def role_uris(pairs: str) -> dict[str, str]:
    """``leader=https://…,pedagogue=https://…`` as the role of each URI."""
    found = {}
    for pair in filter(None, (each.strip() for each in pairs.split(","))):
        role, _, uri = pair.partition("=")
        found[uri.strip()] = role.strip()
    return found
