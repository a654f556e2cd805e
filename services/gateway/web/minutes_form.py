"""The minutes as one page sends them, laid together with what others have saved in the meantime.

Each point goes with a mark of the text it was shown with. Two who write different points never collide;
two who write the same one do, and then nobody's words are written over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TEXT, BASE = "text_", "base_"
LONGEST = 20_000


def mark(text: str) -> str:
    """A short mark of a text, to see whether it has changed."""
    return hashlib.sha256(_plain(text).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Typed:
    """One point as it was sent: what stands in the field now, and the mark of what stood there first."""

    code: str
    text: str
    base: str

    @property
    def touched(self) -> bool:
        return mark(self.text) != self.base


@dataclass(frozen=True)
class Merged:
    """All points, and of those that two have changed what is stored, by code."""

    items: list[dict[str, Any]]
    conflicts: dict[str, str]


def typed(form: Mapping[str, str], codes: Iterable[str]) -> list[Typed]:
    """The points of the form in the agenda's order."""
    return [
        Typed(code, _plain(form[TEXT + code])[:LONGEST], form.get(BASE + code, ""))
        for code in codes
        if TEXT + code in form
    ]


def items(points: Sequence[Typed]) -> list[dict[str, Any]]:
    """The points as the service takes them."""
    return [{"code": one.code, "heading": None, "text": one.text} for one in points]


def merge(points: Sequence[Typed], stored: Sequence[Mapping[str, Any]]) -> Merged:
    """What was typed together with what is stored.

    An untouched point takes what is stored; a touched one stands if the stored one is as it was shown.
    """
    now = {item["code"]: _plain(item["text"]) for item in stored}
    together, conflicts = [], {}
    for one in points:
        current = now.pop(one.code, "")
        text = one.text
        if not one.touched:
            text = current
        elif mark(current) != one.base and current != one.text:
            conflicts[one.code] = current
        together.append({"code": one.code, "heading": None, "text": text})
    together += [{"code": code, "heading": None, "text": text} for code, text in now.items()]
    return Merged(together, conflicts)


def _plain(text: str) -> str:
    """Browsers part lines by CR LF; what is stored and compared has LF alone, and no space at the end."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()
