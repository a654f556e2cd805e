"""What a request must say: there is no blanket consent (domain brief LR-6), each part is named or refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

PURPOSES = ("specialist_meeting", "record_sharing", "transition_release", "cross_professional_course")
"""A specialist's part in a further meeting; sharing the child's record with a named unit; passing on a
transition form; starting a cross-professional course."""

INFORMATION = (
    "wellbeing",
    "meeting_minutes",
    "transition_form",
    "language",
    "learning",
    "health",
    "family",
)
"""The kinds of information that can be named. None means all: such a word would be a blanket."""

LEGAL_BASES = ("fvl_28", "gdpr_6_1_a", "gdpr_9_2_a")
"""Forvaltningsloven § 28 (disclosure between authorities), and the data protection regulation's consent for
ordinary (article 6) and special categories (article 9) of data."""

RECIPIENT_KINDS = (
    "ppr",
    "speech",
    "family_adviser",
    "psychologist",
    "institution",
    "school",
    "health",
    "other",
)

MENDS: Mapping[str, str] = {
    "purpose": "Vælg, hvad oplysningerne skal bruges til.",
    "information": "Vælg mindst én slags oplysninger.",
    "recipients": "Vælg mindst én bestemt modtager.",
    "legal_basis": "Vælg det retlige grundlag.",
    "valid_to": "Angiv, hvor længe samtykket skal gælde.",
}
"""What each missing part is told with."""


def missing_parts(request: Mapping[str, Any]) -> dict[str, str]:
    """The parts that the request does not name, each with its mend; empty when it is whole."""
    return {part: mend for part, mend in MENDS.items() if not request.get(part)}


def wrong_parts(
    purpose: str, recipients: Sequence[Mapping[str, Any]], valid_to: date, today: date, longest_days: int
) -> dict[str, str]:
    """The parts that are named but cannot be as they are, each with its mend."""
    wrong = {}
    if valid_to < today:
        wrong["valid_to"] = "Vælg en dag fra i dag og frem."
    elif valid_to > today + timedelta(days=longest_days):
        wrong["valid_to"] = f"Et samtykke kan højst gælde i {longest_days} dage."
    units = [one["unit_id"] for one in recipients]
    for number, unit in enumerate(units):
        if unit in units[:number]:
            wrong[f"recipients.{number}.unit_id"] = "Modtageren er nævnt to gange."
    if purpose == "transition_release" and len(units) > 1:
        wrong["recipients"] = "En overgang har én modtager: det nye sted."
    return wrong
