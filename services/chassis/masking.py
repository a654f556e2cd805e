"""A dead letter as operations may see it: what it is and when, never what it tells of whom.

The message may come from anywhere and hold anything, so nothing of it is shown because of how it looks
alone: a value is shown when both its name and its form say that it is a thing's id or a time.
"""

from __future__ import annotations

import json
import re
from typing import Any

from services.chassis.deadletters import DeadLetter

HIDDEN = "skjult"
MOST_FACTS = 12
_TYPE = re.compile(r"dk\.trivsel\.[a-z_]{1,40}(\.[a-z_]{1,40}){1,3}\.v\d{1,3}")
_CODE = re.compile(r"[a-z]{1,40}([-_][a-z]{1,40}){0,5}")
_QUEUE = re.compile(r"[a-z_]{1,40}(\.[a-z0-9_]{1,80}){1,2}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(\.\d{1,6})?(Z|[+-]\d\d:\d\d)?)?")
_TIMES = re.compile(r"from|to|due|time|[a-z]{1,30}_(at|by)")
_THINGS = frozenset(
    f"{thing}_id"
    for thing in ("concern", "round", "rating", "meeting", "proposal", "notice", "institution", "group")
)
"""Ids of things. A person's are not among them, be they ever so short: operations have no use for whom."""


def masked(letter: DeadLetter) -> dict[str, Any]:
    """The letter without content: ids cut short, times, and how many fields more there were."""
    whole = letter.message.body
    event = _event(whole)
    data = event.get("data")
    fields = data if isinstance(data, dict) else {}
    facts = [fact for name, value in fields.items() if (fact := _fact(name, value))][:MOST_FACTS]
    return {
        "mark": letter.mark,
        "event": _short(letter.event_id),
        "type": _matching(_TYPE, event.get("type")),
        "time": _matching(_MOMENT, event.get("time")),
        "queue": _matching(_QUEUE, letter.origin),
        "reason": _matching(_CODE, letter.reason) or "unknown",
        "code": _matching(_CODE, letter.code),
        "at": _matching(_MOMENT, letter.at),
        "facts": facts,
        "hidden": len(fields) - len(facts),
        "length": len(whole),
    }


def _event(body: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _fact(name: str, value: Any) -> dict[str, str] | None:
    if name in _THINGS and _matching(_UUID, value):
        return {"name": name, "value": _short(value)}
    if _TIMES.fullmatch(name) and (moment := _matching(_MOMENT, value)):
        return {"name": name, "value": moment}
    return None


def _short(id_: str) -> str:
    """Enough of a UUID to find it again in a log; anything else is somebody's own text."""
    return f"{id_[:8]}…" if _UUID.fullmatch(id_) else HIDDEN


def _matching(pattern: re.Pattern[str], value: Any) -> str:
    return value if isinstance(value, str) and pattern.fullmatch(value) else ""
