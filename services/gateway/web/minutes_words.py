"""Words that do not belong in what parents read, found before minutes are sent.

The positions' colours are the staff's shorthand (parents meet the matter in plain words), and a CPR number is
nobody's reading. Colours are pointed out, since a green jacket is only a jacket; CPR numbers are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

COLOURS = re.compile(r"(?i)\b(grøn(?:t|ne)?|gul(?:t|e)?|rød(?:t|e)?|green|yellow|red)\b(?=[\s.,;:!?)\-–]|$)")
CPR = re.compile(r"(?<!\d)\d{6}[-– ]?\d{4}(?!\d)")
HIDDEN = "––––––-––––"


def colour_words(text: str) -> list[str]:
    """The words of colour in the text, once each, as they stand."""
    return list(dict.fromkeys(found.group(0) for found in COLOURS.finditer(text)))


def doubtful(texts: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of heading and word for what somebody should look at once more."""
    return [(heading, word) for heading, text in texts for word in colour_words(text)]


def without_cpr(text: str) -> str:
    """The text with what looks like a CPR number struck out."""
    return CPR.sub(HIDDEN, text)
