"""The way of one child's assessment through a round, and who was there first.

``NOT_STARTED → OWN_RATING → READY → JOINT_FINAL``; ``ABSENT`` and ``EXEMPT`` aside, and back; ``LEFT`` when
the child is no longer there. A joint rating stays for good: it is revised by one that supersedes it.
"""

from __future__ import annotations

from services.assessment.domain.words import (
    ABSENT,
    EXEMPT,
    JOINT_FINAL,
    LEFT,
    NOT_STARTED,
    OWN_RATING,
    RATEABLE,
    READY,
    SET_ASIDE,
)

_WHY_NOT = {
    JOINT_FINAL: "Barnet har en fælles vurdering. Revidér den i stedet.",
    ABSENT: "Barnet er markeret som fraværende. Fjern markeringen først.",
    EXEMPT: "Barnet er markeret som undtaget. Fjern markeringen først.",
    LEFT: "Barnet er ikke længere i gruppen.",
    NOT_STARTED: "Der er endnu ingen egne vurderinger af barnet.",
    OWN_RATING: "Der mangler egne vurderinger, før I kan drøfte barnet.",
    READY: "Barnet er klar til drøftelse.",
}


class Refused(Exception):
    """The state does not allow this; the text says in Danish what to do instead."""


def by_ratings(ratings_in: int, required: int) -> str:
    """The state that a number of own ratings gives."""
    if ratings_in >= required:
        return READY
    return OWN_RATING if ratings_in else NOT_STARTED


def rated(state: str, ratings_in: int, required: int) -> str:
    """The state after an own rating was given, changed or taken back; ``ratings_in`` counts those now in."""
    if state not in RATEABLE:
        raise Refused(_WHY_NOT[state])
    return by_ratings(ratings_in, required)


def dialogue_started(state: str) -> str:
    """The state when a leader lets the dialogue begin with the ratings that are in, which is at least one."""
    if state != OWN_RATING:
        raise Refused(_WHY_NOT[state])
    return READY


def finalised(state: str) -> str:
    """The state after a joint rating. The first rests on all own ratings; the other track may follow."""
    if state not in {READY, JOINT_FINAL}:
        raise Refused(_WHY_NOT[state])
    return JOINT_FINAL


def set_aside(state: str, to: str) -> str:
    """The state of a child who cannot (``ABSENT``) or shall not (``EXEMPT``) be rated in this round."""
    if state not in RATEABLE | SET_ASIDE:
        raise Refused(_WHY_NOT[state])
    return to


def present_again(state: str, ratings_in: int, required: int) -> str:
    """The state when absent or exempt is taken back; the own ratings given before count."""
    if state not in SET_ASIDE:
        raise Refused("Barnet er ikke markeret som fraværende eller undtaget.")
    return by_ratings(ratings_in, required)


def gone(state: str) -> str:
    """The state when the child leaves the place. What was agreed stays agreed."""
    return JOINT_FINAL if state == JOINT_FINAL else LEFT


def back(state: str, ratings_in: int, required: int) -> str:
    """The state when a child who left comes back while the round is open."""
    return by_ratings(ratings_in, required) if state == LEFT else state


def is_stale(expected: int, version: int, settled: int, own: int = 0) -> bool:
    """Whether a writer who saw version ``expected`` of an assessment would write over something unseen.

    ``version`` counts every change. Own ratings are made at the same time by people who may not see each
    other's, so a colleague's is no conflict: for an own rating only two versions matter, ``settled``, the
    last change of anything but an own rating, and ``own``, the writer's last own change. For all other
    writing ``settled`` is the version itself.
    """
    return not max(settled, own) <= expected <= version
