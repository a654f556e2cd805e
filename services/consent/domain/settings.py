"""The municipality's settings of consent: built-in first version, and what is made of stored values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.consent.domain.release import Policy
from services.consent.domain.signatories import ParentsPart

BUILT_IN: dict[str, Any] = {
    "validity_days": 365,
    "longest_days": 730,
    "answer_days": 14,
    "reminder_days": [4, 9],
    "expiry_warning_days": 30,
    "parents_part": "informed",
    "assurance": "link",
    "release_policy": "written_consent",
    "exchange_matter_days": 365,
    "acknowledge_minutes": 10,
    "authorities": {},
}
"""``validity_days``: proposed for a new consent; no law sets one (LR-6). ``reminder_days``: so many days
after the request. ``parents_part``: once the young person signs. ``assurance``: what a signature by link
must rest on, the link itself (``link``) or an identity provider's word (``oidc``). ``exchange_matter_days``:
how long exchanges without consent count as one matter. ``acknowledge_minutes``: how long those who act on a
withdrawal may take before somebody is told."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What applies to the municipality's consents."""

    validity_days: int
    longest_days: int
    answer_days: int
    reminder_days: tuple[int, ...]
    expiry_warning_days: int
    parents_part: ParentsPart
    needs_identity: bool
    release_policy: Policy
    exchange_matter_days: int
    acknowledge_minutes: int
    authorities: Mapping[str, str]


def effective(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values that apply: the stored ones, and the built-in where none is stored."""
    return {**BUILT_IN, **(stored or {})}


def read(values: Mapping[str, Any]) -> Settings:
    """Plain data, as stored, made into what the rules work with."""
    return Settings(
        validity_days=values["validity_days"],
        longest_days=values["longest_days"],
        answer_days=values["answer_days"],
        reminder_days=tuple(values["reminder_days"]),
        expiry_warning_days=values["expiry_warning_days"],
        parents_part=ParentsPart(values["parents_part"]),
        needs_identity=values["assurance"] == "oidc",
        release_policy=Policy(values["release_policy"]),
        exchange_matter_days=values["exchange_matter_days"],
        acknowledge_minutes=values["acknowledge_minutes"],
        authorities=values["authorities"],
    )
