"""A group's form as it comes in: each child's own rating as it was typed, and whether it was touched.

Every row carries the version that was seen and a mark of what it held then, so that a whole form that is sent
changes nothing but what somebody changed, and never writes over what she has not seen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BLANK: Mapping[str, Any] = {
    "position": "",
    "reason": "",
    "works_well": "",
    "indicators": [],
    "source": "observation",
    "with_parents": False,
}


def content(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """What of a rating is typed by a person, in one form however it came here."""
    given = given or BLANK
    return {
        "position": str(given.get("position") or ""),
        "reason": tidy(given.get("reason")),
        "works_well": tidy(given.get("works_well")),
        "indicators": sorted(str(code) for code in given.get("indicators") or []),
        "source": str(given.get("source") or "observation"),
        "with_parents": bool(given.get("with_parents")),
    }


def tidy(text: Any) -> str:
    """Text as the service keeps it: browsers send line ends of their own."""
    return str(text or "").replace("\r\n", "\n").replace("\r", "\n").strip()


def mark(given: Mapping[str, Any] | None) -> str:
    """A short sign of what a row held, to see whether it was touched. No secret, and tells nothing."""
    return hashlib.sha256(json.dumps(content(given), sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Entry:
    """One child's row of a form."""

    id: str
    version: int
    mark: str
    values: Mapping[str, Any]

    @property
    def touched(self) -> bool:
        return mark(self.values) != self.mark

    @property
    def item(self) -> dict[str, Any]:
        """As `assessment.rate_group` takes it."""
        return {"child_assessment_id": self.id, "expected_version": self.version, **content(self.values)}


def entries(form: MultiDict[str, str]) -> list[Entry]:
    """The rows of a form; what is not a row of ours is left out."""
    found = []
    for name, text in form.items():
        prefix, _, id_ = name.partition("-")
        if prefix != "v" or not UUID.fullmatch(id_) or not text.isdecimal():
            continue
        found.append(
            Entry(
                id_,
                int(text[:9]),
                form.get(f"mark-{id_}", ""),
                content(
                    {
                        "position": form.get(f"position-{id_}"),
                        "reason": form.get(f"reason-{id_}"),
                        "works_well": form.get(f"works_well-{id_}"),
                        "indicators": form.getlist(f"indicators-{id_}"),
                        "source": form.get(f"source-{id_}"),
                        "with_parents": form.get(f"with_parents-{id_}") == "1",
                    }
                ),
            )
        )
    return found


def written(items: Iterable[Any]) -> list[dict[str, Any]]:
    """The rows that a script sends, in the same form; anything else is left out."""
    found = []
    for one in items:
        if not isinstance(one, Mapping) or not UUID.fullmatch(str(one.get("child_assessment_id", ""))):
            continue
        version = one.get("expected_version")
        if isinstance(version, int):
            found.append(Entry(str(one["child_assessment_id"]), version, "", content(one)).item)
    return found
