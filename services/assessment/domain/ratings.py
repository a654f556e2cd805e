"""What makes a rating complete. Answers are faults by field, each with its mend in Danish."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.assessment.domain.words import ABSENT, EXEMPT, is_concern

_REASONS = {
    ABSENT: ("holiday", "illness", "away", "other"),
    EXEMPT: ("newly_started", "leaving", "rated_elsewhere", "other"),
}


def own_rating_faults(rating: Mapping[str, Any], known_indicators: Collection[str]) -> dict[str, str]:
    """A reason is required for yellow and red, and indicators come from the round's own set."""
    faults = _indicator_faults(rating["indicators"], known_indicators)
    if is_concern(rating["position"]) and not rating["reason"]:
        faults["reason"] = "Skriv kort, i hvilke situationer I ser det. Det kræves ved gul og rød."
    return faults


def joint_rating_faults(
    rating: Mapping[str, Any],
    known_indicators: Collection[str],
    known_staff: Collection[str],
    required: int,
) -> dict[str, str]:
    """As for an own rating; and as many professionals take part as own ratings were required."""
    faults = own_rating_faults(rating, known_indicators)
    participants: Sequence[str] = rating["participants"]
    if len(set(participants)) != len(participants):
        faults["participants"] = "En medarbejder står der to gange. Slet den ene."
    elif len(participants) < required:
        faults["participants"] = f"Der skal deltage mindst {required}. Tilføj dem, der var med i drøftelsen."
    elif not set(participants) <= set(known_staff):
        faults["participants"] = "En af deltagerne er ikke ansat i kommunen. Vælg fra listen."
    if rating["suspects_parents"] and not is_concern(rating["position"]):
        faults["suspects_parents"] = (
            "Kan kun markeres ved gul og rød. Ret positionen, eller fjern markeringen."
        )
    return faults


def absence_faults(state: str, reason_code: str | None, reason: str) -> dict[str, str]:
    """Absent and exempt have reasons of their own; "other" is put in words."""
    if state not in _REASONS:
        return {}
    if reason_code not in _REASONS[state]:
        return {"reason_code": f"Vælg en af: {', '.join(_REASONS[state])}."}
    if reason_code == "other" and not reason:
        return {"reason": "Skriv årsagen, når den ikke er på listen."}
    return {}


def _indicator_faults(codes: Sequence[str], known: Collection[str]) -> dict[str, str]:
    if set(codes) <= set(known):
        return {}
    return {"indicators": "Et tegn findes ikke i rundens sæt. Hent siden igen, og vælg fra listen."}
