"""Names and e-mail addresses, fetched from the registry when a message is rendered and not kept.

The registry owns them; a name or an address lives here no longer than the message takes to make.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from services.chassis.database import outside_transaction

AT_ONCE = 500
"""Children asked about in one call."""

OWN = "own"
"""Stands for custody where the young person is written to herself."""

NAMES_SECONDS = 600
"""How long the name of an institution is taken to be the same."""


@dataclass(frozen=True, slots=True)
class GuardianCard:
    """One guardian, as the registry knows her at this moment."""

    guardian_id: str
    custody: str
    first_name: str
    last_name: str
    language: str | None
    interpreter: bool
    digital_post_exempt: bool
    email: str | None

    @property
    def has_custody(self) -> bool:
        return self.custody in ("sole", "joint", OWN)


@dataclass(frozen=True, slots=True)
class ChildCard:
    """A child's first name, and those of its guardians who were asked for.

    From 15 the young person stands among them herself, under her own id.
    """

    first_name: str
    guardians: Mapping[str, GuardianCard]


class Contacts(Protocol):
    """Where names and addresses come from."""

    def cards(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, ChildCard]:
        """By child id: its card, with the guardians ``wanted`` names for it. Unknown ones are left out."""

    def names(self, unit_ids: Iterable[str]) -> dict[str, str]:
        """The names of institutions, by id. Unknown ones are left out."""


class RegistryContacts:
    """Asks the registry. ``call`` makes a call to a service on our own account."""

    def __init__(self, call: Callable[[str, dict[str, Any]], Any]) -> None:
        self._call = call
        self._names: dict[str, tuple[float, str]] = {}
        self._lock = threading.Lock()

    def cards(self, wanted: Mapping[str, Iterable[str]]) -> dict[str, ChildCard]:
        outside_transaction()
        requests = [
            {"child_id": child_id, "guardian_ids": sorted(set(guardians))}
            for child_id, guardians in sorted(wanted.items())
        ]
        found: dict[str, ChildCard] = {}
        for start in range(0, len(requests), AT_ONCE):
            page = self._call("registry.contact_cards", {"requests": requests[start : start + AT_ONCE]})
            found |= {item["child_id"]: _child(item) for item in page["items"]}
        return found

    def names(self, unit_ids: Iterable[str]) -> dict[str, str]:
        outside_transaction()
        fresh = time.monotonic() - NAMES_SECONDS
        wanted = set(unit_ids)
        with self._lock:
            known = {
                unit_id: entry[1]
                for unit_id in wanted
                if (entry := self._names.get(unit_id)) and entry[0] > fresh
            }
        missing = sorted(wanted - set(known))
        for start in range(0, len(missing), AT_ONCE):
            page = self._call("registry.unit_names", {"unit_ids": missing[start : start + AT_ONCE]})
            learnt = {item["unit_id"]: str(item["name"]) for item in page["items"]}
            with self._lock:
                self._names |= {unit_id: (time.monotonic(), name) for unit_id, name in learnt.items()}
            known |= learnt
        return known


def _child(item: Mapping[str, Any]) -> ChildCard:
    guardians = [
        GuardianCard(
            guardian_id=card["guardian_id"],
            custody=card["custody"],
            first_name=card["first_name"],
            last_name=card["last_name"],
            language=card.get("language"),
            interpreter=bool(card.get("interpreter")),
            digital_post_exempt=bool(card.get("digital_post_exempt")),
            email=card.get("email"),
        )
        for card in item["guardians"]
    ]
    if item.get("own_contact"):
        guardians.append(_young(item))
    return ChildCard(item["first_name"], {card.guardian_id: card for card in guardians})


def _young(item: Mapping[str, Any]) -> GuardianCard:
    return GuardianCard(
        guardian_id=item["child_id"],
        custody=OWN,
        first_name=item["first_name"],
        last_name="",
        language=None,
        interpreter=False,
        digital_post_exempt=bool(item.get("digital_post_exempt")),
        email=item.get("email"),
    )
