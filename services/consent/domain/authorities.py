"""Which institutions are one authority (domain brief LR-7b).

Day-care, health visiting and the family units are one authority, the folkeskole another: what crosses
from the one to the other needs a basis, a consent or a law. A municipality may draw the line elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

BUILT_IN: Mapping[str, str] = {
    "dagpleje": "children",
    "vuggestue": "children",
    "boernehave": "children",
    "health_visiting": "children",
    "family": "children",
    "school": "school",
    "ppr": "school",
    "police": "police",
    "private": "private",
}
"""The authority of each kind of unit. What stands in no line is an authority of its own."""


def authority_of(kind: str, lines: Mapping[str, str] | None = None) -> str:
    """The authority that a kind of unit belongs to."""
    return {**BUILT_IN, **(lines or {})}.get(kind, kind)


def crosses(kinds: Iterable[str], lines: Mapping[str, str] | None = None) -> bool:
    """Whether sharing between these kinds of units crosses from one authority to another."""
    return len({authority_of(kind, lines) for kind in kinds}) > 1
