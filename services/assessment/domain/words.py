"""The words of the field, as they are stored and sent.

Plain strings, not enums: a database driver would store an enum's name, and a broker its text.
"""

from __future__ import annotations

from typing import Final

GREEN: Final = "green"
YELLOW: Final = "yellow"
RED: Final = "red"
POSITIONS: Final = (GREEN, YELLOW, RED)
"""From thriving to strong concern. A position tells of a child in a context, never of the child."""

INSTITUTION: Final = "institution"
HOME: Final = "home"
TRACKS: Final = (INSTITUTION, HOME)
"""A child may thrive in one and not in the other, and each is rated for itself."""

HEALTH_VISITING: Final = "health_visiting"
DAGPLEJE: Final = "dagpleje"
VUGGESTUE: Final = "vuggestue"
BOERNEHAVE: Final = "boernehave"
SCHOOL: Final = "school"
KINDS: Final = (HEALTH_VISITING, DAGPLEJE, VUGGESTUE, BOERNEHAVE, SCHOOL)

NOT_STARTED: Final = "not_started"
OWN_RATING: Final = "own_rating"
READY: Final = "ready_for_dialogue"
JOINT_FINAL: Final = "joint_final"
ABSENT: Final = "absent"
EXEMPT: Final = "exempt"
LEFT: Final = "left"
STATES: Final = (NOT_STARTED, OWN_RATING, READY, JOINT_FINAL, ABSENT, EXEMPT, LEFT)
RATEABLE: Final = frozenset({NOT_STARTED, OWN_RATING, READY})
SET_ASIDE: Final = frozenset({ABSENT, EXEMPT})

PLANNED: Final = "planned"
OPEN: Final = "open"
CLOSED: Final = "closed"

RAISED: Final = "raised"
WITHHELD: Final = "withheld"
SETTLED: Final = "settled"


def is_concern(position: str) -> bool:
    """Yellow and red ask for action; green does not."""
    return position != GREEN
