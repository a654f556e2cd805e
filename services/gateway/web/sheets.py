"""What the pages about a group share: names beside ids, ages, and the words for states and reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from services.chassis import clock
from services.chassis.errors import TrivselError
from services.chassis.logs import logger
from services.gateway.calls import Failure
from services.gateway.timeline import day_of, moment_of
from services.gateway.web import danish
from services.gateway.web.acting import ask, ask_together
from services.gateway.web.language import language

STATES: Mapping[str, Any] = {
    "not_started": _l("Ikke begyndt"),
    "own_rating": _l("I gang"),
    "ready_for_dialogue": _l("Til drøftelse"),
    "joint_final": _l("Færdig"),
    "absent": _l("Fraværende"),
    "exempt": _l("Undtaget"),
    "left": _l("Ikke længere i gruppen"),
}
"""The four states of a child's way through a round, and those who stand aside."""

RATEABLE = frozenset({"not_started", "own_rating", "ready_for_dialogue"})

ABSENCES: Mapping[str, tuple[Any, Mapping[str, Any]]] = {
    "absent": (
        _l("Fraværende i hele perioden"),
        {
            "holiday": _l("Ferie"),
            "illness": _l("Sygdom"),
            "away": _l("Opholder sig et andet sted"),
            "other": _l("Andet (skriv hvad)"),
        },
    ),
    "exempt": (
        _l("Skal ikke vurderes i denne runde"),
        {
            "newly_started": _l("Lige begyndt"),
            "leaving": _l("Stopper snart"),
            "rated_elsewhere": _l("Vurderes et andet sted"),
            "other": _l("Andet (skriv hvad)"),
        },
    ),
}
"""Why a child is not rated: the reasons that assessment takes, by state."""

REASONS: Mapping[str, Any] = {
    code: words for _name, codes in ABSENCES.values() for code, words in codes.items() if code != "other"
} | {"fewer_ratings": _l("Drøftes med færre egne vurderinger")}

DOMAINS: Mapping[str, Any] = {
    "emotional": _l("Følelser"),
    "cognitive": _l("Nysgerrighed og sprog"),
    "social": _l("Samspil"),
    "physical": _l("Krop og bevægelse"),
}

_log = logger("gateway")


def age(born: str | None, today: date | None = None) -> str:
    """How old a child is, as professionals say it: “2 år 4 mdr.”, “8 mdr.”; empty when nobody knows."""
    if not born:
        return ""
    day, today = day_of(born), today or clock.today()
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    years, rest = divmod(max(months, 0), 12)
    parts = [_("%(count)s år", count=years)] if years else []
    if rest or not years:
        parts.append(_("%(count)s mdr.", count=rest))
    return " ".join(parts)


def month(moment: str) -> str:
    """When an earlier rating was agreed, as short as is clear: “maj”, or “maj 2025” for another year."""
    at = danish.local(moment_of(moment))
    words = format_date(at, "MMMM" if at.year == clock.today().year else "MMMM y", locale=language())
    return str(words)


def deadline(day: str | date) -> str:
    """“fre. 14. november (uge 46)”."""
    on = day_of(day) if isinstance(day, str) else day
    words = format_date(on, "EEE d. MMMM" if language() == "da" else "EEE d MMMM", locale=language())
    return _("%(day)s (uge %(week)s)", day=words, week=danish.week(on))


def days_left(day: str) -> int:
    """Whole days until a last day; below zero when it has passed."""
    return (day_of(day) - clock.today()).days


def sheet(method: str, group_id: str, round_id: str) -> dict[str, Any]:
    """A group's sheet by `assessment.<method>`, with the children's names and the place's name.

    Children whose names nobody could give are still rated: their rows say so instead of vanishing.
    """
    found = ask_together(
        sheet=(f"assessment.{method}", {"group_id": group_id, "round_id": round_id}),
        children=("registry.list_children", {"group_id": group_id, "limit": 1000}),
        units=("registry.unit_names", {"unit_ids": [group_id]}),
    )
    if isinstance(found["sheet"], Failure):
        raise found["sheet"].error
    given: dict[str, Any] = found["sheet"]
    rows = [*given["children"], *given.get("waiting", [])]
    named = {one["child_id"]: one for one in items(found["children"])}
    if missing := [row["child_id"] for row in rows if row["child_id"] not in named]:
        named |= names(missing)
    for row in rows:
        child = named.get(row["child_id"], {})
        row["first_name"] = child.get("first_name") or _("Navnet kan ikke vises lige nu")
        row["name"] = (
            f"{child.get('first_name', '')} {child.get('last_name', '')}".strip() or row["first_name"]
        )
        row["age"] = age(child.get("born"))
    for part in ("children", "waiting"):
        if part in given and method == "group_sheet":
            given[part].sort(key=lambda row: (row["name"], row["child_id"]))
    units = {one["unit_id"]: one for one in items(found["units"])}
    given["group_name"] = units.get(group_id, {}).get("name", _("Gruppen"))
    given["institution_name"] = unit_names([given["institution_id"]]).get(given["institution_id"], "")
    return given


def items(part: Any) -> list[dict[str, Any]]:
    """What a call gave, or nothing when it failed: names are a courtesy, the sheet is what was asked for."""
    if isinstance(part, Failure):
        _log.warning("a part of a page is missing", code=part.error.code)
        return []
    found: list[dict[str, Any]] = part["items"]
    return found


def names(child_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The children whom the person may see, by id."""
    wanted = list(dict.fromkeys(child_ids))[:1000]
    return {one["child_id"]: one for one in quietly("registry.children", child_ids=wanted)} if wanted else {}


def unit_names(unit_ids: Iterable[str]) -> dict[str, str]:
    wanted = list(dict.fromkeys(unit_ids))[:1000]
    found = quietly("registry.unit_names", unit_ids=wanted) if wanted else []
    return {one["unit_id"]: one["name"] for one in found}


def staff_names(staff_ids: Iterable[str]) -> dict[str, str]:
    wanted = list(dict.fromkeys(staff_ids))[:1000]
    found = quietly("registry.staff_names", staff_ids=wanted) if wanted else []
    return {one["staff_id"]: f"{one['first_name']} {one['last_name']}" for one in found}


def quietly(method: str, **data: Any) -> list[dict[str, Any]]:
    """A list that a page can do without; empty when it cannot be had."""
    try:
        found: list[dict[str, Any]] = ask(method, **data)["items"]
    except TrivselError as error:
        _log.warning("a part of a page is missing", code=error.code, operation=method)
        return []
    return found
