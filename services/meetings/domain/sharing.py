"""What may not leave the house with the minutes."""

from __future__ import annotations

import re
from collections.abc import Iterable

_CPR = re.compile(r"(?<!\d)\d{6}[-– ]?\d{4}(?!\d)")


def holds_cpr(text: str) -> bool:
    """Whether the text has what looks like a CPR number; telephone numbers have eight digits and pass."""
    return bool(_CPR.search(text))


def places_with_cpr(texts: Iterable[tuple[str, str]]) -> list[str]:
    """The names of those texts that hold one; ``texts`` are pairs of name and text."""
    return [name for name, text in texts if holds_cpr(text)]
