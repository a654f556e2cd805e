"""A child's access log: what each service has noted, put in one order and into words.

Opening one page asks several services, and each notes it. Those notes carry the same request, so they are
shown as the one look that they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.gateway.timeline import moment_of

NAMES: Mapping[str, str] = {
    "registry": "Stamdata",
    "assessment": "Vurdering",
    "meetings": "Møder",
    "notifications": "Beskeder",
    "consent": "Samtykke",
}
SERVICES = tuple(NAMES)

ACTIONS: Mapping[str, str] = {
    "read": "Læst",
    "search": "Vist i en liste eller søgning",
    "add": "Tilføjet",
    "change": "Ændret",
    "delete": "Slettet",
    "export": "Taget ud",
}
WHAT: Mapping[str, str] = {
    "access": "hvem der har adgang",
    "access_log": "adgangslog",
    "child": "stamdata",
    "child_assessment": "vurdering",
    "concern": "bekymring",
    "consent": "samtykke",
    "consent-check": "om et samtykke åbner",
    "consent-scan": "underskrevet papir",
    "contact": "kontaktoplysninger",
    "cpr": "cpr-nummer",
    "exchange": "udveksling uden samtykke",
    "failed_notices": "beskeder, der ikke nåede frem",
    "guardian": "forældre",
    "identity": "om den, der loggede ind, er den, linket er til",
    "identity-refused": "login, der ikke passede til linket",
    "joint_rating": "fælles vurdering",
    "letter": "brev",
    "letters": "breve",
    "meeting": "møde",
    "meetings": "møder",
    "minutes": "referat",
    "notice": "besked",
    "notices": "beskeder",
    "own_rating": "egen vurdering",
    "overview": "lederoverblik",
    "ratings": "vurderinger",
    "task": "opgave",
    "timeline": "tidslinje",
}
WHO: Mapping[str, str] = {
    "staff": "Medarbejder",
    "guardian": "Forælder",
    "service": "Systemet selv",
}


@dataclass(frozen=True)
class Look:
    """One look or change: by whom, for what purpose, and what was seen; no ``actor_id`` in an extract."""

    at: datetime
    actor_id: str | None
    actor_kind: str
    purpose: str
    action: str
    what: tuple[str, ...]

    @property
    def who(self) -> str:
        """Whom one sees without knowing names."""
        return WHO.get(self.actor_kind, "Ukendt")

    @property
    def done(self) -> str:
        return ACTIONS.get(self.action, self.action)


@dataclass(frozen=True)
class Page:
    """Looks, the newest first, and where the next page begins in each service; empty when there is none."""

    looks: list[Look]
    after: Mapping[str, str]


def merge(parts: Mapping[str, Mapping[str, Any]], limit: int) -> Page:
    """The services' pages as one page of at most ``limit`` entries before they are gathered into looks.

    A service that has more says nothing of what comes after its last entry, so nothing older than that is
    shown yet: else the next page would bring something newer than this one ended with.
    """
    entries = sorted(
        ((moment_of(item["at"]), service, item) for service, part in parts.items() for item in part["items"]),
        key=lambda entry: entry[0],
        reverse=True,
    )
    floors = [moment_of(part["items"][-1]["at"]) for part in parts.values() if part.get("next")]
    known = [entry for entry in entries if not floors or entry[0] >= max(floors)]
    shown = known[:limit]
    after: dict[str, str] = {}
    if len(shown) < len(entries) or floors:
        for _, service, item in shown:
            after[service] = item["cursor"]
    return Page(_gather(item | {"at": at} for at, _, item in shown), after)


def _gather(entries: Iterable[Mapping[str, Any]]) -> list[Look]:
    """Entries of one request by one person for one purpose are one look, at its first moment."""
    found: dict[tuple[Any, ...], Look] = {}
    for entry in entries:
        key = tuple(entry.get(name) for name in ("request", "actor_id", "actor_kind", "purpose", "action"))
        what = WHAT.get(str(entry["kind"]), "oplysninger")
        held = found.get(key)
        if held is None:
            found[key] = Look(
                entry["at"], entry.get("actor_id"), str(entry["actor_kind"]), str(entry.get("purpose") or ""),
                str(entry["action"]), (what,),
            )  # fmt: skip
        elif what not in held.what:
            found[key] = Look(
                held.at, held.actor_id, held.actor_kind, held.purpose, held.action, (*held.what, what)
            )
    return list(found.values())


def sealed(after: Mapping[str, str]) -> str:
    """The places of all services as one value of an address: times and running numbers only."""
    return "~".join(f"{service}:{cursor}" for service, cursor in sorted(after.items()))


def opened(value: str) -> dict[str, str]:
    """What :func:`sealed` made; whatever it does not understand, it leaves out."""
    pairs = (pair.partition(":") for pair in value.split("~"))
    return {service: cursor for service, _, cursor in pairs if service in SERVICES and cursor}
