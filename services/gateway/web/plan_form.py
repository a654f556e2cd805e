"""What the steps of planning send, read into what the service takes; faults by field, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from services.gateway.web import meeting_times

OWN_TIMES = 3
OWN_POINTS = 3
MOST_TIMES = 5
OWN = "own_"
"""Codes of points that stand on this meeting's agenda alone begin so; letters follow."""


def staff(form: MultiDict[str, str]) -> list[str]:
    return list(dict.fromkeys(form.getlist("staff")))


def times(form: MultiDict[str, str]) -> tuple[list[datetime], dict[str, str]]:
    """The suggested times that are ticked and one's own; and what cannot be read, by field."""
    faults: dict[str, str] = {}
    chosen = []
    for value in form.getlist("time"):
        try:
            chosen.append(datetime.fromisoformat(value))
        except ValueError:
            faults["time"] = _("Vælg tiderne igen.")
    for number in range(1, OWN_TIMES + 1):
        try:
            own = meeting_times.from_form(form.get(f"day-{number}", ""), form.get(f"clock-{number}", ""))
        except meeting_times.NotATime:
            faults[f"day-{number}"] = _("Skriv både dag og klokkeslæt, fx 30.11.2026 og 13.30.")
            continue
        if own is not None:
            chosen.append(own)
    distinct = sorted({moment.timestamp(): moment for moment in chosen}.values())
    if len(distinct) > MOST_TIMES:
        faults["time"] = _("Vælg højst %(most)s tider.", most=MOST_TIMES)
    return distinct, faults


def interpreters(form: Mapping[str, str], guardian_ids: Sequence[str]) -> list[dict[str, Any]]:
    """One line a custody holder: language, whether ordered, and what is confirmed of the age."""
    return [
        {
            "guardian_id": id_,
            "language": form.get(f"language-{id_}") or None,
            "ordered": form.get(f"ordered-{id_}") == "1",
            "age": form.get(f"age-{id_}") or None,
        }
        for id_ in guardian_ids
    ]


def interpreter_faults(fields: Mapping[str, str], guardian_ids: Sequence[str]) -> dict[str, str]:
    """The service's `items.0.age` as the form's `age-<id>`."""
    found = {}
    for name, mend in fields.items():
        _items, number, field = [*name.split("."), "", ""][:3]
        known = number.isdecimal() and int(number) < len(guardian_ids)
        found[f"{field}-{guardian_ids[int(number)]}" if known else name] = mend
    return found


def agenda(form: MultiDict[str, str], template: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The template's points that are ticked, then one's own."""
    kept = set(form.getlist("point"))
    points = [
        {name: item[name] for name in ("code", "heading", "hint")}
        for item in template
        if item["code"] in kept
    ]
    own = [form.get(f"own-{number}", "").strip()[:200] for number in range(1, OWN_POINTS + 1)]
    added = [
        {"code": f"{OWN}{'abcdefgh'[number]}", "heading": heading, "hint": ""}
        for number, heading in enumerate(heading for heading in own if heading)
    ]
    return [*points, *added]


def own_points(agenda_items: Sequence[Mapping[str, str]]) -> list[str]:
    """The headings of this meeting's own points, filled up with empty ones."""
    found = [item["heading"] for item in agenda_items if item["code"].startswith(OWN)]
    return [*found, *[""] * OWN_POINTS][:OWN_POINTS]
