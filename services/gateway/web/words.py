"""Codes in Danish words, for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

KINDS: Mapping[str, str] = {
    "dagpleje": "dagpleje",
    "vuggestue": "vuggestue",
    "boernehave": "børnehave",
    "school": "skole",
    "health_visiting": "sundhedspleje",
}
ROLES: Mapping[str, str] = {
    "pedagogue": "pædagog",
    "childminder": "dagplejer",
    "teacher": "lærer",
    "health_visitor": "sundhedsplejerske",
    "leader": "leder",
    "specialist": "specialist",
    "administration": "administration",
    "operations": "drift",
}
SERVICES: Mapping[str, tuple[str, str]] = {
    "registry": ("Stamdata", "Børn, forældre, institutioner og medarbejdere"),
    "assessment": ("Vurdering", "Runder og vurderinger af børnenes trivsel"),
    "meetings": ("Møder", "Fokusmøder, tider, svar og aftaler"),
    "notifications": ("Beskeder", "Det, der sendes til forældrene"),
}
POSITIONS: Mapping[str, tuple[str, str]] = {
    "green": ("●", "Grøn"),
    "yellow": ("▲", "Gul"),
    "red": ("■", "Rød"),
}
"""Shape and word; the colour itself is the stylesheet's."""
TRACKS: Mapping[str, str] = {"institution": "dagtilbud og skole", "home": "hjemmet"}
CHANNELS: Mapping[str, str] = {"email": "e-mail", "letter": "brev"}
ABOUT: Mapping[str, str] = {
    "concern": "Orientering",
    "invitation": "Invitation",
    "confirmation": "Bekræftelse",
    "cancellation": "Aflysning",
}


@dataclass(frozen=True)
class Word:
    """How an event is told: icon, Danish words, whether the system did it, and its part in a concern's way.

    `role` is the step it takes (`services.gateway.timeline.STEPS`); `by` chooses among roles by one of the
    event's codes. `ends` says why a chain stops there. `rank` orders events of the same moment.
    """

    icon: str
    text: str
    system: bool = False
    role: str | None = None
    by: tuple[str, Mapping[str, str]] | None = None
    ends: str | None = None
    attention: bool = False
    rank: int = 5

    def role_of(self, facts: Mapping[str, Any]) -> str | None:
        if self.by is None:
            return self.role
        name, roles = self.by
        return roles.get(str(facts.get(name)))


WORDS: Mapping[tuple[str, str], Word] = {}


def details(entry: Any) -> list[str]:
    return []
