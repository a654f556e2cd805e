"""What a joint rating does to the concerns about a child. One pure function decides it all.

At most one concern is open for a child and track. Only agreed ratings raise one. While any open concern
about the child is marked as suspected abuse by the parents, every concern about that child is withheld:
whoever is suspected reads the letter about the other track too (barnets lov § 133; LR-10).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.assessment.domain.words import RAISED, RED, SETTLED, TRACKS, WITHHELD, is_concern


@dataclass(frozen=True, slots=True)
class Standing:
    """An open concern on a track: marked by its own rating as ``suspected``, and told as ``withheld``."""

    suspected: bool
    withheld: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """A joint rating as concerns see it.

    ``left_track`` is the track that a revision took the rating away from, when a concern there rests on
    the rating that it supersedes.
    """

    track: str
    position: str
    suspected: bool = False
    left_track: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What is to be told of the concern on ``track``; ``new`` when none was open there."""

    track: str
    state: str
    new: bool = False


def decide(standing: Mapping[str, Standing], verdict: Verdict) -> list[Effect]:
    """The effects of ``verdict`` on the concerns now open, settled ones first.

    A concern is raised (or withheld) again on its own track with each yellow or red rating, so that consumers
    learn of the new rating; on another track only when the suspicion came or went.
    """
    suspected = {track: concern.suspected for track, concern in standing.items()}
    effects: list[Effect] = []
    if verdict.left_track is not None and suspected.pop(verdict.left_track, None) is not None:
        effects.append(Effect(verdict.left_track, SETTLED))
    if is_concern(verdict.position):
        suspected[verdict.track] = verdict.suspected
    elif suspected.pop(verdict.track, None) is not None:
        effects.append(Effect(verdict.track, SETTLED))
    withheld = any(suspected.values())
    for track in TRACKS:
        if track not in suspected:
            continue
        before = standing.get(track)
        own = track == verdict.track and is_concern(verdict.position)
        if own or before is None or before.withheld != withheld:
            effects.append(Effect(track, WITHHELD if withheld else RAISED, new=before is None))
    return effects


def keeps_deadlines(before: Standing | None, same_round: bool) -> bool:
    """Whether a concern raised again keeps its first deadlines.

    A revision gives nobody more time. A new round, or a suspicion that was lifted, starts the count anew:
    the parents have not been asked for this yet.
    """
    return before is not None and same_round and not before.withheld


def consider_notification(position: str, stood_from_earlier_round: bool) -> bool:
    """Whether staff should now weigh a notification to the social authority (underretning).

    A red position, or a yellow one that has lasted from an earlier round. Weighed by a person, never sent by
    the system.
    """
    return position == RED or (is_concern(position) and stood_from_earlier_round)
