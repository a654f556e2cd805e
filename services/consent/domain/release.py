"""Whether a transition form may be passed on to the child's new place: four policies (domain brief LR-9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Policy(StrEnum):
    """What a municipality has decided: never; with written consent; by law; unless the parents object."""

    NEVER = "never"
    WRITTEN_CONSENT = "written_consent"
    STATUTORY = "statutory"
    OPT_OUT = "opt_out"


STATUTORY_WAYS = frozenset(
    (sender, receiver)
    for sender in ("dagpleje", "vuggestue", "boernehave")
    for receiver in ("dagpleje", "vuggestue", "boernehave", "school")
)
"""The transitions that dagtilbudsloven § 3 a speaks of: within day-care, and from day-care to school."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether it may be passed on, and the code of the reason."""

    allowed: bool
    reason: str


def decide(
    policy: Policy,
    *,
    sender: str,
    receiver: str,
    consent: bool,
    objection: bool,
    parents_told: bool,
) -> Decision:
    """The decision for a form from a ``sender`` to a ``receiver`` kind of institution.

    ``consent`` is whether a valid one covers exactly this release; ``objection`` whether one with custody
    has said no to it; ``parents_told`` whether they have been shown the form, without which silence is none.
    """
    if policy is Policy.NEVER:
        return Decision(False, "never")
    if policy is Policy.WRITTEN_CONSENT:
        return Decision(consent, "consent" if consent else "consent_missing")
    if policy is Policy.STATUTORY:
        if (sender, receiver) in STATUTORY_WAYS:
            return Decision(True, "statutory")
        return Decision(consent, "consent" if consent else "law_does_not_cover")
    if objection:
        return Decision(False, "objection")
    return Decision(parents_told, "no_objection" if parents_told else "parents_not_told")
