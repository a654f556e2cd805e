"""Whom a consent can open for: named units that the house knows, and the specialist services of districts.

A specialist works in a district, so the services of one district are one unit to every door. Two of them
chosen together are named together, as one recipient.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _

from services.gateway.web import consent_words as words
from services.gateway.web import sheets
from services.gateway.web.words import KINDS

MANY = 1000
ROWS = 3
"""Places that can be chosen besides the child's own specialists."""
RECIPIENT_KINDS: Mapping[str, str] = {"school": "school", "health_visiting": "health"}


@dataclass(frozen=True)
class Choice:
    """A unit that can be named; `value` is what the form sends."""

    kind: str
    unit_id: str
    name: str
    service: str = ""

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.unit_id}"


@dataclass(frozen=True)
class Choices:
    """`near` are the specialists where the child is, `groups` all other units by kind."""

    near: list[Choice]
    groups: list[tuple[str, list[Choice]]]
    known: dict[str, Choice] = field(default_factory=dict)


def choices(child: Mapping[str, Any], institutions: Iterable[Mapping[str, Any]]) -> Choices:
    """All that can be chosen for a child. Her own places need no consent and are left out."""
    here = {one["institution_id"] for one in child["enrolments"] if one["current"]}
    own = {one["district_id"] for one in child["enrolments"] if one["current"] and one["district_id"]}
    found = list(institutions)
    districts = {
        one["district_id"]: one["district_name"] or _("distriktet") for one in found if one["district_id"]
    }
    if missing := own - districts.keys():
        districts |= sheets.unit_names(sorted(missing))
    near = [one for id_ in sorted(own) if id_ in districts for one in _services(id_, districts[id_])]
    far = [one for id_, name in districts.items() if id_ not in own for one in _services(id_, name)]
    groups: dict[str, list[Choice]] = {}
    for one in found:
        if one["institution_id"] not in here:
            kind = RECIPIENT_KINDS.get(one["kind"], "institution")
            word = KINDS.get(one["kind"], one["kind"]).capitalize()
            groups.setdefault(word, []).append(Choice(kind, one["institution_id"], one["name"]))
    if far:
        groups[_("Specialister i andre distrikter")] = far
    listed = [(word, sorted(some, key=lambda one: one.name)) for word, some in sorted(groups.items())]
    return Choices(near, listed, {one.value: one for some in (near, *groups.values()) for one in some})


def _services(district_id: str, name: str) -> list[Choice]:
    return [Choice(kind, district_id, f"{word}, {name}", str(word)) for kind, word in words.SERVICES.items()]


def named(values: Sequence[str], offered: Choices) -> list[dict[str, str]] | None:
    """The recipients behind what was chosen, each unit once; None when one of them is not to be had."""
    found: dict[str, list[Choice]] = {}
    for value in dict.fromkeys(values):
        choice = offered.known.get(value)
        if choice is None:
            return None
        found.setdefault(choice.unit_id, []).append(choice)
    return [_recipient(unit_id, chosen) for unit_id, chosen in found.items()]


def _recipient(unit_id: str, chosen: Sequence[Choice]) -> dict[str, str]:
    first = chosen[0]
    if len(chosen) == 1:
        return {"unit_id": unit_id, "kind": first.kind, "name": first.name[:120]}
    # “PPR og tale-hørekonsulent”: what follows within a sentence begins small, unless it is a short form.
    services = [
        one.service if not number or one.service.isupper() else one.service[:1].lower() + one.service[1:]
        for number, one in enumerate(chosen)
    ]
    district = first.name.removeprefix(first.service)
    name = f"{', '.join(services[:-1])} {_('og')} {services[-1]}{district}"
    return {"unit_id": unit_id, "kind": "other", "name": name[:120]}


def of_units(unit_ids: Iterable[str], offered: Choices) -> list[str]:
    """What to tick when another page names the units: the first choice of each."""
    wanted = set(unit_ids)
    first: dict[str, str] = {}
    for choice in offered.known.values():
        if choice.unit_id in wanted:
            first.setdefault(choice.unit_id, choice.value)
    return list(first.values())
