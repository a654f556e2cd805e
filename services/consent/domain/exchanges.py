"""Exchanging information without consent (domain brief LR-7 and LR-8): a right, never a duty.

For early preventive work (SSD) named local services may share what is necessary, once at a meeting and
exceptionally at one follow-up. For the prevention of crime (SSP, retsplejeloven § 115) school, social
services and police may share, and what is shared may not be used for investigation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.consent.domain.authorities import crosses

MOST = 2
"""A first exchange and one follow-up."""


class Basis(StrEnum):
    """The law that allows it."""

    SSD = "ssd"
    SSP = "ssp"


PARTY_KINDS = (
    "dagpleje",
    "vuggestue",
    "boernehave",
    "school",
    "health_visiting",
    "family",
    "ppr",
    "private",
    "police",
)


class Refused(Exception):
    """The law does not allow the exchange; ``code`` says why and ``fields`` what can be mended."""

    def __init__(self, code: str, fields: Mapping[str, str]) -> None:
        super().__init__(code)
        self.code = code
        self.fields = dict(fields)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An exchange that has been before: the day its matter began, and which of the matter's it was."""

    first_on: date
    sequence: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an exchange stands: in the matter that began on ``first_on``, as its first or second."""

    first_on: date
    sequence: int


def check_parts(
    basis: Basis,
    necessity: str,
    parties: Sequence[Mapping[str, str]],
    *,
    for_investigation: bool,
    lines: Mapping[str, str] | None = None,
) -> None:
    """Refuses an exchange that does not say what it must, or is not what its law is for."""
    kinds = [party["kind"] for party in parties]
    wrong = {}
    if not necessity.strip():
        wrong["necessity"] = "Skriv, hvorfor det er nødvendigt at udveksle oplysningerne."
    if len(parties) < 2:
        wrong["parties"] = "Nævn mindst to parter."
    if wrong:
        raise Refused("exchange-incomplete", wrong)
    if not crosses(kinds, lines):
        mend = "Parterne hører til samme myndighed: der er intet at udveksle efter denne regel."
        raise Refused("same-authority", {"parties": mend})
    if basis is Basis.SSP:
        if for_investigation:
            mend = "Oplysninger efter SSP må ikke bruges til efterforskning."
            raise Refused("not-for-investigation", {"for_investigation": mend})
        if "police" not in kinds:
            raise Refused("ssp-without-police", {"parties": "SSP er med politiet. Vælg et andet grundlag."})
    elif "police" in kinds:
        mend = "Politiet er ikke part i SSD. Vælg SSP, hvis det gælder forebyggelse af kriminalitet."
        raise Refused("police-not-in-ssd", {"parties": mend})


def place(
    basis: Basis, earlier: Sequence[Earlier], on: date, exceptional_reason: str, matter_days: int
) -> Place:
    """Where the exchange stands among the child's earlier ones on the same basis, or :class:`Refused`.

    ``matter_days`` is how long two exchanges count as one matter, from the first on. A follow-up is
    an exception and says why; a third is refused. SSP has no such limit and each is a first.
    """
    current = [one for one in earlier if one.first_on <= on <= one.first_on + timedelta(days=matter_days)]
    if basis is Basis.SSP:
        same_day = [one.sequence for one in earlier if one.first_on == on]
        return Place(on, max(same_day, default=0) + 1)
    if not current:
        return Place(on, 1)
    first_on = max(one.first_on for one in current)
    used = max(one.sequence for one in current if one.first_on == first_on)
    if used >= MOST:
        mend = "Der har været en første udveksling og en opfølgning. Indhent samtykke for at dele mere."
        raise Refused("third-exchange", {"basis": mend})
    if not exceptional_reason.strip():
        mend = "Skriv, hvorfor det undtagelsesvis er nødvendigt med en opfølgning."
        raise Refused("follow-up-not-explained", {"exceptional_reason": mend})
    return Place(first_on, used + 1)
