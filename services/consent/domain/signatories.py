"""Who must sign for a child: custody, and from 15 the young person (domain brief LR-3).

With joint custody both sign, with sole custody the one; a parent without custody has no say. From 15
the young person signs, and the parents' part is then the municipality's to set. LR-4: at ten a child has
party powers only in matters of Barnets lov § 3, so none here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.consent.domain.states import Kind, Part, Signatory

YOUNG_FROM = 15
WITH_CUSTODY = ("sole", "joint")


class ParentsPart(StrEnum):
    """The parents' part once the young person signs: none, told of it, or required to sign as well."""

    NONE = "none"
    INFORMED = "informed"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True)
class Adult:
    """An adult of the child, with ``custody`` sole, joint or none."""

    guardian_id: str
    custody: str


def age(born: date, on: date) -> int:
    """Whole years on a day; one born on 29 February is a year older on 1 March of other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def is_young(born: date | None, on: date) -> bool:
    """Whether the child signs herself. One whose birth is not known does not."""
    return born is not None and age(born, on) >= YOUNG_FROM


def signatories(
    child_id: str, born: date | None, adults: Iterable[Adult], on: date, parents_part: ParentsPart
) -> tuple[Signatory, ...]:
    """Those who are asked, in a fixed order: the young person first, then those with custody."""
    holders = sorted({one.guardian_id for one in adults if one.custody in WITH_CUSTODY})
    if not is_young(born, on):
        return tuple(Signatory(id_, Kind.GUARDIAN) for id_ in holders)
    part = {ParentsPart.REQUIRED: Part.SIGNS, ParentsPart.INFORMED: Part.INFORMED}.get(parents_part)
    young = Signatory(child_id, Kind.YOUNG)
    return (young, *(Signatory(id_, Kind.GUARDIAN, part) for id_ in holders if part is not None))
